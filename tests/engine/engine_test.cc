// Flows through the whole engine: where one ends and another begins, and when.
#include "src/engine/engine.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/engine_run.h"
#include "tools/builder/tls_builder.h"

namespace handlens {
namespace {

using builder::Bytes;
using builder::Capture;
using builder::Conversation;
using builder::Host;
using builder::kAck;
using builder::kFin;
using builder::kPsh;
using builder::kRst;
using builder::kSyn;
using builder::seconds;
using testing::Analysis;
using testing::analyze_capture;

constexpr const char* kServer = "198.51.100.7";

Bytes hello(const std::string& name) {
  builder::ClientHelloFields fields;
  fields.server_name = name;
  return builder::record(builder::kHandshakeRecord, builder::client_hello(fields), builder::kTls10);
}
std::vector<std::string> kinds(const FlowReport& report) {
  std::vector<std::string> out;
  for (const Event& event : report.events) out.emplace_back(to_text(event.kind));
  return out;
}
std::string name_in(const AnalyzedFlow& flow) {
  if (!flow.report.tls.client_hello) return "";
  return flow.report.tls.client_hello->hello.server_name.value_or("");
}
using Kinds = std::vector<std::string>;

TEST(EngineFlows, PortReuseAfterCloseIsAnotherFlow) {
  Capture capture;
  Conversation first(capture, {.port = 50000, .isn = 1000}, {.ip = kServer});
  first.open().client_data(hello("one.example")).close();
  capture.wait(builder::milliseconds(5));
  Conversation second(capture, {.port = 50000, .isn = 900'000}, {.ip = kServer, .isn = 77});
  second.open().client_data(hello("two.example"));
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 2u);
  EXPECT_EQ(analysis.flows[0].report.id, 1u);
  EXPECT_EQ(analysis.flows[1].report.id, 2u);
  EXPECT_EQ(name_in(analysis.flows[0]), "one.example");
  EXPECT_EQ(name_in(analysis.flows[1]), "two.example");
  EXPECT_EQ(analysis.counters.flows, 2u);
}

TEST(EngineFlows, PortReuseWithoutAnEndIsAnotherFlow) {
  Capture capture;
  Conversation first(capture, {.port = 50000, .isn = 1000}, {.ip = kServer});
  first.open().client_data(hello("one.example"));
  Conversation second(capture, {.port = 50000, .isn = 900'000}, {.ip = kServer, .isn = 77});
  second.open().client_data(hello("two.example"));
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 2u);
  EXPECT_EQ(name_in(analysis.flows[1]), "two.example");
}

TEST(EngineFlows, ARepeatedSynIsTheSameFlow) {
  Capture capture;
  Conversation talk(capture, {.port = 50000, .isn = 1000}, {.ip = kServer});
  for (int i = 0; i < 5; ++i) talk.from_client({.flags = kSyn, .seq = 0}).wait(seconds(1 << i));
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 1u);
  EXPECT_EQ(analysis.flows[0].report.tcp.syn_retransmissions, 4u);
}

TEST(EngineFlows, ASynWithAnotherNumberIsAnotherFlow) {
  Capture capture;
  Conversation(capture, {.port = 50000, .isn = 1000}, {.ip = kServer}).from_client({.flags = kSyn});
  capture.wait(seconds(1));
  Conversation(capture, {.port = 50000, .isn = 2000}, {.ip = kServer}).from_client({.flags = kSyn});
  EXPECT_EQ(analyze_capture(capture).flows.size(), 2u);
}

// A host that gets a refusal may try again with the same number at once.
TEST(EngineFlows, ARefusedSynThatComesAgainIsTheSameFlow) {
  Capture capture;
  Conversation talk(capture, {.port = 50000, .isn = 1000}, {.ip = kServer, .isn = 0});
  for (int i = 0; i < 3; ++i) {
    talk.from_client({.flags = kSyn, .seq = 0});
    talk.from_server({.flags = kRst | kAck, .seq = 0}).wait(builder::milliseconds(500));
  }
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 1u);
  EXPECT_EQ(analysis.flows[0].report.tcp.rst_total, 3u);
}

// Notes of deferred packets are as good as the packets: more of them than a flow may keep change nothing.
TEST(EngineFlows, MoreSynsThanNotesAreAllCounted) {
  Capture capture;
  Conversation talk(capture, {.port = 50000, .isn = 1000}, {.ip = kServer});
  for (int i = 0; i < 20; ++i) talk.from_client({.flags = kSyn, .seq = 0}).wait(seconds(1));
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 1u);
  const FlowReport& report = analysis.flows[0].report;
  EXPECT_EQ(report.tcp.syn_retransmissions, 19u);
  EXPECT_EQ(report.facts(Side::client).packets, 20u);
  EXPECT_EQ(report.events.size(), 20u);
  EXPECT_TRUE(report.facts(Side::client).mac.has_value());
}

TEST(EngineFlows, VlansKeepTheSameEndpointsApart) {
  Capture capture;
  Conversation tagged(capture, {.port = 50000, .isn = 1000}, {.ip = kServer}, {{.id = 10}});
  Conversation other(capture, {.port = 50000, .isn = 1000}, {.ip = kServer}, {{.id = 20}});
  Conversation plain(capture, {.port = 50000, .isn = 1000}, {.ip = kServer});
  Conversation twice(capture, {.port = 50000, .isn = 1000}, {.ip = kServer}, {{.id = 10, .type = 0x88a8}, {.id = 20}});
  int n = 0;
  for (Conversation* talk : {&tagged, &other, &plain, &twice}) talk->open();
  for (Conversation* talk : {&tagged, &other, &plain, &twice})
    talk->client_data(hello(std::to_string(++n) + ".example"));
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(name_in(analysis.flows[i]), std::to_string(i + 1) + ".example");
  EXPECT_EQ(analysis.flows[0].report.link.vlan_count, 1);
  EXPECT_EQ(analysis.flows[3].report.link.vlan_count, 2);
}

TEST(EngineFlows, OneSidedCaptures) {
  Capture capture;
  Conversation talk(capture, {.port = 50000}, {.ip = kServer});
  talk.from_client({.flags = kSyn});
  (void)talk.ip_from_server({.flags = kSyn | kAck});  // sent, not captured
  talk.from_client({.flags = kAck}).client_data(hello("one.example"));
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 1u);
  EXPECT_EQ(analysis.flows[0].report.one_sided, Side::server);
  EXPECT_EQ(name_in(analysis.flows[0]), "one.example");
}

