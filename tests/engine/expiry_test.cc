// When flows are over, by the packets' own clock and by the room there is.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>

#include "tests/support/engine_run.h"

namespace handlens {
namespace {

using builder::Capture;
using builder::Conversation;
using builder::Host;
using builder::kAck;
using builder::kRst;
using builder::kSyn;
using builder::seconds;
using testing::Analysis;
using testing::analyze_capture;

constexpr const char* kServer = "198.51.100.7";

// Two packets of another connection: the clock follows what two packets in a row have reached.
void let_time_be_seen(Capture& capture) {
  Conversation(capture, {.ip = "203.0.113.9", .port = 40000}, {.ip = "203.0.113.10"}).open(builder::microseconds(1));
}

// The flows that were reported before the input ended.
class Watch final : public FlowSink {
 public:
  explicit Watch(const Limits& limits = {}) : engine_(limits, *this) {}
  Watch& feed(const Capture& capture) {
    const testing::Packets packets = testing::packets_of(capture);
    const std::vector<RawPacket> raw = testing::raw_packets(packets, number_);
    number_ += raw.size();
    for (const RawPacket& packet : raw) engine_.on_batch({&packet, 1});
    return *this;
  }
  void on_flow(AnalyzedFlow&& flow) override { ended.push_back(std::move(flow)); }
  Engine& engine() { return engine_; }
  std::vector<AnalyzedFlow> ended;

