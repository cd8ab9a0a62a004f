// What was sent again and again to no avail: keep-alives and SYN-ACKs, and what only looks like them.
#include "src/findings/unacknowledged.h"

#include <gtest/gtest.h>

#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::kAck;
using testing::kFin;
using testing::kRst;
using testing::kSyn;
using testing::ResetStory;

constexpr Side kC = Side::client, kS = Side::server;

TEST(UnansweredProbes, KeepAlivesRepeatTheLastNumberThatWasAcknowledged) {
  struct Case {
    std::string_view what;
    std::uint16_t flags;
    std::int64_t seq;
    std::uint32_t length;
    bool is_acknowledged;  // what was sent before: one byte
    std::size_t times;
  };
  const Case cases[] = {
      {"keep-alive", kAck, 1, 0, true, 3},
      {"keep-alive with a byte", kAck, 1, 1, true, 3},
      {"one byte of data, sent again", kAck, 1, 1, false, 0},
      {"a number from long ago", kAck, 0, 0, true, 0},
      {"a FIN, sent again", kFin | kAck, 1, 0, true, 0},
      {"a SYN", kSyn, 1, 0, true, 0},
      {"a SYN-ACK", kSyn | kAck, 0, 0, true, 3},
  };
  for (const Case& c : cases) {
    ResetStory story;
    story.open();
    story.packet(1'000, kS, kAck, 1, 1, 1);
    story.packet(1'000, kC, kAck, 1, c.is_acknowledged ? 2 : 1);
    for (int i = 0; i < 3; ++i) story.packet(75'000'000, kS, c.flags, c.seq, 1, c.length);
    EXPECT_EQ(find_unanswered_probes(story.flow, kS, UINT64_MAX).times, c.times) << c.what;
  }
}
TEST(UnansweredProbes, AFinThatNobodyAnswersIsNoKeepAlive) {
  ResetStory story;
  story.open();
  for (int i = 0; i < 4; ++i) story.packet(1'000'000, kS, kFin | kAck, 1, 1);
  EXPECT_EQ(find_unanswered_probes(story.flow, kS, UINT64_MAX).times, 0u);
}
TEST(UnansweredProbes, ASynIsNone) {
  ResetStory story;
  story.syn();
  for (int i = 0; i < 4; ++i) story.packet(1'000'000, kC, kSyn, 0);
  EXPECT_EQ(find_unanswered_probes(story.flow, kC, UINT64_MAX).times, 0u);
}
TEST(UnansweredProbes, AResetIsAnAnswer) {
  for (const bool has_reset : {false, true}) {
    ResetStory story;
    story.open();
    for (int i = 0; i < 4; ++i) {
      story.packet(75'000'000, kS, kAck, 0, 1);
      if (has_reset && i == 2) story.rst(40'000, kC, 1);
    }
    EXPECT_EQ(find_unanswered_probes(story.flow, kS, UINT64_MAX).times, has_reset ? 1u : 4u);
  }
}

}  // namespace
}  // namespace handlens
