// Alerts in clear, which anybody can make: when their host is believed.
#include "src/findings/judged_packet.h"

#include <gtest/gtest.h>

#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::kAck;
using testing::ResetStory;

constexpr Side kC = Side::client, kS = Side::server;

// What is held against an alert that looks like its server's other packets, after `change`. Before it the server
// acknowledges the hello, as soon as it can.
template <class Change>
std::optional<Verdict> doubt(Change change, int acks = 3) {
  ResetStory story;
  story.open().hello();
  for (int i = 0; i < acks; ++i) story.packet(i == 0 ? 41'000 : 50, kS, kAck, 1, 245);
  PacketNote& alert = story.packet(300, kS, kAck, 1, 245, 7);
  for (PacketNote& n : story.flow.packets) {
    n.has_timestamps = true;
    n.tsval = 1'000 + static_cast<std::uint32_t>(n.frame);
  }
  change(alert);
  AnalyzedFlow flow;
  flow.outcome = story.outcome;
  flow.outcome.ending_frame = alert.frame;
  flow.report = std::move(story.flow);
  return doubt_data(flow, ResetStory::nothing(), flow.outcome.ending_frame.value());
}

TEST(DoubtOfAnAlert, NoneIfItIsLikeItsHost) {
  EXPECT_FALSE(doubt([](PacketNote&) {}));
}

TEST(DoubtOfAnAlert, AnUnlikeHeaderNamesNobody) {
  const auto check = [](const std::optional<Verdict>& found, std::string_view rule) {
    ASSERT_TRUE(found) << rule;
    EXPECT_EQ(found->judgement.cause, Cause::unknown) << rule;
    EXPECT_FALSE(found->judgement.guard.empty()) << rule;
    EXPECT_NE(testing::find_sign(found->signs, rule), nullptr) << rule;
  };
  check(doubt([](PacketNote& n) { n.has_timestamps = false; }), "timestamp-missing");
  check(doubt([](PacketNote& n) { n.tsval = 77'000'000; }), "rst-timestamp-wrong");
  check(doubt([](PacketNote& n) { n.ip_id = 51'111; }), "rst-ip-id-break");
}

// A watcher copies the TTL and counts on; it cannot come later than it can answer.
TEST(DoubtOfAnAlert, TooSoonNamesNobodyWhateverItHasCopied) {
  const std::optional<Verdict> found = doubt([](PacketNote&) {}, 0);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->judgement.cause, Cause::unknown);
  EXPECT_NE(found->judgement.guard.find("took 40.0 ms"), std::string::npos) << found->judgement.guard;
}

// The SYN-ACK took 40 ms, the ServerHello 15 ms: the alert's 16 ms are no less than the way there and back.
TEST(DoubtOfAnAlert, AServerHelloRefutesASlowSynAck) {
  for (const bool is_hello : {true, false}) {
    ResetStory story;
    story.open().hello().packet(15'000, kS, kAck, 1, 245, 900);
    if (is_hello) {
      story.flow.tls.server_hello = std::make_unique<SeenHello<tls::ServerHello>>();
      story.flow.tls.server_hello->stamp = story.flow.last;
    }
    story.packet(1'000, kC, kAck, 245, 901, 60);
    AnalyzedFlow flow;
    flow.outcome.ending_frame = story.packet(16'000, kS, kAck, 901, 305, 7).frame;
    flow.report = std::move(story.flow);
    EXPECT_EQ(doubt_data(flow, ResetStory::nothing(), flow.outcome.ending_frame.value()).has_value(), !is_hello);
  }
}

TEST(DoubtOfAnAlert, FromNearerAndTooSoonIsADevice) {
  const std::optional<Verdict> found = doubt([](PacketNote& n) { n.ttl = 57; }, 0);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->judgement.cause, Cause::middlebox);
}

}  // namespace
}  // namespace handlens
