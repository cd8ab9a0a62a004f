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

SeenSide seen(std::uint8_t ttl_min, std::uint8_t ttl_max) {
  SeenSide side;
  side.add(ttl_min);
  side.add(ttl_max);
  return side;
}
PacketNote data(std::int64_t time_ns, std::uint8_t ttl) {
  PacketNote n;
  n.time_ns = time_ns;
  n.flags = tcp_flag::ack;
  n.ttl = ttl;
  return n;
}

TEST(MayGoOn, WhereTheFileBeforeEnded) {
  EXPECT_TRUE(may_go_on(seen(55, 55), kStart, data(kStart + 1, 55)));
  EXPECT_TRUE(may_go_on(seen(54, 56), kStart, data(kStart + 3'600'000 * kMs, 55)));
  EXPECT_TRUE(may_go_on(seen(55, 55), kStart, data(kStart - 1 * kMs, 55))) << "times go back a little";
}
TEST(MayGoOn, NotBeforeIt) { EXPECT_FALSE(may_go_on(seen(55, 55), kStart, data(kStart - 1 * kMs - 1, 55))); }
TEST(MayGoOn, NotAtAnotherDistance) {
  EXPECT_FALSE(may_go_on(seen(55, 55), kStart, data(kStart + 1, 64)));
  EXPECT_FALSE(may_go_on(seen(54, 56), kStart, data(kStart + 1, 53)));
}
TEST(MayGoOn, ATraceGoesFurther) {
  const auto probe = [](std::uint8_t ttl) {
    PacketNote n = syn(kStart + 1);
    n.ttl = ttl;
    return n;
  };
  EXPECT_TRUE(may_go_on(seen(1, 3), kStart, probe(4)));
  EXPECT_FALSE(may_go_on(seen(2, 3), kStart, probe(1))) << "the same one, seen at another place";
  EXPECT_FALSE(may_go_on(seen(1, 3), kStart, probe(31)));
  EXPECT_FALSE(may_go_on(seen(1, 3), kStart, data(kStart + 1, 4)));
}
TEST(MayGoOn, NotFromAnotherStation) {
  SeenSide side = seen(55, 55);
  side.mac = MacAddress{2, 0, 0, 0, 0, 1};
  PacketNote next = data(kStart + 1, 55);
  EXPECT_TRUE(may_go_on(side, kStart, next)) << "it has none";
  next.has_mac = true;
  next.mac = {2, 0, 0, 0, 0, 1};
  EXPECT_TRUE(may_go_on(side, kStart, next));
  next.mac = {2, 0, 0, 0, 0, 2};
  EXPECT_FALSE(may_go_on(side, kStart, next));
}

TEST(SettledFlow, KeepsTheTtlsOfBothSides) {
  const std::uint32_t packed = pack_ttls(seen(1, 255), SeenSide{});
  EXPECT_EQ(unpack_ttls(packed, Direction::forward).ttl_min, 1);
  EXPECT_EQ(unpack_ttls(packed, Direction::forward).ttl_max, 255);
  EXPECT_FALSE(unpack_ttls(packed, Direction::forward).is_empty());
  EXPECT_TRUE(unpack_ttls(packed, Direction::reverse).is_empty());
}

TEST(DirectionsSeen, BothWaysOfOneConnection) {
  const auto key = [](std::uint16_t port, bool answer) {
    const IpAddress client{{10, 0, 0, 1}, false}, server{{10, 0, 0, 2}, false};
    return answer ? make_key(server, 443, client, port, 0) : make_key(client, port, server, 443, 0);
  };
  DirectionsSeen seen;
  for (std::uint16_t port = 1; port < 500; ++port) seen.take(key(port, false));
  EXPECT_FALSE(seen.are_both());
  seen.take(key(499, true));
  EXPECT_TRUE(seen.are_both());
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
  EXPECT_FALSE(is_same_syn(syn(kStart), syn(kStart + 999 * kMs), kStart + 1'000 * kMs)) << "times go back a little";
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
