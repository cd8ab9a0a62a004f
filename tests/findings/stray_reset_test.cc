// A reset in another VLAN than its connection, and what looks like it where a mirror port shows two.
#include "src/findings/stray_reset.h"

#include <gtest/gtest.h>

#include "src/findings/analyze.h"
#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::ipv4;

constexpr std::int64_t kMs = 1'000'000, kStart = 1'000'000'000'000;
constexpr std::uint32_t kHere = 10, kElsewhere = 30;

LinkFacts vlan(std::uint16_t id) {
  LinkFacts link;
  link.vlans[link.vlan_count++] = id;
  return link;
}
// The connection, open for a second.
FlowBrief connection(std::uint64_t id = 1, std::uint16_t in = kHere) {
  FlowBrief b;
  b.id = id;
  b.start_ns = kStart;
  b.end_ns = kStart + 1000 * kMs;
  b.client = ipv4(192, 0, 2, 5);
  b.server = ipv4(203, 0, 113, 10);
  b.client_port = 51000;
  b.server_port = 443;
  b.ttl_min[0] = b.ttl_max[0] = 64;
  b.ttl_min[1] = b.ttl_max[1] = 49;
  b.isn[0] = 1000;
  b.isn[1] = 5000;
  b.has_isn[0] = b.has_isn[1] = true;
  b.sent[0] = 244;
  b.sent[1] = 1400;
  b.network = network_digest(vlan(in));
  return b;
}
// A flow of one reset with the server's address.
FlowReport reset_in(std::uint16_t in, std::uint32_t seq = 5001, std::int64_t at = kStart + 50 * kMs,
                    std::uint8_t ttl = 61) {
  FlowReport flow;
  flow.id = 7;
  flow.client = {ipv4(192, 0, 2, 5), 51000};
  flow.server = {ipv4(203, 0, 113, 10), 443};
  flow.link = vlan(in);
  flow.midstream = true;
  flow.one_sided = Side::client;
  flow.tcp.sides[1].packets = 1;
  RstFact rst;
  rst.frame = 5;
  rst.time.ns = at;
  rst.from = Side::server;
  rst.raw_seq = seq;
  rst.ttl = ttl;
  flow.tcp.rst.push_back(rst);
  flow.tcp.rst_total = 1;
  return flow;
}
bool is_stray(const FlowReport& flow, std::vector<FlowBrief> briefs) {
  return find_stray_reset(flow, CaptureContext(std::move(briefs), {})).has_value();
}

TEST(StrayReset, NamesItsConnection) {
  const auto stray = find_stray_reset(reset_in(kElsewhere), CaptureContext({connection()}, {}));
  ASSERT_TRUE(stray.has_value());
  EXPECT_EQ(stray->connection, 1u);
  EXPECT_EQ(stray->claimed, Side::server);
  EXPECT_EQ(stray->hops_apart, 12);
}
TEST(StrayReset, SidesByPortMayBeExchanged) {
  FlowReport flow = reset_in(kElsewhere);
  std::swap(flow.client, flow.server);
  std::swap(flow.tcp.sides[0], flow.tcp.sides[1]);
  flow.tcp.rst[0].from = Side::client;
  const auto stray = find_stray_reset(flow, CaptureContext({connection()}, {}));
  ASSERT_TRUE(stray.has_value());
  EXPECT_EQ(stray->claimed, Side::server);
}
TEST(StrayReset, NothingInTheSameNetworkOrWithoutContext) {
  EXPECT_FALSE(is_stray(reset_in(kHere), {connection()}));
  EXPECT_FALSE(is_stray(reset_in(kElsewhere), {}));
  EXPECT_FALSE(find_stray_reset(reset_in(kElsewhere), CaptureContext{}).has_value());
}
TEST(StrayReset, ItsNumberMustBeOneOfTheStream) {
  EXPECT_FALSE(is_stray(reset_in(kElsewhere, 4999), {connection()}));
  EXPECT_FALSE(is_stray(reset_in(kElsewhere, 5001 + 1402), {connection()}));
  EXPECT_TRUE(is_stray(reset_in(kElsewhere, 5001 + 1400), {connection()}));
}
TEST(StrayReset, TheConnectionMustBeOpenThen) {
  EXPECT_FALSE(is_stray(reset_in(kElsewhere, 5001, kStart - kMs), {connection()}));
  EXPECT_FALSE(is_stray(reset_in(kElsewhere, 5001, kStart + 5000 * kMs), {connection()}));
  FlowBrief closed = connection();
  closed.closing_ns = kStart + 50 * kMs + 3;  // its own reset: this is a copy of it
  EXPECT_FALSE(is_stray(reset_in(kElsewhere), {closed}));
  closed.closing_ns = kStart + 900 * kMs;
  EXPECT_TRUE(is_stray(reset_in(kElsewhere), {closed}));
}
TEST(StrayReset, SilentWhereThatHostIsSeenInBoth) {
  FlowBrief other = connection(2, kElsewhere);
  other.client_port = 40000;
  EXPECT_FALSE(is_stray(reset_in(kElsewhere), {connection(), other}));
  other.ttl_min[1] = 0;  // nothing but resets of it
  EXPECT_TRUE(is_stray(reset_in(kElsewhere), {connection(), other}));
}
TEST(StrayReset, SilentWhereTheConnectionIsInSeveral) {
  EXPECT_FALSE(is_stray(reset_in(kElsewhere), {connection(1), connection(2, 20)}));
}
TEST(StrayReset, OneSideOfTheConnectionIsNotEnough) {
  FlowBrief half = connection();
  half.ttl_min[0] = 0;
  EXPECT_FALSE(is_stray(reset_in(kElsewhere), {half}));
}

