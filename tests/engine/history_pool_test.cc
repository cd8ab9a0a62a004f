#include "src/engine/history_pool.h"

#include <gtest/gtest.h>

#include <set>

namespace handlens {
namespace {

using Block = HistoryBlocks::Block;

TEST(HistoryPool, GivesEveryBlockToOneOnly) {
  HistoryPool pool;
  std::set<Block*> out;
  for (int i = 0; i < 3000; ++i) {  // more than the small pieces of memory hold
    Block* const block = pool.take();
    EXPECT_EQ(block->next, nullptr);
    block->bytes.fill(static_cast<std::uint8_t>(i));
    EXPECT_TRUE(out.insert(block).second);
  }
}

TEST(HistoryPool, WhatIsGivenBackAsAChainIsUsedAgainFirst) {
  HistoryPool pool;
  Block* const other = pool.take();
  Block* const first = pool.take();
  Block* const second = pool.take();
  Block* const third = pool.take();
  first->next = second;
  second->next = third;
  pool.give_back(first, third);
  EXPECT_EQ(pool.take(), first);
  EXPECT_EQ(pool.take(), second);
  EXPECT_EQ(pool.take(), third);
  EXPECT_EQ(third->next, nullptr);
  EXPECT_NE(pool.take(), other);
}

TEST(HistoryPool, HistoriesShareItsBlocks) {
  HistoryPool pool;
  const std::vector<std::uint8_t> bytes(5 * HistoryBlocks::kSize, 7);
  std::set<Block*> used;
  for (int round = 0; round < 100; ++round) {
    History one(&pool), other(&pool);
    one.append(bytes);
    other.append(bytes);
    EXPECT_TRUE(one.holds(0, bytes) && other.holds(0, bytes));
    one.clear();
    EXPECT_TRUE(other.holds(0, bytes));
    Block* const next = pool.take();
    used.insert(next);
    pool.give_back(next, next);
  }
  EXPECT_LE(used.size(), 10u);  // those of one round
}

}  // namespace
}  // namespace handlens
