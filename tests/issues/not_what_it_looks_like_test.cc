// A culprit was named, or a fault, where something else looks the same; or an ordinary thing was told as a fault.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "src/findings/flow_brief.h"
#include "tests/support/talk.h"

namespace handlens {
namespace {

using namespace testing;
using builder::Capture;
using builder::Conversation;
using builder::Host;
using builder::kAck;
using builder::kFin;
using builder::kRst;
using builder::kSyn;
using builder::milliseconds;
using builder::seconds;

// A portal beside the client answers for every address, and was told as the server: its packets had passed no router,
// between a private address and a public one.
TEST(Issues, WhatAnswersNearbyIsNoFarServer) {
  enum class End : std::uint8_t { fin, page_and_fin, reset, alert, client_alert };
  struct Ends {
    const char *client, *server;
    std::uint8_t ttl;  // of the server
    bool is_nearby;
  };
  constexpr std::array<Ends, 4> kEnds = {
      {{"192.168.1.20", "128.66.0.7", 64, true},
       {"192.168.1.20", "128.66.0.7", 52, false},
       {"192.0.2.20", "128.66.0.7", 64, false},
       {"192.168.1.20", "198.51.100.7", 64, false}}};  // an example's stands anywhere
  for (const End end : {End::fin, End::page_and_fin, End::reset, End::alert, End::client_alert}) {
    for (const Ends& ends : kEnds) {
      Capture capture;
      Conversation tcp(capture, {.ip = ends.client, .port = 50000}, {.ip = ends.server, .isn = 9000, .ttl = ends.ttl});
      tcp.open(milliseconds(4)).client_data(hello_record()).wait(milliseconds(4));
      const Bytes page = text("HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n");
      if (end == End::page_and_fin || end == End::client_alert) tcp.server_data(page);
      if (end == End::fin || end == End::page_and_fin) tcp.from_server({.flags = kFin | kAck});
      if (end == End::reset) tcp.from_server({.flags = kRst | kAck, .window = 0});
      if (end == End::alert) tcp.server_data(builder::alert_record(2, 40)).from_server({.flags = kFin | kAck});
      if (end == End::client_alert) tcp.client_data(builder::alert_record(2, 70)).from_client({.flags = kFin | kAck});
      const AnalyzedFlow flow = only_flow(capture);
      EXPECT_EQ(flow.outcome.cause, ends.is_nearby ? Cause::unknown : Cause::server) << static_cast<int>(end);
      EXPECT_EQ(says(flow, "passed no router"), ends.is_nearby) << flow.outcome.sentence;
    }
  }
}

// A ClientHello in two segments of which the first vanishes was told as a likely question of size; what a filter of
// names drops is that same segment. In the server's flight the size is what it differs by.
TEST(Issues, WhatBeginsTheHelloMayVanishForItsContent) {
  builder::ClientHelloFields large;
  large.padding = 1200;
  const Bytes hello = hello_record(large);
  ASSERT_GT(hello.size(), 1300u);
  const Bytes first(hello.begin(), hello.begin() + 1300), rest(hello.begin() + 1300, hello.end());
  Capture capture;
  Conversation tcp(capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000, .ttl = 52});
  tcp.open(milliseconds(40)).from_client({.payload = first}).from_client({.payload = rest}).wait(milliseconds(40));
  tcp.from_server({.ack = 1});
  for (int i = 0; i < 5; ++i) {
    tcp.wait(milliseconds(300)).from_client({.payload = first, .seq = 1, .foreign = true});
  }
  tcp.wait(seconds(3)).from_client({.flags = kRst | kAck});
  const AnalyzedFlow flow = only_flow(capture);
  EXPECT_EQ(flow.outcome.primary, "pmtu-blackhole");
  EXPECT_EQ(flow.outcome.cause, Cause::path);
  EXPECT_EQ(flow.outcome.confidence, Confidence::possible);
  EXPECT_TRUE(says(flow, "or something that drops the ClientHello")) << flow.outcome.sentence;
}

// A browser's spare connection was told as an error or a warning, by whoever closed it.
struct Spare {
  std::int64_t held = seconds(5);
  bool by_server = false, by_reset = false;
  std::int64_t unseen = 0;  // bytes that the client sent before the capture
  bool other_is_used = true;
  std::uint8_t last_ttl = 64;
};
AnalyzedFlow spare(const Spare& s) {
  Capture capture;
  const Host server{.ip = "198.51.100.7", .isn = 9000, .ttl = 52};
  Conversation used(capture, {.port = 50000}, server), other(capture, {.port = 50001}, server);
  used.open(milliseconds(40));
  other.open(milliseconds(40));
  if (s.other_is_used) used.client_data(hello_record()).wait(milliseconds(40)).server_data(flight13());
  capture.wait(s.held);
  const auto close = static_cast<std::uint8_t>((s.by_reset ? kRst : kFin) | kAck);
  if (s.by_server) other.from_server({.flags = kFin | kAck}).wait(milliseconds(1));
  other.from_client({.flags = s.by_server ? std::uint8_t{kFin | kAck} : close, .seq = 1 + s.unseen, .ttl = s.last_ttl});
  Analysis all = judge_packets(packets_of(capture));
  for (AnalyzedFlow& flow : all.flows) {
    if (flow.report.client.port == 50001) return std::move(flow);
  }
  throw std::runtime_error("no such flow");
}
TEST(Issues, ASpareConnectionIsNoFailure) {
  const auto is_spare = [](const Spare& s) {
    const AnalyzedFlow flow = spare(s);
    const bool is = flow.outcome.primary == "unused-connection";
    EXPECT_EQ(is, !flow.findings.empty() && flow.findings.front().severity == Severity::info) << flow.outcome.sentence;
    EXPECT_EQ(is, flow.outcome.cause == Cause::none) << flow.outcome.sentence;
    return is;
  };
  EXPECT_TRUE(is_spare({}));
  EXPECT_TRUE(is_spare({.by_reset = true}));
  EXPECT_TRUE(is_spare({.by_server = true}));
  EXPECT_TRUE(is_spare({.held = seconds(60), .by_server = true, .other_is_used = false})) << "nobody asked in a minute";
  EXPECT_FALSE(is_spare({.other_is_used = false}));
  EXPECT_FALSE(is_spare({.by_reset = true, .other_is_used = false}));
  EXPECT_FALSE(is_spare({.held = milliseconds(1), .by_reset = true})) << "the founding story";
  EXPECT_FALSE(is_spare({.by_reset = true, .unseen = 517})) << "a hello was lost";
  EXPECT_FALSE(is_spare({.held = seconds(60), .by_server = true, .unseen = 517}));
  EXPECT_FALSE(is_spare({.by_reset = true, .last_ttl = 255})) << "another stack's reset";
}

// Who opens a connection and closes it in order at once, as `nc -z` does, has tested the port: no failure. A reset
// there is the founding story, and so is a FIN behind data that nobody saw.
TEST(Issues, ATestOfAPortIsNoFailure) {
  struct Close {
    std::uint8_t flag;
    std::int64_t after, seq;  // after: ms
    std::uint8_t ttl;
    bool is_test;
    const char* why;
  };
  constexpr std::array<Close, 7> kCloses = {{{kFin, 0, 1, 64, true, "at once"},
                                             {kFin, 49, 1, 64, true, "soon"},
                                             {kFin, 50, 1, 64, false, "it may have waited for something"},
                                             {kFin, 0, 518, 64, false, "it had sent a ClientHello"},
                                             {kFin, 0, 1, 255, false, "another stack's"},
                                             {kRst, 0, 1, 64, false, "a reset"},
                                             {kRst, 0, 518, 64, false, "a reset behind a ClientHello"}}};
  for (const Close& c : kCloses) {
    for (const bool is_alerted : {false, true}) {  // servers of TLS say that they are closed too early
      Capture capture;
      Conversation tcp(capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000, .ttl = 52});
      tcp.open(milliseconds(40)).wait(milliseconds(c.after));
      tcp.from_client({.flags = static_cast<std::uint8_t>(c.flag | kAck), .seq = c.seq, .ttl = c.ttl});
      if (is_alerted) tcp.wait(milliseconds(40)).server_data(builder::alert_record(2, 50));
      const AnalyzedFlow flow = only_flow(capture);
      EXPECT_EQ(flow.outcome.primary == "port-test", c.is_test) << c.why << ": " << flow.outcome.sentence;
      if (!c.is_test) continue;
      EXPECT_EQ(flow.outcome.status, Status::not_tls);
      EXPECT_EQ(flow.outcome.cause, Cause::client);
      EXPECT_EQ(flow.outcome.confidence, Confidence::possible);
      EXPECT_EQ(flow.findings.front().severity, Severity::info);
    }
  }
}

