#include "src/app/flow_numbers.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <thread>

namespace handlens {
namespace {

using Ids = std::vector<std::uint32_t>;

Ids known(SharedNumbers& numbers, std::uint32_t shard) {
  Ids ids(100);
  ids.resize(numbers.take(shard, ids, 0));
  return ids;
}

TEST(SharedNumbers, AnIdIsKnownWhenAllArePastItsPacket) {
  SharedNumbers numbers(2);
  const std::array<std::uint64_t, 2> first = {3, 8}, second = {5};
  numbers.publish(0, 10, first);
  EXPECT_EQ(known(numbers, 0), Ids{});
  numbers.publish(1, 4, {});
  EXPECT_EQ(known(numbers, 0), Ids{1});
  numbers.publish(1, 7, std::span(second).first(1));
  EXPECT_EQ(known(numbers, 1), Ids{2});
  EXPECT_EQ(known(numbers, 0), Ids{});
  numbers.publish(1, 8, {});
  EXPECT_EQ(known(numbers, 0), Ids{3});
}

TEST(SharedNumbers, NobodyWaitsOnceTheRunIsGivenUp) {
  SharedNumbers numbers(2, 1);
  std::thread waiting([&numbers] {
    const std::array<std::uint64_t, 3> begun = {1, 2, 3};
    numbers.publish(0, 3, begun);  // more than may be without id
    Ids ids(3);
    EXPECT_EQ(numbers.take(0, ids, 3), 0u);
  });
  numbers.give_up();
  waiting.join();
}

// Every shard takes a random part of the packets, waits for some of its ids, and gets the rank of each first packet.
TEST(SharedNumbers, ManyShardsAgreeAndNobodyWaitsForEver) {
  constexpr std::uint64_t kPackets = 20'000;
  constexpr std::uint32_t kShards = 5;
  std::mt19937 random(11);
  std::vector<std::uint32_t> owner(kPackets + 1, kShards), rank(kPackets + 1, 0);
  std::uint32_t flows = 0;
  for (std::uint64_t packet = 1; packet <= kPackets; ++packet) {
    if (random() % 3 != 0) continue;
    owner[packet] = static_cast<std::uint32_t>(random() % kShards);
    rank[packet] = ++flows;
  }
  SharedNumbers numbers(kShards, 50);
  const auto work = [&](std::uint32_t shard) {
    std::mt19937 mine(shard);
    std::vector<std::uint64_t> begun, waiting;
    const auto agree = [&](std::uint64_t reached, std::size_t needed) {
      numbers.publish(shard, reached, begun);
      begun.clear();
      Ids ids(waiting.size());
      const std::size_t got = numbers.take(shard, ids, needed);
      ASSERT_GE(got, needed);
      for (std::size_t i = 0; i < got; ++i) ASSERT_EQ(ids[i], rank[waiting[i]]);
      waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(got));
    };
    for (std::uint64_t packet = 1; packet <= kPackets; ++packet) {
      if (owner[packet] == shard) {
        begun.push_back(packet);
        waiting.push_back(packet);
      }
      if (mine() % 40 == 0) agree(packet, waiting.empty() ? 0 : mine() % waiting.size());
    }
    agree(UINT64_MAX, waiting.size());
    EXPECT_TRUE(waiting.empty());
  };
  std::vector<std::thread> threads;
  for (std::uint32_t shard = 0; shard < kShards; ++shard) threads.emplace_back(work, shard);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace handlens
