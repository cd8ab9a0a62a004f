#include "tools/middlebox/device.h"

#include <gtest/gtest.h>

#include "tests/middlebox/frames.h"

namespace handlens::middlebox {

using testing::from_client;
using testing::hello_record;
using testing::kMs;
using testing::Talk;

namespace {

const std::string kHello = hello_record("www.example.com");

bool passes(const std::vector<Output>& outputs, Side to) {
  return !outputs.empty() && outputs[0].to == to && (parse(outputs[0].frame).flags & kRst) == 0;
}

}  // namespace

TEST(MiddleboxDevice, WithoutRulesEverythingPassesUnchanged) {
  Talk talk("");
  for (const Bytes& frame : {testing::syn(), from_client({.payload = kHello}), Bytes(60), Bytes(3)}) {
    const auto out = talk.device.on_frame(Side::client, frame, 1);
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out[0].frame, frame);
    EXPECT_EQ(out[0].to, Side::server);
    EXPECT_EQ(out[0].delay, 0);
  }
  EXPECT_EQ(talk.device.counters().passed, 4U);
}

TEST(MiddleboxDevice, NamesExactOrBelow) {
  const auto drops = [](const std::string& pattern, const std::string& name) {
    Talk talk("when hello sni " + pattern + " do drop");
    talk.open();
    return !passes(talk.client({.payload = hello_record(name)}), Side::server);
  };
  EXPECT_TRUE(drops("www.example.com", "www.example.com"));
  EXPECT_FALSE(drops("www.example.com", "example.com"));
  EXPECT_TRUE(drops("*.example.com", "www.example.com"));
  EXPECT_FALSE(drops("*.example.com", "example.com"));
  EXPECT_FALSE(drops("*.example.com", "wwwexample.com"));
  EXPECT_FALSE(drops("*.example.com", ""));
}

TEST(MiddleboxDevice, ADroppedHelloIsDroppedEachTime) {
  Talk talk("when hello sni www.example.com do drop");
  talk.open();
  EXPECT_TRUE(talk.client({.payload = kHello}).empty());
  EXPECT_TRUE(talk.client({.payload = kHello}).empty());
  EXPECT_TRUE(passes(talk.server({.payload = "x"}), Side::client));
  EXPECT_EQ(talk.device.counters().dropped, 2U);
}

TEST(MiddleboxDevice, SizeIsKnownFromTheFirstPacketSegmentsFromTheSecond) {
  const std::string large = hello_record("www.example.com", 1500);
  Talk by_size("when hello larger 1400 do drop");
  by_size.open();
  EXPECT_TRUE(by_size.client({.payload = large.substr(0, 1000)}).empty());
  Talk small("when hello larger 1400 do drop");
  small.open();
  EXPECT_TRUE(passes(small.client({.payload = kHello}), Side::server));
  Talk by_segments("when hello segments 1 do drop");
  by_segments.open();
  EXPECT_TRUE(passes(by_segments.client({.payload = large.substr(0, 1000)}), Side::server));
  EXPECT_TRUE(by_segments.client({.seq = 1001, .payload = large.substr(1000)}).empty());
}

TEST(MiddleboxDevice, OtherTriggers) {
  Talk ack("when ack do drop");
  ack.device.on_frame(Side::client, testing::syn(), 1);
  ack.device.on_frame(Side::server, testing::syn_ack(), 2);
  EXPECT_TRUE(ack.client({}).empty());
  EXPECT_TRUE(passes(ack.client({}), Side::server));
  Talk keyword("when keyword forbidden from client do drop");
  keyword.open();
  EXPECT_TRUE(passes(keyword.server({.payload = "forbidden"}), Side::client));
  EXPECT_TRUE(keyword.client({.payload = "x forbidden y"}).empty());
  Talk first("when first-server-data do drop");
  first.open();
  EXPECT_TRUE(first.server({.payload = "a"}).empty());
  EXPECT_TRUE(passes(first.server({.seq = 2, .payload = "b"}), Side::client));
  Talk fin("when fin do drop\nwhen rst do drop");
  fin.open();
  EXPECT_TRUE(fin.client({.flags = kFin | kAck}).empty());
  EXPECT_TRUE(fin.server({.flags = kRst}).empty());
  Talk size("when any longer 100 port 443 do drop\nwhen any port 80 do drop");
  size.open();
  EXPECT_TRUE(size.client({.payload = std::string(100, 'x')}).empty());
  EXPECT_TRUE(passes(size.client({.payload = "x"}), Side::server));
}

