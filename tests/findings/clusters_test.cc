// Flows with one story, told together.
#include "src/findings/clusters.h"

#include <gtest/gtest.h>

#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::ipv4;

StoryKey story(std::uint64_t flow, std::string finding, Cause cause = Cause::unknown,
               std::optional<Location> location = std::nullopt) {
  StoryKey key;
  key.flow = flow;
  key.finding = std::move(finding);
  key.cause = cause;
  key.location = location;
  key.client = ipv4(192, 0, 2, 5);
  key.server = ipv4(203, 0, 113, static_cast<std::uint8_t>(flow));
  return key;
}

TEST(Clusters, ThreeFlowsMakeOne) {
  EXPECT_TRUE(make_clusters({story(1, "handshake-timeout"), story(2, "handshake-timeout")}).empty());
  const auto clusters =
      make_clusters({story(3, "handshake-timeout"), story(1, "handshake-timeout"), story(2, "handshake-timeout")});
  ASSERT_EQ(clusters.size(), 1u);
  EXPECT_EQ(clusters[0].finding, "handshake-timeout");
  EXPECT_EQ(clusters[0].flows, (std::vector<std::uint64_t>{1, 2, 3})) << "in order, however they came";
  EXPECT_EQ(clusters[0].sentence, "The handshake fell silent, by whom cannot be told (1 client, 3 servers)");
}
TEST(Clusters, AnotherCauseOrPlaceIsAnotherStory) {
  std::vector<StoryKey> stories;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    stories.push_back(story(i, "reset-after-clienthello", Cause::server));
    stories.push_back(story(10 + i, "reset-after-clienthello", Cause::middlebox, Location::near_client));
    stories.push_back(story(20 + i, "reset-after-clienthello", Cause::middlebox, Location::somewhere));
  }
  const auto clusters = make_clusters(stories);
  ASSERT_EQ(clusters.size(), 3u);
  std::string all;
  for (const auto& c : clusters) all += c.sentence + "\n";
  for (const char* part : {"by the server's side", "by a device close to the client", "by a device on the path"}) {
    EXPECT_NE(all.find(part), std::string::npos) << part;
  }
}
TEST(Clusters, FlowsThatNeedNoTellingAreInNone) {
  EXPECT_TRUE(make_clusters({story(1, ""), story(2, ""), story(3, "")}).empty());
}
TEST(Clusters, TheLargestComesFirst) {
  std::vector<StoryKey> stories;
  for (std::uint64_t i = 1; i <= 3; ++i) stories.push_back(story(i, "handshake-timeout"));
  for (std::uint64_t i = 4; i <= 8; ++i) stories.push_back(story(i, "tcp-connect-refused", Cause::server));
  const auto clusters = make_clusters(stories);
  ASSERT_EQ(clusters.size(), 2u);
  EXPECT_EQ(clusters[0].flows.size(), 5u);
}
TEST(Clusters, AnOrdinaryExplanationHasItsCardsWords) {
  const auto clusters = make_clusters({story(1, "health-check", Cause::client), story(2, "health-check", Cause::client),
                                       story(3, "health-check", Cause::client)});
  ASSERT_EQ(clusters.size(), 1u);
  EXPECT_EQ(clusters[0].sentence.find("health-check"), std::string::npos) << clusters[0].sentence;
}
TEST(Clusters, StoryOfAFlow) {
  AnalyzedFlow flow;
  flow.report.id = 4;
  flow.report.client.ip = ipv4(192, 0, 2, 5);
  flow.outcome.primary = "handshake-timeout";
  flow.outcome.cause = Cause::path;
  const StoryKey key = story_key(flow);
  EXPECT_EQ(key.flow, 4u);
  EXPECT_EQ(key.finding, "handshake-timeout");
  EXPECT_EQ(key.cause, Cause::path);
  EXPECT_EQ(key.client, flow.report.client.ip);
}

TEST(FillJudgement, OnlyOfWhatIsKnown) {
  CaptureJudgement out;
  const CapturePlaces one_place;
  fill_judgement(std::vector<CaptureContext>(1), one_place, out);
  EXPECT_TRUE(out.vantage.empty());
  FlowBrief b;
  b.id = 1;
  b.has_loss = true;
  fill_judgement(std::vector{CaptureContext({b}, {})}, one_place, out);
  EXPECT_EQ(out.vantage, "unknown");
  EXPECT_EQ(out.quality, (std::vector<std::string>{"loss"}));
}

}  // namespace
}  // namespace handlens
