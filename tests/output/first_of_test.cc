#include "src/output/first_of.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

namespace handlens {
namespace {

TEST(FirstOf, WithoutALimitEverythingMayBeShown) {
  FirstOf all;
  for (const std::uint64_t id : {9u, 1u, 5u}) EXPECT_TRUE(all.may_show(id));
}

TEST(FirstOf, InOrderOnlyTheFirstOnes) {
  FirstOf two(2);
  EXPECT_TRUE(two.may_show(1));
  EXPECT_TRUE(two.may_show(2));
  EXPECT_FALSE(two.may_show(3));
}

TEST(FirstOf, InAnyOrderNoneOfTheSmallestIsRefused) {
  std::vector<std::uint64_t> ids(100);
  std::iota(ids.begin(), ids.end(), 1u);
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    std::shuffle(ids.begin(), ids.end(), random);
    FirstOf ten(10);
    int refused = 0;
    for (const std::uint64_t id : ids) {
      const bool may = ten.may_show(id);
      ASSERT_TRUE(may || id > 10) << id;
      if (!may) ++refused;
    }
    EXPECT_GT(refused, 0);
  }
}

}  // namespace
}  // namespace handlens
