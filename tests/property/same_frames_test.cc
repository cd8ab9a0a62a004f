// The recorded frames as a mirror port or a snap length would have changed them: twice, or without their ends. What is
// counted differs then; what is said must not, or be less.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/property/conversation.h"
#include "tests/support/own_captures.h"

namespace handlens::property {
namespace {

class SameFrames : public ::testing::TestWithParam<std::string> {
 protected:
  Packets packets_ = testing::read_packets(testing::capture_path(GetParam()));
  Analysis whole_ = testing::analyze_packets(packets_);
};

// What is said of a flow, without the numbers of frames and the counts.
std::string judgement(const AnalyzedFlow& flow) {
  const Outcome& o = flow.outcome;
  std::string out = to_text(flow.report.client.ip) + ' ' + std::to_string(flow.report.client.port) + '\n';
  for (const std::string_view word : {to_text(o.status), to_text(o.stage), to_text(o.ended_by), to_text(o.cause),
                                      to_text(o.confidence), std::string_view(o.primary)}) {
    out.append(word).append("\n");
  }
  return out;
}
std::string hellos(const AnalyzedFlow& flow) {
  static RecordMemo memo;
  PlacelessText text;
  visit_tls(flow.report, {}, memo, text);
  return text.take();
}

// A mirror port that sees both ways of a packet, or two of them, delivers each frame twice.
TEST_P(SameFrames, EveryFrameTwice) {
  Packets twice;
  for (const OwnedPacket& packet : packets_) {
    twice.push_back(packet);
    twice.push_back(packet);
    twice.back().time += 2'000;  // 2 us later
  }
  const Analysis doubled = testing::analyze_packets(twice);
  ASSERT_EQ(doubled.flows.size(), whole_.flows.size());
  for (std::size_t i = 0; i < whole_.flows.size(); ++i) {
    EXPECT_EQ(judgement(doubled.flows[i]), judgement(whole_.flows[i])) << "flow " << i + 1;
    EXPECT_EQ(hellos(doubled.flows[i]), hellos(whole_.flows[i])) << "flow " << i + 1;
    for (const Side side : {Side::client, Side::server}) {
      const SideFacts& once = whole_.flows[i].report.facts(side);
      if (once.ip_id_pattern != IpIdPattern::incrementing) continue;  // each packet has a number of its own
      const SideFacts& both = doubled.flows[i].report.facts(side);
      EXPECT_EQ(both.retransmissions, once.retransmissions) << "flow " << i + 1;
      EXPECT_EQ(both.overlaps_same, once.overlaps_same) << "flow " << i + 1;
    }
  }
}

// A snap length that leaves every TCP header whole (Ethernet with two VLAN tags, IPv6 with extension headers, TCP with
// all its options) takes payload away and nothing else.
TEST_P(SameFrames, CutByASnapLength) {
  // One frame of it holds several packets: those behind the cut are gone with their headers.
  if (GetParam() == "link_radiotap_amsdu.pcap")
    GTEST_SKIP() << "an aggregate's later packets lie behind the snap length";
  for (const std::uint32_t snap_length : {168u, 200u, 400u}) {
    Packets cut = packets_;
    for (OwnedPacket& packet : cut) {
      if (packet.bytes.size() > snap_length) packet.bytes.resize(snap_length);
    }
    const Analysis less = testing::analyze_packets(cut);
    SCOPED_TRACE(snap_length);
    ASSERT_EQ(less.flows.size(), whole_.flows.size());
    for (std::size_t i = 0; i < whole_.flows.size(); ++i) {
      const FlowReport& part = less.flows[i].report;
      const FlowReport& all = whole_.flows[i].report;
      EXPECT_EQ(to_text(part.tcp.state), to_text(all.tcp.state));
      EXPECT_EQ(part.tcp.rst_total, all.tcp.rst_total);
      for (const Side side : {Side::client, Side::server}) {
        if (part.client_direction != all.client_direction) continue;  // midstream: the hello said who is the client
        EXPECT_EQ(part.facts(side).packets, all.facts(side).packets);
        EXPECT_EQ(part.facts(side).bytes, all.facts(side).bytes) << "as they were on the wire";
        EXPECT_EQ(part.facts(side).retransmissions, all.facts(side).retransmissions);
      }
      // What can be read is what was there.
      EXPECT_TRUE(!part.tls.client_hello || all.tls.client_hello);
      EXPECT_TRUE(!part.tls.server_hello || all.tls.server_hello);
      // With the ServerHello the version is known, and with it whether a record of type 23 is data or handshake.
      if (part.tls.server_hello) {
        EXPECT_TRUE(!part.tls.established || all.tls.established);
      }
      // A side of the story that is not there proves nothing.
      const Outcome &judged = less.flows[i].outcome, &known = whole_.flows[i].outcome;
      if (known.status != Status::failed) {
        EXPECT_NE(to_text(judged.status), to_text(Status::failed));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Captures, SameFrames, ::testing::ValuesIn(testing::own_captures()),
                         [](const auto& test) { return testing::test_name(test.param); });

}  // namespace
}  // namespace handlens::property
