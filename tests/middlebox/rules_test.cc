#include "tools/middlebox/rules.h"

#include <gtest/gtest.h>

#include "tests/middlebox/frames.h"

namespace handlens::middlebox {

using testing::config_of;
using testing::kMs;

TEST(MiddleboxRules, NothingIsAPlainWire) {
  const Config config = config_of("\n# only a comment\n\n");
  EXPECT_TRUE(config.rules.empty());
  EXPECT_FALSE(config.on_path);
  EXPECT_EQ(config.delay_in[0], 0);
}

TEST(MiddleboxRules, TheWire) {
  const Config config = config_of(
      "delay client 1ms 2ms\ndelay server 5ms\nhops client 3\nhops server 9\nloss to-server 5%\nreorder to-client 10% "
      "4ms\n"
      "duplicate to-client 50% 1ms\nmtu to-client 1400 silent\nmtu to-server 1300\nmss 1200\nseed 9\nstrip sack "
      "timestamps\n"
      "router 203.0.113.1 2001:db8::1\nsplit ttl 200 window 100 mss 900");
  const std::size_t c = index(Side::client), s = index(Side::server);
  EXPECT_EQ(config.delay_in[c], kMs);
  EXPECT_EQ(config.delay_out[c], 2 * kMs);
  EXPECT_EQ(config.delay_in[s], 5 * kMs);
  EXPECT_EQ(config.delay_out[s], 5 * kMs);
  EXPECT_EQ(config.hops[c], 3);
  EXPECT_EQ(config.hops[s], 9);
  EXPECT_DOUBLE_EQ(config.towards[s].loss, 0.05);
  EXPECT_DOUBLE_EQ(config.towards[c].loss, 0);
  EXPECT_DOUBLE_EQ(config.towards[c].reorder, 0.1);
  EXPECT_EQ(config.towards[c].reorder_by, 4 * kMs);
  EXPECT_DOUBLE_EQ(config.towards[c].duplicate, 0.5);
  EXPECT_EQ(config.towards[c].duplicate_by, kMs);
  EXPECT_EQ(config.towards[c].mtu, 1400U);
  EXPECT_TRUE(config.towards[c].mtu_silent);
  EXPECT_FALSE(config.towards[s].mtu_silent);
  EXPECT_EQ(config.mss, 1200);
  EXPECT_EQ(config.seed, 9U);
  EXPECT_EQ(config.strip, (std::vector<std::uint8_t>{5, 8}));
  EXPECT_EQ(config.router4, address_from("203.0.113.1"));
  EXPECT_EQ(config.router6, address_from("2001:db8::1"));
  EXPECT_TRUE(config.split.on);
  EXPECT_EQ(config.split.ttl, 200);
}

TEST(MiddleboxRules, TriggersAndConditions) {
  const Config config = config_of(
      "when hello sni *.example.com larger 600 segments 1 port 443 do pass\n"
      "when keyword \"forbidden words\" from server chance 50% once longer 100 do pass\n"
      "when expire 30s do pass");
  ASSERT_EQ(config.rules.size(), 3U);
  const Rule& hello = config.rules[0];
  EXPECT_EQ(hello.trigger, Trigger::hello);
  EXPECT_EQ(hello.name, "*.example.com");
  EXPECT_EQ(hello.larger, 600U);
  EXPECT_EQ(hello.segments, 1U);
  EXPECT_EQ(hello.port, 443);
  const Rule& keyword = config.rules[1];
  EXPECT_EQ(keyword.keyword, "forbidden words");
  EXPECT_EQ(keyword.from, Side::server);
  EXPECT_DOUBLE_EQ(keyword.chance, 0.5);
  EXPECT_TRUE(keyword.once);
  EXPECT_EQ(keyword.longer, 100U);
  EXPECT_EQ(keyword.line, 2U);
  EXPECT_EQ(config.rules[2].silence, 30'000 * kMs);
}

TEST(MiddleboxRules, ErrorsNameLineAndWord) {
  const auto error = [](const std::string& text) {
    const ParsedRules parsed = parse_rules(text);
    return parsed.error ? to_text(*parsed.error) : "none";
  };
  EXPECT_EQ(error("delay client 1ms\n\nwhen sin do drop"), "line 3: 'sin' is no trigger");
  EXPECT_EQ(error("when syn do reest both"), "line 1: 'reest' is no action");
  EXPECT_EQ(error("when syn sni x do drop"),
            "line 1: 'sni' is no condition of this trigger; the actions begin with 'do'");
  EXPECT_EQ(error("when syn do drop drop"), "line 1: 'drop' does not belong here; a further action begins with 'also'");
  EXPECT_EQ(error("loss server 5%"), "line 1: 'server' is neither to-client nor to-server");
  EXPECT_EQ(error("frobnicate"), "line 1: 'frobnicate' is no statement");
  EXPECT_EQ(error("delay client"), "line 1: 'client' after it is missing: a time");
  EXPECT_EQ(error("hops client 2 3"), "line 1: '3' does not belong here");
  EXPECT_EQ(error("when syn do"), "line 1: 'do' after it is missing: an action");
  EXPECT_EQ(error("when keyword \"\" do drop"), "line 1: 'keyword' has an empty text");
}

TEST(MiddleboxRules, WhatIsBesideTheWireHoldsNothingBack) {
  EXPECT_FALSE(parse_rules("mode on-path\nwhen syn do reset both").error);
  for (const std::string action : {"drop", "drop-flow", "rewrite", "blackhole to-client", "hold 1s", "block 1s"}) {
    const ParsedRules parsed = parse_rules("mode on-path\nwhen syn do " + action);
    ASSERT_TRUE(parsed.error) << action;
    EXPECT_EQ(parsed.error->line, 2U);
  }
  EXPECT_TRUE(parse_rules("mode on-path\nsplit").error);
  EXPECT_TRUE(parse_rules("mode on-path\nmss 1000").error);
  EXPECT_TRUE(parse_rules("strip mss\nmode on-path").error);
}

TEST(MiddleboxRules, TooManyRulesAreAnError) {
  std::string text;
  for (std::size_t i = 0; i <= kMaxRules; ++i) text += "when syn do pass\n";
  EXPECT_TRUE(parse_rules(text).error);
}

}  // namespace handlens::middlebox
