// What a failure depends on, by comparison with other flows: the name, the size, a penalty, the client's own habit.
#include "src/findings/controls.h"

#include <gtest/gtest.h>

#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::find_sign;
using testing::ipv4;

constexpr std::int64_t kSecond = 1'000'000'000;

// A ClientHello for a name of this number, `id` seconds after the start; reset after it unless it passed.
FlowBrief attempt(std::uint64_t id, std::uint64_t name, bool passed) {
  FlowBrief b;
  b.id = id;
  b.start_ns = static_cast<std::int64_t>(id) * kSecond;
  b.end_ns = b.start_ns + kSecond / 10;
  b.last_try_ns = b.start_ns;
  b.client = ipv4(192, 0, 2, 5);
  b.server = ipv4(203, 0, 113, 10);
  b.server_port = 443;
  b.ttl_min[0] = b.ttl_max[0] = 64;
  b.name = name;
  b.hello_size = 240;
  b.hello_segments = 1;
  b.stage = passed ? Stage::established : Stage::client_hello;
  b.status = passed ? Status::ok : Status::failed;
  b.ended_by = passed ? EndedBy::fin : EndedBy::rst;
  b.answered_hello = b.established = passed;
  return b;
}
Signs signs_of(std::vector<FlowBrief> briefs, std::uint64_t flow_id = 1) {
  FlowReport flow;
  flow.id = flow_id;
  Outcome outcome;
  outcome.status = Status::failed;
  const auto self = std::find_if(briefs.begin(), briefs.end(), [flow_id](const auto& b) { return b.id == flow_id; });
  outcome.ended_by = self->ended_by;
  Signs out;
  add_control_signs(flow, outcome, CaptureContext(std::move(briefs), {}), 7, out);
  return out;
}

TEST(Controls, AnotherNamePasses) {
  const Signs once = signs_of({attempt(1, 11, false), attempt(2, 22, true)});
  ASSERT_NE(find_sign(once, "sni-control-differs"), nullptr);
  EXPECT_EQ(find_sign(once, "sni-control-differs")->weight, Weight::medium);
  EXPECT_EQ(find_sign(once, "sni-control-differs")->toward, Toward::neither) << "who decides, the name does not say";
  const Signs twice = signs_of({attempt(1, 11, false), attempt(2, 22, true), attempt(3, 11, false)});
  EXPECT_EQ(find_sign(twice, "sni-control-differs")->weight, Weight::strong);
}
// Of attempts of which those that failed got no answer.
const Sign* of_silences(std::vector<FlowBrief> briefs, Signs& signs, std::uint64_t flow_id) {
  for (FlowBrief& b : briefs) {
    b.is_silence = b.status == Status::failed;
    b.ended_by = b.is_silence ? EndedBy::timeout : EndedBy::fin;
  }
  signs = signs_of(std::move(briefs), flow_id);
  return find_sign(signs, "sni-control-differs");
}
// A server that was down for a while looks like one that decides by the name: of what passed, something must have
// passed while the name hung, or both before and after.
TEST(Controls, OfSilenceWhatPassedMustLieAroundOrBetween) {
  struct Case {
    std::vector<bool> passes;  // true: another name passes; false: name 11 hangs
    Weight weight;
    std::string_view ends_with;
  };
  const Case cases[] = {{{false, false, true}, Weight::medium, "has recovered"},
                        {{true, false, false}, Weight::medium, "gone down since"},
                        {{false, true, false}, Weight::strong, "depends on the name"},
                        {{true, false, false, true}, Weight::strong, "depends on the name"}};
  for (const Case& c : cases) {
    std::vector<FlowBrief> briefs;
    for (const bool passes : c.passes) briefs.push_back(attempt(briefs.size() + 1, passes ? 22 : 11, passes));
    for (const FlowBrief& b : briefs) {
      if (b.status != Status::failed) continue;
      Signs signs;
      const Sign* sign = of_silences(briefs, signs, b.id);
      ASSERT_NE(sign, nullptr);
      EXPECT_EQ(sign->weight, c.weight) << sign->text;
      EXPECT_TRUE(sign->text.ends_with(c.ends_with)) << sign->text;
    }
  }
}
TEST(Controls, OfSilenceANameThatHangsAsWellIsNoMeasure) {
  // The name that had passed hangs in between.
  Signs signs;
  EXPECT_EQ(of_silences({attempt(1, 22, true), attempt(2, 11, false), attempt(3, 22, false), attempt(4, 11, false),
                         attempt(5, 22, true)},
                        signs, 2),
            nullptr);
  // A third one does: then something must have passed in the meantime.
  for (const bool between : {false, true}) {
    std::vector<FlowBrief> briefs = {attempt(1, 22, true), attempt(2, 11, false), attempt(3, 33, false),
                                     attempt(4, 22, true), attempt(5, 11, false), attempt(6, 22, true)};
    if (!between) briefs.erase(briefs.begin() + 3);
    const Sign* sign = of_silences(briefs, signs, 2);
    ASSERT_NE(sign, nullptr);
    EXPECT_EQ(sign->weight, between ? Weight::strong : Weight::medium) << sign->text;
  }
}
// The first attempt is given up long after its last try; meanwhile the second one tries and another name passes.
TEST(Controls, OfSilenceItIsTheSameWhicheverAttemptIsAsked) {
  for (const std::uint64_t asked : {1u, 2u}) {
    std::vector<FlowBrief> briefs = {attempt(1, 11, false), attempt(2, 11, false), attempt(20, 22, true)};
    briefs[0].end_ns = 25 * kSecond;
    briefs[1].end_ns = 30 * kSecond;
    briefs[1].last_try_ns = 12 * kSecond;
    Signs signs;
    const Sign* sign = of_silences(briefs, signs, asked);
    ASSERT_NE(sign, nullptr);
    EXPECT_EQ(sign->weight, Weight::medium) << asked;
    EXPECT_TRUE(sign->text.ends_with("has recovered")) << sign->text;
  }
}
TEST(Controls, TheNameIsNotItWhereItPassedOnce) {
  const Signs signs = signs_of({attempt(1, 11, false), attempt(2, 22, true), attempt(3, 11, true)});
  EXPECT_EQ(find_sign(signs, "sni-control-differs"), nullptr);
}
TEST(Controls, NorAtAnotherServerOrAnotherHour) {
  FlowBrief elsewhere = attempt(2, 22, true), later = attempt(3, 22, true);
  elsewhere.server_port = 8443;
  later.start_ns += 700 * kSecond;
  EXPECT_EQ(find_sign(signs_of({attempt(1, 11, false), elsewhere, later}), "sni-control-differs"), nullptr);
}
TEST(Controls, ASmallerHelloPasses) {
  FlowBrief large = attempt(1, 11, false);
  large.hello_size = 1750;
  large.hello_segments = 2;
  EXPECT_NE(find_sign(signs_of({large, attempt(2, 11, true)}), "large-clienthello-intolerant"), nullptr);
  EXPECT_EQ(find_sign(signs_of({large, attempt(2, 22, true)}), "large-clienthello-intolerant"), nullptr)
      << "another name is another difference";
  EXPECT_EQ(find_sign(signs_of({large, attempt(2, 11, false)}), "large-clienthello-intolerant"), nullptr);
}
TEST(Controls, APenaltyNeedsAllOfItsSigns) {
  // It passed, was reset for a name, then fails with that which had passed; another client passes.
  FlowBrief other = attempt(4, 22, true);
  other.client = ipv4(192, 0, 2, 6);
  const std::vector<FlowBrief> all = {attempt(1, 22, true), attempt(2, 11, false), attempt(5, 22, false)};
  std::vector<FlowBrief> with_other = all;
  with_other.insert(with_other.begin() + 2, other);
  EXPECT_NE(find_sign(signs_of(with_other, 5), "residual-block"), nullptr);
  EXPECT_EQ(find_sign(signs_of(all, 5), "residual-block"), nullptr) << "the server may be down for all";
  with_other.erase(with_other.begin());
  EXPECT_EQ(find_sign(signs_of(with_other, 5), "residual-block"), nullptr) << "it may never have passed";
}
TEST(Controls, ARetryWithOtherNames) {
  EXPECT_NE(find_sign(signs_of({attempt(1, 11, false), attempt(2, 22, false), attempt(3, 33, true)}),
                      "retry-with-other-name-succeeds"),
            nullptr);
  EXPECT_EQ(find_sign(signs_of({attempt(1, 11, false), attempt(2, 33, true)}), "retry-with-other-name-succeeds"),
            nullptr)
      << "one other name is any page's next request";
}

