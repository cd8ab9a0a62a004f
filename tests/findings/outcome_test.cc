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
  again.syn().event(EventKind::syn_retransmission, kC);
  again.flow.tcp.syn_retransmissions = 1;
  EXPECT_EQ(again.tell().outcome.ended_by, EndedBy::timeout);
}

TEST(Outcome, UnansweredSynIsNoFailureWhenOnlyOneDirectionWasCaptured) {
  Story story;
  story.syn().hello().quiet(60);  // the client goes on as if it had been answered
  story.flow.one_sided = Side::server;
  EXPECT_EQ(story.tell().outcome.status, Status::incomplete);
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

TEST(Rules, EveryRuleHasACard) {
  for (const Rule& rule : rules()) {
    EXPECT_FALSE(rule.title.empty() || rule.explanation.empty() || rule.evidence.empty() || rule.alternatives.empty());
    EXPECT_EQ(find_rule(rule.id), &rule);
  }
  EXPECT_EQ(find_rule("no-such-rule"), nullptr);
}

}  // namespace
}  // namespace handlens
