// Resets, FINs and silences that a device between the two ends made: what each looks like, and with which truth.
// The numbers are those of the files. Sequence and acknowledgement numbers are relative to each side's ISN.
#include <array>

#include "tools/synthetic/scenarios.h"
#include "tools/synthetic/scenes.h"

namespace handlens::synthetic {
namespace {

using namespace handlens::builder;

// 1: the founding story as the server's host sees it. The client's hello of 517 bytes never arrives, but the reset's
// sequence number knows of it.
Bytes founding_story_at_server() {
  Capture capture;
  Conversation talk(capture, far_client(), local_server());
  open_at_server(talk, milliseconds(24));
  talk.wait(microseconds(900));
  talk.from_client({.flags = kRst | kAck, .seq = 518, .ack = 1, .ttl = 253, .ip_id = 9, .window = 0, .foreign = true});
  return capture.pcap();
}

// 3: the client's own host recorded that the reset came in from the network, with the client's own address on it.
Bytes reset_comes_in_with_own_address() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  talk.wait(microseconds(200)).client_data(hello_record_of("www.example.com", 517)).wait(milliseconds(3));
  talk.from_client({.flags = kRst | kAck, .seq = 518, .ack = 1, .ttl = 63, .window = 0, .foreign = true});
  constexpr std::uint32_t kInbound = 1, kOutbound = 2;  // pcapng epb_flags, bits 0 and 1
  const std::array<std::uint32_t, 5> flags = {kOutbound, kInbound, kOutbound, kOutbound, kInbound};
  PcapngWriter out;
  out.section().interface({.name = "eth0"});
  for (std::size_t i = 0; i < capture.frames().size(); ++i) out.packet(capture.frames()[i], 0, flags[i]);
  return out.bytes();
}

// 10: a port is refused from two hops away, while the host itself answers on another port from fifteen.
Bytes refused_by_firewall() {
  Capture capture;
  Conversation web(capture, local_client(51000), far_server());
  open_at_client(web);
  web.client_data(hello_record("www.example.com"));
  finish_healthy(web);
  capture.wait(milliseconds(500));
  Conversation closed(capture, local_client(51001), far_server("203.0.113.10", 8443));
  closed.from_client({.flags = kSyn, .options = usual_syn_options()}).wait(milliseconds(2));
  closed.from_server({.flags = kRst | kAck, .seq = -5000, .ack = 1, .ttl = 253, .ip_id = 0, .window = 0});
  return capture.pcap();
}

// 11: three attempts, each refused with another sequence number, which a host that has none would leave at zero.
Bytes refused_with_odd_numbers() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  const std::array<std::int64_t, 3> numbers = {215'215'099, 1'890'442'710, 77'031'466};
  for (const std::int64_t number : numbers) {
    talk.from_client({.flags = kSyn, .seq = 0, .options = usual_syn_options()}).wait(milliseconds(9));
    talk.from_server({.flags = kRst | kAck,
                      .seq = number - 5000,
                      .ack = 1,
                      .ttl = 246,
                      .ip_id = static_cast<std::uint16_t>(number),
                      .window = 0,
                      .foreign = true});
    talk.wait(milliseconds(500));
  }
  return capture.pcap();
}

// 12: a reset that repeats the SYN's own IP-ID and window comes first, the server's real answer a second later.
Bytes reset_before_syn_ack() {
  Capture capture;
  Host client = local_client();
  client.ip_id = 5461;
  client.window = 16384;
  Conversation talk(capture, client, far_server());
  talk.from_client({.flags = kSyn, .options = option_mss(1460)}).wait(milliseconds(233));
  talk.from_server(
      {.flags = kRst | kAck, .seq = -5000, .ack = 0, .ttl = 46, .ip_id = 5461, .window = 16384, .foreign = true});
  talk.wait(milliseconds(1033)).from_server({.flags = kSyn | kAck, .options = option_mss(1460)});
  talk.wait(microseconds(60)).from_client({}).wait(milliseconds(2));
  talk.client_data(hello_record("www.example.com"));
  finish_healthy(talk, milliseconds(1266));
  return capture.pcap();
}

// The pair of resets that 13 and 14 see: the second 12503 bytes ahead, its IP-ID two ahead, a window of its own.
void send_reset_pair(Conversation& talk, std::uint16_t ip_id, std::uint8_t ttl) {
  talk.from_server({.flags = kRst, .seq = 1, .ttl = ttl, .ip_id = ip_id, .window = 10240, .foreign = true});
  talk.wait(microseconds(30));
  talk.from_server({.flags = kRst,
                    .seq = 12504,
                    .ttl = ttl,
                    .ip_id = static_cast<std::uint16_t>(ip_id + 2),
                    .window = 10240,
                    .foreign = true});
}

// 13: the pair, and then the server goes on.
Bytes reset_pair_12503() {
  Capture capture;
  Host server = far_server();
  server.ttl = 106;
  Conversation talk(capture, local_client(), server);
  open_at_client(talk, milliseconds(120));
  talk.client_data(hello_record("www.example.com")).wait(milliseconds(113));
  send_reset_pair(talk, 0x7001, 21);
  talk.wait(milliseconds(7)).server_data(tls13_server_flight());
  return capture.pcap();
}

// Addresses of the blocks that are reserved for documentation and benchmarks, each server in another place.
Host one_of_many_servers(std::size_t i) {
  const std::array<const char*, 5> networks = {"192.0.2.", "198.51.100.", "203.0.113.", "198.18.7.", "198.19.9."};
  Host host = far_server(networks[i % networks.size()] + std::to_string(20 + i));
  host.isn = static_cast<std::uint32_t>(5000 + i * 1'000'003);
  host.ttl = static_cast<std::uint8_t>(104 + i % 9);
  host.ip_id = static_cast<std::uint16_t>(0x4000 + i * 977);
  return host;
}

Host one_of_many_clients(std::size_t i) {
  Host host = local_client(static_cast<std::uint16_t>(51000 + i));
  host.isn = static_cast<std::uint32_t>(1000 + i * 900'001);
  host.ip_id = static_cast<std::uint16_t>(100 + i * 40);
  return host;
}

std::int64_t round_trip_of(std::size_t i) {
  return milliseconds(110) + static_cast<std::int64_t>(i) * microseconds(3'700);
}

// 14: twenty servers in many places. The resets take 94 % of each one's round trip: they start near the servers.
Bytes reset_pairs_near_servers() {
  Capture capture;
  for (std::size_t i = 0; i < 20; ++i) {
    const std::int64_t round_trip = round_trip_of(i);
    const std::uint8_t origin_ttl = static_cast<std::uint8_t>(20 + i % 7);
    Conversation talk(capture, one_of_many_clients(i), one_of_many_servers(i));
    open_at_client(talk, round_trip);
    talk.client_data(hello_record("www.example.com")).wait(round_trip * 94 / 100);
    send_reset_pair(talk, static_cast<std::uint16_t>(0x7001 + i * 311), origin_ttl);
    talk.wait(round_trip * 6 / 100 + milliseconds(2)).server_data(tls13_server_flight());
    capture.wait(milliseconds(700));
  }
  return capture.pcap();
}

// 15: the same twenty servers, but every reset comes after 3 ms: it starts near the client.
Bytes resets_near_client() {
  Capture capture;
  for (std::size_t i = 0; i < 20; ++i) {
    Conversation talk(capture, one_of_many_clients(i), one_of_many_servers(i));
    open_at_client(talk, round_trip_of(i));
    talk.client_data(hello_record("www.example.com")).wait(milliseconds(3));
    talk.from_server({.flags = kRst | kAck, .seq = 1, .ttl = 62, .ip_id = 0x2222, .window = 0, .foreign = true});
    capture.wait(milliseconds(700));
  }
  return capture.pcap();
}

// Opens and says hello; 16, 17, 20, 32 and 33 differ in what follows.
Conversation hello_sent(Capture& capture, const std::string& name, std::uint16_t port = 51000) {
  Conversation talk(capture, local_client(port), far_server());
  open_at_client(talk);
  talk.wait(microseconds(300)).client_data(hello_record(name));
  return talk;
}

// 16: three resets with the same numbers, after a fifth of the round trip, their windows counting up.
Bytes reset_triple_counting_windows() {
  Capture capture;
  Conversation talk = hello_sent(capture, "blocked.example");
  talk.wait(milliseconds(8));
  for (std::uint16_t window = 1980; window <= 1982; ++window) {
    talk.from_server({.flags = kRst | kAck,
                      .seq = 1,
                      .ttl = 57,
                      .ip_id = static_cast<std::uint16_t>(window * 7),
                      .window = window,
                      .foreign = true});
    talk.wait(microseconds(20));
  }
  return capture.pcap();
}

// 17: three resets that try the numbers a server would have after one and after three full segments.
Bytes reset_triple_guessing() {
  Capture capture;
  Conversation talk = hello_sent(capture, "blocked.example");
  talk.wait(milliseconds(8));
  std::uint16_t ip_id = 0x1111;
  for (const std::int64_t guess : {1, 1461, 4381}) {
    talk.from_server({.flags = kRst, .seq = guess, .ttl = 57, .ip_id = ip_id, .window = 0, .foreign = true});
    ip_id = static_cast<std::uint16_t>(ip_id * 5);
    talk.wait(microseconds(15));
  }
  return capture.pcap();
}

// 18: one name is reset three times, sooner than the server could answer; another name at the same address works.
Bytes name_blocked_with_control() {
  Capture capture;
  for (std::uint16_t attempt = 0; attempt < 3; ++attempt) {
    Host client = local_client(static_cast<std::uint16_t>(51000 + attempt));
    client.isn += attempt * 70'000u;
    Conversation talk(capture, client, far_server());
    open_at_client(talk, milliseconds(15));
    talk.client_data(hello_record("blocked.example")).wait(milliseconds(13));
    talk.from_server({.flags = kRst | kAck, .window = 0, .foreign = true});
    capture.wait(seconds(2));
  }
  Conversation control(capture, local_client(51010), far_server());
  open_at_client(control, milliseconds(15));
  control.client_data(hello_record("www.example.com"));
  finish_healthy(control, milliseconds(15));
  return capture.pcap();
}

// 20: the hello is sent again and again, and nothing acknowledges it.
Bytes hello_dropped() {
  Capture capture;
  Conversation talk = hello_sent(capture, "blocked.example");
  for (const std::int64_t pause : {200, 400, 800, 1'600, 3'200}) {
    talk.wait(milliseconds(pause));
    talk.from_client({.flags = kPsh | kAck, .payload = hello_record("blocked.example"), .seq = 1});
  }
  talk.wait(milliseconds(3'800)).from_client({.flags = kRst | kAck, .window = 0});
  capture.wait(seconds(5));
  Conversation later(capture, local_client(51020), far_server("198.51.100.7"));
  open_at_client(later, milliseconds(20));
  later.client_data(hello_record("www.example.org"));
  finish_healthy(later, milliseconds(20));
  return capture.pcap();
}

// 23: a hello with a post-quantum key share fills two segments and is reset before the second could arrive; a small
// hello to the same place is answered.
Bytes large_hello_reset() {
  Capture capture;
  Conversation large(capture, local_client(51000), far_server());
  open_at_client(large);
  const Bytes hello = hello_record_of("www.example.com", 1750);
  large.wait(microseconds(300)).from_client({.payload = slice(hello, 0, 1460)});
  large.wait(microseconds(10)).from_client({.flags = kPsh | kAck, .payload = slice(hello, 1460, hello.size())});
  large.wait(milliseconds(11)).from_server({.flags = kRst | kAck, .seq = 1, .ack = 1461, .window = 0, .foreign = true});
  capture.wait(seconds(1));
  Host client = local_client(51001);
  client.isn = 90'000;
  Conversation small(capture, client, far_server());
  open_at_client(small);
  small.client_data(hello_record_of("www.example.com", 517));
  finish_healthy(small);
  return capture.pcap();
}

// 31: after a long silence both sides get a reset with the first sequence number of all; both ignore it and go on.
Bytes stale_table_resets() {
  Capture capture;
  Conversation talk = hello_sent(capture, "www.example.com");
  talk.wait(milliseconds(40)).server_data(tls13_server_flight()).wait(milliseconds(1));
  talk.client_data(concat({change_cipher_spec_record(), encrypted_record(53)})).client_data(encrypted_record(120));
  talk.wait(milliseconds(40)).server_data(encrypted_record(400)).wait(microseconds(80)).from_client({});
  talk.wait(seconds(300));
  talk.from_client({.flags = kRst, .seq = 1, .ttl = 255, .ip_id = 0, .window = 0, .foreign = true});
  talk.from_server({.flags = kRst, .seq = 1, .ttl = 255, .ip_id = 0, .window = 0, .foreign = true});
  talk.wait(seconds(2)).client_data(encrypted_record(200)).wait(milliseconds(41)).server_data(encrypted_record(900));
  talk.wait(milliseconds(1)).client_data(encrypted_record(19)).close(milliseconds(40));
  return capture.pcap();
}

// 32: five resets step through the window; their TTL is exactly the server's.
Bytes resets_strafing_window() {
  Capture capture;
  Conversation talk = hello_sent(capture, "blocked.example");
  talk.wait(milliseconds(6));
  std::uint16_t ip_id = 0x9a31;
  for (std::int64_t step = 0; step < 5; ++step) {
    talk.from_server({.flags = kRst, .seq = 1 + step * 3'000, .ip_id = ip_id, .window = 0, .foreign = true});
    ip_id = static_cast<std::uint16_t>(ip_id * 31 + 7);
    talk.wait(microseconds(12));
  }
  return capture.pcap();
}

// 33: a device beside the capture point resets both sides with right numbers, from its own link address.
Bytes conforming_resets_from_the_segment() {
  Capture capture;
  Host client = local_client(), server = far_server();
  client.ttl = 52;  // the capture point is a mirror port in the middle
  server.ttl = 52;
  Conversation talk(capture, client, server);
  talk.from_client({.flags = kSyn, .options = usual_syn_options()}).wait(milliseconds(20));
  talk.from_server({.flags = kSyn | kAck, .options = usual_syn_options()}).wait(milliseconds(20));
  talk.from_client({}).wait(microseconds(300)).client_data(hello_record("blocked.example"));
  const std::string device = "02:00:00:00:00:77";
  talk.wait(microseconds(400));
  talk.from_server({.flags = kRst | kAck, .ttl = 64, .ip_id = 0, .window = 0, .mac = device, .foreign = true});
  talk.from_client({.flags = kRst | kAck, .ttl = 64, .ip_id = 0, .window = 0, .mac = device, .foreign = true});
  return capture.pcap();
}

// 35: the SYN is refused in words, and the words name the router.
Bytes prohibited_in_words() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  const Bytes syn = talk.ip_from_client({.flags = kSyn, .options = usual_syn_options()});
  capture.add_ip(syn, talk.link_from_client()).wait(milliseconds(4));
  capture.add_ip(icmp_error({.router = "192.0.2.1", .type = 3, .code = 13, .quoted = syn}), talk.link_from_server());
  return capture.pcap();
}

// 38: a FIN with a text for a payload, far too soon; then the server's real answer for the same bytes.
Bytes fin_with_text() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk, milliseconds(160));
  talk.wait(microseconds(300)).client_data(hello_record("blocked.example")).wait(milliseconds(5));
  talk.from_server({.flags = kFin | kPsh | kAck,
                    .payload = from_text("Middlebox v 1.0"),
                    .seq = 1,
                    .ip_id = 0xd43c,
                    .foreign = true});
  talk.wait(milliseconds(156)).from_server({.flags = kPsh | kAck, .payload = tls13_server_flight(), .seq = 1});
  return capture.pcap();
}

// 42: the reset is the client's own packet turned round: its length, window, type of service and IP-ID.
Bytes mirrored_trigger() {
  Capture capture;
  Host client = local_client(), server = far_server("203.0.113.10", 22);
  client.window = 8332;
  client.ip_id = 63020 - 2;
  server.ttl = 46;
  Conversation talk(capture, client, server);
  open_at_client(talk, milliseconds(30));
  talk.wait(milliseconds(1));
  talk.from_client({.flags = kPsh | kAck, .payload = filler(44, 0x41), .ip_id = 63020, .window = 8332, .tos = 0x15});
  talk.wait(milliseconds(7));
  talk.from_server({.flags = kRst | kAck,
                    .payload = filler(44, 0x41),
                    .seq = 1,
                    .ttl = 120,
                    .ip_id = 63020,
                    .window = 8332,
                    .tos = 0x15,
                    .foreign = true});
  return capture.pcap();
}

// 43: one connection captured on both hosts at once. Each side received a reset that the other did not send.
void both_reset(Conversation& talk, bool at_client) {
  const std::int64_t half = milliseconds(20);
  const Bytes hello = hello_record("blocked.example");
  if (at_client) {
    open_at_client(talk);
    talk.wait(microseconds(300)).client_data(hello).wait(milliseconds(14));
    talk.from_server({.flags = kRst | kAck, .ttl = 57, .ip_id = 0x1d0d, .window = 0, .foreign = true});
  } else {
    talk.wait(half);
    open_at_server(talk);
    talk.wait(microseconds(300)).client_data(hello).wait(microseconds(40)).from_server({}).wait(milliseconds(1));
    talk.from_client({.flags = kRst | kAck, .ttl = 57, .ip_id = 0x1d0d, .window = 0, .foreign = true});
  }
}
Bytes both_reset_at_client() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  both_reset(talk, true);
  return capture.pcap();
}
Bytes both_reset_at_server() {
  Capture capture;
  Host client = local_client();
  client.ttl = 49;
  Conversation talk(capture, client, local_server());
  both_reset(talk, false);
  return capture.pcap();
}

}  // namespace

std::vector<Scenario> injected_resets() {
  return {{"reset_01_founding_story_at_server.pcap", founding_story_at_server},
          {"reset_03_own_address_comes_in.pcapng", reset_comes_in_with_own_address},
          {"reset_10_refused_by_firewall.pcap", refused_by_firewall},
          {"reset_11_refused_with_odd_numbers.pcap", refused_with_odd_numbers},
          {"reset_12_before_syn_ack.pcap", reset_before_syn_ack},
          {"reset_13_pair_12503.pcap", reset_pair_12503},
          {"reset_14_pairs_near_servers.pcap", reset_pairs_near_servers},
          {"reset_15_near_client.pcap", resets_near_client},
          {"reset_16_triple_counting_windows.pcap", reset_triple_counting_windows},
          {"reset_17_triple_guessing.pcap", reset_triple_guessing},
          {"reset_18_name_blocked_with_control.pcap", name_blocked_with_control},
          {"reset_20_hello_dropped.pcap", hello_dropped},
          {"reset_23_large_hello.pcap", large_hello_reset},
          {"reset_31_stale_table.pcap", stale_table_resets},
          {"reset_32_strafing_window.pcap", resets_strafing_window},
          {"reset_33_conforming_from_segment.pcap", conforming_resets_from_the_segment},
          {"reset_35_prohibited_in_words.pcap", prohibited_in_words},
          {"reset_38_fin_with_text.pcap", fin_with_text},
          {"reset_42_mirrored_trigger.pcap", mirrored_trigger},
          {"reset_43_both_reset_at_client.pcap", both_reset_at_client},
          {"reset_43_both_reset_at_server.pcap", both_reset_at_server}};
}

}  // namespace handlens::synthetic
