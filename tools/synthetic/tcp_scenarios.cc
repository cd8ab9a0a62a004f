#include <vector>

#include "tools/builder/packet_builder.h"
#include "tools/builder/tls_builder.h"
#include "tools/synthetic/scenarios.h"
#include "tools/synthetic/scenes.h"

namespace handlens::synthetic {
namespace {

using namespace handlens::builder;

// Windows-like client, Linux-like server some hops away; the capture is taken at the client.
Host desktop(std::uint16_t port) {
  return {.ip = "192.0.2.10", .port = port, .isn = 0x1a2b3c00, .ttl = 128, .ip_id = 0x5b10, .window = 64240};
}
Host web_server() {
  return {
      .ip = "198.51.100.7", .port = 443, .isn = 0x7f000100, .ttl = 52, .ip_id = 0, .ip_id_step = 0, .window = 65160};
}

// The rest of a TLS 1.3 handshake as it looks from outside, one exchange of data, close_notify both ways.
void finish_tls13(Conversation& talk) {
  talk.wait(milliseconds(10));
  talk.server_data(tls13_server_flight());
  talk.wait(milliseconds(1)).client_data(concat({change_cipher_spec_record(), encrypted_record(53)}));
  talk.wait(microseconds(100)).client_data(encrypted_record(120));
  talk.wait(milliseconds(10)).server_data(encrypted_record(400));
  talk.wait(milliseconds(1)).client_data(encrypted_record(19));
  talk.close();
}

Bytes founding_story() {
  Capture capture;
  Conversation talk(capture, desktop(51602), web_server());
  talk.open(milliseconds(12)).wait(microseconds(900));
  talk.from_client({.flags = kRst | kAck, .window = 0});
  return capture.pcap();
}

// The server is 61.8 ms away; the resets need 8.3 ms, come from nearer by, and the server goes on talking.
Bytes rst_injected_after_client_hello() {
  Capture capture;
  Conversation talk(capture, desktop(51617),
                    {.ip = "203.0.113.9", .port = 443, .isn = 0x20000000, .ttl = 49, .ip_id = 0, .ip_id_step = 0});
  talk.open(microseconds(61'800)).wait(microseconds(400));
  talk.client_data(hello_record("blocked.example")).wait(microseconds(8'300));
  talk.from_server({.flags = kRst | kAck, .ttl = 58, .ip_id = 0x3c1e, .window = 0, .foreign = true});
  talk.from_server({.flags = kRst, .ttl = 58, .ip_id = 0x3c1e, .window = 0, .foreign = true});
  talk.wait(microseconds(54'300)).from_server({});
  talk.wait(microseconds(400))
      .server_data(
          concat({record(kHandshakeRecord, server_hello({})), change_cipher_spec_record(), encrypted_record(23)}));
  return capture.pcap();
}

Bytes seq_wrap() {
  Capture capture;
  Host client = desktop(51700), server = web_server();
  client.isn = 0xfffffff0;
  server.isn = 0xffffff00;
  Conversation talk(capture, client, server);
  talk.open().client_data(hello_record("wrap.example.com"));
  finish_tls13(talk);
  return capture.pcap();
}

// The same bytes of the stream twice, with two different server names: the first ones count.
Bytes overlap_conflict() {
  Capture capture;
  Conversation talk(capture, desktop(51701), web_server());
  const Bytes first = hello_record("first.example.com"), second = hello_record("other.example.com");
  const std::size_t half = first.size() / 2;
  talk.open().client_data(slice(first, 0, half)).wait(microseconds(50));
  talk.from_client({.flags = kPsh | kAck, .payload = second, .seq = 1, .foreign = true});
  talk.wait(microseconds(50)).client_data(slice(first, half, first.size()));
  finish_tls13(talk);
  return capture.pcap();
}

Bytes out_of_order_hello() {
  Capture capture;
  Conversation talk(capture, desktop(51702), web_server());
  const Bytes hello = hello_record("reordered.example.com");
  talk.open();
  talk.from_client({.payload = slice(hello, 200, 1000), .seq = 201});
  talk.from_client({.payload = slice(hello, 100, 100), .seq = 101});
  talk.from_client({.payload = slice(hello, 0, 100), .seq = 1});
  finish_tls13(talk);
  return capture.pcap();
}

// A segment of the server's flight is missing from the capture only: the client acknowledges it.
Bytes lost_segment() {
  Capture capture;
  Conversation talk(capture, desktop(51703), web_server());
  const Bytes flight = tls12_server_flight();
  talk.open().client_data(record(kHandshakeRecord, client_hello(tls12_hello("www.example.com")), kTls10));
  talk.wait(milliseconds(10)).from_server({.payload = slice(flight, 0, 500)});
  talk.from_server({.payload = slice(flight, 500, 500), .unseen = true});
  talk.from_server({.flags = kPsh | kAck, .payload = slice(flight, 1000, flight.size())}).wait(microseconds(60));
  talk.from_client({}).wait(milliseconds(2));
  talk.client_data(concat({record(kHandshakeRecord, client_key_exchange()), change_cipher_spec_record(),
                           encrypted_record(40, kHandshakeRecord)}));
  talk.wait(milliseconds(10))
      .server_data(concat({change_cipher_spec_record(), encrypted_record(40, kHandshakeRecord)}));
  for (int i = 0; i < 12; ++i) {
    talk.wait(milliseconds(1))
        .client_data(encrypted_record(100))
        .wait(milliseconds(10))
        .server_data(encrypted_record(300));
  }
  talk.client_data(encrypted_record(26, kAlertRecord)).close();
  return capture.pcap();
}

// RFC 7413: the ClientHello travels in the SYN, and the server acknowledges it with its SYN.
Bytes fast_open() {
  Capture capture;
  Conversation talk(capture, desktop(51704), web_server());
  talk.from_client({.flags = kSyn,
                    .payload = hello_record("fast.example.com"),
                    .options = concat({usual_syn_options(), option_fast_open(filler(8, 0xc0))})});
  talk.wait(milliseconds(10)).from_server({.flags = kSyn | kAck, .options = usual_syn_options()});
  talk.wait(microseconds(40)).from_client({});
  finish_tls13(talk);
  return capture.pcap();
}

// RFC 9293 section 3.5, figure 7: both ends send a SYN.
Bytes simultaneous_open() {
  Capture capture;
  Host server = web_server();
  server.port = 51800;
  Conversation talk(capture, desktop(51705), server);
  talk.from_client({.flags = kSyn, .options = usual_syn_options()}).wait(milliseconds(2));
  talk.from_server({.flags = kSyn, .options = usual_syn_options()}).wait(microseconds(30));
  talk.from_client({.flags = kSyn | kAck, .seq = 0, .options = usual_syn_options()}).wait(milliseconds(8));
  talk.from_server({.flags = kSyn | kAck, .seq = 0, .options = usual_syn_options()}).wait(microseconds(30));
  talk.from_client({}).client_data(hello_record("peer.example.com"));
  finish_tls13(talk);
  return capture.pcap();
}

// One four-tuple, two connections: the first is closed, the second comes four minutes later with another ISN.
Bytes port_reuse() {
  Capture capture;
  Conversation first(capture, desktop(51706), web_server());
  first.open().client_data(hello_record("first.example.com"));
  finish_tls13(first);
  Host client = desktop(51706), server = web_server();
  client.isn = 0x33000000;
  client.ip_id = 0x6000;
  server.isn = 0x44000000;
  capture.wait(seconds(240));
  Conversation second(capture, client, server);
  second.open().client_data(hello_record("second.example.com"));
  finish_tls13(second);
  return capture.pcap();
}

Bytes icmp_admin_prohibited() {
  Capture capture;
  Conversation talk(capture, desktop(51707), web_server());
  const Bytes syn = talk.ip_from_client({.flags = kSyn, .options = usual_syn_options()});
  capture.add_ip(syn, talk.link_from_client()).wait(milliseconds(3));
  capture.add_ip(icmp_error({.router = "192.0.2.1", .type = 3, .code = 13, .quoted = syn}), talk.link_from_server());
  return capture.pcap();
}

// ICMPv6 type 1 code 1 says the same.
Bytes icmpv6_admin_prohibited() {
  Capture capture;
  Conversation talk(capture, {.ip = "2001:db8::10", .port = 51707}, {.ip = "2001:db8:1::7", .port = 443});
  const Bytes syn = talk.ip_from_client({.flags = kSyn, .options = usual_syn_options(1440)});
  capture.add_ip(syn, talk.link_from_client()).wait(milliseconds(3));
  capture.add_ip(icmp_error({.router = "2001:db8::1", .type = 1, .code = 1, .quoted = syn, .quote = 1232}),
                 talk.link_from_server());
  return capture.pcap();
}

// A SYN three times, the first of which ran out of their time to live at routers: each quotes what it got, with one hop
// left.
Bytes expired(const Host& client, const Host& server, const std::vector<IcmpError>& errors) {
  Capture capture;
  Conversation talk(capture, client, server);
  std::uint16_t ip_id = client.ip_id;
  for (std::size_t i = 0; i < 3; ++i, ++ip_id) {
    Segment syn{.flags = kSyn, .seq = 0, .ip_id = ip_id, .options = usual_syn_options()};
    capture.add_ip(talk.ip_from_client(syn), talk.link_from_client()).wait(milliseconds(30));
    if (i < errors.size()) {
      syn.ttl = std::uint8_t{1};
      IcmpError error = errors[i];
      error.quoted = talk.ip_from_client(syn);
      capture.add_ip(icmp_error(error), talk.link_from_server());
    }
    capture.wait(seconds(1 << i));
  }
  return capture.pcap();
}

// Two routers send everything to each other.
Bytes routing_loop() {
  const IcmpError one = {.router = "198.51.100.1", .type = 11, .code = 0};
  return expired(desktop(51708), web_server(), {one, {.router = "198.51.100.2", .type = 11, .code = 0}, one});
}

Bytes routing_loop_ipv6() {
  const IcmpError one = {.router = "2001:db8:9::1", .type = 3, .code = 0, .quote = 1232};
  return expired({.ip = "2001:db8::10", .port = 51708}, {.ip = "2001:db8:1::7", .port = 443}, {one, one, one});
}

// One error, then silence: routers that changed their minds for a moment, or anybody's forgery.
Bytes expired_once() {
  return expired(desktop(51710), web_server(), {{.router = "198.51.100.1", .type = 11, .code = 0}});
}

// A protocol that is meant for the neighbour only, spoken to a host behind a router.
Bytes ttl_for_a_neighbour() {
  Host client = desktop(51709);
  client.ttl = 1;
  const IcmpError one = {.router = "192.0.2.1", .type = 11, .code = 0};
  return expired(client, web_server(), {one, one, one});
}

// After the handshake the client's window closes; the server probes it; later an idle connection is kept alive.
Bytes keep_alive_zero_window() {
  Capture capture;
  Conversation talk(capture, desktop(51708), web_server());
  talk.open().client_data(hello_record("slow.example.com"));
  talk.wait(milliseconds(10));
  talk.server_data(tls13_server_flight());
  talk.wait(milliseconds(1))
      .client_data(concat({change_cipher_spec_record(), encrypted_record(53), encrypted_record(120)}));
  talk.wait(milliseconds(10)).server_data(encrypted_record(1200)).from_client({.window = 0});
  for (int i = 0; i < 2; ++i) {
    talk.wait(seconds(1)).from_server({.payload = {0x17}, .foreign = true}).wait(microseconds(50));
    talk.from_client({.window = 0});
  }
  talk.wait(milliseconds(500)).from_client({}).wait(milliseconds(10)).server_data(encrypted_record(300));
  talk.wait(microseconds(50)).from_client({});
  const std::int64_t sent = 1 + static_cast<std::int64_t>(hello_record("slow.example.com").size()) + 6 + 58 + 125;
  for (int i = 0; i < 2; ++i) {  // keep-alives: the last byte before the next one again, RFC 9293 section 3.8.4
    talk.wait(seconds(45)).from_client({.payload = {0}, .seq = sent - 1, .foreign = true});
    talk.wait(milliseconds(10)).from_server({});
  }
  talk.client_data(encrypted_record(19)).close();
  return capture.pcap();
}

// RFC 5246 appendix E.2: a version 2 hello that offers TLS 1.0, answered in TLS 1.0.
Bytes sslv2_hello() {
  Capture capture;
  Conversation talk(capture, desktop(51709), web_server());
  talk.open().client_data(sslv2_client_hello(kTls10, {0x000004, 0x000005, 0x00002f, 0x000035, 0x010080}));
  ServerHelloFields hello = tls12_server_hello(0x002f);
  hello.legacy_version = kTls10;
  hello.version = kTls10;
  hello.extended_master_secret = hello.secure_renegotiation = hello.session_ticket = false;
  talk.wait(milliseconds(10));
  talk.server_data(concat({record(kHandshakeRecord, server_hello(hello), kTls10),
                           record(kHandshakeRecord, certificate_message({certificate_der({})}), kTls10),
                           record(kHandshakeRecord, server_hello_done(), kTls10)}));
  talk.wait(milliseconds(1));
  const Bytes key_exchange = handshake_message(16, ByteWriter().vector16(filler(256, 0x21)).bytes());
  talk.client_data(concat({record(kHandshakeRecord, key_exchange, kTls10), change_cipher_spec_record(kTls10),
                           encrypted_record(48, kHandshakeRecord, kTls10)}));
  talk.wait(milliseconds(10));
  talk.server_data(concat({change_cipher_spec_record(kTls10), encrypted_record(48, kHandshakeRecord, kTls10)}));
  talk.client_data(encrypted_record(64, kDataRecord, kTls10)).wait(milliseconds(10));
  talk.server_data(encrypted_record(128, kDataRecord, kTls10)).close();
  return capture.pcap();
}

// The capture began when the connection was old: application data and its end.
Bytes midstream() {
  Capture capture;
  Conversation talk(capture, desktop(51710), web_server());
  for (int i = 0; i < 3; ++i) {
    talk.from_client({.flags = kPsh | kAck, .payload = encrypted_record(100)}).wait(milliseconds(10));
    talk.from_server({.flags = kPsh | kAck, .payload = encrypted_record(700)}).wait(milliseconds(5));
  }
  talk.client_data(encrypted_record(19)).close();
  return capture.pcap();
}

// Only the client's half was captured (asymmetric routing, or a filter of one direction).
Bytes one_sided_client() {
  Capture capture;
  Conversation talk(capture, desktop(51711), web_server());
  const Segment syn_ack{.flags = kSyn | kAck, .unseen = true};
  talk.from_client({.flags = kSyn, .options = usual_syn_options()}).wait(milliseconds(10)).from_server(syn_ack);
  talk.from_client({}).client_data(hello_record("half.example.com")).wait(milliseconds(10));
  talk.from_server({.payload = filler(1400), .unseen = true}).from_client({}).wait(milliseconds(1));
  talk.client_data(concat({change_cipher_spec_record(), encrypted_record(53)})).client_data(encrypted_record(120));
  talk.wait(milliseconds(10)).from_server({.payload = filler(400), .unseen = true}).from_client({});
  talk.client_data(encrypted_record(19)).from_client({.flags = kFin | kAck}).wait(milliseconds(10));
  talk.from_server({.flags = kFin | kAck, .unseen = true}).from_client({});
  return capture.pcap();
}

// Every byte of a TLS 1.2 handshake in a segment of its own would be slow to read; seven bytes a segment do.
Bytes tls12_tiny_segments() {
  Capture capture;
  Conversation talk(capture, desktop(51712), web_server());
  const Bytes hello = records(kHandshakeRecord, client_hello(tls12_hello("tiny.example.com")), 33, kTls10);
  talk.open();
  for (std::size_t i = 0; i < hello.size(); i += 7)
    talk.from_client({.payload = slice(hello, i, 7)}).wait(microseconds(9));
  const Bytes flight = tls12_server_flight();
  talk.wait(milliseconds(10));
  for (std::size_t i = 0; i < flight.size(); i += 61)
    talk.from_server({.payload = slice(flight, i, 61)}).wait(microseconds(9));
  talk.client_data(concat({record(kHandshakeRecord, client_key_exchange()), change_cipher_spec_record(),
                           encrypted_record(40, kHandshakeRecord)}));
  talk.wait(milliseconds(10));
  talk.server_data(concat({record(kHandshakeRecord, new_session_ticket()), change_cipher_spec_record(),
                           encrypted_record(40, kHandshakeRecord)}));
  talk.client_data(encrypted_record(100)).wait(milliseconds(10)).server_data(encrypted_record(300));
  talk.client_data(encrypted_record(26, kAlertRecord)).close();
  return capture.pcap();
}

// The ClientHello is sent again and again, and nobody acknowledges it: dropped on the way. Then the client gives up.
Bytes client_hello_blackholed() {
  Capture capture;
  Conversation talk(capture, desktop(51713), web_server());
  const Bytes hello = hello_record("dropped.example");
  talk.open(milliseconds(20)).client_data(hello);
  for (std::int64_t pause : {220, 440, 880, 1760, 3520}) {
    talk.wait(milliseconds(pause)).from_client({.flags = kPsh | kAck, .payload = hello, .seq = 1});
  }
  talk.wait(milliseconds(3180)).from_client({.flags = kFin | kAck});
  capture.wait(seconds(5));
  Conversation later(capture, desktop(51714), {.ip = "203.0.113.9", .port = 443, .isn = 5000, .ttl = 49});
  later.open().client_data(hello_record("other.example.com"));
  finish_tls13(later);
  return capture.pcap();
}

}  // namespace

std::vector<Scenario> tcp_scenarios() {
  return {{"founding_story.pcap", founding_story},
          {"rst_injected_after_client_hello.pcap", rst_injected_after_client_hello},
          {"seq_wrap.pcap", seq_wrap},
          {"overlap_conflict.pcap", overlap_conflict},
          {"out_of_order_hello.pcap", out_of_order_hello},
          {"lost_segment.pcap", lost_segment},
          {"fast_open.pcap", fast_open},
          {"simultaneous_open.pcap", simultaneous_open},
          {"port_reuse.pcap", port_reuse},
          {"icmp_admin_prohibited.pcap", icmp_admin_prohibited},
          {"icmpv6_admin_prohibited.pcap", icmpv6_admin_prohibited},
          {"routing_loop.pcap", routing_loop},
          {"routing_loop_ipv6.pcap", routing_loop_ipv6},
          {"ttl_for_a_neighbour.pcap", ttl_for_a_neighbour},
          {"expired_once.pcap", expired_once},
          {"keep_alive_zero_window.pcap", keep_alive_zero_window},
          {"sslv2_hello.pcap", sslv2_hello},
          {"midstream.pcap", midstream},
          {"one_sided_client.pcap", one_sided_client},
          {"tls12_tiny_segments.pcap", tls12_tiny_segments},
          {"client_hello_blackholed.pcap", client_hello_blackholed}};
}

}  // namespace handlens::synthetic