TEST(EngineFlows, SimultaneousOpen) {
  Capture capture;
  Conversation talk(capture, {.port = 50000, .isn = 1000}, {.ip = kServer, .isn = 5000});
  talk.from_client({.flags = kSyn}).from_server({.flags = kSyn, .ack = 0});
  talk.from_client({.flags = kSyn | kAck, .seq = 0}).from_server({.flags = kSyn | kAck, .seq = 0});
  talk.from_client({.flags = kAck}).client_data(hello("both.example"));
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 1u);
  EXPECT_TRUE(analysis.flows[0].report.tcp.simultaneous_open);
  EXPECT_EQ(analysis.flows[0].report.client_by, ClientBy::syn);
  EXPECT_EQ(name_in(analysis.flows[0]), "both.example");
}

TEST(EngineFlows, DataInTheSyn) {
  Capture capture;
  Conversation talk(capture, {.port = 50000}, {.ip = kServer});
  talk.from_client({.flags = kSyn, .payload = hello("fast.example")});
  talk.from_server({.flags = kSyn | kAck}).from_client({.flags = kAck});
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 1u);
  EXPECT_TRUE(analysis.flows[0].report.facts(Side::client).fast_open);
  EXPECT_EQ(name_in(analysis.flows[0]), "fast.example");
}

// RFC 9293 §3.10.7.4: nothing follows a FIN. What does is counted as packets, not read.
TEST(EngineFlows, DataAfterTheFinIsNotRead) {
  Capture capture;
  Conversation talk(capture, {.port = 50000}, {.ip = kServer});
  talk.open().client_data(builder::from_text("bye")).from_client({.flags = kFin | kAck});
  talk.client_data(hello("late.example"));
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 1u);
  EXPECT_EQ(name_in(analysis.flows[0]), "");
  EXPECT_EQ(analysis.flows[0].report.facts(Side::client).packets, 5u);
  EXPECT_EQ(analysis.flows[0].report.facts(Side::client).lost_bytes, 0u);
}

TEST(EngineFlows, FragmentsAreReassembledIntoTheirFlow) {
  Capture capture;
  Conversation talk(capture, {.port = 50000}, {.ip = kServer});
  talk.open();
  const Bytes packet =
      talk.ip_from_client({.flags = kPsh | kAck, .payload = hello("pieces.example"), .dont_fragment = false});
  const std::vector<Bytes> fragments = builder::fragment_ipv4(packet, 64);
  ASSERT_GT(fragments.size(), 3u);
  for (auto piece = fragments.rbegin(); piece != fragments.rend(); ++piece)
    capture.add_ip(*piece, talk.link_from_client());
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 1u);
  EXPECT_EQ(name_in(analysis.flows[0]), "pieces.example");
  EXPECT_EQ(analysis.counters.fragments, fragments.size());
}

TEST(EngineFlows, FragmentsThatNeverBecomeWholeAreCounted) {
  Capture capture;
  Conversation talk(capture, {.port = 50000}, {.ip = kServer});
  const Bytes packet = talk.ip_from_client({.flags = kPsh | kAck, .payload = hello("x"), .dont_fragment = false});
  capture.add_ip(builder::fragment_ipv4(packet, 64)[0], talk.link_from_client());
  const Analysis analysis = analyze_capture(capture);
  EXPECT_TRUE(analysis.flows.empty());
  EXPECT_EQ(analysis.counters.undecodable[static_cast<std::size_t>(Undecodable::fragment_incomplete)], 1u);
}

