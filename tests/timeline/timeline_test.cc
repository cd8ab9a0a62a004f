#include "src/timeline/timeline.h"

#include <gtest/gtest.h>

namespace handlens {
namespace {

void add(Timeline& timeline, std::uint64_t frame, EventKind kind = EventKind::retransmission) {
  timeline.add(kind).frame = frame;
}

std::vector<std::uint64_t> frames(const Timeline& timeline) {
  std::vector<std::uint64_t> out;
  for (const Event& e : timeline.to_vector()) out.push_back(e.frame);
  return out;
}

TEST(Timeline, KeepsEverythingBelowItsBound) {
  Timeline t(2, 2);
  for (std::uint64_t i = 1; i <= 4; ++i) add(t, i);
  EXPECT_EQ(frames(t), (std::vector<std::uint64_t>{1, 2, 3, 4}));
  EXPECT_EQ(t.elided(), 0u);
}

TEST(Timeline, KeepsHeadAndTailAndCountsTheMiddle) {
  Timeline t(2, 3);
  for (std::uint64_t i = 1; i <= 12; ++i) add(t, i);
  EXPECT_EQ(frames(t), (std::vector<std::uint64_t>{1, 2, 10, 11, 12}));
  EXPECT_EQ(t.elided(), 7u);
  t.clear();
  add(t, 9);
  EXPECT_EQ(frames(t), (std::vector<std::uint64_t>{9}));
  EXPECT_EQ(t.elided(), 0u);
}

TEST(Timeline, WorksWithoutATail) {
  Timeline t(1, 0);
  add(t, 1);
  add(t, 2);
  EXPECT_EQ(frames(t), (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(t.elided(), 1u);
}

// What is said once must not be lost among what repeats: a judgement hangs on it.
TEST(Timeline, KeepsWhatIsRareOfTheMiddle) {
  Timeline t(2, 2);
  for (std::uint64_t i = 1; i <= 12; ++i) add(t, i, i == 5 || i == 7 ? EventKind::alert : EventKind::gap);
  EXPECT_EQ(frames(t), (std::vector<std::uint64_t>{1, 2, 5, 7, 11, 12}));
  EXPECT_EQ(t.elided(), 6u);
  EXPECT_EQ(t.size(), 6u);
}

TEST(Timeline, AFloodOfRareEventsIsBounded) {
  Timeline t(2, 2);
  for (std::uint64_t i = 1; i <= 1000; ++i) add(t, i, EventKind::rst);
  EXPECT_EQ(t.size(), 4 + Timeline::kMostRare);
  EXPECT_EQ(t.elided(), 1000 - 4 - Timeline::kMostRare);
  EXPECT_EQ(frames(t).back(), 1000u);
}

}  // namespace
}  // namespace handlens
