#include "src/capture/pcapng_time.h"

#include <gtest/gtest.h>

#include <limits>

namespace handlens {
namespace {

constexpr std::int64_t kMax = kLatestTimeNs, kMin = kEarliestTimeNs;
constexpr std::int64_t kAnySeconds = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kAllTicks = std::numeric_limits<std::uint64_t>::max();

TEST(TimeScale, PowersOfTen) {
  EXPECT_EQ(TimeScale().to_ns(1), 1000);
  EXPECT_EQ(TimeScale(6, 0).to_ns(1700000000123456), 1700000000123456000);
  EXPECT_EQ(TimeScale(9, 0).to_ns(1700000000123456789), 1700000000123456789);
  EXPECT_EQ(TimeScale(0, 0).to_ns(1700000000), 1700000000000000000);
  EXPECT_EQ(TimeScale(12, 0).to_ns(1999), 1);
  EXPECT_EQ(TimeScale(28, 0).to_ns(kAllTicks), 1);
  EXPECT_EQ(TimeScale(29, 0).to_ns(10000000000000000000U), 0);
  EXPECT_LE(TimeScale(127, 0).to_ns(kAllTicks), 1);
}

TEST(TimeScale, PowersOfTwo) {
  EXPECT_EQ(TimeScale(0x80 | 20, 0).to_ns(3 << 19), 1500000000);
  EXPECT_EQ(TimeScale(0x80 | 30, 0).to_ns(1), 0);
  EXPECT_EQ(TimeScale(0x80 | 32, 0).to_ns((std::uint64_t{1700000000} << 32) | 0x80000000), 1700000000500000000);
  EXPECT_EQ(TimeScale(0x80 | 64, 0).to_ns(std::uint64_t{1} << 63), 500000000);
  EXPECT_EQ(TimeScale(0x80, 0).to_ns(7), 7000000000);
  EXPECT_EQ(TimeScale(0xff, 0).to_ns(kAllTicks), 0);
}

TEST(TimeScale, OffsetAndClamping) {
  EXPECT_EQ(TimeScale(6, 100).to_ns(5), 100000005000);
  EXPECT_EQ(TimeScale(6, -1).to_ns(1000000), 0);
  EXPECT_EQ(TimeScale(6, -2).to_ns(1000000), -1000000000);
  EXPECT_EQ(TimeScale(0, 0).to_ns(kAllTicks), kMax);
  EXPECT_EQ(TimeScale(9, 0).to_ns(kAllTicks), kMax);
  EXPECT_EQ(TimeScale(0x80, 0).to_ns(kAllTicks), kMax);
  EXPECT_EQ(TimeScale(6, kAnySeconds).to_ns(0), kMax);
  EXPECT_EQ(TimeScale(6, kAnySeconds).to_ns(5), kMax);
  EXPECT_EQ(TimeScale(6, -kAnySeconds).to_ns(0), kMin);
  EXPECT_EQ(TimeScale(9, 0).to_ns(static_cast<std::uint64_t>(kMax) + 1), kMax);
  EXPECT_EQ(TimeScale(9, 4'000'000'000).to_ns(4'000'000'000'000'000'000), kMax);
  EXPECT_GT(kMax - kMin, 0);  // fits
  EXPECT_EQ(TimeScale(0, 9000000000).to_ns(9000000000), kMax);
}

}  // namespace
}  // namespace handlens
