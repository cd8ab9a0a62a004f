#include "src/findings/client_reset_before_hello.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/findings/story.h"

namespace handlens {
namespace {

bool has(const AnalyzedFlow& flow) {
  return std::any_of(flow.findings.begin(), flow.findings.end(),
                     [](const Finding& finding) { return finding.id == "client-reset-before-hello"; });
}

using testing::kC;
using testing::kS;
using testing::Story;

TEST(ClientResetBeforeHello, ClientAddressResetBeforeHello) {
  const auto f = Story().open().rst(kC).tell();
  EXPECT_EQ(f.outcome.status, Status::failed);
  EXPECT_EQ(f.outcome.stage, Stage::tcp_open);
  EXPECT_EQ(f.outcome.apparent_sender, Side::client);
  EXPECT_EQ(f.outcome.cause, Cause::unknown);
  EXPECT_EQ(f.outcome.primary, "client-reset-before-hello");
  ASSERT_EQ(f.findings.size(), 1u);
  EXPECT_EQ(f.findings[0].confidence, Confidence::possible);
  EXPECT_EQ(f.findings[0].frames, (std::vector<std::uint64_t>{1, 2, 3, 4}));
  EXPECT_FALSE(f.findings[0].against.empty());
}

// How the reset compares with the client's other packets is for the clues to say (clues_header_test.cc).
TEST(ClientResetBeforeHello, SaysWhatHappenedAndNamesNobody) {
  const auto f = Story().open().rst(kC).tell();
  ASSERT_FALSE(f.findings.empty());
  ASSERT_FALSE(f.findings[0].evidence.empty());
  EXPECT_EQ(f.findings[0].evidence.front().speaks_for, "not-server");
  EXPECT_EQ(f.findings[0].evidence.front().weight, Weight::medium);
}

// A sequence number past the start says that a request may have been sent: then it is only the capture that has none.
TEST(ClientResetBeforeHello, SaysOnlyWhatWasCaptured) {
  Story story;
  story.open().rst(kC);
  story.flow.tcp.rst[0].seq = 518;
  const auto f = story.tell();
  ASSERT_EQ(f.findings.size(), 1u);
  EXPECT_NE(f.findings[0].sentence.find("before any request was captured"), std::string::npos);
  for (const Evidence& item : f.findings[0].evidence) EXPECT_NE(item.speaks_for, "server");
  for (const std::string& step : f.findings[0].next_steps) EXPECT_EQ(step.find("never received"), std::string::npos);
}

TEST(ClientResetBeforeHello, NotForServerResetsDataOrFin) {
  EXPECT_FALSE(has(Story().open().rst(kS).tell()));
  EXPECT_FALSE(has(Story().open().hello().rst(kC).tell()));
  EXPECT_FALSE(has(Story().open().event(EventKind::fin, kC).rst(kC).tell()));
  EXPECT_FALSE(has(Story().syn().rst(kC).tell()));
}

// A request that the server acknowledged was sent, whether or not it was captured.
TEST(ClientResetBeforeHello, NotWhenARequestMayBeMissing) {
  Story lost;
  lost.open().rst(kC).flow.tcp.sides[0].lost_bytes = 157;
  EXPECT_FALSE(has(lost.tell()));
  Story acknowledged;
  acknowledged.open().rst(kC).flow.tcp.sides[1].acknowledged = 2;
  EXPECT_FALSE(has(acknowledged.tell()));
}

TEST(ClientResetBeforeHello, NotWhenTheResetCameBeforeTheAckOrWasOutlived) {
  Story early;
  early.syn().event(EventKind::syn_ack, kS);
  early.flow.tcp.syn_ack = early.flow.last;
  early.rst(kC).event(EventKind::ack, kC);
  early.flow.tcp.ack = early.flow.last;
  EXPECT_FALSE(has(early.tell()));
  Story outlived;
  outlived.open().rst(kC).flow.tcp.rst[0].outlived_by = 9;
  EXPECT_FALSE(has(outlived.tell()));
}

TEST(ClientResetBeforeHello, JudgesTheResetThatEndedTheFlow) {
  Story story;
  story.open().rst(kS).rst(kC);
  story.flow.tcp.rst[0].outlived_by = 5;
  story.flow.tcp.rst[1].time.ns += 3600 * INT64_C(1'000'000'000);
  const auto f = story.tell();
  ASSERT_EQ(f.findings.size(), 1u);
  EXPECT_EQ(f.findings[0].frames.back(), 5u);
  EXPECT_NE(f.findings[0].sentence.find("3600.0 s later"), std::string::npos);
}

}  // namespace
}  // namespace handlens
