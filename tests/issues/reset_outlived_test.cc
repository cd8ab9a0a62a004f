// A reset that the connection outlived was told as its ending, and everything after it went unread.
#include <gtest/gtest.h>

#include "tests/support/talk.h"

namespace handlens {
namespace {

using namespace testing;
using builder::Capture;
using builder::Conversation;
using builder::kAck;
using builder::kRst;
using builder::kSyn;
using builder::milliseconds;
using builder::seconds;

struct Talk {
  Capture capture;
  Conversation tcp{capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000}};
};

TEST(Issues, AForgedResetOutsideTheWindowEndsNothing) {
  Talk t;
  t.tcp.open().from_server({.flags = kRst, .seq = 123'456'789, .foreign = true}).wait(milliseconds(10));
  t.tcp.client_data(hello_record()).wait(milliseconds(10)).server_data(flight13()).wait(milliseconds(10));
  t.tcp.from_client({});
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_EQ(f.outcome.status, Status::incomplete);
  EXPECT_EQ(f.outcome.stage, Stage::server_flight);
  EXPECT_EQ(f.outcome.ended_by, EndedBy::capture_end);
  EXPECT_EQ(f.report.tcp.state, TcpState::established);
  EXPECT_EQ(f.rst_verdicts.at(0).role, RstRole::ignored);
  EXPECT_TRUE(f.outcome.primary.empty());
  for (const Finding& finding : f.findings) EXPECT_EQ(finding.id, "reset-ignored");
}

TEST(Issues, ARefusedAttemptIsNotTheEndOfTheNextOne) {
  Talk t;
  t.tcp.from_client({.flags = kSyn}).wait(milliseconds(5));
  t.tcp.from_server({.flags = kRst | kAck, .seq = 0, .foreign = true}).wait(milliseconds(500));
  t.tcp.from_client({.flags = kSyn, .seq = 0}).wait(milliseconds(5)).from_server({.flags = kSyn | kAck});
  t.tcp.from_client({}).client_data(hello_record()).wait(milliseconds(5)).server_data(builder::alert_record(2, 40));
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_EQ(f.outcome.ended_by, EndedBy::alert);
  EXPECT_EQ(f.outcome.stage, Stage::client_hello);
  EXPECT_TRUE(says(f, "handshake_failure"));
  EXPECT_EQ(f.report.tcp.rst.at(0).outlived_by, 4u);
}

TEST(Issues, KeepAlivesOutliveAReset) {
  Talk t;
  t.tcp.open().from_client({.flags = kRst, .seq = 99'999'999, .foreign = true});
  for (int i = 0; i < 5; ++i) t.tcp.wait(seconds(30)).from_client({.seq = 0}).from_server({});
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_EQ(f.outcome.status, Status::incomplete);
  EXPECT_TRUE(f.findings.empty());
}

// RFC 9293 §3.5.1: an old half-open connection is reset, and the SYN comes again.
TEST(Issues, RecoveryFromAHalfOpenConnection) {
  Talk t;
  t.tcp.from_client({.flags = kSyn}).wait(milliseconds(5));
  t.tcp.from_server({.seq = 7777, .ack = 554'555, .foreign = true});
  t.tcp.from_client({.flags = kRst, .seq = 554'555, .foreign = true}).wait(seconds(1));
  t.tcp.from_client({.flags = kSyn, .seq = 0}).wait(milliseconds(5)).from_server({.flags = kSyn | kAck});
  t.tcp.from_client({})
      .client_data(text("GET / HTTP/1.1\r\n\r\n"))
      .server_data(text("HTTP/1.1 200 OK\r\n\r\n"))
      .close();
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_EQ(f.outcome.status, Status::not_tls);
  EXPECT_EQ(f.outcome.ended_by, EndedBy::fin);
  EXPECT_EQ(f.report.facts(Side::client).lost_bytes, 0u);
}

// The client is killed by it: that the server knows nothing of it, and answers, outlives nothing.
TEST(Issues, AnInjectedResetThatTookEffectIsTheEnding) {
  Talk t;
  t.tcp.open().client_data(hello_record()).wait(milliseconds(8));
  t.tcp.from_server({.flags = kRst | kAck, .ttl = 47, .foreign = true}).wait(milliseconds(20));
  t.tcp.from_server({}).server_data(flight13());
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_EQ(f.outcome.status, Status::failed);
  EXPECT_EQ(f.outcome.stage, Stage::client_hello);
  EXPECT_EQ(f.outcome.ending_frame, 5u);
  EXPECT_EQ(f.rst_verdicts.at(0).role, RstRole::cause);
}

// As seen with tools that try to evade a firewall: RST and FIN that match nothing, then the real SYN-ACK.
TEST(Issues, AFinBeforeTheSynAckEndsNothing) {
  Talk t;
  t.tcp.from_client({.flags = kSyn}).wait(milliseconds(60));
  t.tcp.from_server({.flags = kRst | kAck, .seq = -26'175, .foreign = true});
  t.tcp.from_server({.flags = builder::kFin | kAck, .seq = -26'175, .foreign = true});
  t.tcp.from_client({.flags = kRst, .foreign = true}).wait(milliseconds(2));
  t.tcp.from_server({.flags = kSyn | kAck}).from_client({}).client_data(hello_record()).wait(milliseconds(60));
  t.tcp.server_data(flight13()).client_data(finished13()).server_data(data(234)).client_data(data(100)).close();
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_EQ(f.outcome.status, Status::ok);
  EXPECT_EQ(f.outcome.ended_by, EndedBy::fin);
  EXPECT_EQ(f.outcome.apparent_sender, Side::client);
}

// After the reset the short way for bulk data is closed until it is known to have been outlived.
TEST(Issues, AResetAmongApplicationDataIsOutlivedToo) {
  Talk t;
  t.tcp.open().client_data(hello_record()).server_data(flight13()).client_data(finished13());
  t.tcp.client_data(data(100)).server_data(data(2000)).from_client({});
  t.tcp.from_client({.flags = kRst, .seq = 123'456'789, .foreign = true}).wait(milliseconds(10));
  for (int i = 0; i < 20; ++i) t.tcp.server_data(data(1000)).from_client({});
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_EQ(f.outcome.ended_by, EndedBy::capture_end);
  EXPECT_TRUE(f.report.tcp.rst.at(0).outlived_by.has_value());
}

}  // namespace
}  // namespace handlens
