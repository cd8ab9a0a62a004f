// An ordinary explanation was believed although the packets refuted it, or a device was made of an ordinary packet.
#include <gtest/gtest.h>

#include <algorithm>

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
using builder::microseconds;
using builder::milliseconds;
using builder::seconds;

bool has_rule(const AnalyzedFlow& flow, std::string_view rule) {
  return std::any_of(flow.rst_verdicts.begin(), flow.rst_verdicts.end(), [rule](const RstVerdict& v) {
    return std::find(v.rules.begin(), v.rules.end(), rule) != v.rules.end();
  });
}

// Captured at the server; the client is 24 ms away, and the reset with its address has come from next door and stands
// behind a hello that never came this far.
void blocked_attempt(Capture& capture, std::uint16_t port, std::uint8_t ttl, std::int64_t past) {
  const Host client{.ip = "198.51.100.20", .port = port, .ttl = 118};
  Conversation tcp(capture, client, {.ip = "192.0.2.7", .isn = 9000});
  tcp.from_client({.flags = kSyn}).wait(microseconds(50)).from_server({.flags = kSyn | kAck});
  tcp.wait(milliseconds(24)).from_client({}).wait(microseconds(900));
  tcp.from_client({.flags = kRst | kAck, .seq = 1 + past, .ttl = ttl, .ip_id = 9, .window = 0});
}

// Four attempts, ten seconds apart; the client's other packets have travelled ten hops.
TEST(Issues, ABlockedClientThatTriesAgainIsNoHealthCheck) {
  struct Case {
    std::uint8_t ttl;
    std::int64_t past;
    bool is_check;
    std::string_view why;
  };
  const Case cases[] = {
      {118, 0, true, "like the others"},
      {119, 0, true, "one hop less: another route"},
      {117, 0, true, "one hop more"},
      {120, 0, false, "two hops less"},
      {54, 0, true, "as far, from 64"},
      {245, 0, true, "as far, from 255"},
      {246, 0, false, "from 255, and not as far"},
      {253, 0, false, "from next door"},
      {118, 149, true, "bytes that are missing, too few for a hello"},
      {118, 150, false, "bytes that are missing, as many as a hello has"},
      {118, 517, false, "a usual hello"},
      {253, 517, false, "both"},
  };
  for (const Case& c : cases) {
    Capture capture;
    for (std::uint16_t i = 0; i < 4; ++i) {
      blocked_attempt(capture, static_cast<std::uint16_t>(50000 + i), c.ttl, c.past);
      capture.wait(seconds(10));
    }
    for (const AnalyzedFlow& flow : judge_packets(packets_of(capture)).flows) {
      EXPECT_EQ(has_rule(flow, "health-check"), c.is_check) << c.why;
      EXPECT_EQ(flow.outcome.cause == Cause::client, c.is_check) << c.why;
    }
  }
}

TEST(Issues, ABlockedClientIsNoScanOfPorts) {
  Capture capture;
  for (std::uint16_t i = 0; i < 4; ++i) {
    const Host server{.ip = "192.0.2." + std::to_string(7 + i), .isn = 9000};
    Conversation tcp(capture, {.ip = "198.51.100.20", .port = 50000, .ttl = 118}, server);
    tcp.from_client({.flags = kSyn}).wait(microseconds(50)).from_server({.flags = kSyn | kAck});
    tcp.wait(milliseconds(24)).from_client({}).wait(microseconds(900));
    tcp.from_client({.flags = kRst | kAck, .seq = 518, .ttl = 253, .ip_id = 9, .window = 0}).wait(seconds(1));
  }
  for (const AnalyzedFlow& flow : judge_packets(packets_of(capture)).flows) {
    EXPECT_EQ(flow.outcome.cause, Cause::middlebox);
    EXPECT_FALSE(has_rule(flow, "connect-scan"));
  }
}

// The server refuses an old SYN late, behind its answer to a new one from the same port.
TEST(Issues, ARefusalOfAnOlderSynContradictsNoAnswer) {
  for (const bool of_this : {true, false}) {
    Capture capture;
    Conversation tcp(capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000, .ttl = 55});
    tcp.from_client({.flags = kSyn}).wait(milliseconds(40)).from_server({.flags = kSyn | kAck});
    tcp.from_server({.flags = kRst | kAck, .seq = -9000, .ack = of_this ? 1 : 90001, .foreign = true});
    const AnalyzedFlow flow = only_flow(capture);
    EXPECT_EQ(has_rule(flow, "rst-before-answer"), of_this);
  }
}

