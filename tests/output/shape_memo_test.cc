#include "src/output/shape_memo.h"

#include <gtest/gtest.h>

namespace handlens {
namespace {

AttemptShape shape(std::uint64_t n) {
  AttemptShape out;
  out.size = AttemptShape::kWords;
  out.words[3] = n;
  return out;
}

TEST(ShapeMemo, KnowsAShapeAgain) {
  ShapeMemo<int> memo;
  EXPECT_EQ(memo[shape(1)], 0);
  memo[shape(1)] = 5;
  EXPECT_EQ(memo[shape(1)], 5);
  EXPECT_EQ(memo[AttemptShape{}], 0) << "also the shape that a new entry has";
}

// One may take the place of another; neither gets the other's value.
TEST(ShapeMemo, NeverGivesTheValueOfAnother) {
  ShapeMemo<std::uint64_t> memo;
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t n = 1; n < 10'000; ++n) {
      std::uint64_t& value = memo[shape(n)];
      ASSERT_TRUE(value == 0 || value == n);
      value = n;
    }
  }
}

}  // namespace
}  // namespace handlens