 private:
  std::uint64_t number_ = 1;
  Engine engine_;
};

// One connection in the state that `begin` makes, then `pause`, then packets of others.
std::size_t ended_after(const std::function<void(Conversation&)>& begin, std::int64_t pause) {
  Capture capture;
  Conversation talk(capture, {.port = 50000}, {.ip = kServer});
  begin(talk);
  capture.wait(pause);
  let_time_be_seen(capture);
  Watch watch;
  return watch.feed(capture).ended.size();
}

TEST(Expiry, HalfOpenFlowsWaitForAnotherTry) {
  const auto syn = [](Conversation& talk) { talk.from_client({.flags = kSyn}); };
  EXPECT_EQ(ended_after(syn, seconds(74)), 0u);
  EXPECT_EQ(ended_after(syn, seconds(76)), 1u);
}

TEST(Expiry, ClosedFlowsWaitForLatePackets) {
  const auto closed = [](Conversation& talk) { talk.open().close(); };
  EXPECT_EQ(ended_after(closed, seconds(59)), 0u);
  EXPECT_EQ(ended_after(closed, seconds(61)), 1u);
}

TEST(Expiry, OpenFlowsMayBeSilentForLong) {
  const auto open = [](Conversation& talk) { talk.open(); };
  EXPECT_EQ(ended_after(open, seconds(3599)), 0u);
  EXPECT_EQ(ended_after(open, seconds(3601)), 1u);
}

// The first packet after a long pause is alone with its time for a moment.
TEST(Expiry, AConnectionAfterALongPauseIsOneFlow) {
  for (const std::int64_t pause : {seconds(3599), seconds(3700), seconds(86400)}) {
    Capture capture;
    Conversation(capture, {.port = 50000}, {.ip = kServer}).open().close();
    capture.wait(pause);
    Conversation(capture, {.port = 50001}, {.ip = kServer}).open().close();
    const Analysis analysis = analyze_capture(capture, {.batch = 1});
    ASSERT_EQ(analysis.flows.size(), 2u) << pause;
    EXPECT_EQ(analysis.flows[1].report.tcp.state, TcpState::closed) << pause;
  }
}

// Two closed connections, one by FIN and one by a reset, and a third one that goes on: after about `packets` of its
// packets, how many have ended?
std::size_t ended_after(int packets) {
  Limits limits;
  limits.finished_linger_packets = 50;
  limits.reset_linger_packets = 150;
  Watch watch(limits);
  Capture capture;
  Conversation(capture, {.port = 50000}, {.ip = kServer}).open().close();
  Conversation(capture, {.port = 50001}, {.ip = kServer}).open().from_server({.flags = kRst | kAck});
  Conversation busy(capture, {.port = 50002}, {.ip = kServer});
  busy.open();
  for (int i = 0; i < packets; ++i) busy.from_client({.flags = kAck});
  return watch.feed(capture).ended.size();
}

TEST(Expiry, ABusyCaptureHoldsClosedFlowsForSoManyPackets) {
  EXPECT_EQ(ended_after(40), 0u);
  EXPECT_EQ(ended_after(120), 1u) << "that which was closed in order";
  EXPECT_EQ(ended_after(300), 2u);
}

// How long a closed flow was silent is no matter of when somebody looked: not of the batches, and not of how many other
// flows are looked at before it.
TEST(Expiry, ClosedFlowsAreOverWithTheSamePacket) {
  constexpr std::int64_t kMs = builder::milliseconds(1);
  std::array<std::int64_t, 2> first{};
  for (const std::size_t others : {0u, 3000u}) {
    Capture capture;
    for (std::size_t i = 0; i < others; ++i) {
      Conversation(capture, {.ip = "203.0.113.9", .port = static_cast<std::uint16_t>(1000 + i)}, {.ip = kServer})
          .from_client({.flags = kSyn});
    }
    Conversation(capture, {.port = 50000}, {.ip = kServer}).open().close();
    Conversation(capture, {.port = 50001}, {.ip = kServer}).open().from_server({.flags = kRst | kAck});
    Conversation busy(capture, {.port = 50002}, {.ip = kServer});
    busy.open(0);
    for (int i = 0; i < 1000; ++i) busy.wait(builder::milliseconds(10)).from_client({.flags = kAck});
    testing::RunOptions options;
    options.limits.finished_linger_packets = 50;
    options.limits.reset_linger_packets = 150;
    for (const std::size_t batch : {1u, 7u, 64u, 5000u}) {
      options.batch = batch;
      const Analysis analysis = analyze_capture(capture, options);
      ASSERT_EQ(analysis.flows.size(), others + 3);
      // Behind the last packet of the first one: the four of the other, three that open, and data. The clock is one
      // packet behind.
      const std::array quiet = {analysis.flows[others].report.quiet_ns, analysis.flows[others + 1].report.quiet_ns};
      EXPECT_EQ(quiet[0] / kMs, 10 + (50 - 7) * 10) << batch;
      EXPECT_EQ(quiet[1] / kMs, (150 - 3) * 10) << batch;
      if (first[0] == 0) first = quiet;
      EXPECT_EQ(quiet, first) << batch;
    }
  }
}

// Whatever comes before a closed flow's time is over makes it linger anew.
TEST(Expiry, LatePacketsMakeAClosedFlowLingerAnew) {
  Limits limits;
  limits.finished_linger_packets = 50;
  limits.reset_linger_packets = 150;
  for (const bool is_reset : {false, true}) {
    Watch watch(limits);
    Capture capture;
    Conversation talk(capture, {.port = 50000}, {.ip = kServer});
    Conversation busy(capture, {.port = 50002}, {.ip = kServer});
    busy.open();
    talk.open().close();
    for (int i = 0; i < 40; ++i) busy.from_client({.flags = kAck});
    talk.from_server({.flags = static_cast<std::uint8_t>(is_reset ? kRst | kAck : kAck)});
    for (int i = 0; i < (is_reset ? 150 : 50); ++i) busy.from_client({.flags = kAck});
    EXPECT_EQ(watch.feed(capture).ended.size(), 0u);
    watch.engine().finish(false);
    EXPECT_EQ(watch.ended.size(), 2u);
    EXPECT_EQ(watch.engine().counters().late_packets, 0u);
  }
}

TEST(Expiry, LatePacketsOfAClosedFlowMakeNoNewOne) {
  Capture capture;
  Conversation talk(capture, {.port = 50000}, {.ip = kServer});
  talk.open().close();
  capture.wait(seconds(61));
  let_time_be_seen(capture);
  talk.from_client({.flags = kAck});
  const Analysis analysis = analyze_capture(capture, {.batch = 1});
  EXPECT_EQ(analysis.flows.size(), 2u);
  EXPECT_EQ(analysis.counters.late_packets, 1u);
}

TEST(Expiry, OnePacketWithAWildTimeEndsNothing) {
  for (const std::int64_t wild : {seconds(86400 * 365 * 20), INT64_MAX - builder::kStart, -builder::kStart}) {
    Capture capture;
    Conversation talk(capture, {.port = 50000}, {.ip = kServer});
    Conversation stray(capture, {.port = 50001}, {.ip = kServer});
    talk.open();
    const std::int64_t now = capture.now();
    capture.at(wild);
    stray.from_client({.flags = kSyn});
    capture.at(now - builder::kStart + seconds(1));
    talk.close();
    let_time_be_seen(capture);
    Watch watch;
    EXPECT_EQ(watch.feed(capture).ended.size(), 0u) << wild;
    watch.engine().finish(false);
    EXPECT_EQ(watch.ended.size(), 3u) << wild;
    for (const AnalyzedFlow& flow : watch.ended) {
      const std::size_t fins = flow.report.client.port == 50000 ? 2 : 0;
      EXPECT_EQ(flow.report.tcp.fin.size(), fins) << wild;
    }
  }
}

TEST(Expiry, TimesOfAllKindsAreSurvived) {
  std::vector<std::int64_t> times = {INT64_MIN, INT64_MAX,     0, -1, INT64_MIN, INT64_MIN + 1,
                                     INT64_MAX, INT64_MAX - 1, 1};
  Capture capture;
  Conversation talk(capture, {.port = 50000}, {.ip = kServer});
  talk.open();
  for (int i = 0; i < 30; ++i) talk.from_client({.flags = kAck});
  testing::Packets packets = testing::packets_of(capture);
  for (std::size_t i = 0; i < packets.size(); ++i) packets[i].time = times[i % times.size()];
  const Analysis analysis = testing::analyze_packets(packets, {.batch = 2});
  EXPECT_GE(analysis.flows.size(), 1u);
  EXPECT_EQ(analysis.counters.packets, packets.size());
}

TEST(Expiry, TheOldestFlowsGoWhenThereAreTooMany) {
  Limits limits;
  limits.max_flows = 50;
  Watch watch(limits);
  Capture capture;
  for (std::uint16_t i = 0; i < 80; ++i) {
    Conversation(capture, {.port = static_cast<std::uint16_t>(40000 + i)}, {.ip = kServer}).open();
  }
  EXPECT_EQ(watch.feed(capture).ended.size(), 30u);
  for (const AnalyzedFlow& flow : watch.ended) EXPECT_EQ(flow.report.cut_short, CutShort::evicted);
  EXPECT_EQ(watch.engine().counters().evicted_flows, 30u);
  watch.engine().finish(false);
  EXPECT_EQ(watch.ended.size(), 80u);
}

TEST(Expiry, HalfOpenFlowsAreEvictedBeforeConnections) {
  Limits limits;
  limits.max_flows = 10;
  Watch watch(limits);
  Capture capture;
  for (std::uint16_t i = 0; i < 5; ++i) {
    Conversation(capture, {.port = static_cast<std::uint16_t>(40000 + i)}, {.ip = kServer}).open();
  }
  for (std::uint16_t i = 0; i < 100; ++i) {
    Conversation(capture, {.port = static_cast<std::uint16_t>(50000 + i)}, {.ip = kServer})
        .from_client({.flags = kSyn});
  }
  watch.feed(capture);
  EXPECT_EQ(watch.ended.size(), 95u);
  for (const AnalyzedFlow& flow : watch.ended) EXPECT_GE(flow.report.client.port, 50000);
}

// Beyond the bound on memory flows are told early, half-open ones first, and it is said of each.
TEST(Expiry, TheOldestFlowsGoWhenTheyTakeTooMuchMemory) {
  Limits limits;
  limits.max_memory = 64 * 1024;
  Watch watch(limits);
  Capture capture;
  Conversation lasting(capture, {.port = 30000}, {.ip = kServer});
  lasting.open();
  for (std::uint16_t i = 0; i < 2000; ++i) {
    Conversation(capture, {.port = static_cast<std::uint16_t>(40000 + i)}, {.ip = kServer})
        .from_client({.flags = kSyn});
  }
  watch.feed(capture);
  EXPECT_GT(watch.ended.size(), 1000u);
  EXPECT_LT(watch.ended.size(), 1900u);
  for (const AnalyzedFlow& flow : watch.ended) {
    EXPECT_EQ(flow.report.cut_short, CutShort::memory_limit);
    EXPECT_NE(flow.report.client.port, 30000);
  }
  EXPECT_EQ(watch.engine().counters().evicted_flows, watch.ended.size());
  watch.engine().finish(false);
  EXPECT_EQ(watch.ended.size(), 2001u);
}

// Live, on a silent line: flows end by the time that passes, as they would by packets of others.
TEST(Expiry, SilenceIsTimeToo) {
  const auto ended = [](const std::function<void(Conversation&)>& begin, std::int64_t silence) {
    Capture capture;
    Conversation talk(capture, {.port = 50000}, {.ip = kServer});
    begin(talk);
    Watch watch;
    watch.feed(capture);
    watch.engine().on_silence(silence / 2);
    watch.engine().on_silence(silence);
    return watch.ended.size();
  };
  const auto syn = [](Conversation& talk) { talk.from_client({.flags = kSyn}); };
  const auto closed = [](Conversation& talk) { talk.open().close(); };
  EXPECT_EQ(ended(syn, seconds(74)), 0u);
  EXPECT_EQ(ended(syn, seconds(76)), 1u);
  EXPECT_EQ(ended(closed, seconds(59)), 0u);
  EXPECT_EQ(ended(closed, seconds(61)), 1u);
}

TEST(Expiry, SilenceCountsFromTheLastPacket) {
  Watch watch;
  watch.engine().on_silence(seconds(10'000));  // before any packet there is no time
  Capture capture;
  Conversation talk(capture, {.port = 50000}, {.ip = kServer});
  talk.open();
  watch.feed(capture);
  watch.engine().on_silence(seconds(3'000));
  Capture more;
  more.wait(seconds(3'001));
  Conversation other(more, {.port = 50001}, {.ip = kServer});
  other.open();
  watch.feed(more);
  watch.engine().on_silence(seconds(500));
  EXPECT_EQ(watch.ended.size(), 0u);
  watch.engine().on_silence(seconds(600));
  ASSERT_EQ(watch.ended.size(), 1u);
  EXPECT_EQ(watch.ended[0].report.client.port, 50000);
  watch.engine().finish(false);
  EXPECT_EQ(watch.ended.size(), 2u);
}

// Fragments have their own share of the memory: they push out no flow.
TEST(Expiry, AFloodOfFragmentsEndsNoFlow) {
  Limits limits;
  limits.max_memory = 256 * 1024;
  EXPECT_EQ(fragment_share(limits), 64u * 1024);
  Watch watch(limits);
  Capture capture;
  Conversation talk(capture, {.port = 50000}, {.ip = kServer});
  talk.open();
  for (std::uint16_t i = 0; i < 500; ++i) {
    const builder::Bytes packet = talk.ip_from_client({.payload = builder::filler(2000), .ip_id = i});
    capture.add_ip(builder::fragment_ipv4(packet, 1024)[0], talk.link_from_client());
  }
  talk.from_client({.flags = kAck});
  watch.feed(capture);
  EXPECT_EQ(watch.ended.size(), 0u);
  EXPECT_EQ(watch.engine().counters().evicted_flows, 0u);
}

TEST(Expiry, ConnectionsGoTooIfNothingElseDoes) {
  Limits limits;
  limits.max_memory = 64 * 1024;
  Watch watch(limits);
  Capture capture;
  std::vector<std::unique_ptr<Conversation>> talks;
  for (std::uint16_t i = 0; i < 100; ++i) {
    talks.push_back(std::make_unique<Conversation>(
        capture, builder::Host{.port = static_cast<std::uint16_t>(40000 + i)}, builder::Host{.ip = kServer}));
    talks.back()->open().client_data(builder::filler(1000));
  }
  watch.feed(capture);
  EXPECT_GT(watch.ended.size(), 10u);
  EXPECT_EQ(watch.engine().counters().evicted_flows, watch.ended.size());
}

// Of a connection whose beginning was not captured: what waits as notes and what a connection takes are told alike.
TEST(Expiry, LoneAcksAreTheMiddleOfAConnection) {
  for (const int more : {0, 1, 3, 20}) {
    Capture capture;
    Conversation talk(capture, {.port = 50000}, {.ip = kServer});
    for (int i = 0; i <= more; ++i) talk.from_client({.flags = kAck});
    Analysis analysis = analyze_capture(capture);
    ASSERT_EQ(analysis.flows.size(), 1u);
    EXPECT_EQ(
        analysis.flows[0].report.facts(Side::client).packets + analysis.flows[0].report.facts(Side::server).packets,
        static_cast<std::uint64_t>(more) + 1);
    EXPECT_EQ(analysis.flows[0].report.tcp.state, TcpState::midstream);
    talk.from_server({.flags = kAck});
    talk.client_data(builder::filler(10));
    analysis = analyze_capture(capture);
    ASSERT_EQ(analysis.flows.size(), 1u);
    EXPECT_TRUE(analysis.flows[0].report.midstream);
    EXPECT_EQ(analysis.flows[0].report.first.number, 1u);
  }
}

TEST(Expiry, ASynAfterLoneAcksIsAnotherConnectionUnlessItFits) {
  for (const std::uint32_t isn : {1000u, 900'000u}) {
    Capture capture;
    Conversation(capture, {.port = 50000, .isn = 1000}, {.ip = kServer}).from_client({.flags = kAck});
    Conversation(capture, {.port = 50000, .isn = isn}, {.ip = kServer}).open();
    EXPECT_EQ(analyze_capture(capture).flows.size(), isn == 1000 ? 1u : 2u) << isn;
  }
}

}  // namespace
}  // namespace handlens