// The server had closed before, in a FIN that is not there or comes behind it; or the client does it again and again.
TEST(Issues, WhoAnswersAFinOrClosesEachTimeTestsNoPort) {
  Capture closed;
  Conversation tcp(closed, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000, .ttl = 52});
  tcp.open(milliseconds(40)).from_client({.flags = kFin | kAck, .ack = 2});
  EXPECT_NE(only_flow(closed).outcome.primary, "port-test");
  for (const int times : {2, 3}) {
    Capture capture;
    for (int i = 0; i < times; ++i) {
      const auto port = static_cast<std::uint16_t>(50000 + i);
      Conversation again(capture, {.port = port}, {.ip = "198.51.100.7", .isn = 9000, .ttl = 52});
      again.open(milliseconds(40)).from_client({.flags = kFin | kAck}).wait(seconds(i == 0 ? 1 : 17));
    }
    for (const AnalyzedFlow& flow : judge_packets(packets_of(capture)).flows) {
      EXPECT_EQ(flow.outcome.primary == "port-test", times == 2) << flow.outcome.sentence;
    }
  }
}

// A full queue of connections, set to reset (tcp_abort_on_overflow) or not, stood only in the words of a guard; and a
// SYN-ACK that comes again when it was answered takes nothing from the times of the handshake.
TEST(Issues, AFullQueueOfConnectionsIsNamed) {
  const auto has = [](const AnalyzedFlow& flow) {
    const auto& evidence = flow.findings.front().evidence;
    return std::any_of(evidence.begin(), evidence.end(), [](const Evidence& e) { return e.rule == "listen-overflow"; });
  };
  for (const int resets : {1, 2}) {  // one alone may answer the hello
    Capture capture;
    Conversation tcp(capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000, .ttl = 52});
    tcp.open(milliseconds(40)).client_data(hello_record()).wait(milliseconds(40));
    for (int i = 0; i < resets; ++i) tcp.from_server({.flags = kRst, .window = 0});
    const AnalyzedFlow flow = only_flow(capture);
    EXPECT_EQ(flow.outcome.cause, Cause::unknown);
    EXPECT_EQ(has(flow), resets == 2);
  }
  Capture capture;
  Conversation tcp(capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000, .ttl = 52});
  tcp.open(milliseconds(40)).client_data(hello_record());
  for (int i = 0; i < 3; ++i) {
    tcp.wait(seconds(1)).from_server({.flags = kSyn | kAck, .seq = 0, .ack = 1, .foreign = true});
    tcp.wait(milliseconds(1)).from_client({});
  }
  tcp.wait(seconds(9)).from_server({.flags = kRst, .window = 0});
  const AnalyzedFlow flow = only_flow(capture);
  EXPECT_TRUE(has(flow)) << flow.outcome.sentence;
  EXPECT_EQ(brief_of(flow).rtt_server, milliseconds(40));
}