// Bytes that are missing in the capture, and a client that aborts: its hello was not captured, and no device is proved.
TEST(Issues, UnseenBytesAloneMakeNoLikelyDevice) {
  Capture capture;
  blocked_attempt(capture, 50000, 118, 517);
  const AnalyzedFlow flow = only_flow(capture);
  EXPECT_TRUE(has_rule(flow, "rst-seq-reveals-unseen-data"));
  EXPECT_EQ(flow.outcome.confidence, Confidence::possible);
}

// A translator forgot a silent connection: it answers the first packet after it, and not one of minutes before.
TEST(Issues, ABareResetAnswersWhatCameJustBefore) {
  Capture capture;
  Conversation tcp(capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000, .ttl = 52});
  tcp.open(milliseconds(40)).client_data(text("NOOP\r\n")).wait(milliseconds(40)).server_data(text("+OK\r\n"));
  tcp.from_client({}).wait(seconds(200)).client_data(text("NOOP\r\n")).wait(microseconds(1200));
  tcp.from_server({.flags = kRst, .ttl = 254, .window = 0});
  const AnalyzedFlow flow = only_flow(capture);
  EXPECT_TRUE(has_rule(flow, "rst-faster-than-rtt"));
  EXPECT_EQ(flow.outcome.cause, Cause::middlebox);
}

// The client's alert or reset was told as the first cause although it had been answered in something that is not
// TLS.
TEST(Issues, WhatWasNoTlsCameBeforeTheClientGaveUp) {
  for (const std::uint8_t ttl : {std::uint8_t{52}, std::uint8_t{64}}) {
    for (const bool alert : {false, true}) {
      Capture capture;
      Conversation tcp(capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000, .ttl = 52});
      tcp.open(milliseconds(40)).client_data(hello_record()).wait(milliseconds(ttl == 52 ? 41 : 2));
      tcp.from_server({.payload = text("HTTP/1.1 400 Bad Request\r\n\r\n"), .ttl = ttl}).wait(milliseconds(1));
      if (alert) tcp.client_data(builder::alert_record(2, 70)).from_client({.flags = kFin | kAck});
      if (!alert) tcp.from_client({.flags = kRst | kAck});
      const AnalyzedFlow flow = only_flow(capture);
      EXPECT_EQ(flow.outcome.cause, ttl == 52 ? Cause::server : Cause::middlebox) << alert;
      EXPECT_TRUE(says(flow, "the answer to its ClientHello is not TLS"));
      EXPECT_EQ(flow.outcome.confidence, Confidence::likely);
    }
  }
}

// A page that was here before the server's answer could be, or with a header unlike the server's, was the server's.
TEST(Issues, APlainAnswerIsJudgedByItsPacket) {
  enum class Odd : std::uint8_t { nothing, time, header, usual_port };
  for (const Odd odd : {Odd::nothing, Odd::time, Odd::header, Odd::usual_port}) {
    Capture capture;
    for (std::uint16_t port = 50000; port < 50004; ++port) {
      const std::uint16_t to = odd == Odd::usual_port ? 25 : 443;
      Conversation tcp(capture, {.port = port}, {.ip = "198.51.100.7", .port = to, .isn = 9000, .ttl = 52});
      tcp.open(milliseconds(40)).client_data(hello_record()).wait(milliseconds(odd == Odd::time ? 2 : 41));
      if (port == 50003) {
        const std::uint8_t ttl = odd == Odd::header ? 243 : 52;
        tcp.from_server({.payload = text("HTTP/1.1 400 Bad Request\r\n\r\n"), .ttl = ttl}).wait(milliseconds(1));
        tcp.from_client({.flags = kRst | kAck});
      }
      capture.wait(seconds(2));
    }
    const Analysis analysis = judge_packets(packets_of(capture));
    const AnalyzedFlow& flow = analysis.flows.back();
    SCOPED_TRACE(flow.outcome.sentence);
    const bool is_doubtful = odd == Odd::time || odd == Odd::header;
    EXPECT_EQ(flow.outcome.cause == Cause::server, !is_doubtful);
    EXPECT_EQ(flow.outcome.confidence == Confidence::likely, odd == Odd::nothing);
    EXPECT_EQ(says(flow, "may mean another port"), odd == Odd::usual_port);
    ASSERT_FALSE(flow.findings.empty());
    const std::vector<Evidence>& evidence = flow.findings.front().evidence;
    EXPECT_TRUE(
        std::any_of(evidence.begin(), evidence.end(), [](const Evidence& e) { return e.rule == "plain-answer"; }));
  }
}

