// Which packets of a long connection are kept: its beginning, what surrounds its resets and FINs, its end.
#include "src/timeline/packet_log.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace handlens {
namespace {

Segment segment(std::uint64_t frame, std::uint16_t flags = tcp_flag::ack) {
  Segment s;
  s.stamp.number = frame;
  s.flags = flags;
  return s;
}
void add_passing(PacketLog& log, std::uint64_t frame) {
  PacketView packet;
  packet.tcp.flags = tcp_flag::ack;
  log.add_passing(Direction::forward, packet, {frame, {}});
}
std::vector<std::uint64_t> frames(const PacketLog& log) {
  std::vector<std::uint64_t> out;
  for (const PacketNote& n : log.to_vector()) out.push_back(n.frame);
  return out;
}
void fill(PacketLog& log, std::uint64_t from, std::uint64_t to) {
  for (std::uint64_t f = from; f <= to; ++f) log.add(segment(f));
}

TEST(PacketLog, AShortConnectionIsKeptWhole) {
  PacketLog log;
  fill(log, 1, PacketLog::kHead + PacketLog::kRing);
  const std::vector<std::uint64_t> kept = frames(log);
  ASSERT_EQ(kept.size(), PacketLog::kHead + PacketLog::kRing);
  for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_EQ(kept[i], i + 1);
}

TEST(PacketLog, OfALongOneTheBeginningAndTheEnd) {
  PacketLog log;
  fill(log, 1, 1000);
  const std::vector<std::uint64_t> kept = frames(log);
  ASSERT_EQ(kept.size(), PacketLog::kHead + PacketLog::kRing);
  EXPECT_EQ(kept[PacketLog::kHead - 1], PacketLog::kHead);
  EXPECT_EQ(kept[PacketLog::kHead], 1000 - PacketLog::kRing + 1);
  EXPECT_EQ(kept.back(), 1000u);
}

TEST(PacketLog, WhatSurroundsAReset) {
  PacketLog log;
  fill(log, 1, 500);
  log.add(segment(501, tcp_flag::rst));
  fill(log, 502, 1000);
  const std::vector<std::uint64_t> kept = frames(log);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
  const auto has = [&kept](std::uint64_t frame) { return std::binary_search(kept.begin(), kept.end(), frame); };
  for (std::uint64_t f = 501 - PacketLog::kRing; f <= 501 + PacketLog::kFollowing; ++f) EXPECT_TRUE(has(f)) << f;
  EXPECT_FALSE(has(501 - PacketLog::kRing - 1));
  EXPECT_FALSE(has(501 + PacketLog::kFollowing + 1));
}

// Bytes that follow fast do not push the reset's surroundings out.
TEST(PacketLog, PassingPacketsEndWhatFollows) {
  PacketLog log;
  fill(log, 1, 100);
  log.add(segment(101, tcp_flag::rst));
  for (std::uint64_t f = 102; f <= 200; ++f) add_passing(log, f);
  const std::vector<std::uint64_t> kept = frames(log);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
  EXPECT_TRUE(std::binary_search(kept.begin(), kept.end(), 101u));
  EXPECT_EQ(kept.back(), 200u);
}

TEST(PacketLog, IsBoundedHoweverManyResetsCome) {
  PacketLog log;
  for (std::uint64_t f = 1; f <= 100'000; ++f) log.add(segment(f, f % 3 == 0 ? tcp_flag::rst : tcp_flag::ack));
  const std::vector<std::uint64_t> kept = frames(log);
  EXPECT_LE(kept.size(), PacketLog::kHead + PacketLog::kAround + PacketLog::kRing);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
  EXPECT_EQ(kept.back(), 100'000u);
  EXPECT_LE(log.held_bytes(), (PacketLog::kHead + PacketLog::kAround + PacketLog::kRing) * sizeof(PacketNote));
}

TEST(PacketLog, ClearForgets) {
  PacketLog log;
  fill(log, 1, 100);
  log.add(segment(101, tcp_flag::rst));
  log.clear();
  EXPECT_TRUE(log.to_vector().empty());
  log.add(segment(7));
  EXPECT_EQ(frames(log), std::vector<std::uint64_t>{7});
}

TEST(PacketNote, TheEndCountsSynAndFin) {
  PacketNote n = note_of(segment(1, tcp_flag::syn));
  n.seq = 0xffff'ffff;
  EXPECT_EQ(n.end(), 0u);
  n.flags = tcp_flag::fin | tcp_flag::ack;
  n.seq = 10;
  n.length = 5;
  EXPECT_EQ(n.end(), 16u);
}

}  // namespace
}  // namespace handlens