TEST(MiddleboxDevice, OnceIsOncePerConnection) {
  Talk talk("when client-data once do drop");
  talk.open();
  EXPECT_TRUE(talk.client({.payload = "a"}).empty());
  EXPECT_TRUE(passes(talk.client({.payload = "a"}), Side::server));
}

TEST(MiddleboxDevice, PassEndsTheRules) {
  Talk talk("when hello sni www.example.com do pass\nwhen client-data do drop");
  talk.open();
  EXPECT_TRUE(passes(talk.client({.payload = kHello}), Side::server));
  EXPECT_TRUE(talk.client({.seq = 900, .payload = "x"}).empty());
}

TEST(MiddleboxDevice, ADroppedFlowAndABlackHole) {
  Talk flow("when hello do drop-flow also reset client");
  flow.open();
  EXPECT_EQ(flow.client({.payload = kHello}).size(), 1U);
  EXPECT_TRUE(flow.client({}).empty());
  EXPECT_TRUE(flow.server({}).empty());
  Talk hole("when hello do blackhole to-client");
  hole.open();
  EXPECT_TRUE(passes(hole.client({.payload = kHello}), Side::server));
  EXPECT_TRUE(hole.server({.payload = "x"}).empty());
  EXPECT_TRUE(passes(hole.client({}), Side::server));
}

TEST(MiddleboxDevice, BesideTheWireEverythingPasses) {
  Talk talk("mode on-path\nwhen hello do reset both");
  talk.open();
  const auto out = talk.client({.payload = kHello});
  ASSERT_EQ(out.size(), 3U);
  EXPECT_EQ(out[0].frame, from_client({.payload = kHello}));
}

TEST(MiddleboxDevice, AnAnswerRewritten) {
  Talk talk("when first-server-data do rewrite");
  talk.open();
  const auto out = talk.server({.payload = "ServerHello", .ttl = 50, .id = 99, .window = 77});
  ASSERT_EQ(out.size(), 1U);
  const Packet packet = parse(out[0].frame);
  EXPECT_EQ(packet.flags, kRst | kAck);
  EXPECT_EQ(packet.seq, testing::kServerIsn + 1);
  EXPECT_EQ(packet.ack, testing::kClientIsn + 1);
  EXPECT_EQ(packet.payload_size(), 0U);
  EXPECT_EQ(packet.ttl, 50);
  EXPECT_EQ(packet.id, 99);
  EXPECT_EQ(packet.window, 77);
}

TEST(MiddleboxDevice, IcmpGoesBackToTheSender) {
  Talk talk(
      "router 203.0.113.4\nwhen syn do drop also icmp admin-prohibited\nwhen hello do icmp host-unreachable from "
      "203.0.113.5");
  const auto out = talk.device.on_frame(Side::client, testing::syn(), 1);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].to, Side::client);
  EXPECT_EQ(parse(out[0].frame).source, address_from("203.0.113.4"));
  const std::size_t at = kEthernetSize + kIpv4Size;
  EXPECT_EQ(out[0].frame[at], 3);
  EXPECT_EQ(out[0].frame[at + 1], 13);
  talk.open();
  EXPECT_EQ(parse(talk.client({.payload = kHello})[1].frame).source, address_from("203.0.113.5"));
}