// The client did not give up if the reset may not be its own.
TEST(Issues, APlainAnswerExcusesNoResetOfSomebodyElse) {
  for (const std::uint8_t ttl : {std::uint8_t{54}, std::uint8_t{57}}) {
    Capture capture;
    Conversation tcp(capture, {.port = 50000, .ttl = 54}, {.ip = "198.51.100.7", .isn = 9000});
    tcp.from_client({.flags = kSyn}).wait(microseconds(100)).from_server({.flags = kSyn | kAck}).wait(milliseconds(24));
    tcp.from_client({}).client_data(hello_record()).wait(milliseconds(1));
    tcp.from_server({.payload = text("HTTP/1.1 400 Bad Request\r\n\r\n")}).wait(milliseconds(25));
    tcp.from_client({.flags = kRst | kAck, .ttl = ttl});
    const AnalyzedFlow flow = only_flow(capture);
    EXPECT_EQ(says(flow, "The client gave up"), ttl == 54) << flow.outcome.sentence;
    EXPECT_EQ(flow.outcome.cause == Cause::server, ttl == 54);
  }
}

// The connection's server begins TLS as its client: it is what gives up, and the client what answered.
TEST(Issues, APlainAnswerToReversedTlsIsTheClients) {
  Capture capture;
  Conversation tcp(capture, {.port = 50000}, {.ip = "198.51.100.7", .port = 20, .isn = 9000, .ttl = 52});
  tcp.open(milliseconds(40)).server_data(hello_record()).wait(milliseconds(1));
  tcp.client_data(text("EPSV\r\nQUIT\r\n")).wait(milliseconds(41));
  tcp.server_data(builder::alert_record(2, 70)).from_server({.flags = kFin | kAck});
  const AnalyzedFlow flow = only_flow(capture);
  EXPECT_EQ(flow.outcome.cause, Cause::client);
  EXPECT_TRUE(says(flow, "The side that began TLS, with the server's address, gave up")) << flow.outcome.sentence;
  EXPECT_FALSE(says(flow, "port"));
}

// A page and the FIN behind it, in packets of their own: each looked like the other, so neither was foreign.
TEST(Issues, APageIsNoMeasureOfTheFinBehindIt) {
  for (const std::uint8_t ttl : {std::uint8_t{52}, std::uint8_t{64}}) {
    Capture capture;
    Conversation tcp(capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000, .ttl = 52});
    tcp.open(milliseconds(40)).client_data(hello_record()).wait(milliseconds(ttl == 52 ? 41 : 2));
    tcp.from_server({.payload = text("HTTP/1.1 403 Forbidden\r\n\r\n"), .ttl = ttl});
    tcp.from_server({.flags = kFin | kAck, .ttl = ttl});
    const AnalyzedFlow flow = only_flow(capture);
    EXPECT_EQ(flow.outcome.cause, ttl == 52 ? Cause::server : Cause::middlebox);
  }
}

// Another host with the same address resets, from as far, and the first one goes on: no device is certain.
TEST(Issues, AStacksResetFromAsFarMayBeANamesakes) {
  for (const std::uint8_t ttl : {std::uint8_t{52}, std::uint8_t{61}}) {
    Capture capture;
    Conversation tcp(capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000, .ttl = 52, .ip_id_step = 0});
    tcp.open(milliseconds(40)).client_data(text("NOOP\r\n")).wait(milliseconds(40)).server_data(text("+OK\r\n"));
    tcp.from_client({}).wait(milliseconds(41));
    tcp.from_server({.flags = kRst, .ttl = ttl, .ip_id = 0, .window = 0, .foreign = true}).wait(milliseconds(5));
    tcp.server_data(text("+OK again\r\n")).wait(milliseconds(5)).server_data(text("and again\r\n"));
    const AnalyzedFlow flow = only_flow(capture);
    EXPECT_TRUE(has_rule(flow, "data-after-rst-same-sender"));
    ASSERT_EQ(flow.rst_verdicts.size(), 1u);
    EXPECT_EQ(flow.rst_verdicts[0].confidence == Confidence::certain, ttl == 61);
  }
}

