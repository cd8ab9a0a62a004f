#include "src/engine/header_shapes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

namespace handlens {
namespace {

Segment with_options(std::vector<std::uint8_t> options) {
  Segment s;
  s.flags = tcp_flag::syn;
  s.ttl = 64;
  s.options_length = static_cast<std::uint8_t>(options.size());
  std::copy(options.begin(), options.end(), s.options.begin());
  return s;
}
std::size_t timestamps_at(std::vector<std::uint8_t> options) {
  return shape_of(with_options(std::move(options)), 1).timestamps_at;
}

TEST(HeaderShape, KnowsWhereTheTimestampsAre) {
  EXPECT_EQ(timestamps_at({}), 0u);
  EXPECT_EQ(timestamps_at({1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8}), 4u);
  EXPECT_EQ(timestamps_at({2, 4, 5, 180, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8}), 6u);
  EXPECT_EQ(timestamps_at({8, 10, 1, 2, 3, 4, 5, 6, 7}), 0u) << "cut";
  EXPECT_EQ(timestamps_at({8, 9, 1, 2, 3, 4, 5, 6, 7}), 0u) << "of another length";
  EXPECT_EQ(timestamps_at({0, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8}), 0u) << "behind the end";
  EXPECT_EQ(timestamps_at({3, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8}), 0u) << "behind an impossible length";
  EXPECT_EQ(timestamps_at({3}), 0u);
}

TEST(HeaderShape, HoldsAllOptionsButTheValues) {
  const HeaderShape shape = shape_of(with_options({1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 9}), 5);
  const std::vector<std::uint8_t> expected = {1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 9};
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), shape.options.begin()));
  EXPECT_EQ(shape.options_length, 13);
  EXPECT_EQ(shape.link_origin, 5);
  EXPECT_TRUE(shape.has(tcp_flag::syn));
  EXPECT_FALSE(shape.has(tcp_flag::ack));
}

// Options that make a plain constant vanish, which once made all that stands beside them vanish as well.
TEST(HeaderShape, NoOptionsHideOthers) {
  for (const std::size_t at : {0u, 16u}) {
    std::set<std::uint64_t> hashes;
    for (std::uint32_t i = 0; i < 4096; ++i) {
      std::vector<std::uint8_t> options(24, 1);
      const std::uint64_t hides = at == 0 ? 0x9e37'79b9'7f4a'7c15ull : 0xd6e8'feb8'6659'fd93ull;
      std::memcpy(options.data() + at, &hides, sizeof(hides));
      std::memcpy(options.data() + 8, &i, sizeof(i));
      HeaderShape shape = shape_of(with_options(options), at == 0 ? static_cast<std::uint16_t>(i) : std::uint16_t{1});
      hashes.insert(hash_shape(shape, 77));
    }
    EXPECT_EQ(hashes.size(), 4096u) << at;
  }
}

TEST(HeaderShape, OnlyTheFirstTimestampsAreTakenOut) {
  const HeaderShape shape = shape_of(with_options({8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8}), 1);
  EXPECT_EQ(shape.timestamps_at, 2);
  EXPECT_EQ(shape.options[2], 0);
  EXPECT_EQ(shape.options[12], 1);
}

TEST(HeaderShapes, EachHasOneNumberUntilThereAreTooMany) {
  HeaderShapes shapes(3);
  Segment s = with_options({0, 0});
  const auto number = [&](std::size_t i) {
    s.options[0] = static_cast<std::uint8_t>(i);
    s.options[1] = static_cast<std::uint8_t>(i >> 8);
    s.ttl = static_cast<std::uint8_t>(i >> 16);
    return shapes.number_of(shape_of(s, 1));
  };
  for (std::size_t i = 0; i < kMostHeaderShapes; ++i) ASSERT_EQ(number(i), i);
  EXPECT_EQ(number(kMostHeaderShapes), HeaderShapes::kNone);
  for (std::size_t i = 0; i < kMostHeaderShapes; ++i) ASSERT_EQ(number(i), i);
  EXPECT_EQ(shapes.shape(258).options[1], 1);
}

}  // namespace
}  // namespace handlens
