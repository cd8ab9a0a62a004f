// Flows built by hand, for tests of what is written about them. Addresses are documentation addresses (RFC 5737, RFC
// 3849).
#pragma once
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>

#include "src/capture/input_file.h"
#include "src/findings/finding.h"

namespace handlens::testing {

inline constexpr std::int64_t kStart = 1'795'217'832'000'000'000;  // 2026-11-20T23:37:12Z

inline PacketStamp stamp(std::uint64_t number, std::int64_t microseconds) {
  return {number, Timestamp{kStart + microseconds * 1000}};
}

inline IpAddress ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  IpAddress address;
  address.bytes = {a, b, c, d};
  return address;
}

inline InputFile input_file(const std::string& name, std::uint64_t packets) {
  InputFile file;
  file.name = name;
  file.format = "pcap";
  file.packets = packets;
  file.bytes = packets * 100;
  file.link_types = {"EN10MB"};
  return file;
}

inline Event event(EventKind kind, Direction from, const PacketStamp& at, std::uint32_t size = 0) {
  Event out;
  out.kind = kind;
  out.from = from;
  out.frame = at.number;
  out.time = at.time;
  out.size = size;
  return out;
}

inline constexpr Direction kClient = Direction::forward, kServer = Direction::reverse;

// TCP opened in 12.1 ms; nothing else.
inline AnalyzedFlow opened_flow() {
  AnalyzedFlow flow;
  FlowReport& report = flow.report;
  report.id = 1;
  report.client = {ipv4(192, 0, 2, 22), 51544};
  report.server = {ipv4(198, 51, 100, 80), 443};
  report.client_by = ClientBy::syn;
  report.first = stamp(1, 0);
  report.last = stamp(3, 12'100);
  report.tcp.state = TcpState::established;
  report.tcp.syn = stamp(1, 0);
  report.tcp.syn_ack = stamp(2, 12'000);
  report.tcp.ack = stamp(3, 12'100);
  SideFacts& client = report.tcp.sides[0];
  client.packets = 2;
  client.isn = 0x5f3c1e02;
  client.window = 64240;
  client.mss = 1460;
  client.window_scale = 7;
  client.sack_permitted = client.timestamps = true;
  client.options = {2, 4, 8, 1, 3};
  client.ttl = 64;
  client.ttl_min = client.ttl_max = 64;
  client.ip_id = 0x5b10;
  client.mac = MacAddress{2, 0, 0, 0, 0, 1};
  SideFacts& server = report.tcp.sides[1];
  server.packets = 1;
  server.isn = 0x00a1b2c3;
  server.ttl = 57;
  server.ttl_min = 49;
  server.ttl_max = 57;
  report.events = {event(EventKind::syn, kClient, stamp(1, 0)), event(EventKind::syn_ack, kServer, stamp(2, 12'000)),
                   event(EventKind::ack, kClient, stamp(3, 12'100))};
  flow.outcome.status = Status::incomplete;
  flow.outcome.stage = Stage::tcp_open;
  flow.outcome.ended_by = EndedBy::capture_end;
  flow.outcome.cause = Cause::none;
  flow.outcome.sentence = "The capture ended while TCP had just opened.";
  return flow;
}

inline void add_client_hello(AnalyzedFlow& flow, const std::string& server_name) {
  FlowReport& report = flow.report;
  report.is_tls = true;
  report.tls.client = kClient;
  report.tls.start_frame = 4;
  auto seen = std::make_unique<SeenHello<tls::ClientHello>>();
  seen->stamp = stamp(4, 12'400);
  seen->first_frame = 4;
  seen->size = 508;
  seen->segments = seen->records = 1;
  seen->record_version = 0x0301;
  tls::ClientHello& hello = seen->hello;
  hello.legacy_version = 0x0303;
  hello.session_id.assign(32, 7);
  hello.cipher_suites = {0x1301, 0x1302, 0xc02f};
  hello.compression_methods = {0};
  hello.has_extensions_block = true;
  hello.extensions = {{0, 17}, {16, 14}, {10, 6}, {13, 6}, {43, 5}, {51, 38}};
  hello.has_server_name = true;
  hello.server_name = server_name;
  hello.has_alpn = true;
  hello.alpn = {"h2", "http/1.1"};
  hello.supported_versions = {0x0304, 0x0303};
  hello.groups = {29, 23};
  hello.signature_algorithms = {0x0403, 0x0804};
  hello.key_shares = {{29, 32}};
  hello.psk_modes = {1};
  report.tls.client_hello = std::move(seen);
  report.events.push_back(event(EventKind::client_hello, kClient, stamp(4, 12'400), 508));
}

inline AnalyzedFlow tls13_flow() {
  AnalyzedFlow flow = opened_flow();
  add_client_hello(flow, "good.example");
  FlowReport& report = flow.report;
  auto seen = std::make_unique<SeenHello<tls::ServerHello>>();
  seen->stamp = stamp(6, 24'800);
  seen->first_frame = 6;
  seen->size = 118;
  seen->segments = seen->records = 1;
  seen->record_version = 0x0303;
  seen->hello.legacy_version = 0x0303;
  seen->hello.version = 0x0304;
  seen->hello.session_id.assign(32, 7);
  seen->hello.cipher_suite = 0x1302;
  seen->hello.extensions = {{43, 2}, {51, 36}};
  seen->hello.key_share = tls::KeyShare{29, 32};
  report.tls.server_hello = std::move(seen);
  report.tls.established = true;
  report.tls.established_at = stamp(8, 27'000);
  report.events.push_back(event(EventKind::server_hello, kServer, stamp(6, 24'800), 118));
  report.events.push_back(event(EventKind::encrypted_record, kServer, stamp(6, 24'800), 1200));
  report.events.push_back(event(EventKind::encrypted_record, kClient, stamp(8, 27'000), 69));
  report.events.back().likely = TlsEvent::Likely::finished;
  report.events.push_back(event(EventKind::application_data, kClient, stamp(9, 27'100)));
  report.events.push_back(event(EventKind::application_data, kServer, stamp(16, 58'000)));
  report.events.push_back(event(EventKind::fin, kServer, stamp(18, 61'000)));
  report.tcp.state = TcpState::closed;
  report.tcp.fin = {{18, stamp(18, 61'000).time, Side::server}};
  report.last = stamp(18, 61'000);
  flow.outcome.status = Status::ok;
  flow.outcome.stage = Stage::established;
  flow.outcome.ended_by = EndedBy::fin;
  flow.outcome.confidence = Confidence::certain;
  flow.outcome.sentence = "Handshake completed.";
  return flow;
}

// A reset in the server's name, sent by a device on the path after the ClientHello.
inline AnalyzedFlow injected_reset_flow() {
  AnalyzedFlow flow = opened_flow();
  add_client_hello(flow, "blocked.example");
  FlowReport& report = flow.report;
  report.id = 2;
  RstFact rst;
  rst.frame = 5;
  rst.time = stamp(5, 20'600).time;
  rst.from = Side::server;
  rst.ack_flag = true;
  rst.seq = 1;
  rst.ack = 513;
  rst.ttl = 58;
  rst.ip_id = 0x3c1e;
  report.tcp.rst = {rst};
  report.tcp.rst_total = 1;
  report.tcp.state = TcpState::reset;
  report.last = stamp(5, 20'600);
  report.events.push_back(event(EventKind::rst, kServer, stamp(5, 20'600)));
  RstVerdict verdict;
  verdict.cause = Cause::middlebox;
  verdict.location = Location::somewhere;
  verdict.confidence = Confidence::likely;
  verdict.rules = {"ttl-differs"};
  flow.rst_verdicts = {verdict};
  Outcome& outcome = flow.outcome;
  outcome.status = Status::failed;
  outcome.stage = Stage::client_hello;
  outcome.ended_by = EndedBy::rst;
  outcome.apparent_sender = Side::server;
  outcome.ending_frame = 5;
  outcome.cause = Cause::middlebox;
  outcome.location = Location::somewhere;
  outcome.confidence = Confidence::likely;
  outcome.primary = "reset-injected-after-hello";
  outcome.sentence = "A device on the path reset this connection after reading the ClientHello.";
  outcome.ooni_failure = "connection_reset";
  outcome.would_settle = {"a capture taken on the server's host at the same time"};
  Finding finding;
  finding.id = outcome.primary;
  finding.severity = Severity::error;
  finding.confidence = Confidence::likely;
  finding.frames = {5};
  finding.sentence = outcome.sentence;
  finding.evidence = {{"ttl-differs", Weight::strong, "middlebox", 5, "RST TTL 58, every other packet has 49"}};
  finding.against = {"A load balancer may answer with another TTL."};
  finding.next_steps = {"Send the capture to the network team."};
  finding.seen_as = {"curl: (35) Recv failure: Connection reset by peer"};
  flow.findings = {finding};
  return flow;
}

}  // namespace handlens::testing