// A ClientHello for a name that is sent again and again and never acknowledged.
Conversation& hang(Conversation& tcp, std::string_view name) {
  const Bytes hello = hello_record({.server_name = std::string(name)});
  tcp.open(milliseconds(40)).client_data(hello);
  for (const std::int64_t later : {300, 600, 1200}) {
    tcp.wait(milliseconds(later)).from_client({.flags = builder::kPsh | kAck, .payload = hello, .seq = 1});
  }
  return tcp;
}

// What hung has recovered before the last attempt was given up: of the attempts each was told otherwise.
TEST(Issues, WhichAttemptIsAskedMakesNoDifference) {
  Capture capture;
  const Host server{.ip = "203.0.113.10", .isn = 9000, .ttl = 52};
  Conversation first(capture, {.port = 50000}, server), second(capture, {.port = 50001}, server);
  hang(first, "a.example").wait(seconds(20)).from_client({.flags = kRst | kAck});
  hang(second, "a.example").wait(seconds(10));
  Conversation other(capture, {.port = 50002}, server);
  other.open(milliseconds(40)).client_data(hello_record({.server_name = "b.example"})).wait(milliseconds(41));
  other.server_data(flight13()).client_data(finished13()).client_data(data(60)).server_data(data(500));
  second.wait(seconds(10)).from_client({.flags = kRst | kAck});
  std::size_t failed = 0;
  for (const AnalyzedFlow& flow : judge_packets(packets_of(capture)).flows) {
    if (flow.outcome.status != Status::failed) continue;
    ++failed;
    EXPECT_EQ(flow.outcome.confidence, Confidence::possible) << flow.report.id;
  }
  EXPECT_EQ(failed, 2u);
}

// A filter rejects the first SYN or the first hello; the next one arrives, and then the server says nothing.
TEST(Issues, ARejectionThatWasOvercomeAccusesNobody) {
  for (const bool syn : {true, false}) {
    for (const bool closes : {true, false}) {
      Capture capture;
      Conversation tcp(capture, {.port = 50000}, {.ip = "203.0.113.10", .isn = 9000, .ttl = 52});
      const auto reject = [&](const builder::Segment& segment) {
        const Bytes packet = tcp.ip_from_client(segment);
        capture.add_ip(packet, tcp.link_from_client()).wait(milliseconds(1));
        capture.add_ip(builder::icmp_error({.router = "10.0.0.1", .quoted = packet}), tcp.link_from_server());
        capture.wait(seconds(1));
      };
      if (syn) reject({.flags = kSyn});
      tcp.from_client({.flags = kSyn, .seq = 0}).wait(milliseconds(40)).from_server({.flags = kSyn | kAck});
      tcp.from_client({.seq = 1});
      if (!syn) reject({.flags = builder::kPsh | kAck, .payload = hello_record(), .seq = 1});
      tcp.from_client({.flags = builder::kPsh | kAck, .payload = hello_record(), .seq = 1}).wait(milliseconds(40));
      tcp.from_server({}).wait(seconds(30));
      if (closes) tcp.from_client({.flags = kRst | kAck});
      if (!closes) {  // the capture goes on
        Conversation other(capture, {.port = 50001}, {.ip = "203.0.113.99", .isn = 100});
        other.wait(seconds(60)).open().close();
      }
      const AnalyzedFlow flow = std::move(judge_packets(packets_of(capture)).flows.front());
      EXPECT_EQ(flow.outcome.status, Status::failed);
      EXPECT_EQ(flow.outcome.cause, Cause::unknown) << flow.outcome.sentence;
      EXPECT_NE(flow.outcome.ended_by, EndedBy::icmp);
    }
  }
}

