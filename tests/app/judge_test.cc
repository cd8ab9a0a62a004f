// Flows wait for the end of the input and are judged with all of it known.
#include "src/app/judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "tests/support/engine_run.h"
#include "tests/support/frame_bytes.h"

namespace handlens {
namespace {

using testing::CollectingSink;

// Ten connections that are all reset from near the client: only together do they show it.
std::vector<AnalyzedFlow> reset_flows() {
  return testing::analyze_packets(testing::read_packets(testing::capture_path("reset_15_near_client.pcap"))).flows;
}

std::string judgement(const AnalyzedFlow& flow) {
  std::string out = std::to_string(flow.report.id) + ' ' + std::string(to_text(flow.outcome.cause)) + ' ' +
                    std::string(to_text(flow.outcome.confidence)) + ' ' + flow.outcome.sentence;
  for (const RstVerdict& verdict : flow.rst_verdicts) {
    for (const std::string& rule : verdict.rules) out += ' ' + rule;
  }
  return out;
}
std::vector<std::string> judgements(std::vector<AnalyzedFlow>& flows) {
  std::sort(flows.begin(), flows.end(), [](const auto& a, const auto& b) { return a.report.id < b.report.id; });
  std::vector<std::string> out;
  for (const AnalyzedFlow& flow : flows) out.push_back(judgement(flow));
  return out;
}
bool is_judged_together(const AnalyzedFlow& flow) {
  return std::any_of(flow.rst_verdicts.begin(), flow.rst_verdicts.end(), [](const RstVerdict& v) {
    return std::find(v.rules.begin(), v.rules.end(), "timing-slope") != v.rules.end();
  });
}
std::vector<std::uint64_t> ids(const std::vector<AnalyzedFlow>& flows) {
  std::vector<std::uint64_t> out;
  for (const AnalyzedFlow& flow : flows) out.push_back(flow.report.id);
  return out;
}

// One part with these limits; the flows come in the order in which `shuffle` leaves them.
struct OnePart {
  std::vector<AnalyzedFlow> out;
  CaptureJudgement judgement;