TEST(EngineIcmp, AnErrorBelongsToTheFlowItQuotes) {
  Capture capture;
  Conversation talk(capture, {.port = 50000}, {.ip = kServer});
  const Bytes syn = talk.ip_from_client({.flags = kSyn});
  capture.add_ip(syn, talk.link_from_client()).wait(builder::milliseconds(3));
  capture.add_ip(builder::icmp_error({.router = "203.0.113.1", .type = 3, .code = 13, .quoted = syn}));
  const Analysis analysis = analyze_capture(capture);
  ASSERT_EQ(analysis.flows.size(), 1u);
  const FlowReport& report = analysis.flows[0].report;
  EXPECT_EQ(kinds(report), (Kinds{"syn", "icmp-unreachable"}));
  EXPECT_EQ(report.side(report.events[1].from), Side::server);
  EXPECT_EQ(report.events[1].code_a, 3);
  EXPECT_EQ(report.events[1].code_b, 13);
  EXPECT_EQ(analysis.counters.icmp_unmatched, 0u);
}

TEST(EngineIcmp, AQuotedHeaderNeverMakesAFlow) {
  Capture capture;
  Capture elsewhere;
  Conversation talk(elsewhere, {.port = 50000}, {.ip = kServer});
  const Bytes unseen = talk.ip_from_client({.flags = kSyn});
  capture.add_ip(builder::icmp_error({.router = "203.0.113.1", .quoted = unseen}));
  const Analysis analysis = analyze_capture(capture);
  EXPECT_TRUE(analysis.flows.empty());
  EXPECT_EQ(analysis.counters.icmp_unmatched, 1u);
}

TEST(EngineEnd, ReportsComeInOrderOfTheirNumbers) {
  Capture capture;
  std::vector<Conversation> talks;
  talks.reserve(20);
  for (std::uint16_t i = 0; i < 20; ++i) {
    talks.emplace_back(capture, Host{.port = static_cast<std::uint16_t>(50000 + i)}, Host{.ip = kServer});
    talks.back().open();
  }
  // The last ones end first, long before the others.
  for (std::size_t i = 20; i-- > 5;) talks[i].close();
  capture.wait(seconds(200));
  for (std::size_t i = 0; i < 5; ++i) talks[i].client_data(hello("late.example"));
  capture.wait(seconds(1));
  for (std::size_t i = 0; i < 5; ++i) talks[i].close();
  const Analysis analysis = analyze_capture(capture, {.batch = 3});
  ASSERT_EQ(analysis.flows.size(), 20u);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(analysis.flows[i].report.id, i + 1);
}

TEST(EngineEnd, InterruptedFlowsSayThatTheyWereCutShort) {
  Capture capture;
  Conversation open(capture, {.port = 50000}, {.ip = kServer});
  open.open();
  Conversation closed(capture, {.port = 50001}, {.ip = kServer});
  closed.open().close();
  const Analysis interrupted = analyze_capture(capture, {.interrupted = true});
  ASSERT_EQ(interrupted.flows.size(), 2u);
  EXPECT_EQ(interrupted.flows[0].report.cut_short, CutShort::interrupted);
  EXPECT_EQ(interrupted.flows[1].report.cut_short, CutShort::none);
  const Analysis ended = analyze_capture(capture);
  EXPECT_EQ(ended.flows[0].report.cut_short, CutShort::none);
}

TEST(EngineEnd, NothingGivesNothing) {
  const Analysis analysis = testing::analyze_packets({});
  EXPECT_TRUE(analysis.flows.empty());
  EXPECT_EQ(analysis.counters.packets, 0u);
  EXPECT_FALSE(analysis.counters.first.has_value());
}

TEST(EngineEnd, WhatIsNotTcpIsCountedByReason) {
  testing::Packets packets(3);
  packets[0].bytes = {1, 2, 3};
  packets[0].wire_length = 3;
  packets[1].bytes = builder::link_frame(
      builder::LinkType::ethernet, {},
      builder::ip_packet(
          {.source = builder::ip_address("192.0.2.1"), .destination = builder::ip_address(kServer), .protocol = 17},
          Bytes(8)));
  packets[1].wire_length = static_cast<std::uint32_t>(packets[1].bytes.size());
  packets[2].bytes = Bytes(40);
  packets[2].wire_length = 40;
  packets[2].link = 999;
  const Analysis analysis = testing::analyze_packets(packets);
  EXPECT_EQ(analysis.counters.packets, 3u);
  EXPECT_EQ(analysis.counters.not_tcp, 1u);
  EXPECT_EQ(analysis.counters.undecodable[static_cast<std::size_t>(Undecodable::short_link_header)], 1u);
  EXPECT_EQ(analysis.counters.undecodable[static_cast<std::size_t>(Undecodable::unsupported_link_type)], 1u);
}

}  // namespace
}  // namespace handlens
