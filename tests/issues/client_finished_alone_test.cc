// TLS 1.3 ends with the client's Finished as far as a capture shows: what the server made of it was guessed too boldly.
#include <gtest/gtest.h>

#include "tests/support/talk.h"

namespace handlens {
namespace {

using namespace testing;
using builder::Capture;
using builder::Conversation;
using builder::kAck;
using builder::kFin;
using builder::kRst;
using builder::seconds;

struct Talk {
  Capture capture;
  Conversation tcp{capture, {.port = 50000}, {.ip = "198.51.100.7", .isn = 9000}};
  explicit Talk(bool certificate) {
    tcp.open().client_data(hello_record()).server_data(flight13(certificate)).client_data(finished13(certificate));
  }
};

// A log shipper: only the client speaks, and the server says goodbye at the end.
TEST(Issues, AOneWaySessionWithAClientCertificateIsNotRefused) {
  for (const bool tickets : {true, false}) {
    Talk t(true);
    if (tickets) t.tcp.server_data(concat({data(234), data(234)}));
    for (int i = 0; i < 5; ++i) t.tcp.wait(seconds(60)).client_data(data(300)).from_server({});
    t.tcp.wait(seconds(60))
        .server_data(data(kAlert13))
        .from_server({.flags = kFin | kAck})
        .from_client({.flags = kFin | kAck});
    const AnalyzedFlow f = only_flow(t.capture);
    EXPECT_EQ(f.outcome.status, Status::ok);
    EXPECT_EQ(f.outcome.ended_by, EndedBy::fin);
    EXPECT_FALSE(says(f, "refused"));
  }
}

TEST(Issues, OnlyWhoClosedIsSaidToHaveClosed) {
  Talk by_client(true), by_server(true);
  by_client.tcp.server_data(data(kAlert13)).from_client({.flags = kFin | kAck});
  by_server.tcp.server_data(data(kAlert13)).from_server({.flags = kFin | kAck});
  EXPECT_TRUE(says(only_flow(by_client.capture), "and no data"));
  EXPECT_TRUE(says(only_flow(by_server.capture), "then a FIN or reset without any data"));
}

TEST(Issues, AResetInAnswerToTheClientsCertificateIsNoSuccess) {
  Talk t(true);
  t.tcp.wait(builder::milliseconds(40)).from_server({.flags = kRst | kAck});
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_EQ(f.outcome.status, Status::failed);
  EXPECT_EQ(f.outcome.stage, Stage::client_finish);
  EXPECT_EQ(f.outcome.cause, Cause::unknown);
  EXPECT_TRUE(says(f, "no answer to that was seen"));
}

TEST(Issues, AnAlertSizedAnswerIsNotCalledCompletion) {
  Talk t(false);
  t.tcp.server_data(data(kAlert13)).from_server({.flags = kFin | kAck});
  const AnalyzedFlow f = only_flow(t.capture);
  EXPECT_EQ(f.outcome.cause, Cause::unknown);
  EXPECT_TRUE(says(f, "the only answer was a record of alert size"));
  EXPECT_FALSE(says(f, "Handshake completed"));
}

TEST(Issues, WithoutAnAnswerTheClientHasFinishedAndNoMore) {
  Talk open(false), left(false), answered(false);
  left.tcp.close();
  answered.tcp.server_data(data(234)).close();
  EXPECT_TRUE(says(only_flow(open.capture), "The client finished its handshake"));
  EXPECT_EQ(only_flow(left.capture).outcome.cause, Cause::none);  // the client's own choice
  EXPECT_TRUE(says(only_flow(answered.capture), "Handshake completed"));
}

}  // namespace
}  // namespace handlens
