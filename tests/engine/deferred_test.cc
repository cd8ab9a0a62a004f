#include "src/engine/deferred.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace handlens {
namespace {

Segment syn() {
  Segment s;
  s.stamp = {7, {123}};
  s.seq = 0xffff'fff0u;
  s.ack = 5;
  s.flags = tcp_flag::syn;
  s.window = 64240;
  s.ttl = 63;
  s.has_ip_id = true;
  s.dont_fragment = true;
  s.ip_id = 0xabcd;
  s.from = Direction::reverse;
  s.options_length = 20;
  for (std::size_t i = 0; i < s.options_length; ++i) s.options[i] = static_cast<std::uint8_t>(i + 1);
  return s;
}

TEST(Deferred, OnlyWhatANoteCanHoldMayWait) {
  EXPECT_TRUE(is_deferrable(syn()));
  Segment s = syn();
  s.options_length = kDeferredOptionBytes;
  EXPECT_TRUE(is_deferrable(s));
  ++s.options_length;
  EXPECT_FALSE(is_deferrable(s));
  s = syn();
  s.payload_length = 1;  // Fast Open
  EXPECT_FALSE(is_deferrable(s));
  s = syn();
  s.flags = tcp_flag::ack;
  EXPECT_FALSE(is_deferrable(s));
  s.flags = tcp_flag::rst | tcp_flag::ack;
  EXPECT_TRUE(is_deferrable(s));
  s.flags = tcp_flag::syn | tcp_flag::fin;
  EXPECT_FALSE(is_deferrable(s));
  s = syn();
  s.ip_id = 0x1'0000;  // of an IPv6 fragment header
  EXPECT_FALSE(is_deferrable(s));
}

TEST(Deferred, ALoneAckMayWaitTooAmongItsLike) {
  Segment s = syn();
  s.flags = tcp_flag::ack;
  EXPECT_TRUE(is_lone_ack(s));
  s.flags = tcp_flag::ack | tcp_flag::psh;
  EXPECT_TRUE(is_lone_ack(s));
  for (const std::uint16_t more : {tcp_flag::syn, tcp_flag::rst, tcp_flag::fin, tcp_flag::urg}) {
    s.flags = static_cast<std::uint16_t>(tcp_flag::ack | more);
    EXPECT_FALSE(is_lone_ack(s)) << more;
  }
  s.flags = 0;
  EXPECT_FALSE(is_lone_ack(s));
  s.flags = tcp_flag::ack;
  s.payload_length = 1;
  EXPECT_FALSE(is_lone_ack(s));
  s.payload_length = 0;
  s.ip_id = 0x1'0000;
  EXPECT_FALSE(is_lone_ack(s));
}

void expect_given_back(const DeferredPool& pool, DeferredPool::Handle handle, const Segment& s) {
  const Segment back = pool.to_segment(pool.at(handle));
  EXPECT_EQ(back.stamp.number, s.stamp.number);
  EXPECT_EQ(back.stamp.time, s.stamp.time);
  EXPECT_EQ(back.seq, s.seq);
  EXPECT_EQ(back.ack, s.ack);
  EXPECT_EQ(back.flags, s.flags);
  EXPECT_EQ(back.window, s.window);
  EXPECT_EQ(back.ttl, s.ttl);
  EXPECT_EQ(back.ip_id, s.ip_id);
  EXPECT_TRUE(back.has_ip_id && back.dont_fragment);
  EXPECT_EQ(back.from, s.from);
  ASSERT_EQ(back.options_length, s.options_length);
  EXPECT_TRUE(std::equal(s.options.begin(), s.options.begin() + s.options_length, back.options.begin()));
  EXPECT_EQ(back.payload_length, 0u);
  EXPECT_TRUE(back.payload.empty());
}

TEST(Deferred, ANoteGivesBackTheSegment) {
  DeferredPool pool(1);
  const Segment s = syn();
  const DeferredPool::Handle handle = pool.add(s, 42);
  EXPECT_EQ(pool.shape(pool.at(handle)).link_origin, 42);
  EXPECT_EQ(pool.at(handle).next, DeferredPool::kNone);
  expect_given_back(pool, handle, s);
  pool.at(handle).set_from(Direction::forward);
  EXPECT_EQ(pool.at(handle).from(), Direction::forward);
  EXPECT_EQ(pool.at(handle).number(), 7u);
  EXPECT_EQ(pool.shape(pool.at(handle)).link_origin, 42);
}

// MSS, SACK-permitted, timestamps, window scale, as Linux sends them.
Segment stamped_syn(std::uint8_t clock) {
  Segment s = syn();
  const std::vector<std::uint8_t> options = {2, 4, 5, 180, 4, 2, 8, 10, 200, 1, 2, clock, 0, 0, 0, 250, 1, 3, 3, 7};
  std::copy(options.begin(), options.end(), s.options.begin());
  s.options_length = static_cast<std::uint8_t>(options.size());
  return s;
}

TEST(Deferred, TimestampsAreNoPartOfTheShapeAndAreKept) {
  DeferredPool pool(1);
  const DeferredPool::Handle one = pool.add(stamped_syn(3), 1), other = pool.add(stamped_syn(9), 1);
  EXPECT_EQ(pool.at(one).shape_number(), pool.at(other).shape_number());
  expect_given_back(pool, one, stamped_syn(3));
  expect_given_back(pool, other, stamped_syn(9));
}

TEST(Deferred, ANoteWhoseShapeHasNoNumberKeepsItForItself) {
  DeferredPool pool(1);
  Segment s = syn();
  std::vector<DeferredPool::Handle> handles;
  for (std::size_t i = 0; i < kMostHeaderShapes; ++i) {
    s.options[0] = static_cast<std::uint8_t>(i);
    s.options[1] = static_cast<std::uint8_t>(i >> 8);
    handles.push_back(pool.add(s, 1));
    ASSERT_EQ(pool.at(handles.back()).shape_number(), i);
  }
  const std::size_t before = pool.held_bytes();
  const DeferredPool::Handle own = pool.add(stamped_syn(3), 9), other = pool.add(stamped_syn(4), 9);
  EXPECT_EQ(pool.at(own).shape_number(), HeaderShapes::kNone);
  EXPECT_EQ(pool.shape(pool.at(own)).link_origin, 9);
  expect_given_back(pool, own, stamped_syn(3));
  expect_given_back(pool, other, stamped_syn(4));
  expect_given_back(pool, handles.back(), s);
  EXPECT_GT(pool.held_bytes(), before + 2 * sizeof(DeferredPacket));
  pool.release_chain(own);
  const DeferredPool::Handle again = pool.add(stamped_syn(5), 9);
  expect_given_back(pool, again, stamped_syn(5));
  expect_given_back(pool, other, stamped_syn(4));
  pool.release_chain(again);
  pool.release_chain(other);
  EXPECT_EQ(pool.held_bytes(), before);
}

TEST(Deferred, HandlesStayGoodWhileThePoolGrowsAndReleasedOnesComeBack) {
  DeferredPool pool(1);
  Segment s = syn();
  std::vector<DeferredPool::Handle> handles;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    s.seq = i;
    handles.push_back(pool.add(s, 0));
  }
  for (std::uint32_t i = 0; i < handles.size(); ++i) ASSERT_EQ(pool.at(handles[i]).seq, i);
  pool.at(handles[0]).next = handles[1];
  pool.at(handles[1]).next = handles[9'999];
  pool.release_chain(handles[0]);
  std::vector<DeferredPool::Handle> again = {pool.add(s, 0), pool.add(s, 0), pool.add(s, 0)};
  std::sort(again.begin(), again.end());
  EXPECT_EQ(again, (std::vector<DeferredPool::Handle>{handles[0], handles[1], handles[9'999]}));
  EXPECT_EQ(pool.size(), 10'000u);
  EXPECT_EQ(pool.add(s, 0), 10'000u);
  EXPECT_EQ(pool.size(), 10'001u);
  pool.release_chain(DeferredPool::kNone);
}

}  // namespace
}  // namespace handlens
