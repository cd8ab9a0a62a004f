#include "src/tcp/history.h"

#include <gtest/gtest.h>

#include <numeric>
#include <utility>

namespace handlens {
namespace {

class Counted final : public HistoryBlocks {
 public:
  Block* take() override {
    ++out;
    return new Block;
  }
  void give_back(Block* first, Block* last) override {
    last->next = nullptr;
    while (first != nullptr) {
      --out;
      delete std::exchange(first, first->next);
    }
  }
  int out = 0;
};

std::vector<std::uint8_t> bytes(std::size_t size) {
  std::vector<std::uint8_t> all(size);
  std::iota(all.begin(), all.end(), std::uint8_t{3});
  return all;
}

TEST(History, HoldsWhatWasAppendedAcrossBlocks) {
  const auto all = bytes(3 * HistoryBlocks::kSize + 17);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1448}, HistoryBlocks::kSize, all.size()}) {
    History history;
    for (std::size_t at = 0; at < all.size(); at += piece) {
      history.append(ByteView(all).subspan(at, std::min(piece, all.size() - at)));
    }
    ASSERT_EQ(history.size(), all.size());
    EXPECT_TRUE(history.holds(0, all));
    EXPECT_TRUE(history.holds(HistoryBlocks::kSize - 1, ByteView(all).subspan(HistoryBlocks::kSize - 1, 2)));
    EXPECT_TRUE(history.holds(all.size(), {}));
    auto other = all;
    other[HistoryBlocks::kSize] ^= 1;
    EXPECT_FALSE(history.holds(0, other));
    EXPECT_TRUE(history.holds(0, ByteView(other).first(HistoryBlocks::kSize)));
  }
}

TEST(History, GivesEveryBlockBack) {
  Counted blocks;
  {
    History history(&blocks);
    history.append(bytes(HistoryBlocks::kSize));
    EXPECT_EQ(blocks.out, 1) << "full, and no other is needed yet";
    history.append(bytes(1));
    EXPECT_EQ(blocks.out, 2);
    history.clear();
    EXPECT_EQ(blocks.out, 0);
    EXPECT_EQ(history.size(), 0u);
    history.append(bytes(10));
    EXPECT_TRUE(history.holds(0, bytes(10)));
  }
  EXPECT_EQ(blocks.out, 0);
}

}  // namespace
}  // namespace handlens
