#include "src/app/report_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <random>
#include <vector>

namespace handlens {
namespace {

using List = std::vector<std::uint64_t>;

std::string text_of(std::uint64_t id) { return "flow " + std::to_string(id) + std::string(id % 97, '.'); }

class Ids final : public Sink {
 public:
  explicit Ids(bool failed_last = false) : failed_last_(failed_last) {}
  [[nodiscard]] bool may_put_failed_last() const override { return failed_last_; }
  [[nodiscard]] std::unique_ptr<FlowRenderer> make_renderer() const override { return nullptr; }
  void take(const RenderedFlow& flow) override {
    seen.push_back(flow.id);
    EXPECT_EQ(flow.text, text_of(flow.id));
    EXPECT_EQ(flow.kind, "kind");
  }
  void finish(const CaptureCounters&) override {}
  [[nodiscard]] bool good() const override { return true; }
  [[nodiscard]] int error_number() const override { return 0; }
  List seen;

 private:
  bool failed_last_;
};

void put(ReportQueue& queue, std::uint64_t id, bool selected = true, bool failed = false) {
  const std::string text = text_of(id);
  queue.put({.id = id, .selected = selected, .kind = "kind", .finding = {}, .text = text, .failed = failed});
}

void put_word(ReportQueue& queue, std::uint64_t id) { queue.put(word_of(id)); }

// TMPDIR for the time of a test.
class TemporaryPlace {
 public:
  explicit TemporaryPlace(const char* path) {
    const char* before = std::getenv("TMPDIR");
    had_ = before != nullptr;
    if (had_) before_ = before;
    ::setenv("TMPDIR", path, 1);
  }
  ~TemporaryPlace() { had_ ? ::setenv("TMPDIR", before_.c_str(), 1) : ::unsetenv("TMPDIR"); }
  TemporaryPlace(const TemporaryPlace&) = delete;
  TemporaryPlace& operator=(const TemporaryPlace&) = delete;

