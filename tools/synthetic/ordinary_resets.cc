// Resets and silences that look like a device's work and are none, or cannot be told: probes, races, ordinary endings,
// address translation, and captures that hold only a part.
// The numbers are those of the files. Sequence and acknowledgement numbers are relative to each side's ISN.
// One file past the usual length: a story is a function, and none of them knows another.
#include <array>

#include "tools/synthetic/scenarios.h"
#include "tools/synthetic/scenes.h"

namespace handlens::synthetic {
namespace {

using namespace handlens::builder;

Bytes timestamps(std::uint32_t value, std::uint32_t echo) {
  return concat({option_nop(), option_nop(), option_timestamps(value, echo)});
}

// 2: the client's own host recorded that the reset left it.
Bytes reset_leaves_the_client() {
  Capture capture(LinkType::linux_sll);
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  talk.wait(microseconds(200)).client_data(hello_record_of("www.example.com", 517)).wait(milliseconds(3));
  talk.from_client({.flags = kRst | kAck, .window = 0});
  return capture.pcap();
}

// 4: five ports of one host, each opened and reset at once.
Bytes connect_scan() {
  Capture capture;
  std::uint16_t port = 40100;
  for (const unsigned target : {22u, 80u, 443u, 8080u, 8443u}) {
    Host client = local_client(port++);
    client.isn = port * 70'001u;
    Host server = far_server("203.0.113.10", static_cast<std::uint16_t>(target));
    server.ttl = 63;
    Conversation talk(capture, client, server);
    open_at_client(talk, microseconds(600));
    talk.wait(microseconds(90)).from_client({.flags = kRst | kAck});
    capture.wait(microseconds(400));
  }
  return capture.pcap();
}

// 5: a half-open scan. The SYNs are crafted, the resets are the kernel's own: other TTL, other IP-ID.
Bytes half_open_scan() {
  Capture capture;
  for (const unsigned target : {21u, 22u, 25u, 80u, 443u, 8443u}) {
    Host client = local_client(61234);
    client.ttl = 59;
    client.ip_id = static_cast<std::uint16_t>(target * 197);
    client.window = 1024;
    client.isn = 0x5eed0000;
    Host server = far_server("203.0.113.10", static_cast<std::uint16_t>(target));
    server.isn = 5000u + target * 3'001u;
    Conversation talk(capture, client, server);
    talk.from_client({.flags = kSyn, .options = option_mss(1460)}).wait(milliseconds(12));
    talk.from_server({.flags = kSyn | kAck, .options = option_mss(1460)}).wait(microseconds(25));
    talk.from_client({.flags = kRst, .ttl = 64, .ip_id = 0, .window = 0});
    capture.wait(milliseconds(2));
  }
  return capture.pcap();
}

// 6: one port of many hosts, SYNs without options and with the IP-ID of a well-known scanner.
Bytes wide_scan() {
  Capture capture;
  for (unsigned i = 0; i < 6; ++i) {
    Host client = local_client(45000);
    client.ip_id = 54321;
    client.ip_id_step = 0;
    client.window = 65535;
    client.ttl = 255;
    client.isn = 0x2b1d'0000u + i;
    Host server = far_server("203.0.113." + std::to_string(20 + i));
    server.isn = 5000 + i * 31'337;
    Conversation talk(capture, client, server);
    talk.from_client({.flags = kSyn}).wait(milliseconds(30));
    talk.from_server({.flags = kSyn | kAck, .options = option_mss(1460)}).wait(microseconds(20));
    talk.from_client({.flags = kRst, .ttl = 64, .ip_id = 0, .window = 0});
    capture.wait(milliseconds(1));
  }
  return capture.pcap();
}

Host balancer(unsigned i) {
  Host host = local_client(static_cast<std::uint16_t>(33000 + i * 2));
  host.isn = 1000 + i * 500'009;
  return host;
}
Host backend(unsigned i) {
  Host host = far_server("192.0.2.80");
  host.ttl = 64;
  host.isn = 5000 + i * 600'011;
  return host;
}

// 7: a health check every two seconds that resets after the SYN-ACK, with a window and timestamps.
Bytes health_check_after_syn_ack() {
  Capture capture;
  for (unsigned i = 0; i < 5; ++i) {
    const std::uint32_t clock = 700'000 + i * 2'000;
    Conversation talk(capture, balancer(i), backend(i));
    const Bytes syn = concat({usual_syn_options(), timestamps(clock, 0)});
    talk.from_client({.flags = kSyn, .options = syn}).wait(microseconds(300));
    talk.from_server({.flags = kSyn | kAck, .options = syn}).wait(microseconds(30));
    talk.from_client({.flags = kRst | kAck, .window = 502, .options = timestamps(clock, clock)});
    capture.wait(seconds(2) - microseconds(330));
  }
  return capture.pcap();
}

// 8: the same every six seconds, with the handshake completed first.
Bytes health_check_after_handshake() {
  Capture capture;
  for (unsigned i = 0; i < 5; ++i) {
    Conversation talk(capture, balancer(i), backend(i));
    open_at_client(talk, microseconds(300));
    talk.wait(microseconds(40)).from_client({.flags = kRst | kAck, .window = 502});
    capture.wait(seconds(6) - microseconds(380));
  }
  return capture.pcap();
}

// 9: a closed port. The refusal comes from as far away as everything else of that host.
Bytes refused_by_host() {
  Capture capture;
  Conversation web(capture, local_client(51000), far_server());
  open_at_client(web);
  web.client_data(hello_record("www.example.com"));
  finish_healthy(web);
  capture.wait(milliseconds(500));
  Conversation closed(capture, local_client(51001), far_server("203.0.113.10", 8443));
  closed.from_client({.flags = kSyn, .options = usual_syn_options()}).wait(milliseconds(40));
  closed.from_server({.flags = kRst | kAck, .seq = -5000, .ack = 1, .ip_id = 0, .window = 0});
  return capture.pcap();
}

// 19: the server itself, or what stands for it, resets a name it does not serve; another name works.
Bytes server_resets_unknown_name() {
  Capture capture;
  Host server = far_server();
  Conversation refused(capture, local_client(51000), server);
  open_at_client(refused);
  refused.client_data(hello_record("unknown.example")).wait(milliseconds(41));
  refused.from_server({.flags = kRst | kAck, .window = 0});
  capture.wait(seconds(1));
  server.ip_id += 2;
  server.isn += 800'000;
  Host client = local_client(51001);
  client.isn = 300'000;
  Conversation control(capture, client, server);
  open_at_client(control);
  control.client_data(hello_record("www.example.com"));
  finish_healthy(control);
  return capture.pcap();
}

// 21: full-size segments of the server's flight never arrive, small ones do, and nobody says why.
Bytes path_mtu_black_hole() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  talk.client_data(record(kHandshakeRecord, client_hello(tls12_hello("www.example.com")), kTls10));
  const Bytes flight = concat({tls12_server_flight(), filler(1'800)});
  talk.wait(milliseconds(41)).from_server({});
  for (std::size_t at = 0; at < 2'920; at += 1'460)
    talk.from_server({.payload = slice(flight, at, 1'460), .unseen = true});
  const Bytes tail = slice(flight, 2'920, 400);
  talk.from_server({.flags = kPsh | kAck, .payload = tail}).wait(microseconds(30));
  const auto end = static_cast<std::uint32_t>(5000 + 1 + 2'920 + tail.size());
  const Bytes sack =
      concat({option_nop(), option_nop(), option_sack({{static_cast<std::uint32_t>(end - tail.size()), end}})});
  talk.from_client({.ack = 1, .options = sack});
  for (const std::int64_t pause : {300, 600, 1'200, 2'400, 4'800}) {
    talk.wait(milliseconds(pause)).from_server({.flags = kPsh | kAck, .payload = tail, .seq = 2'921});
    talk.wait(microseconds(30)).from_client({.ack = 1, .options = sack});
  }
  talk.wait(seconds(6)).from_client({.flags = kFin | kAck, .ack = 1});
  return capture.pcap();
}

// 22: the same path tells the server which size fits, and the server obeys.
Bytes path_mtu_discovery_works() {
  Capture capture;
  Conversation talk(capture, far_client(), local_server());
  open_at_server(talk);
  talk.client_data(record(kHandshakeRecord, client_hello(tls12_hello("www.example.com")), kTls10));
  const Bytes flight = concat({tls12_server_flight(), encrypted_record(900, kHandshakeRecord)});
  talk.wait(microseconds(500)).from_server({});
  const Bytes large = talk.ip_from_server({.payload = slice(flight, 0, 1'460)});
  capture.add_ip(large, talk.link_from_server()).wait(milliseconds(3));
  capture.add_ip(icmp_error({.router = "203.0.113.1", .type = 3, .code = 4, .quoted = large, .mtu = 1'492}),
                 talk.link_from_client());
  talk.wait(microseconds(50));
  for (std::size_t at = 0; at < flight.size(); at += 1'440) {
    talk.from_server({.payload = slice(flight, at, 1'440), .seq = static_cast<std::int64_t>(1 + at)});
  }
  talk.wait(milliseconds(24))
      .client_data(concat({record(kHandshakeRecord, client_key_exchange()), change_cipher_spec_record(),
                           encrypted_record(40, kHandshakeRecord)}));
  talk.wait(microseconds(400))
      .server_data(concat({change_cipher_spec_record(), encrypted_record(40, kHandshakeRecord)}));
  talk.wait(milliseconds(24))
      .client_data(encrypted_record(100))
      .wait(milliseconds(1))
      .server_data(encrypted_record(300));
  talk.wait(milliseconds(24)).client_data(encrypted_record(26, kAlertRecord)).close(milliseconds(1));
  return capture.pcap();
}

// A healthy TLS 1.3 exchange up to the first answer; 24, 25, 27, 30 and 34 differ in how it ends.
void exchange(Conversation& talk, std::int64_t round_trip = milliseconds(40)) {
  talk.client_data(hello_record("www.example.com")).wait(round_trip).server_data(tls13_server_flight());
  talk.wait(milliseconds(1)).client_data(concat({change_cipher_spec_record(), encrypted_record(53)}));
  talk.client_data(encrypted_record(120)).wait(round_trip).server_data(encrypted_record(400));
  talk.wait(microseconds(100)).from_client({});
}

// 24: after both sides' FINs late segments are answered by resets of two stacks at one place (TTL 59 and 123).
Bytes teardown_of_a_large_site() {
  Capture capture;
  Host server = far_server();
  server.ttl = 123;
  Conversation talk(capture, local_client(), server);
  open_at_client(talk, milliseconds(10));
  exchange(talk, milliseconds(10));
  talk.wait(seconds(1)).from_server({.flags = kFin | kAck}).wait(microseconds(200));
  talk.client_data(encrypted_record(19)).from_client({.flags = kFin | kAck}).wait(milliseconds(10));
  const std::int64_t acknowledged = 1 + static_cast<std::int64_t>(tls13_server_flight().size()) + 405 + 1;
  talk.from_server({.flags = kRst, .seq = acknowledged, .ttl = 59, .ip_id = 0, .window = 0});
  talk.wait(microseconds(40)).from_server({.flags = kRst, .seq = acknowledged, .ttl = 59, .ip_id = 0, .window = 0});
  talk.wait(milliseconds(2)).from_server({.flags = kRst, .seq = acknowledged, .window = 0});
  return capture.pcap();
}

// 25: the client aborts; the address translation in front of it answers what still arrives, one reset a segment.
Bytes translator_answers_late_segments() {
  Capture capture;
  Host client = far_client();
  client.ttl = 116;
  Conversation talk(capture, client, local_server());
  open_at_server(talk);
  talk.client_data(hello_record("www.example.com")).wait(milliseconds(1)).server_data(tls13_server_flight());
  talk.wait(milliseconds(24)).client_data(concat({change_cipher_spec_record(), encrypted_record(53)}));
  talk.client_data(encrypted_record(120)).wait(milliseconds(1));
  const std::int64_t first = 1 + static_cast<std::int64_t>(tls13_server_flight().size());
  for (int i = 0; i < 6; ++i) talk.server_data(encrypted_record(1'395));
  talk.wait(milliseconds(22)).from_client({.flags = kRst | kAck, .ack = first + 1'400, .window = 0});
  const std::int64_t sent = 1 + static_cast<std::int64_t>(hello_record("www.example.com").size()) + 6 + 58 + 125;
  for (std::int64_t i = 2; i <= 5; ++i) {
    talk.wait(milliseconds(1));
    talk.from_client({.flags = kRst | kAck,
                      .seq = sent,
                      .ack = first + i * 1'400,
                      .ttl = 244,
                      .ip_id = static_cast<std::uint16_t>(0x0f00 + i),
                      .window = 0,
                      .foreign = true});
  }
  return capture.pcap();
}

// 26: IPv6 and IPv4 are tried at once; the slower one is reset when its SYN-ACK comes.
Bytes raced_addresses() {
  Capture capture;
  Conversation v6(capture, {.ip = "2001:db8::5", .port = 51000, .isn = 1000, .ttl = 64},
                  {.ip = "2001:db8:1::10", .port = 443, .isn = 5000, .ttl = 52});
  Conversation v4(capture, local_client(51001), far_server());
  v6.from_client({.flags = kSyn, .options = usual_syn_options(1440)}).wait(milliseconds(250));
  v4.from_client({.flags = kSyn, .options = usual_syn_options()}).wait(milliseconds(10));
  v6.from_server({.flags = kSyn | kAck, .options = usual_syn_options(1440)}).wait(microseconds(50));
  v6.from_client({}).client_data(hello_record("www.example.com")).wait(milliseconds(30));
  v4.from_server({.flags = kSyn | kAck, .options = usual_syn_options()}).wait(microseconds(40));
  v4.from_client({.flags = kRst, .seq = 1, .ip_id = 0, .window = 0});
  finish_healthy(v6, milliseconds(230));
  return capture.pcap();
}

// 27: the client's program closes without having read everything: its kernel resets.
Bytes closed_with_unread_data() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  exchange(talk);
  const std::int64_t read = 1 + static_cast<std::int64_t>(tls13_server_flight().size()) + 405;
  talk.wait(milliseconds(5)).server_data(encrypted_record(1'395)).wait(microseconds(200));
  talk.from_client({.flags = kRst | kAck, .ack = read, .window = 501});
  return capture.pcap();
}

// 28: the server says why it refuses and closes; the client's reset after that is clean-up.
Bytes reset_after_fatal_alert() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  talk.client_data(hello_record("www.example.com")).wait(milliseconds(41));
  talk.server_data(alert_record(2, 40)).from_server({.flags = kFin | kAck}).wait(microseconds(300));
  talk.from_client({.flags = kRst | kAck, .window = 0});
  return capture.pcap();
}

// 29: the server still holds an older connection of the same ports: it acknowledges that one, the client resets it, and
// the repeated SYN opens the new one (RFC 9293 section 3.5, recovery from half-open).
Bytes half_open_recovery() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  const Segment syn{.flags = kSyn, .seq = 0, .options = usual_syn_options()};
  talk.from_client(syn).wait(milliseconds(40));
  talk.from_server({.seq = 71'000, .ack = 912'345, .foreign = true}).wait(microseconds(50));
  talk.from_client({.flags = kRst, .seq = 912'345, .ip_id = 0, .window = 0, .foreign = true}).wait(seconds(3));
  talk.from_client(syn).wait(milliseconds(40));
  talk.from_server({.flags = kSyn | kAck, .seq = 0, .options = usual_syn_options()}).wait(microseconds(50));
  talk.from_client({}).client_data(hello_record("www.example.com"));
  finish_healthy(talk);
  return capture.pcap();
}

// 30: after 350 s of silence the first packet is answered by a reset from next door.
Bytes idle_state_expired() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  exchange(talk);
  talk.wait(seconds(350)).client_data(encrypted_record(200)).wait(milliseconds(1));
  const std::int64_t next = 1 + static_cast<std::int64_t>(tls13_server_flight().size()) + 405;
  talk.from_server({.flags = kRst, .seq = next, .ttl = 255, .ip_id = 0, .window = 0, .foreign = true});
  return capture.pcap();
}

// 34: a virtual machine behind a user-mode network: every TTL is rewritten, the reset's too.
Bytes rewritten_by_user_mode_network() {
  Capture capture;
  for (std::uint16_t i = 0; i < 3; ++i) {
    Host guest = local_client(static_cast<std::uint16_t>(51000 + i));
    guest.ip = "10.0.2.15";
    guest.isn += i * 400'000u;
    const std::array<const char*, 3> servers = {"203.0.113.10", "198.51.100.7", "198.18.7.9"};
    Host server = far_server(servers[i]);
    server.ttl = 64;
    server.window = 65535;
    server.isn += i * 64'000u;
    Conversation talk(capture, guest, server);
    talk.from_client({.flags = kSyn, .options = usual_syn_options()}).wait(milliseconds(30));
    talk.from_server({.flags = kSyn | kAck, .options = option_mss(1460)}).wait(microseconds(40)).from_client({});
    exchange(talk, milliseconds(30));
    talk.client_data(encrypted_record(19)).from_client({.flags = kFin | kAck}).wait(microseconds(100));
    talk.from_server({}).wait(microseconds(100));
    talk.from_server({.flags = kRst | kAck, .ttl = 255, .window = 0});
    capture.wait(seconds(1));
  }
  return capture.pcap();
}

// 36: only what the client sent was captured, of a connection that works and of one that nobody answered.
Bytes one_direction_only() {
  Capture capture;
  Conversation silent(capture, local_client(51000), far_server());
  for (const std::int64_t pause : {0, 1, 2, 4, 8}) {
    silent.wait(seconds(pause)).from_client({.flags = kSyn, .seq = 0, .options = usual_syn_options()});
  }
  Conversation talk(capture, local_client(51001), far_server("198.51.100.7"));
  talk.from_client({.flags = kSyn, .options = usual_syn_options()}).wait(milliseconds(40));
  talk.from_server({.flags = kSyn | kAck, .unseen = true}).from_client({});
  talk.client_data(hello_record("www.example.com")).wait(milliseconds(40));
  talk.from_server({.payload = tls13_server_flight(), .unseen = true}).from_client({}).wait(milliseconds(1));
  talk.client_data(concat({change_cipher_spec_record(), encrypted_record(53)})).client_data(encrypted_record(120));
  return capture.pcap();
}

// 37: a mirror port that copies both ways: every frame twice, the one reset too.
Bytes every_frame_twice() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  exchange(talk);
  talk.wait(milliseconds(3)).from_client({.flags = kRst | kAck, .window = 0});
  std::vector<Frame> doubled;
  for (const Frame& frame : capture.frames()) {
    doubled.push_back(frame);
    doubled.push_back(frame);
    doubled.back().time += microseconds(4);
  }
  return pcap_file(LinkType::ethernet, doubled);
}

// 39: the translation of a service's address failed for one packet: the client resets what comes from an address it
// never spoke to.
Bytes answer_from_another_address() {
  Capture capture;
  Conversation service(capture, local_client(), far_server("192.0.2.100"));
  open_at_client(service, milliseconds(2));
  service.client_data(hello_record("www.example.com")).wait(milliseconds(3));
  const Bytes flight = tls13_server_flight();
  Host pod = far_server("198.18.7.33", 8443);
  pod.isn = 5000;
  Conversation stray(capture, local_client(), pod);
  stray.from_server({.flags = kPsh | kAck, .payload = flight, .seq = 1, .ack = 1 + 256}).wait(microseconds(60));
  stray.from_client({.flags = kRst, .seq = 1 + 256, .ip_id = 0, .window = 0, .foreign = true});
  for (const std::int64_t pause : {200, 400, 800, 1'600}) {
    service.wait(milliseconds(pause));
    service.from_client({.flags = kPsh | kAck, .payload = hello_record("www.example.com"), .seq = 1});
  }
  return capture.pcap();
}

// 40: the server accepts and closes after a tenth of a second, before anything was asked.
Bytes accepted_then_closed() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  talk.wait(milliseconds(102)).from_server({.flags = kFin | kAck}).wait(microseconds(200));
  talk.client_data(hello_record("www.example.com")).wait(milliseconds(40));
  talk.from_server({.flags = kRst, .seq = 2, .ip_id = 0, .window = 0});
  return capture.pcap();
}

// 41: a reset that fits in everything but one hop.
Bytes one_hop_nearer() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  talk.client_data(hello_record("www.example.com")).wait(milliseconds(42));
  talk.from_server({.flags = kRst | kAck, .ttl = 48, .window = 0});
  return capture.pcap();
}

// 44: after the server has closed, the client's late packets are answered from next door within microseconds.
Bytes firewall_answers_after_the_end() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk, microseconds(600));
  exchange(talk, microseconds(600));
  talk.wait(milliseconds(3)).from_server({.flags = kFin | kAck}).wait(microseconds(5));
  talk.from_server({.flags = kRst | kAck, .window = 0}).wait(microseconds(100));
  const std::int64_t end = 1 + static_cast<std::int64_t>(tls13_server_flight().size()) + 405 + 1;
  for (int i = 0; i < 2; ++i) {
    talk.from_client({}).wait(microseconds(15));
    talk.from_server({.flags = kRst | kAck, .seq = end, .ttl = 255, .ip_id = 0, .window = 64240, .foreign = true});
    talk.wait(microseconds(200));
  }
  return capture.pcap();
}

// 45: the capture missed the hello, but not its repetitions: the client waited fifteen seconds and gave up.
Bytes hello_lost_by_the_capture() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  const Bytes hello = hello_record("www.example.com");
  talk.wait(microseconds(300)).from_client({.flags = kPsh | kAck, .payload = hello, .unseen = true});
  for (const std::int64_t pause : {220, 440, 880, 1'760, 3'520}) {
    talk.wait(milliseconds(pause)).from_client({.flags = kPsh | kAck, .payload = hello, .seq = 1});
  }
  talk.wait(milliseconds(8'180)).from_client({.flags = kRst | kAck, .window = 0});
  return capture.pcap();
}

}  // namespace

std::vector<Scenario> ordinary_resets() {
  return {{"reset_02_leaves_the_client.pcap", reset_leaves_the_client},
          {"reset_04_connect_scan.pcap", connect_scan},
          {"reset_05_half_open_scan.pcap", half_open_scan},
          {"reset_06_wide_scan.pcap", wide_scan},
          {"reset_07_health_check_after_syn_ack.pcap", health_check_after_syn_ack},
          {"reset_08_health_check_after_handshake.pcap", health_check_after_handshake},
          {"reset_09_refused_by_host.pcap", refused_by_host},
          {"reset_19_server_resets_unknown_name.pcap", server_resets_unknown_name},
          {"reset_21_path_mtu_black_hole.pcap", path_mtu_black_hole},
          {"reset_22_path_mtu_discovery.pcap", path_mtu_discovery_works},
          {"reset_24_teardown_of_a_large_site.pcap", teardown_of_a_large_site},
          {"reset_25_translator_answers_late_segments.pcap", translator_answers_late_segments},
          {"reset_26_raced_addresses.pcap", raced_addresses},
          {"reset_27_closed_with_unread_data.pcap", closed_with_unread_data},
          {"reset_28_after_fatal_alert.pcap", reset_after_fatal_alert},
          {"reset_29_half_open_recovery.pcap", half_open_recovery},
          {"reset_30_idle_state_expired.pcap", idle_state_expired},
          {"reset_34_user_mode_network.pcap", rewritten_by_user_mode_network},
          {"reset_36_one_direction_only.pcap", one_direction_only},
          {"reset_37_every_frame_twice.pcap", every_frame_twice},
          {"reset_39_answer_from_another_address.pcap", answer_from_another_address},
          {"reset_40_accepted_then_closed.pcap", accepted_then_closed},
          {"reset_41_one_hop_nearer.pcap", one_hop_nearer},
          {"reset_44_firewall_answers_after_the_end.pcap", firewall_answers_after_the_end},
          {"reset_45_hello_lost_by_the_capture.pcap", hello_lost_by_the_capture}};
}

}  // namespace handlens::synthetic
