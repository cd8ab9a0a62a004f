// How connections ordinarily end, and how captures ordinarily show it: nothing here was done by a device, and each
// sequence has a part that looks like one. The numbers are those of the files.
#include <array>

#include "tools/synthetic/scenarios.h"
#include "tools/synthetic/scenes.h"

namespace handlens::synthetic {
namespace {

using namespace handlens::builder;

std::int64_t size_of(const Bytes& bytes) { return static_cast<std::int64_t>(bytes.size()); }

// Up to the client's request. `capture` may be on any link.
void request(Conversation& talk, std::int64_t round_trip = milliseconds(40)) {
  talk.client_data(hello_record("www.example.com")).wait(round_trip).server_data(tls13_server_flight());
  talk.wait(milliseconds(1)).client_data(concat({change_cipher_spec_record(), encrypted_record(53)}));
  talk.client_data(encrypted_record(120)).wait(round_trip);
}

// 1: the server closes after the hello; its acknowledgement of the client's FIN comes after its own FIN.
Bytes fin_and_its_ack() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  talk.client_data(hello_record("www.example.com")).wait(milliseconds(41)).from_server({});
  talk.wait(microseconds(300)).from_server({.flags = kFin | kAck}).wait(microseconds(60)).from_client({});
  talk.wait(microseconds(200)).from_client({.flags = kFin | kAck}).wait(milliseconds(40)).from_server({});
  return capture.pcap();
}

// 2: the server answers and closes with a request unread: its reset follows its answer at once.
Bytes answer_then_reset() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  request(talk);
  talk.from_server({}).wait(milliseconds(3)).server_data(encrypted_record(400)).wait(microseconds(20));
  talk.from_server({.flags = kRst | kAck, .window = 0});
  return capture.pcap();
}

