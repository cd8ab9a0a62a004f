#include "src/engine/byte_keys.h"

#include <gtest/gtest.h>

#include <vector>

namespace handlens {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(ByteKeys, EachStringHasOneNumberInTheOrderOfTheirComing) {
  ByteKeys keys(1);
  std::vector<Bytes> all = {{}, {0}, {0, 0}};
  for (std::size_t length = 1; length <= ByteKeys::kLongest; ++length) all.emplace_back(length, 7);
  for (std::uint32_t i = 0; i < 5000; ++i) {
    all.push_back({1, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)});
  }
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    ASSERT_EQ(keys.find(all[i]), ByteKeys::kNone);
    ASSERT_EQ(keys.add(all[i]), i);
  }
  for (std::uint32_t i = 0; i < all.size(); ++i) EXPECT_EQ(keys.find(all[i]), i);
  EXPECT_EQ(keys.size(), all.size());
  EXPECT_EQ(keys.find(Bytes{9}), ByteKeys::kNone);
}

TEST(ByteKeys, AKeyCostsLittleMoreThanItsBytes) {
  ByteKeys keys(1);
  constexpr std::size_t kKeys = 100'000;
  for (std::size_t i = 0; i < kKeys; ++i) {
    keys.add(Bytes{0, 4, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                   static_cast<std::uint8_t>(i)});
  }
  EXPECT_LT(keys.held_bytes() / kKeys, 6u + 4 + 16 + 1);
}

}  // namespace
}  // namespace handlens
