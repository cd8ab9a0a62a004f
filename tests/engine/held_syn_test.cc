// A SYN with another number in the middle of an open connection: forged, or the next connection of the same endpoints.
#include "src/engine/held_syn.h"

#include <gtest/gtest.h>

#include "tests/support/engine_run.h"
#include "tests/support/frame_bytes.h"

namespace handlens {
namespace {

using testing_frames::Bytes;

constexpr std::uint32_t kClient = 0xc0000201, kServer = 0xc6336402, kRouter = 0xc0000263;
constexpr std::uint16_t kSyn = tcp_flag::syn, kAck = tcp_flag::ack, kRst = tcp_flag::rst, kFin = tcp_flag::fin;
constexpr std::uint32_t kForged = 3'000'000'000;

class EngineHeldSyn : public ::testing::Test {
 protected:
  void add(std::int64_t ms, Bytes frame) {
    const auto length = static_cast<std::uint32_t>(frame.size());
    packets_.push_back({.bytes = std::move(frame), .wire_length = length, .time = ms * 1'000'000});
  }
  void c(std::int64_t ms, std::uint16_t flags, std::uint32_t seq, std::uint32_t ack = 0, const Bytes& payload = {}) {
    add(ms, testing_frames::ethernet(testing_frames::ipv4(
                testing_frames::tcp({.source_port = 40000, .seq = seq, .ack = ack, .flags = flags}, payload))));
  }
  void s(std::int64_t ms, std::uint16_t flags, std::uint32_t seq, std::uint32_t ack, const Bytes& payload = {}) {
    const Bytes segment = testing_frames::tcp(
        {.source_port = 443, .destination_port = 40000, .seq = seq, .ack = ack, .flags = flags}, payload);
    add(ms, testing_frames::ethernet(testing_frames::ipv4(segment, {.source = kServer, .destination = kClient})));
  }
  void unreachable(std::int64_t ms, std::uint32_t seq) {
    Bytes error = {3, 13, 0, 0, 0, 0, 0, 0};
    testing_frames::put(error,
                        testing_frames::ipv4(testing_frames::tcp({.source_port = 40000, .seq = seq, .flags = kSyn})));
    add(ms, testing_frames::ethernet(
                testing_frames::ipv4(error, {.protocol = 1, .source = kRouter, .destination = kClient})));
  }
  // Five packets, until 30 ms.
  void talk() {
    c(0, kSyn, 100);
    s(10, kSyn | kAck, 500, 101);
    c(20, kAck, 101, 501);
    c(21, kAck, 101, 501, Bytes(10, 'a'));
    s(30, kAck, 501, 111);
  }
  std::vector<FlowReport> run() {
    testing::Analysis analysis = testing::analyze_packets(packets_);
    std::uint64_t told = 0;
    std::vector<FlowReport> reports;
    for (AnalyzedFlow& flow : analysis.flows) {
      for (const SideFacts& side : flow.report.tcp.sides) told += side.packets;
      reports.push_back(std::move(flow.report));
    }
    told_ = told;
    return reports;
  }

