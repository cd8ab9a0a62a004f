#include "src/output/flow_timing.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "src/output/explain_sink.h"
#include "src/output/json_writer.h"
#include "tests/support/report_builder.h"

namespace handlens {
namespace {

TEST(FlowTiming, OfAnOrderlyClock) {
  const FlowTiming timing = flow_timing(testing::tls13_flow().report);
  EXPECT_FALSE(timing.clock_went_back);
  EXPECT_EQ(timing.syn_to_syn_ack, 12'000'000);
  EXPECT_TRUE(timing.duration && timing.syn_ack_to_ack && timing.client_hello_to_established);
}

// A duration below zero is no duration: it is left out, and why is said.
TEST(FlowTiming, NothingIsNegativeWhenTheClockWentBack) {
  AnalyzedFlow flow = testing::tls13_flow();
  flow.report.tcp.ack = testing::stamp(3, 11'000);  // the SYN-ACK came at 12,000
  const FlowTiming timing = flow_timing(flow.report);
  EXPECT_TRUE(timing.clock_went_back);
  EXPECT_FALSE(timing.syn_ack_to_ack);
  EXPECT_EQ(timing.syn_to_ack, 11'000'000);

  TextBuffer text;
  JsonWriter writer(text);
  RecordMemo memo;
  visit_flow(flow, {}, memo, "", writer);
  const auto record = nlohmann::json::parse(text.view());
  EXPECT_EQ(record["flow"]["clock_went_back"], true);
  EXPECT_FALSE(record["tcp"].contains("syn_ack_to_ack"));
  EXPECT_TRUE(record["flow"].contains("duration"));
  EXPECT_NE(explanation(flow, {}).find("clock went back"), std::string::npos);
}

TEST(FlowTiming, PacketsCapturedInTheOtherOrderSayNothingOfTheClock) {
  AnalyzedFlow flow = testing::tls13_flow();
  std::swap(flow.report.tcp.syn->number, flow.report.tcp.syn_ack->number);
  std::swap(flow.report.tcp.syn->time, flow.report.tcp.syn_ack->time);
  const FlowTiming timing = flow_timing(flow.report);
  EXPECT_FALSE(timing.clock_went_back);
  EXPECT_FALSE(timing.syn_to_syn_ack);
}

TEST(FlowTiming, WildTimesDoNotOverflow) {
  AnalyzedFlow flow = testing::tls13_flow();
  flow.report.first.time.ns = INT64_MAX;
  flow.report.last.time.ns = INT64_MIN;
  const FlowTiming timing = flow_timing(flow.report);
  EXPECT_FALSE(timing.duration);
  EXPECT_TRUE(timing.clock_went_back);
}

}  // namespace
}  // namespace handlens
