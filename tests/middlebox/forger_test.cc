#include "tools/middlebox/forger.h"

#include <gtest/gtest.h>

#include "tests/middlebox/frames.h"

namespace handlens::middlebox {

using testing::hello_record;
using testing::kClientIsn;
using testing::kMs;
using testing::kServerIsn;
using testing::Talk;

namespace {

const std::string kHello = hello_record("www.example.com");

// The packets beside the one that passed, towards one side.
std::vector<Packet> forged(const std::vector<Output>& outputs, Side to, std::size_t from = 0) {
  std::vector<Packet> found;
  for (std::size_t i = from; i < outputs.size(); ++i) {
    if (outputs[i].to != to) continue;
    EXPECT_TRUE(checksums_are_right(outputs[i].frame));
    found.push_back(parse(outputs[i].frame));
  }
  return found;
}

std::vector<Output> after_hello(const std::string& action) {
  Talk talk("mode on-path\nwhen hello do " + action);
  talk.open();
  return talk.client({.payload = kHello, .ttl = 61, .id = 63020, .window = 8332, .tos = 0x14}, 10 * kMs);
}

}  // namespace

TEST(MiddleboxForger, ExactNumbersFitWhatTheReceiverExpects) {
  const auto out = after_hello("reset both");
  const auto length = static_cast<std::uint32_t>(kHello.size());
  const auto to_client = forged(out, Side::client), to_server = forged(out, Side::server, 1);
  ASSERT_EQ(to_client.size(), 1U);
  EXPECT_EQ(to_client[0].seq, kServerIsn + 1);
  EXPECT_EQ(to_client[0].ack, kClientIsn + 1 + length);
  EXPECT_EQ(to_client[0].flags, kRst | kAck);
  EXPECT_EQ(to_client[0].source_port, 443);
  ASSERT_EQ(to_server.size(), 1U);
  EXPECT_EQ(to_server[0].seq, kClientIsn + 1 + length);  // the hello passed
  EXPECT_EQ(to_server[0].ack, kServerIsn + 1);
}

TEST(MiddleboxForger, WhatWasDroppedWasNeverSent) {
  Talk talk("when hello do reset server also reset server seq +517 also reset server seq sent also drop");
  talk.open();
  const auto to_server = forged(talk.client({.payload = kHello}), Side::server);
  ASSERT_EQ(to_server.size(), 3U);
  EXPECT_EQ(to_server[0].seq, kClientIsn + 1);
  EXPECT_EQ(to_server[1].seq, kClientIsn + 518);
  EXPECT_EQ(to_server[2].seq, kClientIsn + 1 + kHello.size());
}

TEST(MiddleboxForger, AnswersToASynAreThoseOfAClosedPort) {
  Talk talk("when syn do drop also reset client");
  const auto out = talk.device.on_frame(Side::client, testing::syn(), kMs);
  ASSERT_EQ(out.size(), 1U);
  const Packet packet = parse(out[0].frame);
  EXPECT_EQ(packet.seq, 0U);
  EXPECT_EQ(packet.ack, kClientIsn + 1);
}

TEST(MiddleboxForger, BurstsGuessAndCount) {
  const auto packets =
      forged(after_hello("reset client flags rst seq 0,1460,4380 window 1980+1 id 64+2 ttl 46"), Side::client);
  ASSERT_EQ(packets.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(packets[i].window, 1980 + i);
    EXPECT_EQ(packets[i].id, 64 + 2 * i);
    EXPECT_EQ(packets[i].ttl, 46);
    EXPECT_EQ(packets[i].ack, 0U);  // no ACK flag, no number
  }
  EXPECT_EQ(packets[1].seq - packets[0].seq, 1460U);
  EXPECT_EQ(packets[2].seq - packets[0].seq, 4380U);
}

TEST(MiddleboxForger, DelaysOfABurst) {
  const auto out = after_hello("reset client count 3 after 5ms gap 2ms");
  ASSERT_EQ(out.size(), 4U);
  EXPECT_EQ(out[0].delay, 0);
  EXPECT_EQ(out[1].delay, 5 * kMs);
  EXPECT_EQ(out[3].delay, 9 * kMs);
}

TEST(MiddleboxForger, AMirroredTrigger) {
  const auto out = after_hello("reset client mirror flags rst");
  const auto packets = forged(out, Side::client);
  ASSERT_EQ(packets.size(), 1U);
  EXPECT_EQ(packets[0].id, 63020);
  EXPECT_EQ(packets[0].window, 8332);
  EXPECT_EQ(packets[0].tos, 0x14);
  EXPECT_EQ(packets[0].ttl, 61);
  EXPECT_EQ(packets[0].seq, kServerIsn + 1);
  EXPECT_EQ(packets[0].payload_size(), kHello.size());
}

TEST(MiddleboxForger, TheSendersOwnFields) {
  const auto packets = forged(after_hello("reset client ttl sender id sender window sender"), Side::client);
  ASSERT_EQ(packets.size(), 1U);
  EXPECT_EQ(packets[0].ttl, 50);
  EXPECT_EQ(packets[0].id, 8);  // one more than the last
  EXPECT_EQ(packets[0].window, 502);
}

TEST(MiddleboxForger, OptionsTextFragmentBitAndAddresses) {
  const auto out = after_hello(R"(fin client text "hello" options timestamps 100 100 df off own-mac)");
  const Bytes& frame = out[1].frame;
  const Packet packet = parse(frame);
  EXPECT_EQ(packet.flags, kFin | kPsh | kAck);
  EXPECT_EQ(packet.payload_size(), 5U);
  EXPECT_FALSE(packet.dont_fragment);
  EXPECT_EQ(packet.payload_at - kEthernetSize - kIpv4Size, kTcpSize + 12);
  EXPECT_EQ(source_mac(frame), kDeviceMac);
  EXPECT_EQ(source_mac(after_hello("reset client")[1].frame), destination_mac(testing::from_client({})));
}

TEST(MiddleboxForger, RandomValuesComeFromTheSeed) {
  const auto id = [](const std::string& seed) {
    Talk talk(seed + "\nwhen syn do reset client id random");
    return parse(talk.device.on_frame(Side::client, testing::syn(), 1)[1].frame).id;
  };
  EXPECT_EQ(id("seed 3"), id("seed 3"));
  EXPECT_NE(id("seed 3"), id("seed 4"));
}

TEST(MiddleboxForger, AcknowledgementNumbers) {
  EXPECT_EQ(forged(after_hello("reset client ack zero"), Side::client)[0].ack, 0U);
  EXPECT_EQ(forged(after_hello("reset client ack trigger"), Side::client)[0].ack, kServerIsn + 1);
  EXPECT_EQ(forged(after_hello("reset client ack -1"), Side::client)[0].ack, kClientIsn + kHello.size());
  EXPECT_EQ(forged(after_hello("reset client seq trigger-seq"), Side::client)[0].seq, kClientIsn + 1);
}

}  // namespace handlens::middlebox
