// Attempts to connect that come to nothing: repeated, silent, answered by the network; and that how packets are batched
// shows in none of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "src/engine/engine.h"
#include "tests/support/frame_bytes.h"

namespace handlens {
namespace {

using testing_frames::Bytes;
using testing_frames::ethernet;
using testing_frames::ipv4;
using testing_frames::tcp;

constexpr std::uint32_t kClient = 0xc0000201, kServer = 0xc6336402;
constexpr std::uint16_t kSyn = tcp_flag::syn, kAck = tcp_flag::ack, kRst = tcp_flag::rst;

class Collector final : public FlowSink {
 public:
  void on_flow(AnalyzedFlow&& flow) override { flows.push_back(std::move(flow)); }
  std::vector<AnalyzedFlow> flows;
};

class EngineAttempts : public ::testing::Test {
 protected:
  void add(std::int64_t time_ns, Bytes frame) {
    frames_.push_back(std::move(frame));
    times_.push_back(time_ns);
  }
  void from_client(std::int64_t ms, std::uint16_t flags, std::uint32_t seq, std::uint32_t ack = 0,
                   std::uint16_t port = 40000, const Bytes& payload = {}) {
    add(ms * 1'000'000, ethernet(ipv4(tcp({.source_port = port, .seq = seq, .ack = ack, .flags = flags}, payload))));
  }
  void from_server(std::int64_t ms, std::uint16_t flags, std::uint32_t seq, std::uint32_t ack,
                   std::uint16_t port = 40000, const Bytes& payload = {}) {
    const Bytes segment =
        tcp({.source_port = 443, .destination_port = port, .seq = seq, .ack = ack, .flags = flags}, payload);
    add(ms * 1'000'000, ethernet(ipv4(segment, {.source = kServer, .destination = kClient})));
  }
  // Quotes the client's SYN.
  void unreachable(std::int64_t ms, std::uint32_t seq, std::uint16_t port = 40000) {
    Bytes error = {3, 13, 0, 0, 0, 0, 0, 0};
    testing_frames::put(error, ipv4(tcp({.source_port = port, .seq = seq, .flags = kSyn})));
    add(ms * 1'000'000, ethernet(ipv4(error, {.protocol = 1, .source = 0xc0000263, .destination = kClient})));
  }
  // Packets of a connection that has nothing to do with the one under test.
  void others(std::int64_t from_ms, std::int64_t to_ms, std::int64_t step_ms) {
    for (std::int64_t ms = from_ms; ms <= to_ms; ms += step_ms) from_client(ms, kAck, 1, 1, 50000);
  }
  std::vector<AnalyzedFlow> run(std::size_t batch = 64, const Limits& limits = {}) {
    Collector sink;
    Engine engine(limits, sink);
    std::vector<RawPacket> packets;
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      RawPacket raw;
      raw.stamp = {i + 1, {times_[i]}};
      raw.bytes = frames_[i];
      raw.wire_length = static_cast<std::uint32_t>(frames_[i].size());
      raw.link = link_type::ethernet;
      packets.push_back(raw);
    }
    for (std::size_t at = 0; at < packets.size(); at += batch) {
      engine.on_batch(std::span<const RawPacket>(packets).subspan(at, std::min(batch, packets.size() - at)));
    }
    engine.finish(false);
    counters_ = engine.counters();
    std::sort(sink.flows.begin(), sink.flows.end(),
              [](const AnalyzedFlow& a, const AnalyzedFlow& b) { return a.report.id < b.report.id; });
    return std::move(sink.flows);
  }

  std::vector<Bytes> frames_;
  std::vector<std::int64_t> times_;
  CaptureCounters counters_;
};

TEST_F(EngineAttempts, SynAfterAResetOfAnAnsweredOneIsAnotherFlow) {
  for (const std::int64_t ms : {0, 500}) {
    from_client(ms, kSyn, 100);
    from_server(ms + 1, kSyn | kAck, 900, 101);
    from_client(ms + 2, kRst, 101);
  }
  EXPECT_EQ(run().size(), 2u);
}

TEST_F(EngineAttempts, HowLongAFlowWasSilentDoesNotDependOnTheBatches) {
  from_client(0, kSyn, 100);
  others(1'000, 200'000, 1'000);
  for (const std::size_t batch : {1u, 7u, 64u, 1000u}) {
    const auto flows = run(batch);
    ASSERT_EQ(flows.size(), 2u);
    EXPECT_EQ(flows[0].report.quiet_ns, Limits{}.half_open_timeout) << batch;
    EXPECT_EQ(flows[0].outcome.ended_by, EndedBy::timeout);
  }
}

TEST_F(EngineAttempts, TheFirstAttemptAfterALongPauseIsWhole) {
  others(0, 1'000, 100);
  from_client(10'000'000, kSyn, 100);
  from_server(10'000'010, kSyn | kAck, 900, 101);
  from_client(10'000'020, kAck, 101, 901);
  for (const std::size_t batch : {1u, 64u}) {
    const auto flows = run(batch);
    ASSERT_EQ(flows.size(), 2u) << batch;
    EXPECT_TRUE(flows[1].report.tcp.ack) << batch;
  }
}

TEST_F(EngineAttempts, AnErrorOfTheNetworkKeepsAnAttemptNoLongerThanAnother) {
  from_client(0, kSyn, 100);
  unreachable(5, 100);
  others(1'000, 80'000, 1'000);
  from_client(81'000, kSyn, 100);  // the same number again, long after: another attempt
  const auto flows = run();
  ASSERT_EQ(flows.size(), 3u);
  EXPECT_EQ(flows[0].outcome.ended_by, EndedBy::icmp);
}

TEST_F(EngineAttempts, AnErrorAboutAFlowThatIsOverIsUnmatched) {
  from_client(0, kSyn, 100);
  others(100'000, 100'010, 10);
  unreachable(100'020, 100);
  for (const std::size_t batch : {1u, 64u}) {
    const auto flows = run(batch);
    EXPECT_EQ(flows[0].outcome.ended_by, EndedBy::timeout);
    EXPECT_EQ(counters_.icmp_unmatched, 1u);
  }
}

}  // namespace
}  // namespace handlens