TEST(StrayReset, OneThatCameAsFarMayBeARoutersCopy) {
  for (const int ttl : {49, 48, 51, 113}) {
    EXPECT_FALSE(
        is_stray(reset_in(kElsewhere, 5001, kStart + 50 * kMs, static_cast<std::uint8_t>(ttl)), {connection()}))
        << ttl;
  }
}

TEST(StrayReset, IsTold) {
  AnalyzedFlow flow = analyze(reset_in(kElsewhere));
  EXPECT_EQ(flow.outcome.cause, Cause::unknown);
  judge_with(flow, CaptureContext({connection()}, {}));
  ASSERT_EQ(flow.findings.size(), 1u);
  EXPECT_EQ(flow.findings[0].id, "reset-in-another-network");
  EXPECT_EQ(flow.outcome.cause, Cause::middlebox);
  EXPECT_EQ(flow.outcome.confidence, Confidence::likely);
  EXPECT_FALSE(flow.findings[0].against.empty());
}

// Others of a large capture, which were not looked at, may show that the address belongs there.
TEST(StrayReset, OfALargeCaptureIsOnlyPossible) {
  std::vector<FlowBrief> briefs;
  for (std::uint64_t id = 1; id <= 600; ++id) {
    FlowBrief other = connection(id);
    other.client_port = static_cast<std::uint16_t>(20'000 + id);
    briefs.push_back(other);
  }
  briefs.push_back(connection(601));
  FlowReport reset = reset_in(kElsewhere);
  reset.id = 602;
  AnalyzedFlow flow = analyze(std::move(reset));
  judge_with(flow, CaptureContext(std::move(briefs), {}));
  ASSERT_EQ(flow.findings.size(), 1u);
  EXPECT_EQ(flow.findings[0].id, "reset-in-another-network");
  EXPECT_EQ(flow.outcome.confidence, Confidence::possible);
}

TEST(NetworkDigest, APriorityTagIsNoNetwork) { EXPECT_EQ(network_digest(vlan(0)), network_digest({})); }
TEST(NetworkDigest, TellsVlansAndTunnelsApart) {
  EXPECT_EQ(network_digest({}), 0u);
  EXPECT_EQ(network_digest(vlan(10)), network_digest(vlan(10)));
  EXPECT_NE(network_digest(vlan(10)), network_digest(vlan(30)));
  LinkFacts tunnel;
  constexpr std::uint8_t kId[] = {0, 0, 10};
  tunnel.add_identity(Encapsulation::vxlan, kId);
  EXPECT_NE(network_digest(tunnel), network_digest(vlan(10)));
}

}  // namespace
}  // namespace handlens
