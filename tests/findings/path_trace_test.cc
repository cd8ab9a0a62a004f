// TCP traceroute: what shows it, and what does not.
#include "src/findings/path_trace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>

#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::ipv4;
using testing::kAck;
using testing::kSyn;
using testing::ResetStory;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr Side kC = Side::client, kS = Side::server;

// SYNs of one flow with these TTLs, two seconds apart.
ResetStory syns(std::initializer_list<std::uint8_t> ttls) {
  ResetStory story;
  story.now = 0;
  for (const std::uint8_t ttl : ttls) {
    story.packet(2'000'000, kC, kSyn, 0).ttl = ttl;
    if (!story.flow.tcp.syn) story.flow.tcp.syn = story.flow.last;
  }
  story.facts(kC).ttl_min = std::min(ttls);
  story.facts(kC).ttl_max = std::max(ttls);
  return story;
}

void expire(ResetStory& story, std::uint8_t code = 0) {
  Event e;
  e.kind = EventKind::icmp_unreachable;
  e.from = Direction::reverse;
  e.code_a = 11;
  e.code_b = code;
  story.flow.events.push_back(e);
}

FlowBrief probe(std::uint64_t id, std::uint8_t ttl, bool has_expired = false) {
  FlowBrief b;
  b.id = id;
  b.client = ipv4(192, 0, 2, 5);
  b.server = ipv4(203, 0, 113, 10);
  b.server_port = 443;
  b.start_ns = static_cast<std::int64_t>(id) * kSecond;
  b.is_unused = true;
  b.has_expired = has_expired;
  b.ttl_min[0] = b.ttl_max[0] = ttl;
  return b;
}

bool is_trace(const ResetStory& story, std::vector<FlowBrief> briefs = {}) {
  if (briefs.empty()) return find_path_trace(story.flow, ResetStory::nothing()).has_value();
  return find_path_trace(story.flow, CaptureContext(std::move(briefs), CaptureCounters{})).has_value();
}

TEST(PathTrace, RisesWithinAFlow) {
  EXPECT_TRUE(is_trace(syns({1, 2, 3})));
  EXPECT_TRUE(is_trace(syns({2, 3, 4}))) << "the first probe was not captured";
  EXPECT_FALSE(is_trace(syns({3, 4, 5})));
  EXPECT_TRUE(is_trace(syns({1, 1, 2, 2, 30})));
  EXPECT_FALSE(is_trace(syns({1, 2}))) << "two values may be two paths";
  EXPECT_FALSE(is_trace(syns({1, 1, 1, 1}))) << "for a neighbour";
  EXPECT_FALSE(is_trace(syns({30, 28, 26, 24}))) << "one packet in a routing loop";
  EXPECT_FALSE(is_trace(syns({1, 2, 3, 2, 1})));
  EXPECT_FALSE(is_trace(syns({29, 30, 31}))) << "longer than traces last";
  EXPECT_FALSE(is_trace(syns({64, 63, 62})));
}

// One SYN that was captured at three places, or in a loop, has one IP-ID.
TEST(PathTrace, CopiesOfOnePacketAreNone) {
  for (const std::uint16_t id : {std::uint16_t{7}, std::uint16_t{0}}) {
    ResetStory story = syns({1, 2, 3});
    for (PacketNote& n : story.flow.packets) n.ip_id = id;
    EXPECT_EQ(is_trace(story), id == 0) << "all zero says nothing";
  }
}

TEST(PathTrace, IsNotOfABgpPeer) {
  ResetStory story = syns({1, 2, 3});
  story.flow.server.port = 179;
  EXPECT_FALSE(is_trace(story));
}

TEST(PathTrace, RefusalsAreRefusalsUnlessRoutersAnswered) {
  ResetStory story = syns({9});
  story.rst(1'000, kS, 0, 1);
  story.make();
  EXPECT_FALSE(is_trace(story, {probe(1, 9), probe(2, 2), probe(3, 8)}));
  EXPECT_TRUE(is_trace(story, {probe(1, 9), probe(2, 2, true), probe(3, 8)}));
}

// A flood with random times to live has those of a trace among them.
TEST(PathTrace, IsNotAmongManyWithLongerTimesToLive) {
  std::vector<FlowBrief> briefs = {probe(1, 9), probe(2, 2), probe(3, 8), probe(4, 64)};
  EXPECT_TRUE(is_trace(syns({9}), briefs)) << "a scan beside it";
  briefs.push_back(probe(5, 33));
  EXPECT_FALSE(is_trace(syns({9}), briefs));
}

TEST(PathTrace, VariesAmongFlows) {
  EXPECT_TRUE(is_trace(syns({3}), {probe(1, 3), probe(2, 2), probe(3, 1)}));
  EXPECT_TRUE(is_trace(syns({9}), {probe(1, 9), probe(2, 2), probe(3, 8)}));
  EXPECT_FALSE(is_trace(syns({2}), {probe(1, 2), probe(2, 1), probe(3, 1)})) << "corrected once";
  EXPECT_FALSE(is_trace(syns({25}), {probe(1, 25), probe(2, 24), probe(3, 23)})) << "hosts that begin with 32";
}
TEST(PathTrace, SaysWhatRanOut) {
  const std::vector<FlowBrief> three = {probe(1, 1), probe(2, 2), probe(3, 3)};
  const auto told = [&three](const ResetStory& story) {
    return find_path_trace(story.flow, CaptureContext(three, CaptureCounters{})).value_or("");
  };
  ResetStory expired = syns({1});
  EXPECT_EQ(told(expired).find("time exceeded"), std::string::npos);
  expire(expired, 1);
  EXPECT_EQ(told(expired).find("time exceeded"), std::string::npos) << "a fragment that waited too long is no hop";
  expire(expired);
  EXPECT_NE(told(expired).find("time exceeded"), std::string::npos) << told(expired);
}

// One whose probes all came from one port is enough for what is beside it; one whose TTL just varies is none.
TEST(PathTrace, BesideOneThatIsATraceByItself) {
  std::vector<FlowBrief> briefs = {probe(1, 4), probe(2, 3, true)};
  briefs[1].ttl_min[0] = 1;
  EXPECT_FALSE(is_trace(syns({4}), briefs));
  briefs[1].is_trace = true;
  EXPECT_TRUE(is_trace(syns({4}), briefs));
}

TEST(PathTrace, ComparesWithItsLikeOnly) {
  const auto with = [](auto change) {
    std::vector<FlowBrief> briefs = {probe(1, 4), probe(2, 3, true), probe(3, 1, true)};
    change(briefs[1]);
    return is_trace(syns({4}), briefs);
  };
  EXPECT_TRUE(with([](FlowBrief&) {}));
  EXPECT_FALSE(with([](FlowBrief& b) { b.server_port = 80; }));
  EXPECT_FALSE(with([](FlowBrief& b) { b.server = ipv4(203, 0, 113, 11); }));
  EXPECT_FALSE(with([](FlowBrief& b) { b.client = ipv4(192, 0, 2, 6); }));
  EXPECT_FALSE(with([](FlowBrief& b) { b.is_unused = false; }));
  EXPECT_FALSE(with([](FlowBrief& b) { b.start_ns = 100 * kSecond; }));
  EXPECT_FALSE(with([](FlowBrief& b) { b.ttl_max[0] = 64; }));
}

TEST(PathTrace, IsNoConnectionInUse) {
  ResetStory story = syns({1, 2, 3});
  story.packet(40'000, kS, kAck, 1, 1, 100);
  EXPECT_FALSE(is_trace(story));
}

}  // namespace
}  // namespace handlens
