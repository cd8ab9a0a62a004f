// What becomes of signs: the sums, what caps them, and which word for which sum.
#include "src/findings/weigh.h"

#include <gtest/gtest.h>

#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::kAck;
using testing::kFin;
using testing::ResetStory;
using G = ClueGroup;
using W = Weight;

Sign device(W weight, G group) { return {"x", group, weight, Toward::middlebox, 1, ""}; }
Sign host(W weight, G group = G::timing) { return {"x", group, weight, Toward::endpoint, 1, ""}; }

// After the ClientHello, in the server's name: the prior is -1.
Judgement after_hello(const Signs& signs, std::optional<Benign> benign = std::nullopt, const Guards& guards = {}) {
  ResetStory story;
  story.open().hello();
  story.rst(41'000, Side::server, 1, 245);
  return weigh(story.make(), signs, guards, std::move(benign));
}

TEST(Weigh, NothingNamesNobody) {
  const Judgement j = after_hello({});
  EXPECT_EQ(j.cause, Cause::unknown);
  EXPECT_EQ(j.confidence, Confidence::undetermined);
  EXPECT_DOUBLE_EQ(j.sum, -1);
}

TEST(Weigh, PriorByStage) {
  ResetStory opened;
  opened.open();
  opened.rst(41'000, Side::server, 1, 1);
  EXPECT_DOUBLE_EQ(weigh(opened.make(), {}, {}, {}).sum, -1.5);
  ResetStory refused;
  refused.syn();
  refused.rst(40'000, Side::server, -5000, 1);
  EXPECT_DOUBLE_EQ(weigh(refused.make(), {}, {}, {}).sum, -2);
  ResetStory closed;
  closed.open().hello();
  closed.packet(41'000, Side::server, kFin | kAck, 1, 245);
  closed.rst(41'000, Side::server, 2, 245);
  EXPECT_DOUBLE_EQ(weigh(closed.make(), {}, {}, {}).sum, -4);
}

TEST(Weigh, AGroupCountsUpToItsCap) {
  const Signs headers(5, device(W::strong, G::header));
  EXPECT_DOUBLE_EQ(after_hello(headers).sum, -1 + 4);
  const Signs sequence(5, device(W::strong, G::sequence));
  EXPECT_DOUBLE_EQ(after_hello(sequence).sum, -1 + 6);
  EXPECT_DOUBLE_EQ(after_hello({device(W::decisive, G::header)}).sum, -1 + 6) << "a decisive sign passes it";
  const Signs link(5, device(W::decisive, G::link));
  EXPECT_DOUBLE_EQ(after_hello(link).sum, -1 + 8);
}

TEST(Weigh, WordsForADevice) {
  EXPECT_EQ(after_hello({device(W::medium, G::header)}).cause, Cause::unknown);
  EXPECT_EQ(after_hello({device(W::strong, G::header)}).confidence, Confidence::possible);
  EXPECT_EQ(after_hello({device(W::strong, G::header), device(W::medium, G::timing)}).confidence, Confidence::likely);
  EXPECT_EQ(after_hello({device(W::decisive, G::sequence)}).confidence, Confidence::certain);
}

// However many strong signs there are.
TEST(Weigh, CertainNeedsADecisiveSign) {
  const Judgement j =
      after_hello({device(W::strong, G::header), device(W::strong, G::header), device(W::strong, G::timing),
                   device(W::strong, G::timing), device(W::strong, G::sequence), device(W::strong, G::protocol)});
  EXPECT_GE(j.sum, 5);
  EXPECT_EQ(j.confidence, Confidence::likely);
}

// Many small oddities of one kind are one oddity.
TEST(Weigh, LikelyNeedsAStrongSignOrTwoKinds) {
  const Signs medium(4, device(W::medium, G::header));
  EXPECT_EQ(after_hello(medium).confidence, Confidence::possible);
  const Signs weak(20, device(W::weak, G::header));
  EXPECT_NE(after_hello(weak).confidence, Confidence::likely);
}

TEST(Weigh, AHostNeedsMoreThanTheAbsenceOfOddities) {
  EXPECT_EQ(after_hello({host(W::weak)}).cause, Cause::unknown);
  EXPECT_EQ(after_hello({host(W::medium)}).cause, Cause::server);
  EXPECT_EQ(after_hello({host(W::medium)}).confidence, Confidence::likely);
  EXPECT_EQ(after_hello({host(W::strong), host(W::strong)}).confidence, Confidence::likely) << "never certain";
  EXPECT_EQ(after_hello({host(W::decisive, G::link)}).confidence, Confidence::certain);
}

// A filter or a balancer beside the server answers when the server would, from one hop nearer.
TEST(Weigh, AHostIsNotNamedIfThePacketLooksUnlikeItsOthers) {
  const Judgement odd = after_hello({host(W::medium), device(W::medium, G::header)});
  EXPECT_EQ(odd.cause, Cause::unknown);
  Sign hop = device(W::weak, G::header);
  hop.rule = "rst-hop-mismatch";
  const Signs one_hop = {host(W::medium), host(W::medium, G::header), hop};
  for (const std::uint8_t ttl : {std::uint8_t{48}, std::uint8_t{49}, std::uint8_t{50}}) {
    ResetStory story;
    story.open().hello();
    story.rst(41'000, Side::server, 1, 245).ttl = ttl;
    const Judgement j = weigh(story.make(), one_hop, {}, {});
    EXPECT_EQ(j.cause, ttl == 50 ? Cause::unknown : Cause::server) << "another route may be longer";
    EXPECT_EQ(j.guard.find("load balancer") != std::string::npos, ttl == 50) << j.guard;
    EXPECT_EQ(weigh(story.make(), {host(W::strong), hop}, {}, {}).cause, Cause::server);
    EXPECT_EQ(weigh(story.make(), {host(W::medium), device(W::weak, G::header)}, {}, {}).cause, Cause::server);
  }
  EXPECT_EQ(after_hello({host(W::medium), device(W::weak, G::protocol)}).cause, Cause::server);
}
TEST(Weigh, ACancelLooksLikeItsHost) {
  const Benign benign{"client-cancel", Cause::client, Confidence::likely, 1, "text"};
  EXPECT_EQ(after_hello({device(W::weak, G::header)}, benign).cause, Cause::client);
  EXPECT_EQ(after_hello({device(W::medium, G::protocol)}, benign).cause, Cause::client);
  EXPECT_EQ(after_hello({device(W::medium, G::header)}, benign).cause, Cause::unknown);
  Sign window = device(W::medium, G::header);
  window.rule = "rst-mirrors-trigger";
  EXPECT_EQ(after_hello({window}, benign).cause, Cause::client) << "an equal window may be chance";
  const Benign other{"refused-by-host", Cause::server, Confidence::likely, 1, "text"};
  EXPECT_EQ(after_hello({device(W::medium, G::header)}, other).cause, Cause::server);
}

TEST(Weigh, ACoarseClockCannotSpeakAgainstAHost) {
  Guards guards;
  guards.clock = true;
  const Signs quiet = {host(W::weak, G::sequence), host(W::weak, G::header)};
  EXPECT_EQ(after_hello(quiet).cause, Cause::unknown) << "a device copies numbers and TTL first";
  EXPECT_TRUE(after_hello(quiet).guard.empty());
  EXPECT_EQ(after_hello(quiet, {}, guards).cause, Cause::unknown);
  EXPECT_FALSE(after_hello(quiet, {}, guards).guard.empty());
}

TEST(Weigh, OnlyADecisiveSignIsBelievedOverAnOrdinaryExplanation) {
  const Benign benign{"refused-by-host", Cause::server, Confidence::likely, 1, "text"};
  const Judgement ordinary = after_hello(Signs(5, device(W::strong, G::header)), benign);
  EXPECT_EQ(ordinary.cause, Cause::server);
  EXPECT_TRUE(ordinary.benign.has_value());
  const Judgement forged = after_hello({device(W::decisive, G::sequence)}, benign);
  EXPECT_EQ(forged.cause, Cause::middlebox);
  EXPECT_FALSE(forged.benign.has_value());
}
// Who cleans up behind a closed connection does not matter.
TEST(Weigh, AfterAFinNotEvenThat) {
  ResetStory story;
  story.open().hello();
  story.packet(41'000, Side::server, kFin | kAck, 1, 245);
  story.rst(41'000, Side::server, 2, 245);
  const Benign benign{"teardown-rst", Cause::none, Confidence::likely, 1, "text"};
  EXPECT_EQ(weigh(story.make(), {device(W::decisive, G::timing)}, {}, benign).cause, Cause::none);
}
TEST(Weigh, OneDirectionAloneNamesNobody) {
  ResetStory story;
  story.open().hello();
  story.rst(41'000, Side::server, 1, 245);
  story.flow.one_sided = Side::client;
  const Judgement j = weigh(story.make(), {device(W::strong, G::header), device(W::strong, G::timing)}, {}, {});
  EXPECT_EQ(j.cause, Cause::unknown);
  EXPECT_FALSE(j.guard.empty());
}

}  // namespace
}  // namespace handlens
