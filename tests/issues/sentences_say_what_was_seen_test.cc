// Sentences that stated more than the packets show, or the wrong side.
#include <gtest/gtest.h>

#include <algorithm>

#include "src/output/text_words.h"
#include "tests/support/talk.h"

namespace handlens {
namespace {

using namespace testing;
using builder::Capture;
using builder::Conversation;
using builder::kAck;
using builder::kFin;
using builder::kRst;
using builder::kSyn;
using builder::microseconds;
using builder::milliseconds;
using builder::seconds;

struct Talk {
  Capture capture;
  Conversation tcp{capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000}};
};

TEST(Issues, PacketsCapturedTwiceAreNoRepetitions) {
  for (const bool answered : {false, true}) {
    Talk t;
    t.tcp.from_client({.flags = kSyn, .ip_id = 7}).wait(microseconds(5));
    t.tcp.from_client({.flags = kSyn, .seq = 0, .ip_id = 7}).wait(microseconds(900));
    if (answered) {
      t.tcp.from_server({.flags = kSyn | kAck, .ip_id = 8}).wait(microseconds(5));
      t.tcp.from_server({.flags = kSyn | kAck, .seq = 0, .ip_id = 8});
    }
    const AnalyzedFlow f = only_flow(t.capture);
    EXPECT_EQ(f.outcome.status, Status::incomplete) << answered;
    EXPECT_EQ(f.outcome.ended_by, EndedBy::capture_end);
    EXPECT_TRUE(says(f, "The capture ended while TCP was opening"));
    EXPECT_EQ(f.report.facts(Side::client).captured_twice, 1u);
  }
}

// One old packet behind a newer clock: nothing was silent.
TEST(Issues, AClockThatGoesBackMakesNoSilence) {
  Capture capture;
  Conversation first(capture, {.port = 50000}, {.ip = "198.51.100.7"});
  capture.wait(seconds(100'000));
  first.open().from_server({});
  capture.wait(-seconds(99'980));
  Conversation second(capture, {.port = 5000}, {.ip = "198.51.100.7"});
  second.from_client({.flags = kSyn});
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 2u);
  EXPECT_EQ(analysis.flows[1].report.quiet_ns, 0);
  EXPECT_EQ(analysis.flows[1].outcome.status, Status::incomplete);
}

// FTP's data connections: the TCP server may be the client of TLS.
TEST(Issues, StagesFollowTheTlsClient) {
  Talk t;
  t.tcp.open().server_data(hello_record(builder::tls12_hello("www.example.com")));
  t.tcp.client_data(handshake_record(concat({builder::server_hello(builder::tls12_server_hello()),
                                             builder::server_key_exchange(), builder::server_hello_done()})));
  const AnalyzedFlow before = only_flow(t.capture);
  EXPECT_TRUE(says(before, "after the ServerHello"));
  t.tcp.server_data(concat({handshake_record(builder::client_key_exchange()), finished12()}));
  t.tcp.from_client({.flags = kRst | kAck});
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_EQ(f.outcome.stage, Stage::client_finish);
  EXPECT_TRUE(says(f, "the TCP server is the client"));
}

TEST(Issues, WhatHasNoEndingIsNotAllStillOpen) {
  Talk t;
  t.tcp.open();
  AnalyzedFlow f = only_flow(t.capture);
  EXPECT_EQ(ending_text(f), "still open when the capture ended");
  f.report.quiet_ns = seconds(3600);
  EXPECT_EQ(ending_text(f), "no end was captured, silent");
  f.report.cut_short = CutShort::evicted;
  EXPECT_EQ(ending_text(f), "let go of to make room for others");
}

TEST(Issues, OnlyARetryRequestCame) {
  Talk t;
  t.tcp.open().client_data(hello_record()).server_data(handshake_record(builder::hello_retry_request(0x0017)));
  t.tcp.client_data(hello_record()).from_server({.flags = kRst | kAck});
  EXPECT_TRUE(says(only_flow(t.capture), "after a HelloRetryRequest"));
}

TEST(Issues, ARefusedTunnelIsNoRefusalOfTls) {
  Talk t;
  t.tcp.open().client_data(text("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"));
  t.tcp.server_data(text("HTTP/1.1 403 Forbidden\r\n\r\n"))
      .client_data(hello_record())
      .from_server({.flags = kRst | kAck});
  EXPECT_TRUE(says(only_flow(t.capture), "A request for a tunnel before it had been refused."));
}

// The alert was captured behind the FIN or reset that followed it, and the end was told as a FIN of nobody.
TEST(Issues, AnAlertInFrontOfTheCloseCameFirst) {
  const Bytes hello = hello_record(), alert = builder::alert_record(2, 45);
  const auto behind_alert = static_cast<std::int64_t>(1 + hello.size() + alert.size());
  for (const std::uint8_t close : {kFin, kRst}) {
    for (const std::int64_t behind : {0, -7, 1000}) {  // bytes from the alert's end to the close
      Talk t;
      t.tcp.open().client_data(hello).server_data(handshake_record(
          concat({builder::server_hello(builder::tls12_server_hello()), builder::server_hello_done()})));
      const auto flags = static_cast<std::uint8_t>(close | kAck);
      t.tcp.from_client({.flags = flags, .seq = behind_alert + behind, .foreign = true});
      t.tcp.wait(milliseconds(3)).client_data(alert);
      const AnalyzedFlow f = only_flow(t.capture);
      // Whoever forges a reset further on leaves a gap: that one came when it was captured.
      const bool was_first = close == kRst ? behind == 0 : behind >= 0;
      EXPECT_EQ(f.outcome.ended_by, was_first ? EndedBy::alert : close == kFin ? EndedBy::fin : EndedBy::rst);
      EXPECT_EQ(says(f, "certificate_expired"), was_first);
      for (const RstVerdict& verdict : f.rst_verdicts) {
        EXPECT_EQ(verdict.role, was_first ? RstRole::consequence : RstRole::cause);
      }
    }
  }
}

// The client's goodbye, captured behind the reset that followed it.
TEST(Issues, AnOrdinaryCloseIsOneInAnyOrder) {
  const Bytes hello = hello_record(), finished = finished12(), goodbye = builder::encrypted_record(26, 21);
  const auto flight =
      handshake_record(concat({builder::server_hello(builder::tls12_server_hello()), builder::server_hello_done()}));
  const Bytes key = handshake_record(builder::client_key_exchange());
  const auto size = [](const Bytes& b) { return static_cast<std::int64_t>(b.size()); };
  for (const bool late : {false, true}) {
    Talk t;
    t.tcp.open().client_data(hello).server_data(flight).client_data(concat({key, finished})).server_data(finished);
    const std::int64_t behind = 1 + size(hello) + size(key) + size(finished) + size(goodbye);
    if (!late) t.tcp.client_data(goodbye);
    t.tcp.from_client({.flags = kRst | kAck, .seq = behind, .foreign = true}).wait(milliseconds(1));
    if (late) t.tcp.client_data(goodbye);
    const AnalyzedFlow f = only_flow(t.capture);
    EXPECT_EQ(f.outcome.ended_by, EndedBy::rst);
    EXPECT_EQ(f.outcome.cause, Cause::none) << late;
  }
}

// A reset from elsewhere stays what ended it, whatever number it guessed; a FIN's alert may have been sent again late.
TEST(Issues, OnlyTheHostsOwnCloseStandsBehindItsAlert) {
  const Bytes hello = hello_record(), alert = builder::alert_record(2, 45);
  const auto behind_alert = static_cast<std::int64_t>(1 + hello.size() + alert.size());
  for (const std::uint8_t close : {kFin, kRst}) {
    Talk t;
    t.tcp.open().client_data(hello).server_data(
        handshake_record(concat({builder::server_hello(builder::tls12_server_hello()), builder::server_hello_done()})));
    const auto flags = static_cast<std::uint8_t>(close | kAck);
    const std::uint8_t ttl = close == kRst ? 40 : 64;
    t.tcp.from_client({.flags = flags, .seq = behind_alert, .ttl = ttl, .foreign = true});
    t.tcp.wait(milliseconds(close == kFin ? 3000 : 3)).client_data(alert);
    EXPECT_EQ(only_flow(t.capture).outcome.ended_by, close == kFin ? EndedBy::alert : EndedBy::rst);
  }
}

// Of a reset, the FIN before it and the alert before that, the reset was captured first and the alert last.
TEST(Issues, EachSideEndsInTheOrderOfItsNumbers) {
  const Bytes hello = hello_record(), alert = builder::alert_record(2, 45);
  const auto alert_at = static_cast<std::int64_t>(1 + hello.size());
  const auto fin_at = alert_at + static_cast<std::int64_t>(alert.size());
  Talk t;
  t.tcp.open().client_data(hello).server_data(
      handshake_record(concat({builder::server_hello(builder::tls12_server_hello()), builder::server_hello_done()})));
  t.tcp.from_client({.flags = kRst | kAck, .seq = fin_at + 1, .foreign = true}).wait(milliseconds(1));
  t.tcp.from_server({.flags = kFin | kAck}).wait(milliseconds(1));
  t.tcp.from_client({.flags = kFin | kAck, .seq = fin_at, .foreign = true}).wait(milliseconds(3)).client_data(alert);
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_EQ(f.outcome.ended_by, EndedBy::alert);
  EXPECT_EQ(f.outcome.apparent_sender, Side::client);
  EXPECT_EQ(f.rst_verdicts.at(0).role, RstRole::consequence);
}

// A forged reset in front of the client's flight, which refused nobody, is no consequence of the refusal behind it.
TEST(Issues, AResetThatWasPassedOverIsNoConsequence) {
  Talk t;
  t.tcp.open().client_data(hello_record()).server_data(flight13(true)).from_client({});
  t.tcp.from_server({.flags = kRst, .ttl = 40, .foreign = true}).wait(milliseconds(20));
  t.tcp.client_data(finished13(true))
      .wait(milliseconds(20))
      .server_data(data(kAlert13))
      .from_server({.flags = kFin | kAck});
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_EQ(f.outcome.ended_by, EndedBy::alert);
  EXPECT_FALSE(f.report.tcp.rst.at(0).outlived_by.has_value());
  EXPECT_EQ(f.rst_verdicts.at(0).role, RstRole::ignored);
}

// A page of a filter beside the server was told as the server's own.
TEST(Issues, AFinFromOneHopNearerNamesNobody) {
  for (const std::uint8_t ttl : {std::uint8_t{49}, std::uint8_t{50}}) {
    Capture capture;
    Conversation tcp(capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000, .ttl = 49});
    tcp.from_client({.flags = kSyn}).wait(milliseconds(100)).from_server({.flags = kSyn | kAck});
    tcp.from_client({}).client_data(hello_record()).wait(milliseconds(100));
    tcp.from_server({.flags = kFin | kAck, .payload = text("HTTP/1.1 403 Forbidden\r\n\r\n"), .ttl = ttl});
    const AnalyzedFlow f = only_flow(capture);
    EXPECT_EQ(f.outcome.ended_by, EndedBy::fin);
    EXPECT_EQ(f.outcome.cause, ttl == 49 ? Cause::server : Cause::unknown);
    EXPECT_EQ(says(f, "nearer than the server's other packets"), ttl == 50);
  }
}

// A server whose answer never arrived, in a protocol that is not TLS, was told as the one that ended it.
TEST(Issues, WhoGivesUpSendingIsNotNamed) {
  for (const int times : {2, 3}) {
    Talk t;
    t.tcp.open(milliseconds(20));
    for (int i = 0; i < 4; ++i) {
      t.tcp.client_data(text("NOOP\r\n")).wait(milliseconds(20)).server_data(text("+OK\r\n")).wait(milliseconds(300));
    }
    t.tcp.client_data(text("LIST\r\n")).wait(milliseconds(20));
    for (int i = 0; i < times; ++i) {
      t.tcp.from_server({.payload = text("+OK 2 messages\r\n"), .seq = 21}).wait(milliseconds(600));
    }
    t.tcp.from_server({.flags = kRst | kAck, .seq = 37}).wait(seconds(60)).from_client({.flags = kAck, .ack = 21});
    const AnalyzedFlow f = only_flow(t.capture);
    EXPECT_EQ(says(f, "it gave up"), times == 3);
    EXPECT_EQ(f.outcome.ended_by, times == 3 ? EndedBy::timeout : EndedBy::rst);
    EXPECT_EQ(f.outcome.cause, times == 3 ? Cause::unknown : Cause::server);
  }
}

// Nor one whose keep-alives nobody answered: the other was gone first.
TEST(Issues, WhoseKeepAlivesNobodyAnswersIsNotNamed) {
  for (const int times : {2, 3}) {
    for (const bool answered : {false, true}) {
      Talk t;
      t.tcp.open(milliseconds(20)).client_data(hello_record()).wait(milliseconds(20)).from_server({});
      for (int i = 0; i < times; ++i) {
        t.tcp.wait(seconds(75)).from_server({.seq = 0});
        if (answered) t.tcp.wait(milliseconds(20)).from_client({});
      }
      t.tcp.wait(seconds(75)).from_server({.flags = kRst | kAck});
      const AnalyzedFlow f = only_flow(t.capture);
      const bool gave_up = times == 3 && !answered;
      EXPECT_EQ(says(f, "3 keep-alives (from #6 on) and none was answered"), gave_up);
      EXPECT_EQ(f.outcome.cause, gave_up ? Cause::unknown : Cause::server);
      EXPECT_EQ(f.outcome.ended_by, gave_up ? EndedBy::timeout : EndedBy::rst);
    }
  }
}

TEST(Issues, WhoseSynAcksNobodyAnswersIsNotNamed) {
  Talk t;
  t.tcp.from_client({.flags = kSyn}).wait(microseconds(20'300));
  for (const int wait : {1, 2, 4, 8}) t.tcp.from_server({.flags = kSyn | kAck, .seq = 0}).wait(seconds(wait));
  t.tcp.from_server({.flags = kRst | kAck, .seq = 1});
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_TRUE(says(f, "4 SYN-ACKs (from #2 on) and none was answered"));
  EXPECT_EQ(f.outcome.cause, Cause::unknown);
  EXPECT_EQ(f.outcome.ended_by, EndedBy::timeout);
  EXPECT_EQ(f.outcome.apparent_sender, Side::server) << "whose packet is cited";
  EXPECT_EQ(f.rst_verdicts.at(0).role, RstRole::consequence);
}

// The first abnormal event is the silence. What who had waited sends then follows from it, whatever it is.
TEST(Issues, ASilenceEndsItNotWhoGivesUp) {
  for (const std::uint8_t flags : {std::uint8_t{kFin | kAck}, std::uint8_t{kRst | kAck}}) {
    for (const int waited : {1, 20}) {  // s
      Talk t;
      t.tcp.open(milliseconds(20)).client_data(hello_record()).wait(milliseconds(20)).from_server({});
      t.tcp.wait(seconds(waited)).from_client({.flags = flags});
      const AnalyzedFlow f = only_flow(t.capture);
      const bool is_silence = waited == 20;
      EXPECT_EQ(f.outcome.status, Status::failed);
      EXPECT_EQ(f.outcome.ended_by, is_silence               ? EndedBy::timeout
                                    : flags == (kFin | kAck) ? EndedBy::fin
                                                             : EndedBy::rst);
      EXPECT_EQ(f.outcome.apparent_sender, Side::client);
      EXPECT_EQ(f.outcome.ending_frame, 6u);
      EXPECT_EQ(f.outcome.ooni_failure, is_silence ? "generic_timeout_error" : "");
      EXPECT_EQ(ending_text(f).find("fell silent, then given up from the client's address") == 0, is_silence);
    }
  }
}

// A SYN-ACK that was slow, for a radio that woke or a queue, made a device of every packet that came as fast as usual.
TEST(Issues, OneSlowAnswerIsNoProofOfDistance) {
  for (const bool is_known : {false, true}) {  // how far the server is, by two more connections
    for (const std::uint8_t flags : {std::uint8_t{kRst | kAck}, std::uint8_t{kFin | kAck}}) {
      Capture capture;
      for (std::uint16_t port = is_known ? 50000 : 50002; port <= 50002; ++port) {
        Conversation tcp(capture, {.port = port}, {.ip = "198.51.100.7", .isn = 9000, .ttl = 49});
        tcp.from_client({.flags = kSyn}).wait(microseconds(700'300)).from_server({.flags = kSyn | kAck});
        tcp.from_client({}).wait(microseconds(400)).client_data(hello_record());
        if (port == 50002) tcp.wait(microseconds(60'200)).from_server({.flags = flags});
      }
      const Analysis analysis = judge_packets(packets_of(capture));
      const Outcome& o = analysis.flows.back().outcome;
      SCOPED_TRACE(o.sentence);
      EXPECT_EQ(o.confidence <= Confidence::likely, is_known);
      EXPECT_NE(o.cause, Cause::server);
      EXPECT_EQ(o.cause == Cause::middlebox, is_known || (flags & kRst) != 0);
    }
  }
}

// Three connections at once wait for one radio: that is one answer, and made a device certain.
TEST(Issues, AnswersThatWereKeptBackTogetherAreOne) {
  for (const std::int64_t apart : {5, 2000}) {  // ms, between the three
    for (const std::uint8_t flags : {std::uint8_t{kRst | kAck}, std::uint8_t{kFin | kAck}}) {
      testing::Packets packets;
      for (std::uint16_t i = 0; i < 3; ++i) {
        Capture capture;
        capture.wait(milliseconds(apart * i));
        Conversation tcp(capture, {.port = static_cast<std::uint16_t>(50000 + i)},
                         {.ip = "198.51.100.7", .isn = 9000, .ttl = 49});
        tcp.from_client({.flags = kSyn}).wait(milliseconds(700 + i)).from_server({.flags = kSyn | kAck});
        tcp.from_client({}).wait(microseconds(400)).client_data(hello_record());
        if (i == 2) tcp.wait(milliseconds(60)).from_server({.flags = flags});
        const testing::Packets some = packets_of(capture);
        packets.insert(packets.end(), some.begin(), some.end());
      }
      std::stable_sort(packets.begin(), packets.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
      const Analysis analysis = judge_packets(packets);
      const Outcome& o = analysis.flows.back().outcome;
      SCOPED_TRACE(o.sentence);
      EXPECT_EQ(o.confidence <= Confidence::likely, apart == 2000);
      EXPECT_NE(o.cause, Cause::server);
      EXPECT_EQ(o.location == Location::near_client, apart == 2000);
    }
  }
}

// An alert whose sender's distance nothing tells was "likely" its address's own.
TEST(Issues, AnAlertOfWhoseSenderNothingIsKnownIsOnlyPossible) {
  for (const bool opening : {true, false}) {
    Talk t;
    t.tcp.from_client({.flags = kSyn, .unseen = !opening}).wait(milliseconds(40)).from_server({.flags = kSyn | kAck});
    t.tcp.from_client({}).client_data(hello_record()).wait(milliseconds(41));
    t.tcp.server_data(builder::alert_record(2, 40)).from_server({.flags = kFin | kAck});
    const AnalyzedFlow f = only_flow(t.capture);
    EXPECT_EQ(f.outcome.cause, Cause::server);
    EXPECT_EQ(f.outcome.confidence, opening ? Confidence::likely : Confidence::possible);
  }
}

// Of many ICMP errors the newest says how it ended, and it was the one that was not kept.
TEST(Issues, TheLastOfManyErrorsCounts) {
  Talk t;
  for (std::uint16_t i = 1; i <= 20; ++i) {
    builder::Segment syn{.flags = kSyn, .seq = 0, .ip_id = i};
    t.capture.add_ip(t.tcp.ip_from_client(syn), t.tcp.link_from_client()).wait(milliseconds(30));
    syn.ttl = std::uint8_t{1};
    const builder::IcmpError error{.router = "192.0.2.1", .type = 11, .code = 0, .quoted = t.tcp.ip_from_client(syn)};
    t.capture.add_ip(builder::icmp_error(error), t.tcp.link_from_server()).wait(seconds(1));
  }
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_EQ(f.outcome.ended_by, EndedBy::icmp);
  EXPECT_EQ(f.outcome.ending_frame, 40u);
  EXPECT_EQ(f.outcome.cause, Cause::path);
  EXPECT_EQ(f.report.icmp.size(), Limits{}.kept_icmp);
}

// TCP Fast Open: the hello stands in the SYN, and nobody answers.
TEST(Issues, AnUnansweredSynWithDataIsUnanswered) {
  Talk t;
  t.tcp.from_client({.flags = kSyn, .payload = hello_record()}).wait(seconds(1));
  t.tcp.from_client({.flags = kSyn, .seq = 0}).wait(seconds(2)).from_client({.flags = kSyn, .seq = 0});
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_EQ(f.outcome.status, Status::failed);
  EXPECT_EQ(f.outcome.stage, Stage::syn);
  EXPECT_EQ(f.outcome.ended_by, EndedBy::timeout);
}

// A mail that speaks of STARTTLS asks for nothing.
TEST(Issues, ALineOfAMailIsNoRequest) {
  for (const char* line : {"STARTTLS is what you need", "STARTTLS", "x STARTTLS"}) {
    Talk t;
    t.tcp.open().server_data(text("220 mx ESMTP\r\n")).client_data(text("EHLO a\r\n")).server_data(text("250 ok\r\n"));
    t.tcp.client_data(text("DATA\r\n")).server_data(text("354 go\r\n"));
    t.tcp.client_data(text(std::string("Subject: x\r\n\r\n") + line + "\r\n.\r\n")).server_data(text("550 no\r\n"));
    t.tcp.client_data(text("QUIT\r\n")).server_data(text("221 bye\r\n")).close();
    const AnalyzedFlow f = only_flow(t.capture);
    EXPECT_FALSE(f.report.tls.plaintext.tls_requested) << line;
    EXPECT_FALSE(says(f, "refused"));
  }
}

// Four hundred warnings hid the fatal alert that ended the handshake.
TEST(Issues, WarningsDoNotHideTheFatalAlert) {
  Talk t;
  t.tcp.open().client_data(hello_record());
  for (int i = 0; i < 400; ++i) t.tcp.server_data(builder::alert_record(1, 112));
  t.tcp.server_data(builder::alert_record(2, 40));
  for (int i = 0; i < 100; ++i) t.tcp.server_data(builder::alert_record(1, 112));
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_EQ(f.outcome.ended_by, EndedBy::alert);
  EXPECT_TRUE(says(f, "handshake_failure"));
  EXPECT_EQ(f.report.tls.alerts.back().code, 40);
}

}  // namespace
}  // namespace handlens