  testing::Packets packets_;
  std::uint64_t told_ = 0;  // packets that the flows tell of
};

TEST_F(EngineHeldSyn, AForgedOneEndsNothing) {
  talk();
  c(40, kSyn, kForged);
  s(50, kAck, 501, 111);  // the challenge
  c(60, kAck, 111, 501, Bytes(10, 'b'));
  s(70, kAck, 501, 121, Bytes(10, 'c'));
  const auto flows = run();
  ASSERT_EQ(flows.size(), 1u);
  EXPECT_EQ(flows[0].facts(Side::client).out_of_window, 1u);
  EXPECT_EQ(flows[0].facts(Side::server).challenge_acks, 1u);
  EXPECT_EQ(flows[0].facts(Side::client).isn, 100u);
  EXPECT_EQ(flows[0].tcp.syn_retransmissions, 0u);
  EXPECT_EQ(flows[0].facts(Side::client).lost_bytes, 0u);
  EXPECT_EQ(told_, packets_.size());
}

TEST_F(EngineHeldSyn, AForgedOneWithinTheWindowEndsNothing) {
  talk();
  c(40, kSyn, 110);  // the client's next byte is 111, as if it followed this SYN
  c(60, kAck, 111, 501, Bytes(10, 'b'));
  s(70, kAck, 501, 121);
  ASSERT_EQ(run().size(), 1u);
}

TEST_F(EngineHeldSyn, ForgedWithTheServersAddress) {
  talk();
  s(40, kSyn, kForged, 0);
  c(45, kAck, 111, 501);  // the client's challenge
  s(60, kAck, 501, 111, Bytes(10, 'c'));
  const auto flows = run();
  ASSERT_EQ(flows.size(), 1u);
  EXPECT_EQ(flows[0].facts(Side::server).out_of_window, 1u);
}

TEST_F(EngineHeldSyn, ManyForgedOnes) {
  talk();
  for (std::uint32_t i = 0; i < 50; ++i) c(40 + i, kSyn, kForged + i * 7'000'000);
  c(100, kAck, 111, 501, Bytes(10, 'b'));
  const auto flows = run();
  ASSERT_EQ(flows.size(), 1u);
  EXPECT_EQ(flows[0].facts(Side::client).out_of_window, 50u);
  EXPECT_EQ(told_, packets_.size());
}

TEST_F(EngineHeldSyn, AFrameSeenTwiceIsNotARepetition) {
  talk();
  c(40, kSyn, kForged);
  c(40, kSyn, kForged);
  s(50, kAck, 501, 111);
  c(60, kAck, 111, 501, Bytes(10, 'b'));
  const auto flows = run();
  ASSERT_EQ(flows.size(), 1u);
  EXPECT_EQ(told_, packets_.size());
}

TEST_F(EngineHeldSyn, AnsweredItBeginsTheNextConnection) {
  talk();
  c(40, kSyn, kForged);
  s(50, kSyn | kAck, 9000, kForged + 1);
  c(60, kAck, kForged + 1, 9001);
  const auto flows = run();
  ASSERT_EQ(flows.size(), 2u);
  EXPECT_EQ(flows[0].last.number, 5u);
  EXPECT_EQ(flows[0].facts(Side::client).out_of_window, 0u);
  ASSERT_TRUE(flows[1].tcp.syn && flows[1].tcp.ack);
  EXPECT_EQ(flows[1].first.number, 6u);
  EXPECT_EQ(flows[1].tcp.syn->number, 6u);
  EXPECT_EQ(flows[1].client.port, 40000);
  EXPECT_EQ(told_, packets_.size());
}

TEST_F(EngineHeldSyn, AnsweredAlsoWhenTheServerIsTheOneWhoOpens) {
  talk();
  s(40, kSyn, kForged, 0);
  c(50, kSyn | kAck, 9000, kForged + 1);
  s(60, kAck, kForged + 1, 9001);
  const auto flows = run();
  ASSERT_EQ(flows.size(), 2u);
  EXPECT_EQ(flows[1].client.port, 443);
  EXPECT_TRUE(flows[1].tcp.ack);
}

// What was under way between the two says nothing against the answer.
TEST_F(EngineHeldSyn, AnsweredAfterALateSegmentOfTheOldOne) {
  talk();
  c(40, kSyn, kForged);
  s(45, kAck, 501, 111, Bytes(10, 'c'));
  s(50, kSyn | kAck, 9000, kForged + 1);
  c(60, kAck, kForged + 1, 9001);
  const auto flows = run();
  ASSERT_EQ(flows.size(), 2u);
  EXPECT_EQ(flows[0].facts(Side::server).bytes, 10u);
  EXPECT_TRUE(flows[1].tcp.syn && flows[1].tcp.ack);
}

TEST_F(EngineHeldSyn, RefusedOrFollowedItBeginsTheNextConnection) {
  talk();
  c(40, kSyn, kForged);
  s(50, kRst | kAck, 0, kForged + 1);
  ASSERT_EQ(run().size(), 2u);
  packets_.clear();
  talk();
  c(40, kSyn, kForged);
  c(60, kAck, kForged + 1, 9001, Bytes(10, 'x'));  // only this way was captured
  ASSERT_EQ(run().size(), 2u);
  packets_.clear();
  talk();
  c(40, kSyn, kForged);
  unreachable(50, kForged);
  const auto flows = run();
  ASSERT_EQ(flows.size(), 2u);
  EXPECT_EQ(flows[1].events.back().kind, EventKind::icmp_unreachable);
}

TEST_F(EngineHeldSyn, RepeatedIntoSilenceItBeginsTheNextConnection) {
  talk();
  c(40, kSyn, kForged);
  c(1040, kSyn, kForged);
  c(3040, kSyn, kForged);
  const auto flows = run();
  ASSERT_EQ(flows.size(), 2u);
  EXPECT_EQ(flows[1].tcp.syn_retransmissions, 2u);
}

TEST_F(EngineHeldSyn, AfterTheEndOrALongSilenceNothingIsHeld) {
  talk();
  c(31, kFin | kAck, 111, 501);
  c(40, kSyn, kForged);
  ASSERT_EQ(run().size(), 2u);
  packets_.clear();
  talk();
  s(31, kRst, 501, 0);
  c(40, kSyn, kForged);
  ASSERT_EQ(run().size(), 2u);
  packets_.clear();
  talk();
  c(100'000, kSyn, kForged);
  ASSERT_EQ(run().size(), 2u);
}

TEST_F(EngineHeldSyn, NobodyTakesItUp) {
  talk();
  c(40, kSyn, kForged);
  const auto flows = run();
  ASSERT_EQ(flows.size(), 1u);
  EXPECT_EQ(flows[0].facts(Side::client).out_of_window, 1u);
  EXPECT_EQ(flows[0].last.number, 6u);
  EXPECT_EQ(told_, packets_.size());
}

TEST_F(EngineHeldSyn, ThePoolOfNotesIsGivenBack) {
  talk();
  for (std::int64_t i = 0; i < 20; ++i) {
    c(40 + i * 10, kSyn, kForged + static_cast<std::uint32_t>(i));
    s(45 + i * 10, kAck, 501, 111);
  }
  const auto flows = run();
  ASSERT_EQ(flows.size(), 1u);
  EXPECT_EQ(flows[0].facts(Side::server).challenge_acks, 20u);
}

}  // namespace
}  // namespace handlens
