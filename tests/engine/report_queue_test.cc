#include "src/engine/report_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

namespace handlens {
namespace {

class Ids final : public FlowSink {
 public:
  void on_flow(AnalyzedFlow&& flow) override { seen.push_back(flow.report.id); }
  std::vector<std::uint64_t> seen;
};
void put(ReportQueue& queue, std::uint64_t id) {
  AnalyzedFlow flow;
  flow.report.id = id;
  queue.put(std::move(flow));
}
using List = std::vector<std::uint64_t>;

TEST(ReportQueue, LiveFlowsPassAtOnce) {
  Ids ids;
  ReportQueue queue(ids, false);
  for (const std::uint64_t id : {3u, 1u, 2u}) put(queue, id);
  EXPECT_EQ(ids.seen, (List{3, 1, 2}));
}

TEST(ReportQueue, AFlowWaitsForThoseBeforeIt) {
  Ids ids;
  ReportQueue queue(ids, true);
  put(queue, 3);
  put(queue, 2);
  EXPECT_TRUE(ids.seen.empty());
  put(queue, 1);
  EXPECT_EQ(ids.seen, (List{1, 2, 3}));
  put(queue, 5);
  put(queue, 4);
  EXPECT_EQ(ids.seen, (List{1, 2, 3, 4, 5}));
}

TEST(ReportQueue, EveryOrderComesOutInOrder) {
  List order(6);
  std::iota(order.begin(), order.end(), 1u);
  const List sorted = order;
  do {
    Ids ids;
    ReportQueue queue(ids, true);
    for (const std::uint64_t id : order) put(queue, id);
    ASSERT_EQ(ids.seen, sorted);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(ReportQueue, ManyInRandomOrder) {
  List order(3000);
  std::iota(order.begin(), order.end(), 1u);
  const List sorted = order;
  std::mt19937 random(5);
  std::shuffle(order.begin(), order.end(), random);
  Ids ids;
  ReportQueue queue(ids, true);
  for (const std::uint64_t id : order) put(queue, id);
  EXPECT_EQ(ids.seen, sorted);
}

}  // namespace
}  // namespace handlens
