#include "src/app/flow_channel.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace handlens {
namespace {

TEST(FlowChannel, EveryBlockOfEveryProducerArrives) {
  constexpr int kProducers = 4, kBlocks = 500;
  FlowChannel channel(kProducers, 1000);
  std::vector<std::thread> producers;
  for (int p = 0; p < kProducers; ++p) {
    producers.emplace_back([&channel, p] {
      std::string block;
      for (int i = 0; i < kBlocks; ++i) {
        block = std::to_string(p) + " " + std::to_string(i) + std::string(100, 'x');
        EXPECT_TRUE(channel.push(block));
        EXPECT_TRUE(block.empty());
      }
      channel.finish_one();
    });
  }
  std::set<std::string> seen;
  std::string block;
  while (channel.pop(block)) EXPECT_TRUE(seen.insert(block).second);
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kProducers * kBlocks));
  for (std::thread& producer : producers) producer.join();
}

TEST(FlowChannel, ABlockLargerThanTheChannelPasses) {
  FlowChannel channel(1, 10);
  std::string block(1000, 'x');
  EXPECT_TRUE(channel.push(block));
  channel.finish_one();
  EXPECT_TRUE(channel.pop(block));
  EXPECT_EQ(block.size(), 1000u);
  EXPECT_FALSE(channel.pop(block));
}

TEST(FlowChannel, AFullChannelThatIsClosedLetsItsProducerGo) {
  FlowChannel channel(1, 10);
  std::string block(8, 'x');
  EXPECT_TRUE(channel.push(block));
  std::thread producer([&channel] {
    std::string more(8, 'y');
    EXPECT_FALSE(channel.push(more));
    EXPECT_TRUE(more.empty());
  });
  channel.close();
  producer.join();
  EXPECT_FALSE(channel.pop(block));
}

}  // namespace
}  // namespace handlens
