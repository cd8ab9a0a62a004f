// What the flows of a capture say together: slopes, the place of the capture, what is wrong with it.
#include "src/findings/capture_context.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::ipv4;

constexpr std::int64_t kMs = 1'000'000;

FlowBrief brief(std::uint64_t id, std::int64_t rtt_server = 40 * kMs + 123) {
  FlowBrief b;
  b.id = id;
  b.start_ns = b.end_ns = static_cast<std::int64_t>(id) * 1'000'000'000;
  b.client = ipv4(192, 0, 2, 5);
  b.server = ipv4(static_cast<std::uint8_t>(100 + id), 51, 100, 7);
  b.server_port = 443;
  b.rtt_server = rtt_server;
  b.rtt_client = 40'000;
  b.ttl_min[0] = b.ttl_max[0] = 64;
  b.ttl_min[1] = b.ttl_max[1] = static_cast<std::uint8_t>(40 + id);
  return b;
}
// Resets with one fingerprint; `delay` by the distance of the server.
template <class Delay>
CaptureContext with_resets(std::size_t count, Delay delay) {
  std::vector<FlowBrief> briefs;
  for (std::size_t i = 1; i <= count; ++i) {
    const std::int64_t rtt = static_cast<std::int64_t>(20 + 15 * i) * kMs;
    FlowBrief b = brief(i, rtt);
    b.has_reset = true;
    b.reset_from = Side::server;
    b.reset_ttl = 57;
    b.fingerprint = 4711;
    b.reset_delay = delay(rtt);
    briefs.push_back(b);
  }
  return {std::move(briefs), CaptureCounters{}};
}

TEST(CaptureContext, TheSlopeTellsHowFarTheMakerIs) {
  const CaptureContext near = with_resets(6, [](std::int64_t) { return 3 * kMs; });
  ASSERT_NE(near.group_of(1), nullptr);
  EXPECT_NEAR(near.group_of(1)->slope.value(), 0, 0.01);
  EXPECT_GE(near.group_of(1)->fit, 0.8);
  const CaptureContext far = with_resets(6, [](std::int64_t rtt) { return rtt * 94 / 100; });
  EXPECT_NEAR(far.group_of(6)->slope.value(), 0.94, 0.01);
  EXPECT_GE(far.group_of(6)->fit, 0.99);
  EXPECT_EQ(far.group_of(6)->servers, 6u);
  EXPECT_EQ(far.group_of(6)->clients, 1u);
}
TEST(CaptureContext, ASlopeNeedsFiveFlowsAtDifferentDistances) {
  EXPECT_FALSE(with_resets(4, [](std::int64_t) { return 3 * kMs; }).group_of(1)->slope.has_value());
  EXPECT_EQ(with_resets(2, [](std::int64_t) { return 3 * kMs; }).group_of(1), nullptr) << "two may be an accident";
  std::vector<FlowBrief> alike;
  for (std::uint64_t i = 1; i <= 6; ++i) {
    alike.push_back(brief(i));
    alike.back().has_reset = true;
    alike.back().fingerprint = 4711;
    alike.back().reset_delay = 3 * kMs;
  }
  EXPECT_FALSE(CaptureContext(alike, {}).group_of(1)->slope.has_value());
}
TEST(CaptureContext, ResetsAsEveryStackSendsThemAreNoGroup) {
  std::vector<FlowBrief> briefs;
  for (std::uint64_t i = 1; i <= 6; ++i) {
    briefs.push_back(brief(i));
    briefs.back().has_reset = true;
  }
  EXPECT_EQ(CaptureContext(briefs, {}).group_of(1), nullptr);
}

