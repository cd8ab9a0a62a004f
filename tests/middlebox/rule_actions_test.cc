#include "tools/middlebox/rule_actions.h"

#include <gtest/gtest.h>

namespace handlens::middlebox {

namespace {

Action action_of(const std::string& text) {
  Words words(text, 1);
  const Action action = read_action(words);
  EXPECT_FALSE(words.error()) << to_text(*words.error());
  EXPECT_TRUE(words.done()) << text;
  return action;
}

bool is_refused(const std::string& text) {
  Words words(text, 1);
  (void)read_action(words);
  return words.error().has_value();
}

}  // namespace

TEST(MiddleboxActions, AForgedResetWithEveryField) {
  const Forged forged = action_of(
                            "reset both ttl 200 id 64+2 window 1980+1 tos 4 seq 0,1460,-5 ack +3 flags rst count 3 "
                            "after 5ms gap 100us df off own-mac")
                            .forged;
  EXPECT_TRUE(forged.to_client && forged.to_server);
  EXPECT_EQ(forged.flags, kRst);
  EXPECT_EQ(forged.ttl.number, 200U);
  EXPECT_EQ(forged.id.number, 64U);
  EXPECT_EQ(forged.id.step, 2U);
  EXPECT_EQ(forged.window.step, 1U);
  EXPECT_EQ(forged.tos.number, 4U);
  EXPECT_EQ(forged.offsets, (std::vector<std::int64_t>{0, 1460, -5}));
  EXPECT_EQ(forged.ack_offset, 3);
  EXPECT_EQ(forged.count, 3U);
  EXPECT_EQ(forged.after, 5'000'000);
  EXPECT_EQ(forged.gap, 100'000);
  EXPECT_EQ(forged.fragment, Forged::Fragment::allowed);
  EXPECT_TRUE(forged.own_mac);
}

TEST(MiddleboxActions, ValuesFromElsewhere) {
  const Forged forged =
      action_of("reset client ttl sender id random window trigger tos zero seq trigger-seq ack zero").forged;
  EXPECT_EQ(forged.ttl.from, Value::From::sender);
  EXPECT_EQ(forged.id.from, Value::From::random);
  EXPECT_EQ(forged.window.from, Value::From::trigger);
  EXPECT_EQ(forged.tos.number, 0U);
  EXPECT_EQ(forged.seq, Forged::Seq::trigger_seq);
  EXPECT_EQ(forged.ack, Forged::Ack::zero);
  EXPECT_EQ(action_of("reset client").forged.id.from, Value::From::counter);
}

TEST(MiddleboxActions, Options) {
  EXPECT_EQ(action_of("reset client options mss 1460").forged.options, (Bytes{2, 4, 5, 180}));
  EXPECT_EQ(action_of("reset client options timestamps 100 258").forged.options,
            (Bytes{1, 1, 8, 10, 0, 0, 0, 100, 0, 0, 1, 2}));
  EXPECT_TRUE(action_of("reset client options none").forged.options.empty());
}

TEST(MiddleboxActions, TheOthers) {
  const Action fin = action_of(R"(fin client text "Middlebox v 1.0")");
  EXPECT_EQ(fin.forged.flags, kFin | kPsh | kAck);
  EXPECT_EQ(fin.forged.text.size(), 15U);
  EXPECT_EQ(action_of("data server text x").forged.flags, kPsh | kAck);
  EXPECT_EQ(action_of("blackhole to-client").side, Side::client);
  EXPECT_EQ(action_of("hold 20ms").time, 20'000'000);
  EXPECT_EQ(action_of("block 90s").kind, Action::Kind::block_drop);
  const Action block = action_of("block 90s reset ttl 9");
  EXPECT_EQ(block.kind, Action::Kind::block_reset);
  EXPECT_EQ(block.forged.ttl.number, 9U);
  const Action icmp = action_of("icmp host-unreachable from 203.0.113.7");
  EXPECT_EQ(icmp.icmp.code4, 1);
  EXPECT_EQ(icmp.icmp.code6, 3);
  EXPECT_EQ(icmp.icmp.from, address_from("203.0.113.7"));
  EXPECT_EQ(action_of("rewrite").forged.ttl.from, Value::From::trigger);
  const Forged mirror = action_of("reset client mirror flags rst").forged;
  EXPECT_TRUE(mirror.trigger_payload);
  EXPECT_EQ(mirror.id.from, Value::From::trigger);
}

TEST(MiddleboxActions, WhatIsWrongIsRefused) {
  for (const char* text :
       {"reset", "reset nobody", "reset client ttl 256", "reset client id 65536", "reset client window 1+",
        "reset client ttl x", "reset client seq 1,,2", "reset client flags rst,bla", "reset client options x",
        "reset client df maybe", "reset client count 1001", "icmp nothing", "icmp admin-prohibited from here",
        "blackhole", "blackhole sideways", "hold", "block", "explode", "reset client colour red"}) {
    EXPECT_TRUE(is_refused(text)) << text;
  }
}

}  // namespace handlens::middlebox
