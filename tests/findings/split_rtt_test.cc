// A proxy that accepts in the server's name, beside servers that are only slow.
#include "src/findings/split_rtt.h"

#include <gtest/gtest.h>

#include "src/findings/notes.h"
#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::kAck;
using testing::ResetStory;

constexpr Side kS = Side::server;

struct Told {
  std::uint8_t near_ttl = 62, content_ttl = 49;
  std::int64_t ack = 40'000, content = 400'000;  // µs
  bool has_ack = true;
};
ResetStory story_of(const Told& t) {
  ResetStory story;
  story.open().hello();
  story.flow.packets[1].ttl = t.near_ttl;
  if (t.has_ack) story.packet(t.ack, kS, kAck, 1, 245).ttl = t.near_ttl;
  story.packet(t.content, kS, kAck, 1, 245, 1400).ttl = t.content_ttl;
  story.flow.tls.server_hello = std::make_unique<SeenHello<tls::ServerHello>>();
  story.flow.tls.server_hello->stamp = story.flow.last;
  return story;
}
bool is_split(const Told& t, const Guards& g = {}) { return find_split_rtt(story_of(t).flow, g).has_value(); }

TEST(SplitRtt, AcceptedNearbyAnsweredFromAfar) {
  EXPECT_TRUE(is_split({}));
  EXPECT_TRUE(is_split({.content_ttl = 126})) << "another stack at the same distance";
}
TEST(SplitRtt, ASlowServerAloneIsNone) {
  EXPECT_FALSE(is_split({.near_ttl = 49}));
  EXPECT_FALSE(is_split({.near_ttl = 50})) << "one hop may be a route";
}
TEST(SplitRtt, AQuickOneIsNone) {
  EXPECT_FALSE(is_split({.content = 30'000}));
  EXPECT_FALSE(is_split({.content = 110'000})) << "less than five times";
}
TEST(SplitRtt, ItsAcknowledgementMustComeWithTheSynAck) {
  EXPECT_FALSE(is_split({.ack = 200'000}));
  EXPECT_FALSE(is_split({.ack = 300}));
  EXPECT_FALSE(is_split({.has_ack = false}));
}
TEST(SplitRtt, TtlsThatChangeAnywayAreNone) {
  ResetStory story = story_of({});
  story.packet(50, kS, kAck, 1401, 245, 100).ttl = 62;
  EXPECT_FALSE(find_split_rtt(story.flow, {}).has_value());
}
TEST(SplitRtt, SilentBehindATranslator) {
  Guards g;
  g.local_nat = true;
  EXPECT_FALSE(is_split({}, g));
}
TEST(SplitRtt, IsANoteAndBlamesNobody) {
  AnalyzedFlow flow;
  flow.report = std::move(story_of({}).flow);
  tell_split_rtt(flow, ResetStory::nothing());
  ASSERT_EQ(flow.findings.size(), 1u);
  EXPECT_EQ(flow.findings[0].id, "tcp-terminating-proxy");
  EXPECT_TRUE(flow.findings[0].is_note);
  EXPECT_EQ(flow.findings[0].severity, Severity::info);
  EXPECT_EQ(flow.outcome.cause, Cause::unknown);
}

TEST(Notes, LookAtFewFlowsThatWorked) {
  EXPECT_TRUE(has_packets_to_look_at(story_of({}).flow));
  ResetStory quick = story_of({.content = 30'000});
  EXPECT_FALSE(has_packets_to_look_at(quick.flow));
  quick.facts(kS).overlaps_conflicting = 1;
  EXPECT_TRUE(has_packets_to_look_at(quick.flow));
}

}  // namespace
}  // namespace handlens
