#include <gtest/gtest.h>

#include "src/findings/analyze.h"
#include "src/findings/rule.h"
#include "tests/findings/story.h"

namespace handlens {
namespace {

using testing::kC;
using testing::kS;
using testing::Story;

void expect(const Outcome& o, Status status, Stage stage, EndedBy by, std::optional<Side> sender) {
  EXPECT_EQ(o.status, status);
  EXPECT_EQ(o.stage, stage);
  EXPECT_EQ(o.ended_by, by);
  EXPECT_EQ(o.apparent_sender, sender);
  EXPECT_FALSE(o.sentence.empty());
}

TEST(Outcome, HealthyFlow) {
  const auto f = Story().open().hello().server_hello().established().event(EventKind::fin, kC).tell();
  expect(f.outcome, Status::ok, Stage::established, EndedBy::fin, Side::client);
  EXPECT_EQ(f.outcome.cause, Cause::none);
  EXPECT_EQ(f.outcome.sentence, "Handshake completed: TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256.");
  EXPECT_TRUE(f.findings.empty());
}

TEST(Outcome, ResetAfterTheHandshakeIsNotAFailureOfTheHandshakeNorExplained) {
  const auto f = Story().open().hello().server_hello().established().rst(kS).tell();
  expect(f.outcome, Status::ok, Stage::established, EndedBy::rst, Side::server);
  EXPECT_EQ(f.outcome.cause, Cause::unknown);
  EXPECT_NE(f.outcome.sentence.find("a reset carrying the server's address"), std::string::npos);
}

TEST(Outcome, ResetAfterFinIsTeardown) {
  const auto f = Story().open().hello().server_hello().established().event(EventKind::fin, kC).rst(kC).tell();
  EXPECT_EQ(f.outcome.ended_by, EndedBy::fin);
  EXPECT_EQ(f.rst_verdicts.at(0).role, RstRole::teardown);
}

TEST(Outcome, RefusedByAnAddressNotByAHost) {
  const auto f = Story().syn().rst(kS).tell();
  expect(f.outcome, Status::failed, Stage::syn, EndedBy::rst, Side::server);
  EXPECT_EQ(f.outcome.cause, Cause::unknown);
  EXPECT_EQ(f.outcome.ooni_failure, "connection_refused");
  EXPECT_NE(f.outcome.sentence.find("carrying the server's address"), std::string::npos);
}

TEST(Outcome, NoAnswerNeedsSilence) {
  EXPECT_EQ(Story().syn().tell().outcome.status, Status::incomplete);
  const auto f = Story().syn().quiet(5).tell();
  expect(f.outcome, Status::failed, Stage::syn, EndedBy::timeout, std::nullopt);
  Story again;
  again.syn().frame += 1000;  // a second
  again.event(EventKind::syn_retransmission, kC);
  again.flow.tcp.syn_retransmissions = 1;
  EXPECT_EQ(again.tell().outcome.ended_by, EndedBy::timeout);
  Story copied;  // no timer of a host is that short
  copied.syn().event(EventKind::syn_retransmission, kC);
  copied.flow.tcp.syn_retransmissions = 1;
  EXPECT_EQ(copied.tell().outcome.status, Status::incomplete);
}

TEST(Outcome, UnansweredSynIsNoFailureWhenOnlyOneDirectionWasCaptured) {
  Story story;
  story.syn().hello().quiet(60);  // the client goes on as if it had been answered
  story.flow.one_sided = Side::server;
  EXPECT_EQ(story.tell().outcome.status, Status::incomplete);
}

TEST(Outcome, AnsweredSynIsNotUnansweredBecauseItWasRepeated) {
  Story story;
  story.syn().event(EventKind::syn_retransmission, kC);
  story.flow.tcp.syn_retransmissions = 1;
  story.event(EventKind::syn_ack, kS);
  story.flow.tcp.syn_ack = story.flow.last;
  Story repeated = std::move(Story().syn().event(EventKind::syn_ack, kS));
  repeated.flow.tcp.syn_ack = repeated.flow.last;
  repeated.frame += 1000;
  repeated.event(EventKind::syn_retransmission, kS);
  EXPECT_EQ(story.tell().outcome.status, Status::incomplete);  // the capture ends with the SYN-ACK
  EXPECT_EQ(repeated.tell().outcome.ended_by, EndedBy::timeout);
}

TEST(Outcome, ResetOfAFlowThatWentOnUnansweredSaysNothingOfItsOpening) {
  Story story;
  story.syn().event(EventKind::plaintext, kC).rst(kC);
  story.flow.tcp.sides[0].bytes = 100;
  story.flow.one_sided = Side::server;
  EXPECT_EQ(story.tell().outcome.status, Status::incomplete);
  Story server_only;
  server_only.event(EventKind::syn_ack, kS);
  server_only.flow.tcp.syn_ack = server_only.flow.last;
  server_only.rst(kS).flow.one_sided = Side::client;
  EXPECT_EQ(server_only.tell().outcome.status, Status::incomplete);
  // Alone it is the client that gave up.
  Story aborted;
  aborted.syn().rst(kC).flow.one_sided = Side::server;
  expect(aborted.tell().outcome, Status::failed, Stage::syn, EndedBy::rst, Side::client);
}

// RFC 9293 knows no one-sided connection: the other half of the truth is elsewhere.
TEST(Outcome, NothingIsCertainOfASideThatWasNotCaptured) {
  for (const std::optional<Side> missing : {std::optional<Side>{}, std::optional<Side>{Side::server}}) {
    SCOPED_TRACE(missing.has_value());
    Story other;
    other.open().event(EventKind::plaintext, kC).event(EventKind::fin, kC);
    other.flow.tcp.sides[0].bytes = 100;
    other.flow.one_sided = missing;
    const auto told = other.tell();
    EXPECT_EQ(told.outcome.status, Status::not_tls);
    EXPECT_EQ(told.outcome.confidence, missing ? Confidence::likely : Confidence::certain);
    EXPECT_EQ(told.outcome.sentence.find("data was exchanged") == std::string::npos, missing.has_value());
    Story silent;
    silent.open().event(EventKind::fin, kC).flow.one_sided = missing;
    EXPECT_EQ(silent.tell().outcome.status, missing ? Status::incomplete : Status::not_tls);
    Story whole;
    whole.open().hello().server_hello().established().event(EventKind::fin, kC).flow.one_sided = missing;
    EXPECT_EQ(whole.tell().outcome.confidence, missing ? Confidence::likely : Confidence::certain);
  }
}

TEST(Outcome, WhatWasNotReadIsNotCalledOtherThanTls) {
  Story cut;
  cut.open().event(EventKind::gap, kC).event(EventKind::fin, kC);
  cut.flow.tcp.sides[0].bytes = 517;
  const auto unread = cut.tell();
  EXPECT_EQ(unread.outcome.status, Status::incomplete);
  EXPECT_EQ(unread.outcome.sentence.find("no TLS"), std::string::npos);
  Story read;
  read.open().event(EventKind::plaintext, kC).event(EventKind::gap, kC).event(EventKind::fin, kC);
  read.flow.tcp.sides[0].bytes = 517;
  EXPECT_EQ(read.tell().outcome.status, Status::not_tls);
}

TEST(Outcome, RefusedStartTlsIsSaid) {
  Story story;
  story.open().event(EventKind::plaintext, kS).event(EventKind::starttls, kC).event(EventKind::fin, kC);
  story.flow.tcp.sides[0].bytes = story.flow.tcp.sides[1].bytes = 60;
  story.flow.tls.plaintext.protocol = Prelude::smtp;
  story.flow.tls.plaintext.tls_requested = true;
  story.flow.tls.plaintext.tls_accepted = false;
  const auto f = story.tell();
  expect(f.outcome, Status::not_tls, Stage::tcp_open, EndedBy::fin, Side::client);
  EXPECT_NE(f.outcome.sentence.find("(smtp) was refused"), std::string::npos);
}

TEST(Outcome, ResetOfAPlainConversationIsSaid) {
  Story story;
  story.open().event(EventKind::plaintext, kC).rst(kS);
  story.flow.tcp.sides[0].bytes = 60;
  const auto f = story.tell();
  EXPECT_EQ(f.outcome.status, Status::not_tls);
  EXPECT_NE(f.outcome.sentence.find("a reset carrying the server's address"), std::string::npos);
}

TEST(Outcome, SilenceAtTheEndOfACaptureIsNotItsEnd) {
  EXPECT_NE(Story().open().quiet(40).tell().outcome.sentence.find("40.0 s"), std::string::npos);
  EXPECT_NE(Story().open().tell().outcome.sentence.find("The capture ended"), std::string::npos);
  Story evicted;
  evicted.open().flow.cut_short = CutShort::evicted;
  EXPECT_EQ(evicted.tell().outcome.sentence.find("The capture ended"), std::string::npos);
}

TEST(Outcome, WhatComesAfterTheEndReachesNoStage) {
  Story story;
  story.syn().event(EventKind::syn_ack, kS);
  story.flow.tcp.syn_ack = story.flow.last;
  story.rst(kS).event(EventKind::ack, kC);
  story.flow.tcp.ack = story.flow.last;
  EXPECT_EQ(story.tell().outcome.stage, Stage::syn);
  Story late;
  late.open().hello().server_hello().event(EventKind::fin, kS).event(EventKind::client_key_exchange, kC);
  late.flow.tls.client_key_exchange.emplace();
  EXPECT_EQ(late.tell().outcome.stage, Stage::server_flight);
}

TEST(Outcome, UnansweredClientHelloIsSaidWhenTheClientGivesUp) {
  Story story;
  story.open().hello();
  story.frame += 15'000;
  const auto f = story.event(EventKind::fin, kC).tell();
  expect(f.outcome, Status::failed, Stage::client_hello, EndedBy::fin, Side::client);
  EXPECT_NE(f.outcome.sentence.find("No answer to the ClientHello was seen in the 15.0 s before it."),
            std::string::npos);
}

TEST(Outcome, OtherBytesInAnswerToAClientHelloAreSaid) {
  Story story;
  story.open().hello().event(EventKind::plaintext, kS).event(EventKind::fin, kS);
  story.flow.tcp.sides[1].bytes = 200;
  EXPECT_NE(story.tell().outcome.sentence.find("bytes that are not TLS"), std::string::npos);
}

TEST(Outcome, ResetsThatTheConnectionOutlivedAreIgnored) {
  for (const bool outlived : {true, false}) {
    Story story;
    story.open().hello().rst(kS);
    if (outlived) story.flow.tcp.rst[0].outlived_by = 6;
    const auto f = story.server_hello().established().event(EventKind::fin, kC).tell();
    EXPECT_EQ(f.outcome.status, Status::ok);
    EXPECT_EQ(f.outcome.ended_by, outlived ? EndedBy::fin : EndedBy::rst);
    EXPECT_EQ(f.rst_verdicts.at(0).role, outlived ? RstRole::ignored : RstRole::cause);
  }
}

TEST(Outcome, AFinCountsEvenIfCompletionWasNoticedLater) {
  Story story;
  story.open().hello().server_hello().event(EventKind::fin, kC).event(EventKind::fin, kS);
  const auto f = story.established().tell();
  expect(f.outcome, Status::ok, Stage::established, EndedBy::fin, Side::client);
}

TEST(Outcome, WhatCameAfterTheEndDoesNotOpenTcp) {
  Story story;
  story.syn().rst(kS).event(EventKind::syn_ack, kS);
  story.flow.tcp.syn_ack = story.flow.last;
  story.event(EventKind::plaintext, kS);
  story.flow.tcp.sides[1].bytes = 10;
  EXPECT_EQ(story.tell().outcome.stage, Stage::syn);
}

TEST(Outcome, ResetAfterAGoodbyeIsTeardown) {
  Story story;
  story.open().hello().server_hello().established().event(EventKind::encrypted_alert, kC);
  story.flow.tls.alerts.push_back({story.flow.last, kC, true, false, 0, 0});
  const auto f = story.rst(kC).tell();
  EXPECT_EQ(f.outcome.cause, Cause::none);
  EXPECT_EQ(f.rst_verdicts.at(0).role, RstRole::teardown);
}

TEST(Outcome, SentencesNeverSayWhoSent) {
  const auto sentence = [](Story& story) { return story.tell().outcome.sentence; };
  Story icmp;
  icmp.syn().event(EventKind::icmp_unreachable, kS, 3, 13);
  const std::string unreachable = sentence(icmp);
  EXPECT_NE(unreachable.find("the server's address"), std::string::npos);
  EXPECT_NE(unreachable.find("prohibited"), std::string::npos);
  for (const Direction from : {kC, kS}) {
    Story rst, fin, alert;
    rst.open().hello().rst(from);
    fin.open().hello().event(EventKind::fin, from);
    alert.open().hello().event(EventKind::alert, from, 2, 40);
    for (Story* story : {&rst, &fin, &alert}) {
      EXPECT_NE(sentence(*story).find(from == kC ? "the client's address" : "the server's address"), std::string::npos);
    }
  }
}

TEST(Outcome, AlertComesBeforeItsConsequences) {
  const auto f =
      Story().open().hello().server_hello().event(EventKind::alert, kC, 2, 48).event(EventKind::fin, kS).rst(kC).tell();
  expect(f.outcome, Status::failed, Stage::server_flight, EndedBy::alert, Side::client);
  EXPECT_EQ(f.outcome.ooni_failure, "ssl_unknown_authority");
  EXPECT_NE(f.outcome.sentence.find("unknown_ca (48)"), std::string::npos);
  EXPECT_EQ(f.rst_verdicts.at(0).role, RstRole::consequence);
}

TEST(Outcome, AlertAfterThePeersFinIsTheConsequence) {
  const auto f = Story().open().hello().event(EventKind::fin, kS).event(EventKind::alert, kC, 2, 50).tell();
  expect(f.outcome, Status::failed, Stage::client_hello, EndedBy::fin, Side::server);
}

TEST(Outcome, PassingWarningsEndNothing) {
  const auto f = Story().open().hello().event(EventKind::alert, kS, 1, 112).server_hello().established().tell();
  expect(f.outcome, Status::ok, Stage::established, EndedBy::capture_end, std::nullopt);
}

TEST(Outcome, ResetAfterTheClientHelloBlamesNobody) {
  const auto f = Story().open().hello().rst(kS).tell();
  expect(f.outcome, Status::failed, Stage::client_hello, EndedBy::rst, Side::server);
  EXPECT_EQ(f.outcome.cause, Cause::unknown);
  EXPECT_EQ(f.outcome.confidence, Confidence::undetermined);
  EXPECT_FALSE(f.outcome.would_settle.empty());
}

TEST(Outcome, StalledHandshake) {
  EXPECT_EQ(Story().open().hello().quiet(4).tell().outcome.status, Status::incomplete);
  EXPECT_EQ(Story().open().hello().quiet(11).tell().outcome.ended_by, EndedBy::timeout);
}

TEST(Outcome, OpenedAndClosedWithoutData) {
  const auto f = Story().open().event(EventKind::fin, kC).tell();
  expect(f.outcome, Status::not_tls, Stage::tcp_open, EndedBy::fin, Side::client);
}

TEST(Outcome, MidstreamIsIncomplete) {
  Story story;
  story.event(EventKind::application_data, kC);
  story.flow.is_tls = story.flow.midstream = true;
  story.rst(kS);
  EXPECT_EQ(story.tell().outcome.status, Status::incomplete);
}

TEST(Outcome, IcmpEndsOnlyWhatDoesNotGoOn) {
  const auto dead = Story().syn().event(EventKind::icmp_unreachable, kS, 3, 13).tell();
  EXPECT_EQ(dead.outcome.ended_by, EndedBy::icmp);
  EXPECT_FALSE(dead.outcome.apparent_sender);
  Story alive;
  alive.syn().event(EventKind::icmp_unreachable, kS, 3, 13).open().hello();
  EXPECT_NE(alive.tell().outcome.ended_by, EndedBy::icmp);
}

// A SYN with this TTL, and a router's word that it ran out on the way.
Story expired(std::uint8_t ttl, std::uint8_t type = 11, std::uint8_t code = 0) {
  Story story;
  story.syn();
  PacketNote syn;
  syn.frame = story.frame;
  syn.from = kC;
  syn.seq = 7;
  syn.ttl = ttl;
  story.flow.packets.push_back(syn);
  story.flow.tcp.sides[0].ttl_max = ttl;
  story.event(EventKind::icmp_unreachable, kS, type, code);
  IcmpFact fact;
  fact.frame = story.frame;
  fact.quoted_seq = 7;
  story.flow.icmp.push_back(fact);
  return story;
}
EndedBy ended_by(Story story) { return story.tell().outcome.ended_by; }

TEST(Outcome, AProbeWhoseTimeToLiveRanOutIsAnswered) {
  EXPECT_EQ(ended_by(expired(30)), EndedBy::icmp);
  EXPECT_EQ(ended_by(expired(31)), EndedBy::capture_end) << "the next attempt may pass";
  EXPECT_EQ(ended_by(expired(30, 11, 1)), EndedBy::capture_end) << "fragments that waited too long";
  Story v6 = expired(30, 3, 0);
  v6.flow.events.back().icmp_v6 = true;
  EXPECT_EQ(ended_by(std::move(v6)), EndedBy::icmp);
}

TEST(Outcome, ATimeToLiveThatRanOutEndsWhatThenFellSilent) {
  EXPECT_EQ(ended_by(std::move(expired(64).quiet(5))), EndedBy::icmp);
  Story other = expired(64);
  other.flow.icmp.back().quoted_seq = 8;
  EXPECT_EQ(ended_by(std::move(other.quiet(5))), EndedBy::timeout) << "it is about another packet";
  Story sent_again = expired(64);
  sent_again.flow.packets.push_back(sent_again.flow.packets.back());
  sent_again.flow.packets.back().frame = ++sent_again.frame;
  const auto told = sent_again.quiet(5).tell();
  EXPECT_EQ(told.outcome.ended_by, EndedBy::timeout) << "nobody said so of the last";
  EXPECT_NE(told.outcome.sentence.find("nothing but ICMP errors"), std::string::npos) << told.outcome.sentence;
}

TEST(Rules, EveryRuleHasACard) {
  for (const Rule& rule : rules()) {
    EXPECT_FALSE(rule.title.empty() || rule.explanation.empty() || rule.evidence.empty() || rule.alternatives.empty());
    EXPECT_EQ(find_rule(rule.id), &rule);
  }
  EXPECT_EQ(find_rule("no-such-rule"), nullptr);
}

}  // namespace
}  // namespace handlens
