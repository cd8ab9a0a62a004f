// Who is the client, and how the record's TCP facts are told.
#include "src/engine/report_builder.h"

#include <gtest/gtest.h>

#include "tests/support/engine_run.h"
#include "tools/builder/tls_builder.h"

namespace handlens {
namespace {

using builder::Bytes;
using builder::Capture;
using builder::Conversation;
using builder::kAck;
using builder::kFin;
using builder::kRst;
using builder::kSyn;

constexpr const char* kServer = "198.51.100.7";

FlowReport only_report(const Capture& capture) {
  testing::Analysis analysis = testing::analyze_capture(capture);
  EXPECT_EQ(analysis.flows.size(), 1u);
  if (analysis.flows.empty()) return {};
  return std::move(analysis.flows[0].report);
}
Bytes hello() { return builder::record(builder::kHandshakeRecord, builder::client_hello({}), builder::kTls10); }

TEST(ReportBuilder, TheSynSaysWhoIsTheClient) {
  Capture capture;
  // A low port calls a high one, and the answer was captured first.
  Conversation talk(capture, {.port = 25}, {.ip = kServer, .port = 60000});
  const Bytes syn = talk.ip_from_client({.flags = kSyn});
  talk.from_server({.flags = kSyn | kAck});
  capture.add_ip(syn, talk.link_from_client());
  const FlowReport report = only_report(capture);
  EXPECT_EQ(report.client_by, ClientBy::syn);
  EXPECT_EQ(report.client.port, 25);
  EXPECT_EQ(report.server.port, 60000);
  EXPECT_EQ(report.client_direction, Direction::reverse);
  EXPECT_FALSE(report.midstream);
}

TEST(ReportBuilder, ThenTheSynAck) {
  Capture capture;
  Conversation talk(capture, {.port = 25}, {.ip = kServer, .port = 60000});
  talk.from_server({.flags = kSyn | kAck}).from_client({.flags = kAck});
  const FlowReport report = only_report(capture);
  EXPECT_EQ(report.client_by, ClientBy::syn_ack);
  EXPECT_EQ(report.client.port, 25);
  EXPECT_FALSE(report.midstream);
}

TEST(ReportBuilder, ThenTheClientHello) {
  Capture capture;
  Conversation talk(capture, {.port = 25}, {.ip = kServer, .port = 60000});
  talk.from_server({.flags = kAck}).client_data(hello());
  const FlowReport report = only_report(capture);
  EXPECT_EQ(report.client_by, ClientBy::client_hello);
  EXPECT_EQ(report.client.port, 25);
  EXPECT_TRUE(report.midstream);
}

TEST(ReportBuilder, ThenTheHigherPort) {
  for (const bool server_first : {true, false}) {
    Capture capture;
    Conversation talk(capture, {.port = 51000}, {.ip = kServer, .port = 993});
    if (server_first) talk.from_server({.flags = kAck});
    talk.from_client({.flags = kAck});
    const FlowReport report = only_report(capture);
    EXPECT_EQ(report.client_by, ClientBy::port);
    EXPECT_EQ(report.client.port, 51000);
    EXPECT_TRUE(report.midstream);
    EXPECT_EQ(report.one_sided.has_value(), !server_first);
  }
}

TEST(ReportBuilder, EqualPortsAreDecidedByTheFirstPacket) {
  Capture capture;
  Conversation talk(capture, {.port = 5000}, {.ip = kServer, .port = 5000});
  talk.from_server({.flags = kAck}).from_client({.flags = kAck});
  EXPECT_EQ(to_text(only_report(capture).client.ip), kServer);
}

TEST(ReportBuilder, Ipv6Endpoints) {
  Capture capture;
  Conversation talk(capture, {.ip = "2001:db8::1", .port = 50000}, {.ip = "2001:db8::2"});
  talk.open();
  const FlowReport report = only_report(capture);
  EXPECT_EQ(to_text(report.client.ip), "2001:db8::1");
  EXPECT_EQ(to_text(report.server.ip), "2001:db8::2");
}

TEST(ReportBuilder, StatesOfTheConnection) {
  const auto state = [](auto&& act) {
    Capture capture;
    Conversation talk(capture, {.port = 50000}, {.ip = kServer});
    act(talk);
    return only_report(capture).tcp.state;
  };
  EXPECT_EQ(state([](Conversation& t) { t.from_client({.flags = kSyn}); }), TcpState::syn_sent);
  EXPECT_EQ(state([](Conversation& t) { t.from_client({.flags = kSyn}).from_server({.flags = kSyn | kAck}); }),
            TcpState::syn_received);
  EXPECT_EQ(state([](Conversation& t) { t.open(); }), TcpState::established);
  EXPECT_EQ(state([](Conversation& t) { t.open().from_client({.flags = kFin | kAck}); }), TcpState::closing);
  EXPECT_EQ(state([](Conversation& t) { t.open().close(); }), TcpState::closed);
  EXPECT_EQ(state([](Conversation& t) { t.open().from_server({.flags = kRst}); }), TcpState::reset);
  EXPECT_EQ(state([](Conversation& t) { t.from_client({.flags = kAck}); }), TcpState::midstream);
}

TEST(ReportBuilder, ResetsAreNumberedFromTheInitialSequenceNumbers) {
  Capture capture;
  Conversation talk(capture, {.port = 50000, .isn = 0xffff'fff0u}, {.ip = kServer, .isn = 0xffff'ffffu});
  talk.open().client_data(Bytes(100)).from_server({.flags = kRst | kAck, .window = 0});
  const FlowReport report = only_report(capture);
  ASSERT_EQ(report.tcp.rst.size(), 1u);
  const RstFact& rst = report.tcp.rst[0];
  EXPECT_EQ(rst.from, Side::server);
  EXPECT_EQ(rst.seq, 1);
  EXPECT_EQ(rst.ack, 101);
  EXPECT_EQ(rst.raw_seq, 0u);
  EXPECT_EQ(rst.raw_ack, 0xffff'fff0u + 101u);
  EXPECT_TRUE(rst.ack_flag);
}

TEST(ReportBuilder, KeptResetsAreBoundedAndAllAreCounted) {
  Capture capture;
  Conversation talk(capture, {.port = 50000}, {.ip = kServer});
  talk.open();
  for (int i = 0; i < 100; ++i) talk.from_server({.flags = kRst});
  const FlowReport report = only_report(capture);
  EXPECT_EQ(report.tcp.rst.size(), Limits{}.kept_rst);
  EXPECT_EQ(report.tcp.rst_total, 100u);
  EXPECT_LE(report.events.size(), Limits{}.events_head + Limits{}.events_tail);
}

TEST(ReportBuilder, IpIdPatterns) {
  const auto pattern = [](std::uint16_t first, std::uint16_t step) {
    Capture capture;
    Conversation talk(capture, {.port = 50000, .ip_id = first, .ip_id_step = step}, {.ip = kServer});
    talk.open();
    for (int i = 0; i < 4; ++i) talk.from_client({.flags = kAck});
    return only_report(capture).facts(Side::client).ip_id_pattern;
  };
  EXPECT_EQ(pattern(0xfffe, 1), IpIdPattern::incrementing);
  EXPECT_EQ(pattern(0, 0), IpIdPattern::zero);
  EXPECT_EQ(pattern(7, 0), IpIdPattern::constant);
  EXPECT_EQ(pattern(7, 3000), IpIdPattern::other);
}

TEST(ReportBuilder, OptionsOfTheSynAreToldInTheirOrder) {
  Capture capture;
  Conversation talk(capture, {.port = 50000}, {.ip = kServer});
  talk.open();
  const FlowReport report = only_report(capture);
  const SideFacts& client = report.facts(Side::client);
  EXPECT_EQ(client.mss, 1460);
  EXPECT_EQ(client.window_scale, 7);
  EXPECT_TRUE(client.sack_permitted);
  EXPECT_FALSE(client.timestamps);
  ASSERT_FALSE(client.options.empty());
  EXPECT_EQ(*client.options.begin(), 2);
}

// What the end of the stream proves to be missing, though no later byte shows the hole.
TEST(ReportBuilder, AMissingLastSegmentIsLost) {
  Capture capture;
  Conversation talk(capture, {.port = 50000}, {.ip = kServer});
  talk.open().client_data(Bytes(10));
  talk.from_server({.flags = kAck, .payload = Bytes(24), .unseen = true});
  talk.from_server({.flags = kFin | kAck});
  talk.from_client({.flags = kAck, .payload = Bytes(30), .unseen = true});
  talk.from_server({.flags = kAck});
  const FlowReport report = only_report(capture);
  EXPECT_EQ(report.facts(Side::server).lost_bytes, 24u);  // its FIN comes 24 bytes later
  EXPECT_EQ(report.facts(Side::client).lost_bytes, 30u);  // the server acknowledged them
}

}  // namespace
}  // namespace handlens