TEST(MiddleboxDevice, TheMtuWithAndWithoutAWord) {
  const std::string large(1400, 'x');
  Talk told("mtu to-client 1300");
  told.open();
  const auto out = told.server({.payload = large});
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].to, Side::server);
  const std::size_t at = kEthernetSize + kIpv4Size;
  EXPECT_EQ(out[0].frame[at + 1], 4);
  EXPECT_EQ(out[0].frame[at + 6] << 8 | out[0].frame[at + 7], 1300);
  EXPECT_TRUE(passes(told.client({.payload = large}), Side::server));
  Talk silent("mtu to-client 1300 silent");
  silent.open();
  EXPECT_TRUE(silent.server({.payload = large}).empty());
  EXPECT_TRUE(passes(silent.server({.payload = "x"}), Side::client));
  EXPECT_EQ(silent.device.counters().too_big, 1U);
}

TEST(MiddleboxDevice, IdleIsToldByTheNextPacket) {
  Talk talk("when idle 2s from client do drop-flow also reset client");
  talk.open();
  EXPECT_TRUE(passes(talk.client({.payload = "a"}, 1000 * kMs), Side::server));
  EXPECT_TRUE(passes(talk.server({.payload = "a"}, 3500 * kMs), Side::client));
  EXPECT_EQ(talk.client({.payload = "b"}, 5600 * kMs).size(), 1U);
  EXPECT_TRUE(talk.client({.payload = "b"}, 5700 * kMs).empty());
}

TEST(MiddleboxDevice, ExpiryComesByItself) {
  Talk talk("when expire 2s do drop-flow also reset both");
  talk.open();
  EXPECT_TRUE(talk.device.on_time(2000 * kMs).empty());
  const auto out = talk.device.on_time(2100 * kMs);
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(parse(out[0].frame).seq, testing::kServerIsn + 1);
  EXPECT_EQ(parse(out[1].frame).seq, testing::kClientIsn + 1);
  EXPECT_TRUE(talk.device.on_time(9000 * kMs).empty());
  EXPECT_TRUE(talk.client({}, 9001 * kMs).empty());
}

TEST(MiddleboxDevice, ResidualBlocksAreForClientServerAndPort) {
  Talk talk("when hello do drop also block 10s");
  talk.open();
  talk.client({.payload = kHello}, 100 * kMs);
  EXPECT_TRUE(talk.client({.flags = kSyn, .seq = 0, .client_port = 40001}, 200 * kMs).empty());
  EXPECT_TRUE(passes(talk.client({.flags = kSyn, .seq = 0, .client_port = 40001}, 10'200 * kMs), Side::server));
  Talk resetting("when hello do drop also block 10s reset ttl 9");
  resetting.open();
  resetting.client({.payload = kHello}, 100 * kMs);
  const auto out = resetting.client({.flags = kSyn, .seq = 0, .client_port = 40001}, 200 * kMs);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(parse(out[0].frame).ttl, 9);
  EXPECT_EQ(parse(out[0].frame).destination_port, 40001);
}

TEST(MiddleboxDevice, HeldBackClampedStripped) {
  Talk talk("mss 1200\nstrip sack-permitted\nwhen client-data do hold 50ms");
  const Bytes options = builder::concat({builder::option_mss(1460), builder::option_sack_permitted(), Bytes{1, 1}});
  const auto syn = talk.device.on_frame(Side::client, from_client({.flags = kSyn, .seq = 0, .options = options}), 1);
  ASSERT_EQ(syn.size(), 1U);
  const Bytes expected = builder::concat({builder::option_mss(1200), Bytes{1, 1, 1, 1}});
  EXPECT_EQ(syn[0].frame, from_client({.flags = kSyn, .seq = 0, .options = expected}));
  EXPECT_EQ(talk.client({.payload = "x"})[0].delay, 50 * kMs);
}

TEST(MiddleboxDevice, ChanceFollowsTheSeed) {
  Talk talk("seed 5\nwhen client-data chance 50% do drop");
  talk.open();
  int dropped = 0;
  for (int i = 0; i < 200; ++i) dropped += talk.client({.payload = "x"}).empty() ? 1 : 0;
  EXPECT_GT(dropped, 60);
  EXPECT_LT(dropped, 140);
}

}  // namespace handlens::middlebox
