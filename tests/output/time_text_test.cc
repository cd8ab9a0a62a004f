#include "src/output/time_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace handlens {
namespace {

std::string seconds(std::int64_t nanoseconds) {
  std::string out;
  append_seconds(nanoseconds, out);
  return out;
}

TEST(Rfc3339, KnownMoments) {
  EXPECT_EQ(rfc3339({0}), "1970-01-01T00:00:00.000000000Z");
  EXPECT_EQ(rfc3339({-1}), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(rfc3339({951'782'400'000'000'001}), "2000-02-29T00:00:00.000000001Z");  // a leap year, though a century
  EXPECT_EQ(rfc3339({1'709'251'199'999'999'999}), "2024-02-29T23:59:59.999999999Z");
  EXPECT_EQ(rfc3339({1'709'251'200'000'000'000}), "2024-03-01T00:00:00.000000000Z");
  EXPECT_EQ(rfc3339({4'107'542'400'000'000'000}), "2100-03-01T00:00:00.000000000Z");  // 2100 has no 29 February
  EXPECT_EQ(rfc3339({std::numeric_limits<std::int64_t>::max()}), "2262-04-11T23:47:16.854775807Z");
  EXPECT_EQ(rfc3339({std::numeric_limits<std::int64_t>::min()}), "1677-09-21T00:12:43.145224192Z");
}

TEST(DateWriter, WritesAsRfc3339DoesWhateverCameBefore) {
  DateWriter writer;
  constexpr std::int64_t kSecond = 1'000'000'000, kLatest = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t ns : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1}, kSecond - 1, kSecond, kSecond + 1,
                                -kSecond, -kSecond - 1, std::int64_t{1'709'251'199'999'999'999}, kLatest, -kLatest}) {
    char text[30];
    EXPECT_EQ(std::string(text, writer.put({ns}, text)), rfc3339({ns}));
  }
}

TEST(AppendSeconds, TrimsZerosAndKeepsEveryDigit) {
  EXPECT_EQ(seconds(0), "0");
  EXPECT_EQ(seconds(1), "0.000000001");
  EXPECT_EQ(seconds(-1), "-0.000000001");
  EXPECT_EQ(seconds(61'000'000), "0.061");
  EXPECT_EQ(seconds(1'000'000'000), "1");
  EXPECT_EQ(seconds(-250'000'000), "-0.25");
  EXPECT_EQ(seconds(12'000'000'001), "12.000000001");
  EXPECT_EQ(seconds(std::numeric_limits<std::int64_t>::max()), "9223372036.854775807");
  EXPECT_EQ(seconds(std::numeric_limits<std::int64_t>::min()), "-9223372036.854775808");
}

TEST(DurationText, ChangesItsUnitWithItsSize) {
  EXPECT_EQ(duration_text(0), "0\u00a0µs");
  EXPECT_EQ(duration_text(99'999), "100\u00a0µs");
  EXPECT_EQ(duration_text(100'000), "0.1\u00a0ms");
  EXPECT_EQ(duration_text(12'149'999), "12.1\u00a0ms");
  EXPECT_EQ(duration_text(-12'150'000), "-12.2\u00a0ms");
  EXPECT_EQ(duration_text(10'000'000'000), "10.0\u00a0s");
  EXPECT_EQ(seconds_text(60'999'999), "0.061\u00a0s");
  EXPECT_EQ(seconds_text(5'999'000'000'000), "5999.000\u00a0s");
  EXPECT_EQ(seconds_text(6'000'000'000'000), "1\u00a0h\u00a040\u00a0min");
  EXPECT_EQ(seconds_text(-200'000'000'000'000), "-2\u00a0days\u00a07\u00a0h");
}

TEST(UtcText, ForPeople) { EXPECT_EQ(utc_text({1'795'217'832'999'999'999}), "2026-11-20\u00a023:37:12\u00a0UTC"); }

}  // namespace
}  // namespace handlens