Vantage place(std::int64_t client_rtt, std::uint8_t client_ttl, std::int64_t server_rtt, std::uint8_t server_ttl) {
  std::vector<FlowBrief> briefs;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    FlowBrief b = brief(i, server_rtt);
    b.rtt_client = client_rtt;
    b.ttl_min[0] = b.ttl_max[0] = client_ttl;
    b.ttl_min[1] = b.ttl_max[1] = server_ttl;
    briefs.push_back(b);
  }
  return CaptureContext(std::move(briefs), {}).vantage;
}
TEST(CaptureContext, WhereItWasTaken) {
  using P = Vantage::Position;
  EXPECT_EQ(place(40'000, 64, 40 * kMs, 49).position, P::client);
  EXPECT_EQ(place(40'000, 64, 40 * kMs, 49).confidence, Confidence::certain);
  EXPECT_EQ(place(200'000, 64, 40 * kMs, 49).confidence, Confidence::likely);
  EXPECT_EQ(place(24 * kMs, 118, 50'000, 64).position, P::server);
  EXPECT_EQ(place(50'000, 64, 50'000, 64).position, P::same_host);
  const Vantage middle = place(10 * kMs, 60, 30 * kMs, 49);
  EXPECT_EQ(middle.position, P::middle);
  EXPECT_NE(middle.why.find("25 %"), std::string::npos) << middle.why;
  EXPECT_EQ(place(40'000, 60, 40 * kMs, 49).position, P::unknown) << "near by time, away by its TTL";
  EXPECT_EQ(CaptureContext({}, {}).vantage.position, P::unknown);
}
TEST(CaptureContext, TheLinkLayerDecides) {
  std::vector<FlowBrief> briefs = {brief(1)};
  briefs[0].seen_as[0] = CaptureDirection::incoming;
  briefs[0].seen_as[1] = CaptureDirection::outgoing;
  const CaptureContext context(briefs, {});
  EXPECT_EQ(context.vantage.position, Vantage::Position::server);
  EXPECT_EQ(context.vantage.confidence, Confidence::certain);
}
TEST(CaptureContext, WordsOfPlaces) {
  using P = Vantage::Position;
  EXPECT_EQ(to_text(P::unknown), "unknown");
  EXPECT_EQ(to_text(P::client), "client");
  EXPECT_EQ(to_text(P::server), "server");
  EXPECT_EQ(to_text(P::middle), "middle");
  EXPECT_EQ(to_text(P::same_host), "same-host");
}

TEST(CaptureContext, HostsAreKnownByTheirShortestRoundTrip) {
  std::vector<FlowBrief> briefs = {brief(1, 40 * kMs), brief(2, 30 * kMs), brief(3, FlowBrief::kUnknown)};
  for (FlowBrief& b : briefs) b.server = ipv4(203, 0, 113, 10);
  const CaptureContext context(briefs, {});
  const HostFacts* host = context.host(ipv4(203, 0, 113, 10));
  ASSERT_NE(host, nullptr);
  EXPECT_EQ(host->round_trips.shortest(), 30 * kMs);
  EXPECT_EQ(host->round_trips.agreeing(), 1u);
  EXPECT_EQ(host->flows, 3u);
  EXPECT_EQ(host->ttl_min, 41);
  EXPECT_EQ(host->ttl_max, 43);
  EXPECT_EQ(context.host(ipv4(9, 9, 9, 9)), nullptr);
}

// Of a capture with many hosts only those are indexed that somebody asks for; of these nothing may be missing.
TEST(CaptureContext, WhoIsAskedForIsKnownAsIfAllWere) {
  constexpr std::uint64_t kFlows = 3000;
  std::vector<FlowBrief> briefs;
  std::vector<AskedFor> asked;
  for (std::uint64_t id = 1; id <= kFlows; ++id) {
    FlowBrief b = brief(id);
    b.client = ipv4(10, 0, static_cast<std::uint8_t>(id % 200), static_cast<std::uint8_t>(id % 7));
    b.server = ipv4(198, 18, static_cast<std::uint8_t>(id % 250), static_cast<std::uint8_t>(id % 11));
    b.ttl_min[1] = b.ttl_max[1] = 50;
    briefs.push_back(b);
    if (id % 10 == 0) asked.push_back({{b.client, b.client_port}, {b.server, b.server_port}});
  }
  const std::vector<FlowBrief> copy = briefs;
  const CaptureContext all(std::move(briefs), CaptureCounters{});
  const CaptureContext some(copy, CaptureCounters{}, asked, nullptr);
  for (const AskedFor& one : asked) {
    for (const Endpoint& end : {one.client, one.server}) {
      ASSERT_NE(some.host(end.ip), nullptr);
      EXPECT_EQ(some.host(end.ip)->flows, all.host(end.ip)->flows);
      EXPECT_TRUE(std::ranges::equal(some.of_client(end.ip, kFlows / 2), all.of_client(end.ip, kFlows / 2)));
      EXPECT_TRUE(std::ranges::equal(some.of_server(end.ip, end.port, 1), all.of_server(end.ip, end.port, 1)));
    }
  }
  const CaptureContext none(copy, CaptureCounters{}, std::span<const AskedFor>(), nullptr);
  EXPECT_EQ(none.host(copy.front().client), nullptr);
}

// An answer is kept back now and then, and never too soon: only several that agree are a distance.
TEST(RoundTrips, AgreeIfTheyAreOfOneLength) {
  RoundTrips trips;
  EXPECT_EQ(trips.shortest(), std::nullopt);
  EXPECT_EQ(trips.agreeing(), 0u);
  std::int64_t asked = 0;
  const auto add = [&](std::int64_t taken) { trips.add(taken, asked += 1000 * kMs); };
  for (const std::int64_t taken : {std::int64_t{0}, -kMs, FlowBrief::kUnknown, 700'000 * kMs}) add(taken);
  EXPECT_EQ(trips.agreeing(), 0u);
  for (const std::int64_t ms : {700, 121, 100, 900}) add(ms * kMs);
  EXPECT_EQ(trips.shortest(), 100 * kMs);
  EXPECT_EQ(trips.agreeing(), 1u);
  add(120 * kMs);
  EXPECT_EQ(trips.agreeing(), 2u);
  add(101 * kMs);
  add(102 * kMs);
  EXPECT_EQ(trips.agreeing(), 3u);
}

// What is on the way at the same time is kept back by the same thing.
TEST(RoundTrips, CountOnceIfTheyAreOnTheWayTogether) {
  RoundTrips trips;
  for (const std::int64_t asked : {5, 0, 99}) trips.add(100 * kMs, asked * kMs);
  EXPECT_EQ(trips.agreeing(), 1u);
  trips.add(100 * kMs, 105 * kMs);  // the answer to the first was here
  EXPECT_EQ(trips.agreeing(), 2u);
  trips.add(90 * kMs, 80 * kMs);  // as long as both
  EXPECT_EQ(trips.agreeing(), 1u);
  EXPECT_EQ(trips.shortest(), 90 * kMs);
  trips.add(95 * kMs, INT64_MAX);
  trips.add(95 * kMs, INT64_MIN);
  EXPECT_EQ(trips.agreeing(), 3u);
}

// A scan of very many ports: each flow looks at its neighbours only.
TEST(CaptureContext, LooksAtABoundedNeighbourhood) {
  std::vector<FlowBrief> briefs;
  for (std::uint64_t i = 1; i <= 5000; ++i) briefs.push_back(brief(i));
  const CaptureContext context(briefs, {});
  const auto around = context.of_client(ipv4(192, 0, 2, 5), 2500);
  EXPECT_LE(around.size(), 2 * CaptureContext::kNearby + 1);
  EXPECT_EQ(context.briefs()[around.front()].id, 2500 - CaptureContext::kNearby);
  EXPECT_LE(context.neighbours(1).size(), CaptureContext::kNearby + 1);
  EXPECT_EQ(context.brief(4999)->id, 4999u);
  EXPECT_EQ(context.brief(6000), nullptr);
}

bool has_word(const std::vector<FlowBrief>& briefs, std::string_view word, const CaptureCounters& counters = {}) {
  const auto words = capture_guards(briefs, counters).words();
  return std::find(words.begin(), words.end(), word) != words.end();
}
TEST(CaptureGuards, EachByWhatItMeans) {
  std::vector<FlowBrief> briefs = {brief(1), brief(2), brief(3)};
  EXPECT_TRUE(capture_guards(briefs, {}).words().empty());
  CaptureCounters backwards;
  backwards.time_backwards = 1;
  EXPECT_TRUE(has_word(briefs, "clock", backwards));
  for (FlowBrief& b : briefs) {
    b.one_sided = b.is_synthetic = b.is_raw_ip = b.has_mac[0] = b.whole_milliseconds = true;
    b.ttl_min[1] = b.ttl_max[1] = 64;
  }
  briefs[0].has_loss = briefs[0].has_offload = briefs[0].has_duplicates = true;
  for (const std::string_view word :
       {"one-way", "loss", "offload", "local-nat", "duplicates", "clock", "synthetic", "anonymised", "tunnel"}) {
    EXPECT_TRUE(has_word(briefs, word)) << word;
  }
}
TEST(FlowGuards, ByHowMuchTimeGoesBack) {
  FlowReport flow;
  for (const std::int64_t at : {5'000'123, 9'000'456, 6'000'789, 9'000'999}) flow.packets.emplace_back().time_ns = at;
  const Guards g = flow_guards(flow, {});
  EXPECT_TRUE(g.clock);
  EXPECT_EQ(g.backstep_ns, 2'999'667);
  EXPECT_EQ(g.time_error(), 5 * 2'999'667);
}
TEST(CaptureGuards, OneFlowAloneIsNoRule) {
  std::vector<FlowBrief> briefs = {brief(1), brief(2), brief(3)};
  briefs[0].one_sided = briefs[0].is_synthetic = briefs[0].is_raw_ip = briefs[0].whole_milliseconds = true;
  EXPECT_TRUE(capture_guards(briefs, {}).words().empty());
}

}  // namespace
}  // namespace handlens