 private:
  bool had_ = false;
  std::string before_;
};

TEST(ReportQueue, AFlowWaitsForThoseBeforeIt) {
  Ids ids;
  ReportQueue queue(&ids);
  put(queue, 3);
  put(queue, 2);
  EXPECT_TRUE(ids.seen.empty());
  put(queue, 1);
  EXPECT_EQ(ids.seen, (List{1, 2, 3}));
  put(queue, 5);
  put(queue, 4);
  EXPECT_EQ(ids.seen, (List{1, 2, 3, 4, 5}));
  EXPECT_EQ(queue.held_bytes(), 0u);
  EXPECT_EQ(queue.finish(), "");
}

TEST(ReportQueue, WhatIsNotSelectedTakesItsPlaceAndIsNotShown) {
  Ids ids;
  ReportQueue queue(&ids);
  put(queue, 2);
  put(queue, 1, false);
  put(queue, 3, false);
  put(queue, 4);
  EXPECT_EQ(ids.seen, (List{2, 4}));
}

TEST(ReportQueue, WithoutASinkNothingIsHeld) {
  ReportQueue queue(nullptr);
  for (std::uint64_t id = 2; id < 100; ++id) put(queue, id);
  EXPECT_EQ(queue.held_bytes(), 0u);
  EXPECT_EQ(queue.finish(), "");
}

TEST(ReportQueue, EveryOrderComesOutInOrder) {
  List order(6);
  std::iota(order.begin(), order.end(), 1u);
  const List sorted = order;
  do {
    for (const std::size_t held : {std::size_t{1}, std::size_t{300}, kHeldReportBytes}) {
      Ids ids;
      ReportQueue queue(&ids, kFlowsInOrder, held);
      for (const std::uint64_t id : order) put(queue, id);
      ASSERT_EQ(ids.seen, sorted);
      ASSERT_EQ(queue.finish(), "");
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(ReportQueue, ManyInRandomOrderThroughATemporaryFile) {
  List order(3000);
  std::iota(order.begin(), order.end(), 1u);
  const List sorted = order;
  std::mt19937 random(5);
  std::shuffle(order.begin(), order.end(), random);
  Ids ids;
  ReportQueue queue(&ids, kFlowsInOrder, 10'000);
  for (const std::uint64_t id : order) {
    put(queue, id);
    ASSERT_LE(queue.held_bytes(), 10'000u);
  }
  EXPECT_EQ(ids.seen, sorted);
  EXPECT_EQ(queue.finish(), "");
}

// One flow that stays open while all others come and go.
TEST(ReportQueue, WhatWaitsForALongFlowStaysBounded) {
  Ids ids;
  ReportQueue queue(&ids, kFlowsInOrder, 100'000);
  for (std::uint64_t id = 2; id <= 50'000; ++id) {
    put(queue, id);
    ASSERT_LE(queue.held_bytes(), 100'000u);
  }
  EXPECT_TRUE(ids.seen.empty());
  put(queue, 1);
  EXPECT_EQ(ids.seen.size(), 50'000u);
  EXPECT_TRUE(std::is_sorted(ids.seen.begin(), ids.seen.end()));
  // ... and again: the file is used anew.
  for (std::uint64_t id = 50'002; id <= 60'000; ++id) put(queue, id);
  put(queue, 50'001);
  EXPECT_EQ(ids.seen.size(), 60'000u);
  EXPECT_TRUE(std::is_sorted(ids.seen.begin(), ids.seen.end()));
}

TEST(ReportQueue, WithoutAPlaceForTheFileTheyWaitInMemoryAndItIsSaid) {
  const TemporaryPlace nowhere("/nonexistent/place");
  Ids ids;
  ReportQueue queue(&ids, kFlowsInOrder, 1000);
  for (std::uint64_t id = 2; id <= 500; ++id) put(queue, id);
  EXPECT_GT(queue.held_bytes(), 1000u);
  put(queue, 1);
  EXPECT_EQ(ids.seen.size(), 500u);
  const std::string said = queue.finish();
  EXPECT_NE(said.find("kept in memory"), std::string::npos) << said;
  EXPECT_NE(said.find("/nonexistent/place"), std::string::npos) << said;
}

// Each of them was once sorted anew with every flow: then this does not end.
TEST(ReportQueue, WithoutAPlaceForTheFileManyWaitAsWell) {
  const TemporaryPlace nowhere("/no/such/directory");
  Ids ids;
  ReportQueue queue(&ids, 1'000'000, 10'000);
  List order(100'000);
  std::iota(order.begin(), order.end(), 2);
  std::mt19937 random(1);
  std::shuffle(order.begin(), order.end(), random);
  for (const std::uint64_t id : order) put(queue, id);
  put(queue, 1);
  EXPECT_EQ(ids.seen.size(), order.size() + 1);
  EXPECT_TRUE(std::is_sorted(ids.seen.begin(), ids.seen.end()));
}

TEST(ReportQueue, WhatIsLeftComesOutAtTheEnd) {
  Ids ids;
  ReportQueue queue(&ids);
  put(queue, 5);
  put(queue, 3);
  (void)queue.finish();
  EXPECT_EQ(ids.seen, (List{3, 5}));
}

TEST(ReportQueue, InASmallCaptureWhatFailedKeepsItsPlace) {
  Ids ids(true);
  ReportQueue queue(&ids, 5);
  put_word(queue, 2);
  for (const std::uint64_t id : {1u, 3u, 5u, 4u}) put(queue, id);
  EXPECT_EQ(ids.seen, (List{1}));
  put(queue, 2, true, true);
  EXPECT_EQ(ids.seen, (List{1, 2, 3, 4, 5}));
  EXPECT_EQ(queue.finish(), "");
}

// Nobody waits for what failed, told by a word or not, and in the end it comes in order.
TEST(ReportQueue, OfALargeCaptureWhatFailedComesLast) {
  Ids ids(true);
  ReportQueue queue(&ids, 5);
  put_word(queue, 2);
  for (const std::uint64_t id : {1u, 3u, 5u, 4u}) put(queue, id);
  EXPECT_EQ(ids.seen, (List{1}));
  put(queue, 6);
  EXPECT_EQ(ids.seen, (List{1, 3, 4, 5, 6}));
  put(queue, 8, true, true);
  put(queue, 9);
  put(queue, 7);
  EXPECT_EQ(ids.seen, (List{1, 3, 4, 5, 6, 7, 9}));
  put(queue, 2, true, true);
  EXPECT_EQ(queue.finish(), "");
  EXPECT_EQ(ids.seen, (List{1, 3, 4, 5, 6, 7, 9, 2, 8}));
}

// One that had to leave its place among those that wait comes while smaller ones may still fail.
TEST(ReportQueue, WhatFailedWaitsUntilAllOthersAreTold) {
  constexpr std::uint64_t kEngines = 2;
  Ids sink(true);
  ReportQueue queue(&sink, 2, kHeldReportBytes, kEngines);
  put(queue, 1);
  put_word(queue, 5);
  put(queue, 4);
  put(queue, 5, true, true);
  put_word(queue, kAllTold);
  put_word(queue, 3);
  put(queue, 2, true, true);
  EXPECT_EQ(sink.seen, (List{1, 4}));
  put_word(queue, kAllTold);
  put(queue, 3, true, true);
  EXPECT_EQ(queue.finish(), "");
  EXPECT_EQ(sink.seen, (List{1, 4, 2, 3, 5}));
}

TEST(ReportQueue, ASinkThatWantsThemInOrderGetsThemInOrder) {
  Ids ids(false);
  ReportQueue queue(&ids, 2);
  put_word(queue, 1);
  for (std::uint64_t id = 2; id <= 6; ++id) put(queue, id);
  EXPECT_TRUE(ids.seen.empty());
  put(queue, 1, true, true);
  EXPECT_EQ(ids.seen, (List{1, 2, 3, 4, 5, 6}));
}

// Whenever the others come, and however little memory there is: the order depends on the flows alone.
TEST(ReportQueue, TheOrderOfALargeCaptureDoesNotDependOnWhoEndedFirst) {
  constexpr std::uint64_t kFlows = 400, kInOrder = 50;
  const auto has_failed = [](std::uint64_t id) { return id % 7 == 3; };
  List expected;
  for (const bool failed : {false, true}) {
    for (std::uint64_t id = 1; id <= kFlows; ++id) {
      if (has_failed(id) == failed) expected.push_back(id);
    }
  }
  std::mt19937 random(8);
  for (int round = 0; round < 50; ++round) {
    Ids ids(true);
    ReportQueue queue(&ids, kInOrder, round % 2 == 0 ? 2000 : kHeldReportBytes);
    List order(kFlows);
    std::iota(order.begin(), order.end(), 1u);
    std::shuffle(order.begin(), order.end(), random);
    List late;
    for (const std::uint64_t id : order) {
      // As many wait to be judged as are kept in order; what failed besides is told at once.
      if (has_failed(id) && late.size() < kInOrder && id <= kFlows / 2) {
        put_word(queue, id);
        late.push_back(id);
      } else {
        put(queue, id, true, has_failed(id));
      }
    }
    for (const std::uint64_t id : late) put(queue, id, true, true);
    EXPECT_EQ(queue.finish(), "");
    ASSERT_EQ(ids.seen, expected) << "round " << round;
  }
}

}  // namespace
}  // namespace handlens
