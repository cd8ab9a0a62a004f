#include "tools/middlebox/split.h"

#include <gtest/gtest.h>

#include "tests/middlebox/frames.h"

namespace handlens::middlebox {

using testing::kClientIsn;
using testing::kServerIsn;
using testing::Talk;

TEST(MiddleboxSplit, TwoHandshakesAndShiftedNumbers) {
  Talk talk("split ttl 250 window 1234 mss 1000");
  const auto first = talk.device.on_frame(Side::client, testing::syn(), 1);
  ASSERT_EQ(first.size(), 2U);
  const Packet answer = parse(first[0].frame);
  EXPECT_EQ(first[0].to, Side::client);
  EXPECT_EQ(answer.flags, kSyn | kAck);
  EXPECT_EQ(answer.ack, kClientIsn + 1);
  EXPECT_EQ(answer.ttl, 250);
  EXPECT_EQ(answer.window, 1234);
  EXPECT_NE(answer.seq, kServerIsn);
  EXPECT_EQ(parse(first[1].frame).ttl, 250);
  const std::uint32_t shift = answer.seq - kServerIsn;

  // The client speaks before the server is connected: the device acknowledges and keeps it.
  EXPECT_TRUE(talk.client({.ack = 1 + shift}).empty());
  const auto early = talk.client({.ack = 1 + shift, .payload = "hello"});
  ASSERT_EQ(early.size(), 1U);
  EXPECT_EQ(early[0].to, Side::client);
  EXPECT_EQ(parse(early[0].frame).ack, kClientIsn + 6);

  const auto connected = talk.device.on_frame(Side::server, testing::syn_ack(), 2);
  ASSERT_EQ(connected.size(), 2U);
  EXPECT_EQ(connected[0].to, Side::server);
  EXPECT_EQ(parse(connected[0].frame).ack, kServerIsn + 1);
  const Packet held = parse(connected[1].frame);
  EXPECT_EQ(held.payload_size(), 5U);
  EXPECT_EQ(held.ack, kServerIsn + 1);
  EXPECT_TRUE(checksums_are_right(connected[1].frame));

  const auto back = talk.server({.ack = 6, .payload = "world"});
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(parse(back[0].frame).seq, answer.seq + 1);
  EXPECT_TRUE(checksums_are_right(back[0].frame));
  const auto more = talk.client({.seq = 6, .ack = 6 + shift, .payload = "x"});
  ASSERT_EQ(more.size(), 2U);
  EXPECT_EQ(parse(more[0].frame).seq, answer.seq + 6);
  EXPECT_EQ(parse(more[1].frame).ack, kServerIsn + 6);
}

TEST(MiddleboxSplit, ARefusalComesAfterTheClientWasAnswered) {
  Talk talk("split");
  const Packet answer = parse(talk.device.on_frame(Side::client, testing::syn(), 1)[0].frame);
  const auto out = talk.server({.flags = kRst | kAck, .seq = 0, .ack = 1});
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(parse(out[0].frame).seq, answer.seq + 1);
}

TEST(MiddleboxSplit, WhatIsKeptIsBounded) {
  Talk talk("split");
  talk.device.on_frame(Side::client, testing::syn(), 1);
  for (std::uint32_t i = 0; i < 2 * kMaxHeld; ++i) talk.client({.seq = 1 + i, .payload = "x"});
  EXPECT_EQ(talk.device.on_frame(Side::server, testing::syn_ack(), 2).size(), 1 + kMaxHeld);
}

}  // namespace handlens::middlebox
