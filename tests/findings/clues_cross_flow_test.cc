// What other flows add to a reset: company of its kind, and other ports of the same host.
#include <gtest/gtest.h>

#include "src/findings/weigh.h"
#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::find_sign;
using testing::ipv4;
using testing::ResetStory;

constexpr std::int64_t kMs = 1'000'000;
constexpr Side kS = Side::server;

// As many flows with one fingerprint, to servers in other networks 20 to 95 ms away; the reset comes after
// `delay` (of the distance). The first is that of the story.
struct Company {
  std::size_t flows = 6;
  bool one_server = false;
  bool same_distance = false;  // of the hosts, in hops
  double share = 0;            // of the round trip; 0: always 3 ms
};
CaptureContext context_of(const Company& w) {
  std::vector<FlowBrief> briefs;
  for (std::size_t i = 1; i <= w.flows; ++i) {
    FlowBrief b;
    b.id = i;
    b.start_ns = static_cast<std::int64_t>(i) * 1000 * kMs;
    b.client = w.one_server ? ipv4(192, 0, static_cast<std::uint8_t>(i), 5) : ipv4(192, 0, 2, 5);
    b.server = i == 1 || w.one_server ? ipv4(203, 0, 113, 10) : ipv4(static_cast<std::uint8_t>(100 + i), 51, 100, 7);
    b.server_port = 443;
    b.rtt_server = static_cast<std::int64_t>(20 + 15 * i) * kMs;
    b.ttl_min[0] = b.ttl_max[0] = 64;
    b.ttl_min[1] = b.ttl_max[1] = w.same_distance ? std::uint8_t{49} : static_cast<std::uint8_t>(49 - i);
    b.has_reset = true;
    b.reset_from = kS;
    b.reset_ttl = 57;
    b.fingerprint = 4711;
    b.reset_delay = w.share > 0 ? static_cast<std::int64_t>(static_cast<double>(b.rtt_server) * w.share) : 3 * kMs;
    b.status = Status::failed;
    b.stage = Stage::client_hello;
    b.ended_by = EndedBy::rst;
    briefs.push_back(b);
  }
  return {std::move(briefs), CaptureCounters{}};
}
// A reset after the hello; odd: far off the server's hops.
Signs signs_in(const Company& company, bool odd) {
  const CaptureContext context = context_of(company);
  ResetStory story;
  story.open().hello();
  story.rst(41'000, kS, 1, 245).ttl = odd ? 57 : 49;
  return story.signs(0, context);
}

TEST(ClueCompany, OddResetsAlikeHaveOneMaker) {
  const Signs signs = signs_in({}, true);
  ASSERT_NE(find_sign(signs, "same-fingerprint-many-flows"), nullptr);
  EXPECT_EQ(find_sign(signs, "same-fingerprint-many-flows")->toward, Toward::middlebox);
  EXPECT_EQ(find_sign(signs, "hop-constancy")->weight, Weight::strong);
  EXPECT_EQ(find_sign(signs, "timing-slope")->toward, Toward::middlebox);
}
// Servers of one make that all refuse look alike too: numbers alone accuse nobody.
TEST(ClueCompany, AloneItSaysNothingForADevice) {
  const Signs signs = signs_in({.share = 0.95}, false);
  EXPECT_EQ(find_sign(signs, "same-fingerprint-many-flows"), nullptr);
  EXPECT_EQ(find_sign(signs, "fan-out"), nullptr);
  ASSERT_NE(find_sign(signs, "timing-slope"), nullptr);
  EXPECT_EQ(find_sign(signs, "timing-slope")->toward, Toward::neither);
  EXPECT_EQ(find_sign(signs, "timing-slope")->weight, Weight::weak);
}
TEST(ClueCompany, TwoFlowsAreNone) {
  const Signs signs = signs_in({.flows = 2}, true);
  EXPECT_EQ(find_sign(signs, "same-fingerprint-many-flows"), nullptr);
  EXPECT_EQ(find_sign(signs, "timing-slope"), nullptr);
}
TEST(ClueCompany, FanOutCountsOnlyWithTheSlopeOrTheHops) {
  EXPECT_EQ(find_sign(signs_in({}, true), "fan-out")->toward, Toward::middlebox);
  const Signs far = signs_in({.same_distance = true, .share = 0.95}, true);
  ASSERT_NE(find_sign(far, "fan-out"), nullptr);
  EXPECT_EQ(find_sign(far, "fan-out")->toward, Toward::neither);
  EXPECT_EQ(find_sign(far, "fan-out")->weight, Weight::weak);
}
TEST(ClueCompany, HopsMustDifferAmongTheHosts) {
  EXPECT_EQ(find_sign(signs_in({.same_distance = true}, true), "hop-constancy"), nullptr);
}
TEST(ClueCompany, OneServerMayBeTheReasonItself) {
  const Signs signs = signs_in({.one_server = true}, true);
  EXPECT_EQ(find_sign(signs, "same-fingerprint-many-flows"), nullptr);
  EXPECT_EQ(find_sign(signs, "fan-out"), nullptr);
}

TEST(ClueStage, AfterTheHelloAloneIsWeak) {
  ResetStory story;
  story.open().hello();
  story.rst(41'000, kS, 1, 245);
  const Signs signs = story.signs();
  ASSERT_NE(find_sign(signs, "rst-after-clienthello"), nullptr);
  EXPECT_EQ(find_sign(signs, "rst-after-clienthello")->weight, Weight::weak);
  ResetStory before;
  before.open();
  before.rst(41'000, kS, 1, 1);
  EXPECT_EQ(find_sign(before.signs(), "rst-after-clienthello"), nullptr);
}

// A refusal of a host that answers on another port, this many hops away.
const Sign* other_port(std::uint8_t host_ttl, std::uint8_t reset_ttl, const Guards& g, Signs& signs) {
  FlowBrief web;
  web.id = 2;
  web.client = ipv4(192, 0, 2, 5);
  web.server = ipv4(203, 0, 113, 10);
  web.server_port = 8443;
  web.ttl_min[0] = web.ttl_max[0] = 64;
  web.ttl_min[1] = web.ttl_max[1] = host_ttl;
  const CaptureContext context({web}, CaptureCounters{});
  ResetStory story;
  story.syn();
  story.rst(40'000, kS, -5000, 1).ttl = reset_ttl;
  signs = story.signs(0, context, g);
  return find_sign(signs, "control-pair");
}
TEST(ClueControlPair, AnotherPortFromAnotherDistance) {
  Signs signs;
  EXPECT_NE(other_port(49, 62, {}, signs), nullptr);
  EXPECT_EQ(other_port(49, 48, {}, signs), nullptr);
  EXPECT_EQ(other_port(49, 113, {}, signs), nullptr) << "another stack as far away";
  Guards nat;
  nat.local_nat = true;
  EXPECT_EQ(other_port(49, 62, nat, signs), nullptr);
}

// As many servers in other networks and at other distances, each of which reset this client's hello as its own stack
// would, in its own time.
CaptureContext refusers(std::size_t servers, std::size_t passed, bool alike = true, std::uint8_t step = 3) {
  std::vector<FlowBrief> briefs;
  for (std::size_t i = 1; i <= servers + passed; ++i) {
    FlowBrief b;
    b.id = i;
    b.start_ns = static_cast<std::int64_t>(i) * 1000 * kMs;
    b.client = ipv4(192, 0, 2, 5);
    b.server = i == 1 ? ipv4(203, 0, 113, 10) : ipv4(static_cast<std::uint8_t>(100 + i), 51, 100, 7);
    b.server_port = 443;
    b.rtt_server = static_cast<std::int64_t>(25 + 15 * i) * kMs;
    b.ttl_min[0] = b.ttl_max[0] = 64;
    b.ttl_min[1] = b.ttl_max[1] = static_cast<std::uint8_t>(49 - (i - 1) * step);
    b.hello_size = 239;
    b.hello_segments = 1;
    b.established = b.answered_hello = i > servers;
    b.status = i > servers ? Status::ok : Status::failed;
    b.stage = i > servers ? Stage::established : Stage::client_hello;
    b.ended_by = i > servers ? EndedBy::fin : EndedBy::rst;
    b.has_reset = i <= servers;
    b.reset_from = kS;
    b.reset_ttl = b.ttl_min[1];
    b.reset_has_ack = i == 1 || alike;
    briefs.push_back(b);
  }
  return {std::move(briefs), CaptureCounters{}};
}
Judgement judgement_in(const CaptureContext& context) {
  ResetStory story;
  story.open().hello();
  story.rst(41'000, kS, 1, 245);
  const ResetCase c = story.make(0, context);
  return weigh(c, signs_of_reset(c, flow_guards(story.flow, {})), flow_guards(story.flow, {}), std::nullopt);
}
TEST(ClueFanOut, ManyServersThatResetAlikeAreNotNamed) {
  const Judgement one = judgement_in(refusers(1, 0));
  EXPECT_EQ(one.cause, Cause::server);
  EXPECT_EQ(one.confidence, Confidence::likely);
  const Judgement many = judgement_in(refusers(4, 0));
  EXPECT_EQ(many.cause, Cause::unknown);
  EXPECT_NE(many.guard.find("4 of 4 servers"), std::string::npos) << many.guard;
}
TEST(ClueFanOut, ServersThatAnswerSpeakForTheOneThatDoesNot) {
  EXPECT_EQ(judgement_in(refusers(3, 2)).cause, Cause::unknown);
  EXPECT_EQ(judgement_in(refusers(3, 3)).cause, Cause::server) << "half of them answer";
  EXPECT_EQ(judgement_in(refusers(2, 0)).cause, Cause::server) << "two may be chance";
  EXPECT_EQ(judgement_in(refusers(4, 0, false)).cause, Cause::server) << "resets of other forms";
  EXPECT_EQ(judgement_in(refusers(4, 0, true, 0)).cause, Cause::server) << "all as far: one operator's";
}

}  // namespace
}  // namespace handlens