// What inspects TLS on the way answers the ClientHello itself, from nearer than the SYN-ACK came, and nothing said so.
TEST(Issues, TlsThatIsAnsweredNearbyIsNoted) {
  const auto is_noted = [](std::uint8_t ttl, std::int64_t after, bool works) {
    Capture capture;
    Conversation tcp(capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000, .ttl = 52});
    tcp.open(milliseconds(40)).client_data(hello_record()).wait(after).from_server({.ttl = ttl}).wait(milliseconds(60));
    const Bytes flight = works ? flight13()
                               : handshake_record(concat({builder::server_hello(builder::tls12_server_hello()),
                                                          builder::server_hello_done()}));
    tcp.from_server({.payload = flight, .ttl = ttl}).wait(milliseconds(1));
    if (works) tcp.client_data(concat({finished13(), data(100)})).wait(milliseconds(1));
    if (works) tcp.from_server({.payload = data(300), .ttl = ttl}).from_client({.flags = kFin | kAck});
    if (!works) tcp.client_data(builder::alert_record(2, 48)).from_client({.flags = kFin | kAck});
    const AnalyzedFlow flow = only_flow(capture);
    EXPECT_EQ(flow.outcome.status, works ? Status::ok : Status::failed);
    EXPECT_EQ(flow.outcome.cause, works ? Cause::none : Cause::client);
    return std::any_of(flow.findings.begin(), flow.findings.end(),
                       [](const Finding& f) { return f.id == "tls-terminating-proxy" && f.is_note; });
  };
  for (const bool works : {false, true}) {
    EXPECT_TRUE(is_noted(63, milliseconds(1), works));
    EXPECT_FALSE(is_noted(63, milliseconds(40), works)) << "as late as the way is long";
    EXPECT_FALSE(is_noted(53, milliseconds(1), works)) << "from as far";
    EXPECT_FALSE(is_noted(41, milliseconds(1), works)) << "from farther away";
  }
}

