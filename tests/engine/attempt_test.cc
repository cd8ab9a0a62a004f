#include "src/engine/attempt.h"

#include <gtest/gtest.h>

#include <optional>

namespace handlens {
namespace {

constexpr std::uint16_t kSyn = tcp_flag::syn, kAck = tcp_flag::ack, kRst = tcp_flag::rst;

struct Noted {
  Direction from = Direction::forward;
  std::uint16_t flags = kSyn;
  std::uint32_t seq = 100, ack = 0;
  std::uint64_t number = 1;
  std::vector<std::uint8_t> options = {};
};

// Shapes of one pool can be compared.
DeferredPool& common_pool() {
  static DeferredPool pool(1);
  return pool;
}

// The attempt that these packets are, if they are one.
std::optional<FlowAttempt> attempt_of(const std::vector<Noted>& packets, const AttemptEnd& end = {},
                                      DeferredPool& pool = common_pool()) {
  FlowRecord record;
  record.state = FlowState::deferred;
  record.payload = DeferredPool::kNone;
  record.number = 5;
  record.key.port = {50'000, 443};
  DeferredPool::Handle last = DeferredPool::kNone;
  for (const Noted& packet : packets) {
    Segment s;
    s.from = packet.from;
    s.flags = packet.flags;
    s.seq = packet.seq;
    s.ack = packet.ack;
    s.stamp.number = packet.number;
    s.options_length = static_cast<std::uint8_t>(packet.options.size());
    std::copy(packet.options.begin(), packet.options.end(), s.options.begin());
    const DeferredPool::Handle handle = pool.add(s, 1);
    (last == DeferredPool::kNone ? record.payload : pool.at(last).next) = handle;
    last = handle;
    ++record.deferred_count;
  }
  FlowAttempt out;
  return describe_attempt(record, pool, end, out) ? std::optional(out) : std::nullopt;
}

Noted answer(std::uint16_t flags, std::uint32_t seq, std::uint32_t ack, std::uint64_t number = 2) {
  return {.from = Direction::reverse, .flags = flags, .seq = seq, .ack = ack, .number = number};
}

TEST(Attempt, IsOnePacketOrOneAndItsAnswer) {
  EXPECT_TRUE(attempt_of({{}}));
  EXPECT_TRUE(attempt_of({{.flags = kSyn | kAck}}));
  EXPECT_TRUE(attempt_of({{.flags = kAck}}));
  EXPECT_TRUE(attempt_of({{}, answer(kRst | kAck, 0, 101)}));
  EXPECT_TRUE(attempt_of({{}, answer(kSyn | kAck, 900, 101)}));
  EXPECT_FALSE(attempt_of({{.flags = kSyn | kAck}, answer(kRst, 7, 0)})) << "what it refuses is not in the capture";
}

TEST(Attempt, MoreIsNone) {
  EXPECT_FALSE(attempt_of({}));
  EXPECT_FALSE(attempt_of({{.flags = kRst}}));
  EXPECT_FALSE(attempt_of({{}, {.number = 2}})) << "repeated";
  EXPECT_FALSE(attempt_of({{}, answer(kSyn, 900, 0)})) << "both sides open";
  EXPECT_FALSE(attempt_of({{.flags = kSyn | kAck}, answer(kSyn, 900, 0)}));
  EXPECT_FALSE(attempt_of({{}, answer(kRst | kAck, 0, 101, 1)})) << "in one frame";
  EXPECT_FALSE(attempt_of({{}, answer(kRst | kAck, 0, 101), answer(kRst | kAck, 0, 101, 3)}));
}

TEST(Attempt, NumbersAreNoPartOfTheShape) {
  const auto one = attempt_of({{.seq = 100}, answer(kSyn | kAck, 900, 101)});
  const auto other = attempt_of({{.seq = 7000, .number = 8}, answer(kSyn | kAck, 12, 7001, 9)});
  EXPECT_TRUE(one->shape == other->shape);
  EXPECT_EQ(one->shape.hash(), other->shape.hash());
  EXPECT_EQ(other->packets[0].seq, 7000u);
  EXPECT_EQ(other->packets[1].frame, 9u);
  EXPECT_EQ(other->count, 2u);
  EXPECT_EQ(other->id, 5u);
  EXPECT_EQ(other->ends[0].port, 50'000u);
}

TEST(Attempt, WhatIsAcknowledgedIs) {
  const auto one = attempt_of({{.seq = 100}, answer(kRst | kAck, 0, 101)});
  EXPECT_FALSE(one->shape == attempt_of({{.seq = 100}, answer(kRst | kAck, 0, 102)})->shape);
  EXPECT_FALSE(one->shape == attempt_of({{.seq = 100}})->shape);
}

TEST(Attempt, OptionsAreButForTheValuesOfTimestamps) {
  const auto one = attempt_of({{.options = {1, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0}}});
  EXPECT_TRUE(one->shape == attempt_of({{.options = {1, 8, 10, 9, 9, 9, 9, 0, 0, 0, 0}}})->shape);
  EXPECT_FALSE(one->shape == attempt_of({{.options = {1, 9, 10, 1, 2, 3, 4, 0, 0, 0, 0}}})->shape);
  EXPECT_FALSE(attempt_of({{.options = {8, 10, 1, 2}}})->shape == attempt_of({{.options = {8, 10, 9, 2}}})->shape);
}

TEST(Attempt, AlsoWhereShapesHaveNoNumbersAnyMore) {
  DeferredPool pool(1);
  Segment s;
  s.flags = kSyn;
  s.options_length = 2;
  for (std::size_t i = 0; i < kMostHeaderShapes; ++i) {
    s.options[0] = static_cast<std::uint8_t>(i);
    s.options[1] = static_cast<std::uint8_t>(i >> 8);
    pool.release_chain(pool.add(s, 1));
  }
  const auto refused = [&pool](std::vector<std::uint8_t> options, std::uint32_t seq) {
    return attempt_of({{.seq = seq, .options = std::move(options)}, answer(kRst | kAck, 0, seq + 1)}, {}, pool);
  };
  const std::vector<std::uint8_t> stamped = {1, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0},
                                  later = {1, 8, 10, 9, 9, 9, 9, 0, 0, 0, 0};
  const auto one = refused(stamped, 100);
  ASSERT_TRUE(one);
  EXPECT_TRUE(one->is_refused);
  EXPECT_EQ(one->shape.size, AttemptShape::kWords);
  EXPECT_TRUE(one->shape == refused(later, 7000)->shape);
  EXPECT_FALSE(one->shape == refused({1, 9, 10, 1, 2, 3, 4, 0, 0, 0, 0}, 100)->shape);
  EXPECT_FALSE(one->shape == attempt_of({{.options = stamped}}, {}, pool)->shape);
}

TEST(Attempt, SilenceIsAsFarAsItIsTold) {
  const auto shape = [](std::int64_t ns) { return attempt_of({{}}, {.quiet_ns = ns})->shape; };
  EXPECT_TRUE(shape(1'010'000'000) == shape(1'040'000'000));
  EXPECT_FALSE(shape(1'010'000'000) == shape(1'060'000'000));
  EXPECT_FALSE(shape(1'050'000'000) == shape(1'050'000'001)) << "rounding may go either way";
  EXPECT_FALSE(attempt_of({{}}, {.cut_short = CutShort::evicted})->shape == shape(0));
}

}  // namespace
}  // namespace handlens
