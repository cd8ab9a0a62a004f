#include "tools/middlebox/wire.h"

#include <gtest/gtest.h>

#include "tests/middlebox/frames.h"

namespace handlens::middlebox {

using testing::config_of;
using testing::from_client;
using testing::kMs;

TEST(MiddleboxWire, DelaysAndHopsOfBothLegs) {
  Wire wire(config_of("delay client 1ms 2ms\ndelay server 5ms 7ms\nhops client 3\nhops server 9"));
  const auto in = wire.from_side(Side::client, from_client({.ttl = 64}));
  ASSERT_EQ(in.size(), 1U);
  EXPECT_TRUE(in[0].to_device);
  EXPECT_EQ(in[0].delay, kMs);
  EXPECT_EQ(in[0].side, Side::client);
  EXPECT_EQ(parse(in[0].frame).ttl, 61);
  EXPECT_TRUE(checksums_are_right(in[0].frame));
  const auto out = wire.from_device(Side::server, in[0].frame);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_FALSE(out[0].to_device);
  EXPECT_EQ(out[0].delay, 7 * kMs);
  EXPECT_EQ(parse(out[0].frame).ttl, 52);
}

TEST(MiddleboxWire, AHopCountThatRunsOutIsAnswered) {
  for (const bool v6 : {false, true}) {
    Wire wire(config_of("hops client 3"));
    const auto out = wire.from_side(Side::client, from_client({.ttl = 3, .v6 = v6}));
    ASSERT_EQ(out.size(), 1U);
    EXPECT_FALSE(out[0].to_device);
    EXPECT_EQ(out[0].side, Side::client);
    const Packet packet = parse(out[0].frame);
    EXPECT_EQ(out[0].frame[packet.payload_at], v6 ? 3 : 11);
    EXPECT_EQ(wire.lost(), 1U);
  }
}

TEST(MiddleboxWire, TheLinksOwnPassesAtOnce) {
  Wire wire(config_of("delay client 1ms\nloss to-server 100%\nhops client 9"));
  Bytes arp(60);
  arp[12] = 8;
  arp[13] = 6;
  const auto out = wire.from_side(Side::client, arp);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_FALSE(out[0].to_device);
  EXPECT_EQ(out[0].side, Side::server);
  EXPECT_EQ(out[0].delay, 0);
}

TEST(MiddleboxWire, LossOfOneDirectionFromTheSeed) {
  const auto lost = [](const std::string& seed) {
    Wire wire(config_of("loss to-server 30%\n" + seed));
    std::string pattern;
    for (int i = 0; i < 100; ++i) pattern += wire.from_side(Side::client, from_client({})).empty() ? 'x' : '.';
    EXPECT_EQ(wire.from_side(Side::server, testing::from_server({})).size(), 1U);
    return pattern;
  };
  const std::string pattern = lost("seed 1");
  const auto count = std::count(pattern.begin(), pattern.end(), 'x');
  EXPECT_GT(count, 10);
  EXPECT_LT(count, 55);
  EXPECT_EQ(pattern, lost("seed 1"));
  EXPECT_NE(pattern, lost("seed 2"));
}

TEST(MiddleboxWire, DuplicatesAndLatecomers) {
  Wire twice(config_of("delay client 1ms\nduplicate to-server 100% 3ms"));
  const auto out = twice.from_side(Side::client, from_client({}));
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[0].delay, kMs);
  EXPECT_EQ(out[1].delay, 4 * kMs);
  EXPECT_EQ(out[0].frame, out[1].frame);
  Wire late(config_of("delay client 1ms\nreorder to-server 100% 5ms"));
  EXPECT_EQ(late.from_side(Side::client, from_client({}))[0].delay, 6 * kMs);
}

}  // namespace handlens::middlebox