// A ClientHello in the SYN was refused, and only the port was named.
TEST(Issues, ARefusedSynMayBeRefusedForWhatItBrought) {
  for (const bool fast_open : {false, true}) {
    Capture capture;
    Conversation tcp(capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000, .ttl = 52});
    tcp.from_client({.flags = kSyn, .payload = fast_open ? hello_record() : Bytes{}}).wait(milliseconds(40));
    tcp.from_server({.flags = kRst | kAck, .seq = -9000, .window = 0});
    const AnalyzedFlow flow = only_flow(capture);
    EXPECT_TRUE(says(flow, "Connection refused"));
    EXPECT_EQ(says(flow, "had brought the ClientHello"), fast_open) << flow.outcome.sentence;
  }
}

// What is open about a reset was not said: one right behind the SYN-ACK, and one where the answer would stand.
TEST(Issues, WhyAServersResetIsOpenIsSaid) {
  enum class When : std::uint8_t { behind_syn_ack, behind_ack_of_hello, as_an_answer };
  for (const When when : {When::behind_syn_ack, When::behind_ack_of_hello, When::as_an_answer}) {
    for (const bool bare : {false, true}) {
      if (bare && when != When::behind_syn_ack) continue;
      Capture capture;
      Conversation tcp(capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000, .ttl = 52});
      tcp.open(milliseconds(40));
      if (when != When::behind_syn_ack) tcp.client_data(hello_record()).wait(milliseconds(40));
      if (when == When::behind_ack_of_hello) tcp.from_server({}).wait(milliseconds(5));
      if (when == When::behind_syn_ack) tcp.wait(milliseconds(1));
      tcp.from_server({.flags = static_cast<std::uint8_t>(bare ? kRst : kRst | kAck)});
      const AnalyzedFlow flow = only_flow(capture);
      EXPECT_EQ(flow.outcome.cause, when == When::as_an_answer ? Cause::server : Cause::unknown);
      EXPECT_EQ(says(flow, "right behind its own SYN-ACK"), when == When::behind_syn_ack) << flow.outcome.sentence;
      EXPECT_EQ(says(flow, "in the answer's place"), when == When::behind_ack_of_hello) << flow.outcome.sentence;
    }
  }
}

// A server beside the capture took every hello and said nothing, and nobody was named.
TEST(Issues, ASilentServerBesideTheCaptureIsTheServersSide) {
  for (const bool beside : {false, true}) {
    Capture capture;
    Conversation tcp(capture, {.ip = "198.51.100.20", .port = 50000, .ttl = 50},
                     {.ip = "192.0.2.7", .isn = 9000, .ttl = static_cast<std::uint8_t>(beside ? 64 : 60)});
    tcp.from_client({.flags = kSyn}).wait(builder::microseconds(50)).from_server({.flags = kSyn | kAck});
    tcp.wait(milliseconds(20)).from_client({}).client_data(hello_record()).wait(builder::microseconds(50));
    tcp.from_server({}).wait(seconds(5)).from_client({.flags = kRst | kAck});
    const AnalyzedFlow flow = only_flow(capture);
    EXPECT_EQ(flow.outcome.primary, "handshake-timeout-after-clienthello");
    EXPECT_EQ(flow.outcome.cause, beside ? Cause::server : Cause::unknown) << flow.outcome.sentence;
    EXPECT_EQ(flow.outcome.confidence, beside ? Confidence::likely : Confidence::undetermined);
  }
}

}  // namespace
}  // namespace handlens
