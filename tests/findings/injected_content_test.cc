// Two contents for the same bytes, and text instead of TLS: when one of them is somebody else's, and when it is only
// odd.
#include "src/findings/injected_content.h"

#include <gtest/gtest.h>

#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::kAck;
using testing::ResetStory;

constexpr Side kC = Side::client, kS = Side::server;

void conflict(ResetStory& story, const PacketNote& later) {
  Event e;
  e.kind = EventKind::retransmission;
  e.note = Event::Note::conflicting_bytes;
  e.frame = later.frame;
  e.from = later.from;
  story.flow.events.push_back(e);
}
// A page after `first` µs with this TTL, and the answer when it is due.
InjectedContent two_contents(std::int64_t first, std::uint8_t ttl, const Guards& g = {}, std::uint32_t same_id = 0) {
  static ResetStory story;
  story = ResetStory();
  story.open().hello();
  PacketNote& page = story.packet(first, kS, kAck, 1, 245, 80);
  page.ttl = ttl;
  if (same_id != 0) page.ip_id = same_id;
  PacketNote& answer = story.packet(41'000, kS, kAck, 1, 245, 1400);
  if (same_id != 0) answer.ip_id = same_id;
  conflict(story, answer);
  return find_injected_content(story.flow, story.outcome, g);
}

TEST(InjectedContent, FromElsewhereIsDecisive) {
  for (const auto& [after, ttl] : {std::pair{41'000, 61}, std::pair{6'000, 61}}) {
    const InjectedContent found = two_contents(after, static_cast<std::uint8_t>(ttl));
    ASSERT_NE(found.foreign, nullptr) << after << ' ' << ttl;
    EXPECT_EQ(found.foreign->frame, 5u);
    EXPECT_TRUE(found.came_first);
    ASSERT_EQ(found.signs.size(), 1u);
    EXPECT_EQ(found.signs[0].rule, "conflicting-content");
    EXPECT_EQ(found.signs[0].weight, Weight::decisive);
    EXPECT_EQ(found.signs[0].toward, Toward::middlebox);
  }
}
TEST(InjectedContent, DifferentBytesAloneNameNobody) {
  EXPECT_EQ(two_contents(41'000, 49).foreign, nullptr);
  EXPECT_EQ(two_contents(41'000, 51).foreign, nullptr) << "two hops may be a route";
  EXPECT_EQ(two_contents(6'000, 49).foreign, nullptr) << "the SYN-ACK may have been slow";
}
TEST(InjectedContent, OneFrameThatWasRewrittenIsNone) {
  EXPECT_EQ(two_contents(41'000, 61, {}, 4711).foreign, nullptr);
}
TEST(InjectedContent, SilentWhereItsFieldsMeanNothing) {
  Guards nat;
  nat.local_nat = true;
  EXPECT_EQ(two_contents(41'000, 61, nat).foreign, nullptr);
  Guards coarse;
  coarse.resolution_ns = 10'000'000;
  EXPECT_EQ(two_contents(6'000, 49, coarse).foreign, nullptr);
  Guards midstream;
  midstream.midstream = true;
  EXPECT_EQ(two_contents(6'000, 49, midstream).foreign, nullptr);
}
TEST(InjectedContent, TheSecondMayBeTheForeignOne) {
  ResetStory story;
  story.open().hello();
  story.packet(41'000, kS, kAck, 1, 245, 1400);
  PacketNote& late = story.packet(500, kS, kAck, 1, 245, 80);
  late.ttl = 61;
  conflict(story, late);
  const InjectedContent found = find_injected_content(story.flow, story.outcome, {});
  ASSERT_NE(found.foreign, nullptr);
  EXPECT_FALSE(found.came_first);
}

// The first answer is text; nothing else came.
std::size_t signs_of_text(std::int64_t after, std::uint8_t ttl) {
  ResetStory story;
  story.open().hello();
  story.packet(after, kS, kAck, 1, 245, 80).ttl = ttl;
  Event e;
  e.kind = EventKind::plaintext;
  e.frame = story.frame;
  e.from = Direction::reverse;
  story.flow.events.push_back(e);
  return find_injected_content(story.flow, story.outcome, {}).signs.size();
}
TEST(InjectedContent, ALoneTextNeedsAnotherOrigin) {
  EXPECT_EQ(signs_of_text(41'000, 49), 0u) << "a server that speaks no TLS";
  EXPECT_EQ(signs_of_text(6'000, 49), 0u) << "the SYN-ACK may have been slow";
  EXPECT_EQ(signs_of_text(41'000, 61), 1u);
  EXPECT_EQ(signs_of_text(6'000, 61), 1u) << "both are held against the same SYN-ACK";
}

AnalyzedFlow told(ResetStory& story, bool failed) {
  AnalyzedFlow flow;
  flow.report = std::move(story.flow);
  flow.outcome = story.outcome;
  flow.outcome.status = failed ? Status::failed : Status::ok;
  flow.outcome.sentence = "It failed.";
  tell_injected_content(flow, ResetStory::nothing());
  return flow;
}
TEST(InjectedContent, ExplainsWhatItMadeFailAndIsANoteOtherwise) {
  for (const bool failed : {true, false}) {
    ResetStory story;
    story.open().hello();
    story.packet(6'000, kS, kAck, 1, 245, 80).ttl = 61;
    conflict(story, story.packet(41'000, kS, kAck, 1, 245, 1400));
    const AnalyzedFlow flow = told(story, failed);
    ASSERT_EQ(flow.findings.size(), 1u);
    EXPECT_EQ(flow.findings[0].id, "injected-content");
    EXPECT_EQ(flow.findings[0].is_note, !failed);
    EXPECT_EQ(flow.findings[0].confidence, Confidence::certain);
    EXPECT_EQ(flow.outcome.cause, failed ? Cause::middlebox : Cause::unknown);
    EXPECT_FALSE(flow.findings[0].against.empty());
  }
}
// The client's own bytes twice, as tests of reassembly send them.
TEST(InjectedContent, OfTheClientExplainsNoFailure) {
  ResetStory story;
  story.open().hello();
  PacketNote& other = story.packet(100, kC, kAck, 1, 1, 244);
  other.ttl = 49;
  conflict(story, other);
  const AnalyzedFlow flow = told(story, true);
  ASSERT_EQ(flow.findings.size(), 1u);
  EXPECT_TRUE(flow.findings[0].is_note);
  EXPECT_EQ(flow.outcome.cause, Cause::unknown);
}

}  // namespace
}  // namespace handlens
