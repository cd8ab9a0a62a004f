#include "src/app/shared_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

namespace handlens {
namespace {

using List = std::vector<std::uint64_t>;

class Ids final : public Sink {
 public:
  [[nodiscard]] std::unique_ptr<FlowRenderer> make_renderer() const override { return nullptr; }
  void take(const RenderedFlow& flow) override {
    if (flow.id == stops_at) {
      has_stopped.set_value();
      may_go_on.get_future().wait();
    }
    EXPECT_EQ(flow.text, "flow " + std::to_string(flow.id));
    seen.push_back(flow.id);
  }
  void finish(const CaptureCounters&) override {}
  [[nodiscard]] bool good() const override { return seen.size() < bad_after; }
  [[nodiscard]] int error_number() const override { return 0; }

  List seen;
  std::size_t bad_after = SIZE_MAX;
  std::uint64_t stops_at = 0;  // waits there until it may go on
  std::promise<void> has_stopped, may_go_on;
};

void put(ShardOutput& output, std::uint64_t id) {
  const std::string text = "flow " + std::to_string(id);
  output.put({.id = id, .selected = true, .kind = {}, .finding = {}, .text = text});
}

List up_to(std::uint64_t last) {
  List ids(last);
  std::iota(ids.begin(), ids.end(), 1);
  return ids;
}

TEST(SharedQueue, FlowsOfManyShardsComeOutInTheirOrder) {
  constexpr std::uint64_t kShards = 4, kFlows = 20'000;
  for (const std::size_t kept : {std::size_t{1}, std::size_t{1} << 20}) {
    Ids ids;
    ReportQueue ordered(&ids, kFlows + 1, 100'000, kShards);  // most of them wait in the file
    SharedQueue queue(ordered, &ids);
    std::vector<std::thread> shards;
    for (std::uint64_t shard = 0; shard < kShards; ++shard) {
      shards.emplace_back([&, shard] {
        List own;
        for (std::uint64_t id = 1 + shard; id <= kFlows; id += kShards) own.push_back(id);
        std::mt19937 random(static_cast<unsigned>(shard));
        std::shuffle(own.begin(), own.end(), random);
        ShardOutput output(queue, kept);
        for (const std::uint64_t id : own) put(output, id);
        output.flush();
      });
    }
    for (std::thread& shard : shards) shard.join();
    EXPECT_EQ(ids.seen, up_to(kFlows)) << kept;
    EXPECT_TRUE(queue.good());
  }
}

TEST(SharedQueue, AShardThatFindsAnotherOneThereGoesOn) {
  Ids ids;
  ids.stops_at = 1;
  ReportQueue ordered(&ids);
  SharedQueue queue(ordered, &ids);
  ShardOutput slow(queue, 1'000'000), other(queue, 1'000'000);
  std::thread shard([&] { put(slow, 1); });
  ids.has_stopped.get_future().wait();
  for (std::uint64_t id = 2; id <= 100; ++id) put(other, id);  // would never come back if it waited
  ids.may_go_on.set_value();
  shard.join();
  EXPECT_EQ(ids.seen, List{1});
  put(other, 101);
  EXPECT_EQ(ids.seen, up_to(101));
}

TEST(SharedQueue, AfterClosingNothingArrives) {
  Ids ids;
  ReportQueue ordered(&ids);
  SharedQueue queue(ordered, &ids);
  ShardOutput output(queue, 100);
  put(output, 1);
  queue.close();
  put(output, 2);
  output.flush();
  EXPECT_EQ(ids.seen, List{1});
}

TEST(SharedQueue, ASinkThatCannotWriteShows) {
  Ids ids;
  ids.bad_after = 2;
  ReportQueue ordered(&ids);
  SharedQueue queue(ordered, &ids);
  ShardOutput output(queue, 100);
  put(output, 1);
  EXPECT_TRUE(queue.good());
  put(output, 2);
  EXPECT_FALSE(queue.good());
  put(output, 3);
  EXPECT_EQ(ids.seen, up_to(2)) << "nothing is put in order for a sink that is gone";
}

TEST(SharedQueue, WithoutASinkFlowsGoNowhere) {
  ReportQueue ordered(nullptr);
  SharedQueue queue(ordered, nullptr);
  ShardOutput output(queue, 100);
  put(output, 1);
  EXPECT_TRUE(queue.good());
}

}  // namespace
}  // namespace handlens