std::vector<FlowBrief> many(std::size_t failed, std::size_t all) {
  std::vector<FlowBrief> briefs;
  for (std::size_t i = 1; i <= all; ++i) briefs.push_back(attempt(i, 10 + i, i > failed));
  return briefs;
}
TEST(Controls, HowManyEndSo) {
  EXPECT_EQ(find_sign(signs_of(many(1, 9)), "rare-ending"), nullptr) << "too few to say";
  const Signs rare = signs_of(many(1, 240));
  ASSERT_NE(find_sign(rare, "rare-ending"), nullptr);
  EXPECT_EQ(find_sign(rare, "rare-ending")->text,
            "only 1 of 240 connections of this client ended so: a single odd connection is no pattern");
  EXPECT_EQ(find_sign(rare, "rare-ending")->toward, Toward::neither);
  const Signs common = signs_of(many(9, 12));
  ASSERT_NE(find_sign(common, "base-rate"), nullptr);
  EXPECT_EQ(find_sign(common, "base-rate")->text, "9 of 12 connections of this client ended so");
  EXPECT_NE(find_sign(signs_of(many(1, 2000)), "rare-ending")->text.find("around it"), std::string::npos);
}
TEST(Controls, AnotherIssuerIsAFactAndNoVerdict) {
  std::vector<FlowBrief> briefs = {attempt(1, 11, false), attempt(2, 11, true), attempt(3, 22, true)};
  briefs[0].stage = Stage::server_flight;
  briefs[0].issuer = 77;
  briefs[1].issuer = briefs[2].issuer = 88;
  const Signs signs = signs_of(briefs);
  ASSERT_NE(find_sign(signs, "issuer-differs"), nullptr);
  EXPECT_EQ(find_sign(signs, "issuer-differs")->toward, Toward::neither);
  EXPECT_NE(find_sign(signs, "issuer-differs")->text.find("1 as here, 1 otherwise (flow #2)"), std::string::npos);
  briefs[1].issuer = 77;
  EXPECT_EQ(find_sign(signs_of(briefs), "issuer-differs"), nullptr) << "another name has its own";
}
TEST(Controls, NothingOfAFlowThatWorked) {
  FlowReport flow;
  flow.id = 2;
  Outcome outcome;
  outcome.status = Status::ok;
  Signs out;
  add_control_signs(flow, outcome, CaptureContext({attempt(1, 11, false), attempt(2, 22, true)}, {}), 7, out);
  EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace handlens
