// A SYN that a later file of the input holds once more.
#include "src/engine/captured_again.h"

#include <gtest/gtest.h>

#include "dissectors/packet.h"

namespace handlens {
namespace {

constexpr std::int64_t kMs = 1'000'000, kStart = 1'000'000 * kMs;

PacketNote syn(std::int64_t time_ns) {
  PacketNote n;
  n.time_ns = time_ns;
  n.seq = 1000;
  n.flags = tcp_flag::syn;
  return n;
}
PacketNote with_timestamp(std::int64_t time_ns, std::uint32_t value) {
  PacketNote n = syn(time_ns);
  n.has_timestamps = true;
  n.tsval = value;
  return n;
}
PacketNote with_id(std::int64_t time_ns, std::uint16_t id) {
  PacketNote n = syn(time_ns);
  n.has_ip_id = true;
  n.ip_id = id;
  return n;
}

TEST(IsSameSyn, ByTheSendersClock) {
  // Whatever the clocks of the two captures show.
  for (const std::int64_t later : {std::int64_t{0}, 3'000 * kMs, -3'600'000 * kMs}) {
    EXPECT_TRUE(is_same_syn(with_timestamp(kStart, 77), with_timestamp(kStart + later, 77), kStart));
  }
  EXPECT_FALSE(is_same_syn(with_timestamp(kStart, 77), with_timestamp(kStart + 1'000 * kMs, 1077), kStart));
}
TEST(IsSameSyn, ByItsIpId) {
  EXPECT_TRUE(is_same_syn(with_id(kStart, 5), with_id(kStart + 3'000 * kMs, 5), kStart + 20 * kMs));
  EXPECT_FALSE(is_same_syn(with_id(kStart, 5), with_id(kStart + 3'000 * kMs, 6), kStart + 20 * kMs));
  EXPECT_FALSE(is_same_syn(with_id(kStart, 0), with_id(kStart + 3'000 * kMs, 0), kStart + 20 * kMs))
      << "0 is no number";
}
TEST(IsSameSyn, ByTheTimeWhereItHasNeither) {
  EXPECT_TRUE(is_same_syn(syn(kStart), syn(kStart + 5 * kMs), kStart + 40 * kMs)) << "too soon for a retransmission";
  EXPECT_FALSE(is_same_syn(syn(kStart), syn(kStart + 1'000 * kMs), kStart + 40 * kMs)) << "a retransmission";
  EXPECT_FALSE(is_same_syn(syn(kStart), syn(kStart + 995 * kMs), kStart + 1'000 * kMs)) << "times go back a little";
  EXPECT_TRUE(is_same_syn(syn(kStart), syn(kStart + 1'000 * kMs), kStart + 9'000 * kMs)) << "back by seconds";
}
TEST(IsSameSyn, OnlyASynOfTheSameSideAndNumber) {
  PacketNote other = with_timestamp(kStart, 77);
  other.seq = 1001;
  EXPECT_FALSE(is_same_syn(with_timestamp(kStart, 77), other, kStart));
  other = with_timestamp(kStart, 77);
  other.from = Direction::reverse;
  EXPECT_FALSE(is_same_syn(with_timestamp(kStart, 77), other, kStart));
  other = with_timestamp(kStart, 77);
  other.flags |= tcp_flag::ack;
  EXPECT_FALSE(is_same_syn(with_timestamp(kStart, 77), other, kStart));
}

}  // namespace
}  // namespace handlens