// 3: the server's host goes down during an upload; when it is up again it knows nothing of the connection.
Bytes upload_to_a_dead_server() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  request(talk);
  talk.server_data(encrypted_record(200)).wait(microseconds(100));
  const Bytes part = encrypted_record(1'395);
  const std::int64_t at = 1 + size_of(hello_record("www.example.com")) + 6 + 58 + 125;
  const std::int64_t acked = 1 + size_of(tls13_server_flight()) + 205;
  talk.client_data(part);
  for (const std::int64_t pause : {250, 500, 1'000, 2'000, 4'000, 8'000, 16'000}) {
    talk.wait(milliseconds(pause)).from_client({.flags = kPsh | kAck, .payload = part, .seq = at});
  }
  talk.wait(milliseconds(41)).from_server({.flags = kRst, .seq = acked, .ip_id = 0, .window = 0});
  return capture.pcap();
}

// 4: a download is cancelled; each segment that was still under way is answered by a reset of its own.
Bytes cancelled_download() {
  Capture capture;
  Conversation talk(capture, local_client(), far_server());
  open_at_client(talk);
  request(talk);
  for (int i = 0; i < 6; ++i) talk.server_data(encrypted_record(1'395)).wait(microseconds(120));
  const std::int64_t sent = 1 + size_of(hello_record("www.example.com")) + 6 + 58 + 125;
  talk.from_client({.flags = kRst | kAck, .window = 0});
  for (int i = 0; i < 4; ++i) {
    talk.wait(milliseconds(9)).server_data(encrypted_record(1'395)).wait(microseconds(15));
    talk.from_client({.flags = kRst, .seq = sent, .ip_id = 0, .window = 0, .foreign = true});
  }
  return capture.pcap();
}

// Every packet of `capture` first with one direction and then with the other, as the "any" device shows it twice.
void add_twice(Capture& capture, Conversation& talk, bool from_client, const Segment& segment, std::uint8_t lower_ttl) {
  Bytes packet = from_client ? talk.ip_from_client(segment) : talk.ip_from_server(segment);
  LinkFields link = from_client ? talk.link_from_client() : talk.link_from_server();
  link.outgoing = lower_ttl == 0;
  capture.add_ip(packet, link).wait(microseconds(2));
  packet[8] = static_cast<std::uint8_t>(packet[8] - lower_ttl);
  packet[10] = packet[11] = 0;
  const std::uint16_t sum = internet_checksum(slice(packet, 0, 20));
  packet[10] = static_cast<std::uint8_t>(sum >> 8);
  packet[11] = static_cast<std::uint8_t>(sum & 0xff);
  link.outgoing = !link.outgoing;
  capture.add_ip(packet, link);
}

// The whole connection, each packet twice; the client's program aborts it.
Bytes seen_twice(Host client, Host server, std::uint8_t lower_ttl, std::int64_t round_trip) {
  Capture capture(LinkType::linux_sll);
  Conversation talk(capture, std::move(client), std::move(server));
  const auto from_client = [&](const Segment& s) { add_twice(capture, talk, true, s, lower_ttl); };
  const auto from_server = [&](const Segment& s) { add_twice(capture, talk, false, s, lower_ttl); };
  from_client({.flags = kSyn, .options = usual_syn_options()});
  capture.wait(round_trip);
  from_server({.flags = kSyn | kAck, .options = usual_syn_options()});
  capture.wait(microseconds(20));
  from_client({});
  from_client({.flags = kPsh | kAck, .payload = hello_record("www.example.com")});
  capture.wait(round_trip);
  from_server({.flags = kPsh | kAck, .payload = tls13_server_flight()});
  capture.wait(milliseconds(1));
  from_client({.flags = kPsh | kAck, .payload = concat({change_cipher_spec_record(), encrypted_record(53)})});
  capture.wait(round_trip);
  from_server({.flags = kPsh | kAck, .payload = encrypted_record(400)});
  capture.wait(microseconds(200));
  from_client({.flags = kRst | kAck, .window = 0});
  return capture.pcap();
}

// 5: a connection over loopback on the "any" device: every packet goes out and comes in.
Bytes any_with_loopback() {
  Host client = local_client(), server = local_server();
  client.ip = server.ip = "127.0.0.1";
  server.ip_id = 0x4000;
  server.ip_id_step = 1;
  return seen_twice(client, server, 0, microseconds(30));
}

// 6: a router's "any" device: every packet comes in by one interface and leaves by the other, one hop older.
Bytes router_with_both_interfaces() {
  Host client = local_client();
  client.ttl = 63;
  return seen_twice(client, far_server(), 1, milliseconds(40));
}

// 7: a router's outer interface, outgoing packets only of either side: the client's reset leaves it like all others.
Bytes router_egress() {
  Capture capture(LinkType::linux_sll);
  Host client = local_client();
  client.ttl = 63;
  Conversation talk(capture, client, far_server());
  open_at_client(talk);
  request(talk);
  talk.server_data(encrypted_record(400)).wait(milliseconds(2));
  talk.from_client({.flags = kRst | kAck, .window = 0});
  return capture.pcap();
}

// 8: calls of a long-lived connection, captured from the middle on; its client is stopped.
Bytes calls_from_the_middle() {
  Capture capture;
  Host client = local_client(), server = far_server("203.0.113.10", 50'051);
  Conversation talk(capture, client, server);
  std::int64_t asked = 800'000, answered = 2'000'000;
  for (int i = 0; i < 5; ++i) {
    const Bytes call = encrypted_record(80), answer = encrypted_record(300);
    talk.from_client({.flags = kPsh | kAck, .payload = call, .seq = asked, .ack = answered}).wait(milliseconds(41));
    asked += size_of(call);
    talk.from_server({.flags = kPsh | kAck, .payload = answer, .seq = answered, .ack = asked}).wait(microseconds(50));
    answered += size_of(answer);
    talk.from_client({.seq = asked, .ack = answered}).wait(seconds(1));
  }
  talk.from_client({.flags = kRst | kAck, .seq = asked, .ack = answered, .window = 0});
  return capture.pcap();
}

// 12: a server next door refuses with an alert, much sooner than it had accepted: the first packet to a host is often
// slow.
Bytes alert_after_a_slow_first_packet() {
  Capture capture;
  Conversation talk(capture, local_client(), local_server());
  open_at_client(talk, microseconds(1'500));
  talk.client_data(hello_record("www.example.com")).wait(microseconds(180)).server_data(alert_record(2, 40));
  talk.wait(microseconds(20)).from_server({.flags = kFin | kAck}).wait(microseconds(60));
  talk.from_client({.flags = kFin | kAck}).wait(microseconds(180)).from_server({});
  return capture.pcap();
}

// A probe's SYN, made by a tool; resets are the kernel's own.
Segment probe(std::uint8_t ttl) { return {.flags = kSyn, .ttl = ttl, .options = option_mss(1460)}; }

Host tracing_client(unsigned number) {
  Host client = local_client(static_cast<std::uint16_t>(33'000 + number * 37));
  client.isn = 0x7ace'0000u + number * 70'001u;
  client.ip_id = static_cast<std::uint16_t>(number * 4'001);
  return client;
}

// 9: traceroute with TCP, three routers before the server; six probes at a time, each from a port of its own.
Bytes traceroute() {
  constexpr std::array<const char*, 3> kRouters = {"192.0.2.1", "198.51.100.1", "198.51.100.9"};
  Capture capture;
  Host server = far_server();
  server.ttl = 61;
  for (unsigned ttl = 1; ttl <= 6; ++ttl) {
    server.isn = 5'000 + ttl * 31'337;
    Conversation talk(capture, tracing_client(ttl), server);
    if (ttl <= kRouters.size()) {
      const Bytes syn = talk.ip_from_client(probe(static_cast<std::uint8_t>(ttl)));
      capture.add_ip(syn, talk.link_from_client()).wait(milliseconds(2 * ttl));
      capture.add_ip(icmp_error({.router = kRouters[ttl - 1], .type = 11, .code = 0, .quoted = syn}),
                     talk.link_from_server());
    } else {
      talk.from_client(probe(static_cast<std::uint8_t>(ttl))).wait(milliseconds(9));
      talk.from_server({.flags = kSyn | kAck, .options = option_mss(1460)}).wait(microseconds(20));
      talk.from_client({.flags = kRst, .ip_id = 0, .window = 0});
    }
    capture.wait(milliseconds(1));
  }
  return capture.pcap();
}

// 10: the same seen at the server, where only those come by that went far enough, with what is left of their TTL.
Bytes traceroute_at_server() {
  Capture capture;
  for (unsigned ttl = 1; ttl <= 3; ++ttl) {
    Host server = local_server();
    server.isn = 5'000 + ttl * 31'337;
    Conversation talk(capture, tracing_client(ttl), server);
    talk.from_client(probe(static_cast<std::uint8_t>(ttl))).wait(microseconds(40));
    talk.from_server({.flags = kSyn | kAck, .options = option_mss(1460)}).wait(milliseconds(9));
    talk.from_client({.flags = kRst, .ttl = 61, .ip_id = 0, .window = 0});
    capture.wait(milliseconds(1));
  }
  return capture.pcap();
}

// 11: another tool sends all of its probes from one port. Behind the second router a firewall says nothing.
Bytes traceroute_from_one_port() {
  constexpr std::array<const char*, 2> kRouters = {"192.0.2.1", "198.51.100.1"};
  Capture capture;
  Conversation talk(capture, tracing_client(1), far_server());
  for (std::uint8_t ttl = 1; ttl <= 5; ++ttl) {
    Segment again = probe(ttl);
    again.seq = 0;
    const Bytes syn = talk.ip_from_client(again);
    capture.add_ip(syn, talk.link_from_client()).wait(milliseconds(3));
    if (ttl <= kRouters.size()) {
      capture.add_ip(icmp_error({.router = kRouters[ttl - 1u], .type = 11, .code = 0, .quoted = syn}),
                     talk.link_from_server());
    }
    capture.wait(seconds(1));
  }
  return capture.pcap();
}

}  // namespace

std::vector<Scenario> ordinary_endings() {
  return {{"ordinary_1_fin_and_its_ack.pcap", fin_and_its_ack},
          {"ordinary_2_answer_then_reset.pcap", answer_then_reset},
          {"ordinary_3_upload_to_a_dead_server.pcap", upload_to_a_dead_server},
          {"ordinary_4_cancelled_download.pcap", cancelled_download},
          {"ordinary_5_any_with_loopback.pcap", any_with_loopback},
          {"ordinary_6_router_with_both_interfaces.pcap", router_with_both_interfaces},
          {"ordinary_7_router_egress.pcap", router_egress},
          {"ordinary_8_calls_from_the_middle.pcap", calls_from_the_middle},
          {"ordinary_9_traceroute.pcap", traceroute},
          {"ordinary_10_traceroute_at_server.pcap", traceroute_at_server},
          {"ordinary_11_traceroute_from_one_port.pcap", traceroute_from_one_port},
          {"ordinary_12_alert_after_a_slow_first_packet.pcap", alert_after_a_slow_first_packet}};
}

}  // namespace handlens::synthetic
