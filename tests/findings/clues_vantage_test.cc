// One connection captured at both ends, in two files.
#include <gtest/gtest.h>

#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::find_sign;
using testing::ipv4;
using testing::ResetStory;

constexpr std::int64_t kMs = 1'000'000, kStart = 1'000'000'000'123'456;
constexpr Side kS = Side::server;

// The connection of the story as one end has it: flow 1 at the client (file 1), flow 2 at the server (file 2).
FlowBrief at(std::uint64_t id) {
  FlowBrief b;
  b.id = id;
  b.first_frame = id == 1 ? 1 : 101;
  b.start_ns = id == 1 ? kStart : kStart + 5'000'000 * kMs;  // the clocks do not agree
  b.end_ns = b.start_ns + 80 * kMs;
  b.client = ipv4(192, 0, 2, 5);
  b.server = ipv4(203, 0, 113, 10);
  b.client_port = 51000;
  b.server_port = 443;
  b.is_complete = true;
  b.has_isn[0] = b.has_isn[1] = true;
  b.isn[0] = testing::kIsn[0];
  b.isn[1] = testing::kIsn[1];
  b.sent[0] = 244;
  b.sent[1] = id == 1 ? 0 : 1400;
  const std::size_t near = id - 1;
  b.ttl_min[near] = b.ttl_max[near] = 64;
  b.ttl_min[1 - near] = b.ttl_max[1 - near] = 49;
  (id == 1 ? b.rtt_client : b.rtt_server) = 40'000;
  (id == 1 ? b.rtt_server : b.rtt_client) = 40 * kMs;
  return b;
}
Signs signs_with(FlowBrief client, FlowBrief server, std::size_t files = 2) {
  client.resets[1] = 1;  // the story's
  CaptureCounters counters;
  counters.files.resize(files);
  for (InputFile& file : counters.files) file.packets = files == 1 ? 200 : 100;
  counters.files.front().last_ns = client.end_ns;
  counters.files.back().last_ns = server.end_ns;
  const auto places = std::make_shared<const CapturePlaces>(std::vector{client, server}, counters.files);
  const CaptureContext context({client}, counters, {}, places->count() > 1 ? places : nullptr);
  ResetStory story;
  story.open().hello();
  story.rst(14'000, kS, 1, 245);
  return story.signs(0, context);
}

TEST(ClueVantage, TheOtherEndDidNotSendIt) {
  const Signs signs = signs_with(at(1), at(2));
  ASSERT_NE(find_sign(signs, "two-vantage-rst-unsent"), nullptr);
  EXPECT_EQ(find_sign(signs, "two-vantage-rst-unsent")->weight, Weight::strong);
  EXPECT_EQ(find_sign(signs, "two-vantage-both-reset"), nullptr);
}
TEST(ClueVantage, BothEndsReceivedOneAndNeitherSentAny) {
  FlowBrief server = at(2);
  server.resets[0] = 1;
  server.reset_ns[0] = server.start_ns + 40 * kMs;
  const Signs signs = signs_with(at(1), server);
  ASSERT_NE(find_sign(signs, "two-vantage-both-reset"), nullptr);
  EXPECT_EQ(find_sign(signs, "two-vantage-both-reset")->weight, Weight::decisive);
}
bool is_said(const FlowBrief& client, const FlowBrief& server, const FlowBrief& third) {
  FlowBrief with_reset = client;
  with_reset.resets[1] = 1;
  CaptureCounters counters;
  counters.files.resize(3);
  for (InputFile& file : counters.files) {
    file.packets = 100;
    file.last_ns = std::max(client.end_ns, server.end_ns);
  }
  const auto places = std::make_shared<const CapturePlaces>(std::vector{with_reset, server, third}, counters.files);
  const CaptureContext context({with_reset}, counters, {}, places);
  ResetStory story;
  story.open().hello();
  story.rst(14'000, kS, 1, 245);
  return find_sign(story.signs(0, context), "two-vantage-rst-unsent") != nullptr;
}
bool is_said(const FlowBrief& client, const FlowBrief& server, std::size_t files = 2) {
  return find_sign(signs_with(client, server, files), "two-vantage-rst-unsent") != nullptr;
}
TEST(ClueVantage, SilentWhereItMayHaveLeft) {
  FlowBrief server = at(2);
  server.resets[1] = 1;
  EXPECT_FALSE(is_said(at(1), server));
  server = at(2);
  server.has_loss = true;
  EXPECT_FALSE(is_said(at(1), server));
  server = at(2);
  server.end_ns = server.start_ns + 20 * kMs;  // the reset came 54 ms after the SYN, over 20 ms or so
  EXPECT_FALSE(is_said(at(1), server));
  server = at(2);
  server.ttl_min[1] = server.ttl_max[1] = 60;
  EXPECT_FALSE(is_said(at(1), server)) << "packets may pass it by";
  server = at(2);
  server.is_complete = false;
  EXPECT_FALSE(is_said(at(1), server));
}
TEST(ClueVantage, TheFileNeedGoOnOnlyUntilItWouldHaveLeft) {
  FlowBrief server = at(2);
  server.end_ns = server.start_ns + 36 * kMs;  // 54 ms less half of a round trip of 40 ms, and 1 ms to be sure
  EXPECT_TRUE(is_said(at(1), server));
  server.end_ns = server.start_ns + 34 * kMs;
  EXPECT_FALSE(is_said(at(1), server));
}
TEST(ClueVantage, AThirdFileTakesNothingAway) {
  FlowBrief between = at(2);
  between.id = 3;
  between.first_frame = 201;
  between.ttl_min[1] = between.ttl_max[1] = 60;
  EXPECT_TRUE(is_said(at(1), at(2), between)) << "on the path";
  FlowBrief again = at(2);
  again.id = 3;
  again.first_frame = 201;
  EXPECT_TRUE(is_said(at(1), at(2), again)) << "a copy of the server's file";
  again.resets[1] = 1;
  EXPECT_FALSE(is_said(at(1), at(2), again)) << "another file beside the server has it";
}
TEST(ClueVantage, AnotherConnectionOrTheSameFileIsNone) {
  FlowBrief server = at(2);
  server.isn[1] += 1;
  EXPECT_FALSE(is_said(at(1), server));
  EXPECT_FALSE(is_said(at(1), at(2), 1));
}

// Of the story's reset, which the client captured: the server's file has it as well, so long after its SYN.
const Sign* sent_sign(std::int64_t after, std::uint8_t ttl, Signs& signs, std::uint16_t resets = 1) {
  FlowBrief client = at(1), server = at(2);
  client.reset_ns[1] = client.start_ns + 54'340'000;
  server.resets[1] = resets;
  server.reset_ns[1] = server.start_ns + after;
  server.has_reset = true;
  server.reset_from = kS;
  server.reset_ttl = ttl;
  signs = signs_with(client, server);
  return find_sign(signs, "two-vantage-rst-sent");
}
TEST(ClueVantage, TheOtherEndShowsItLeaving) {
  Signs signs;
  const Sign* sent = sent_sign(14 * kMs, 64, signs);  // 54 ms less the round trip of 40 ms
  ASSERT_NE(sent, nullptr);
  EXPECT_EQ(sent->weight, Weight::strong);
  EXPECT_EQ(sent->toward, Toward::endpoint);
  EXPECT_EQ(find_sign(signs, "two-vantage-rst-unsent"), nullptr);
  EXPECT_EQ(sent_sign(54 * kMs, 64, signs), nullptr) << "another one, later";
  EXPECT_EQ(sent_sign(14 * kMs, 255, signs), nullptr) << "of something beside the server";
  EXPECT_EQ(sent_sign(14 * kMs, 64, signs, 0), nullptr);
}

}  // namespace
}  // namespace handlens