  OnePart(std::size_t held, std::size_t briefs, bool reversed = false) {
    CollectingSink sink(out);
    JudgingSink part(sink, false, held, briefs);
    std::vector<AnalyzedFlow> flows = reset_flows();
    if (reversed) std::reverse(flows.begin(), flows.end());
    for (AnalyzedFlow& flow : flows) part.on_flow(std::move(flow));
    passed_at_once = out.size();
    Judge judge(1);
    judge.finish(part, {});
    judgement = judge.take_judgement();
  }
  std::size_t passed_at_once = 0;
};

TEST(Judge, HeldFlowsAreJudgedTogetherAndComeInOrder) {
  for (const bool reversed : {false, true}) {
    const OnePart one(1000, 1000, reversed);
    EXPECT_EQ(one.passed_at_once, 0u);
    ASSERT_GE(one.out.size(), 5u);
    const std::vector<std::uint64_t> order = ids(one.out);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    for (const AnalyzedFlow& flow : one.out) EXPECT_TRUE(is_judged_together(flow)) << flow.report.id;
    EXPECT_FALSE(one.judgement.clusters.empty());
    EXPECT_FALSE(one.judgement.vantage.empty());
  }
}

// The engine leaves to the sink what waits: nobody may leave it unjudged, held or not.
TEST(Judge, EveryFlowIsJudged) {
  const testing::Packets packets = testing::read_packets(testing::capture_path("reset_15_near_client.pcap"));
  const std::vector<RawPacket> raw = testing::raw_packets(packets);
  for (const std::size_t held : {0u, 2u, 1000u}) {
    std::vector<AnalyzedFlow> out;
    CollectingSink sink(out);
    JudgingSink part(sink, false, held, 1000);
    Engine engine({}, part);
    engine.on_batch(raw);
    engine.finish(false);
    Judge judge(1);
    judge.finish(part, {});
    ASSERT_GE(out.size(), 5u);
    for (const AnalyzedFlow& flow : out) {
      EXPECT_TRUE(flow.is_judged) << flow.report.id << ", " << held << " held";
      EXPECT_FALSE(flow.outcome.primary.empty()) << flow.report.id << ", " << held << " held";
    }
  }
}

// Forty SYNs to one server, each refused.
std::vector<testing_frames::Bytes> refused_attempts() {
  constexpr std::uint32_t kClient = 0xc0000201, kServer = 0xc6336402;
  std::vector<testing_frames::Bytes> frames;
  for (std::uint16_t port = 40000; port < 40040; ++port) {
    using namespace testing_frames;
    frames.push_back(ethernet(ipv4(tcp({.source_port = port, .seq = port, .flags = tcp_flag::syn}))));
    const Bytes refusal =
        tcp({.source_port = 443, .destination_port = port, .ack = port + 1u, .flags = tcp_flag::rst | tcp_flag::ack});
    frames.push_back(ethernet(ipv4(refusal, {.source = kServer, .destination = kClient})));
  }
  return frames;
}

class LastSink final : public JudgedSink {
 public:
  void on_flow(AnalyzedFlow&& flow) override { flows.push_back(std::move(flow)); }
  void on_waiting(std::uint64_t id) override { announced.insert(id); }
  [[nodiscard]] bool takes_failed_last() const override { return true; }
  std::vector<AnalyzedFlow> flows;
  std::set<std::uint64_t> announced;
};

TEST(Judge, RefusalsOfWhichNothingMoreCanBeSaidComeLate) {
  const std::vector<testing_frames::Bytes> frames = refused_attempts();
  std::vector<RawPacket> raw;
  for (const auto& frame : frames) {
    const auto size = static_cast<std::uint32_t>(frame.size());
    raw.push_back({.bytes = frame, .wire_length = size, .link = link_type::ethernet, .stamp = {raw.size() + 1, {}}});
    raw.back().stamp.time.ns = static_cast<std::int64_t>(raw.size()) * 1'000'003;
  }
  for (const bool interrupted : {false, true}) {
    std::vector<AnalyzedFlow> at_once;
    CollectingSink all(at_once);
    LastSink last;
    for (JudgedSink* sink : {static_cast<JudgedSink*>(&all), static_cast<JudgedSink*>(&last)}) {
      JudgingSink part(*sink, false, 4, 4);
      Engine engine({}, part);
      engine.on_batch(raw);
      engine.finish(interrupted);
      Judge judge(1);
      judge.finish(part, engine.counters());
      if (sink == &last) {
        EXPECT_LT(last.flows.size(), 15u);
        EXPECT_EQ(last.announced.size() + last.flows.size(), 40u + 4u) << "told, or said to come; those held are both";
      }
      engine.finish_late();
      EXPECT_EQ(judge.take_judgement().quality, std::vector<std::string>{"held-limit"});
    }
    EXPECT_TRUE(std::is_sorted(last.flows.end() - 20, last.flows.end(),
                               [](const auto& a, const auto& b) { return a.report.id < b.report.id; }));
    EXPECT_EQ(judgements(last.flows), judgements(at_once));
    EXPECT_EQ(last.flows.size(), 40u);
  }
}

TEST(Judge, AFlowThatNothingCanChangeDoesNotWait) {
  std::vector<AnalyzedFlow> out;
  CollectingSink sink(out);
  JudgingSink part(sink, false, 1000, 1000);
  AnalyzedFlow flow;
  flow.report.id = 1;
  flow.outcome.status = Status::ok;
  part.on_flow(std::move(flow));
  EXPECT_EQ(out.size(), 1u);
}

TEST(Judge, TheLimitKeepsTheFirstFlows) {
  for (const bool reversed : {false, true}) {
    const OnePart all(1000, 1000, reversed);
    const OnePart few(3, 1000, reversed);
    EXPECT_EQ(few.out.size(), all.out.size());
    EXPECT_EQ(few.passed_at_once, all.out.size() - 3);
    for (const AnalyzedFlow& flow : few.out) EXPECT_EQ(is_judged_together(flow), flow.report.id <= 3);
  }
}

TEST(Judge, TwoPartsJoinedGiveTheSameAsOne) {
  for (const std::size_t held : {1000u, 4u}) {
    OnePart one(held, 1000);
    std::vector<AnalyzedFlow> out[2];
    CollectingSink sinks[2] = {CollectingSink(out[0]), CollectingSink(out[1])};
    JudgingSink parts[2] = {JudgingSink(sinks[0], false, held, 1000), JudgingSink(sinks[1], false, held, 1000)};
    for (AnalyzedFlow& flow : reset_flows()) parts[flow.report.id % 2].on_flow(std::move(flow));
    Judge judge(2);
    std::thread other([&] { judge.finish(parts[1], {}); });
    judge.finish(parts[0], {});
    other.join();
    std::move(out[1].begin(), out[1].end(), std::back_inserter(out[0]));
    EXPECT_EQ(judgements(out[0]), judgements(one.out)) << "limit " << held;
    const CaptureJudgement together = judge.take_judgement();
    EXPECT_EQ(together.vantage, one.judgement.vantage);
    EXPECT_EQ(together.quality, one.judgement.quality);
  }
}

TEST(Judge, GivingUpWakesWhoWaitsAndHandsOnWhatWaited) {
  std::vector<AnalyzedFlow> out;
  CollectingSink sink(out);
  JudgingSink part(sink, false, 1000, 1000);
  std::vector<AnalyzedFlow> flows = reset_flows();
  const std::vector<std::string> alone = judgements(flows);
  for (AnalyzedFlow& flow : flows) part.on_flow(std::move(flow));
  Judge judge(2);  // the other part never comes
  std::thread waiting([&] { judge.finish(part, {}); });
  judge.give_up();
  waiting.join();
  EXPECT_EQ(judgements(out), alone);
  EXPECT_TRUE(judge.take_judgement().clusters.empty());
}

TEST(Judge, LiveFlowsAreJudgedByThoseBefore) {
  std::vector<AnalyzedFlow> out;
  CollectingSink sink(out);
  JudgingSink part(sink, true, 1000, 1000);
  std::vector<AnalyzedFlow> flows = reset_flows();
  const std::size_t count = flows.size();
  for (AnalyzedFlow& flow : flows) part.on_flow(std::move(flow));
  EXPECT_EQ(out.size(), count) << "nothing waits";
}

}  // namespace
}  // namespace handlens