// Each time the server's flight or the client's hello is sent, a filter says that it is prohibited; then its sender
// gives up. That was told as what may be loss.
TEST(Issues, ARejectionSaysWhoDoesNotLetItPass) {
  for (const Side sender : {Side::client, Side::server}) {
    for (const bool by_host : {false, true}) {
      Capture capture;
      const Host client{.ip = "198.51.100.20", .port = 50000, .ttl = 54};
      Conversation tcp(capture, client, {.ip = "192.0.2.7", .isn = 9000});
      const bool is_server = sender == Side::server;
      const std::string target = is_server ? "198.51.100.20" : "192.0.2.7";
      const std::string router = by_host ? target : "203.0.113.1";
      tcp.from_client({.flags = kSyn}).wait(microseconds(50)).from_server({.flags = kSyn | kAck});
      tcp.wait(milliseconds(40)).from_client({});
      if (is_server) tcp.client_data(hello_record()).from_server({});
      for (int i = 0; i < 4; ++i) {
        const Bytes bytes = is_server ? builder::concat({flight13()}) : hello_record();
        const builder::Segment segment{.flags = builder::kPsh | kAck, .payload = bytes, .seq = 1};
        const Bytes packet = is_server ? tcp.ip_from_server(segment) : tcp.ip_from_client(segment);
        capture.add_ip(packet, is_server ? tcp.link_from_server() : tcp.link_from_client()).wait(milliseconds(30));
        capture.add_ip(builder::icmp_error({.router = router, .quoted = packet}),
                       is_server ? tcp.link_from_client() : tcp.link_from_server());
        capture.wait(seconds(1));
      }
      tcp.wait(seconds(5));
      is_server ? tcp.from_server({.flags = kRst | kAck}) : tcp.from_client({.flags = kRst | kAck});
      const AnalyzedFlow flow = only_flow(capture);
      const Cause host = is_server ? Cause::client : Cause::server;
      EXPECT_EQ(flow.outcome.cause, by_host ? host : Cause::middlebox) << flow.outcome.sentence;
      EXPECT_EQ(flow.outcome.confidence, Confidence::likely) << flow.outcome.sentence;
      EXPECT_FALSE(says(flow, "hangs")) << "it said no";
      EXPECT_TRUE(says(flow, router + (by_host ? ", that host itself," : "") + " answered what the " +
                                 std::string(is_server ? "server" : "client") +
                                 "'s side sent with \"administratively prohibited\" (ICMP, 4 times)"))
          << flow.outcome.sentence;
      EXPECT_FALSE(says(flow, "look")) << "it is no loss";
    }
  }
}

// A bare reset may come of a full queue of new connections only where the server said nothing but that it opens.
TEST(Issues, AServerThatSpokeHasNoFullQueue) {
  enum class Says { nothing, syn_ack_again, acknowledges, acknowledges_nothing, banner };
  for (const Says server :
       {Says::nothing, Says::syn_ack_again, Says::acknowledges, Says::acknowledges_nothing, Says::banner}) {
    Capture capture;
    Conversation tcp(capture, {.port = 50000}, {.ip = "203.0.113.10", .isn = 9000, .ttl = 52});
    tcp.open(milliseconds(40));
    if (server != Says::banner) tcp.client_data(hello_record());
    tcp.wait(milliseconds(41));
    if (server == Says::syn_ack_again) tcp.from_server({.flags = kSyn | kAck, .seq = 0, .ack = 1});
    if (server == Says::acknowledges) tcp.from_server({});
    if (server == Says::acknowledges_nothing) tcp.from_server({.ack = 1});
    if (server == Says::banner) tcp.server_data(text("220 hi\r\n")).from_client({}).wait(milliseconds(41));
    tcp.wait(milliseconds(30)).from_server({.flags = kRst, .ip_id = 0, .window = 0});
    const AnalyzedFlow flow = only_flow(capture);
    EXPECT_TRUE(says(flow, "no longer has the connection")) << flow.outcome.sentence;
    const bool may_be = server == Says::nothing || server == Says::syn_ack_again;
    EXPECT_EQ(says(flow, "whose queue of new ones is full"), may_be) << flow.outcome.sentence;
  }
}

}  // namespace
}  // namespace handlens
