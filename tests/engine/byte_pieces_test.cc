#include "src/engine/byte_pieces.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

namespace handlens {
namespace {

std::vector<std::uint8_t> bytes_of(std::size_t length, std::size_t first) {
  std::vector<std::uint8_t> out(length);
  for (std::size_t i = 0; i < length; ++i) out[i] = static_cast<std::uint8_t>(first + i * 7);
  return out;
}

TEST(BytePieces, GiveBackWhatWasPutInAndUseAnewWhatWasReleased) {
  BytePieces pieces;
  BytePieces::Room room;
  std::size_t after_first = 0;
  for (std::size_t round = 0; round < 3; ++round) {
    std::map<BytePieces::Handle, std::vector<std::uint8_t>> all;
    for (std::size_t length = 0; length <= BytePieces::kLongest; ++length) {
      const std::vector<std::uint8_t> bytes = bytes_of(length, length + round);
      all[pieces.add(bytes)] = bytes;
    }
    ASSERT_EQ(all.size(), BytePieces::kLongest + 1);
    for (const auto& [handle, bytes] : all) EXPECT_TRUE(std::ranges::equal(pieces.read(handle, room), bytes));
    if (round == 0) after_first = pieces.held_bytes();
    EXPECT_EQ(pieces.held_bytes(), after_first);
    for (const auto& [handle, bytes] : all) pieces.release(handle);
    EXPECT_EQ(pieces.held_bytes(), 0u);
  }
  pieces.release(BytePieces::kNone);
}

TEST(BytePieces, AFewBytesTakeOnePiece) {
  BytePieces pieces;
  (void)pieces.add(bytes_of(27, 0));
  EXPECT_EQ(pieces.held_bytes(), 32u);
  (void)pieces.add(bytes_of(28, 0));
  EXPECT_EQ(pieces.held_bytes(), 3 * 32u);
}

}  // namespace
}  // namespace handlens
