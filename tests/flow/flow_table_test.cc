#include "src/flow/flow_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace handlens {
namespace {

FlowKey key_of(std::uint32_t n) {
  IpAddress a, b;
  a.bytes[0] = 192;
  a.bytes[3] = static_cast<std::uint8_t>(n);
  b.bytes[0] = 198;
  b.bytes[2] = static_cast<std::uint8_t>(n >> 8);
  b.bytes[3] = static_cast<std::uint8_t>(n >> 16);
  return make_key(a, static_cast<std::uint16_t>(n >> 3), b, 443, 0).key;
}

TEST(FlowKey, BothDirectionsHaveOneKey) {
  IpAddress a, b;
  a.bytes[3] = 1;
  b.bytes[3] = 2;
  const DirectedKey there = make_key(a, 5000, b, 443, 7);
  const DirectedKey back = make_key(b, 443, a, 5000, 7);
  EXPECT_TRUE(there.key == back.key);
  EXPECT_NE(there.sender, back.sender);
  EXPECT_FALSE(there.key == make_key(a, 5000, b, 443, 8).key);  // another VLAN
  EXPECT_FALSE(there.key == make_key(a, 5001, b, 443, 7).key);
}

TEST(FlowKey, Ipv4AndIpv6WithTheSameBytesDiffer) {
  IpAddress a, b;
  a.bytes[0] = 1;
  b.bytes[0] = 2;
  const FlowKey v4 = make_key(a, 1, b, 2, 0).key;
  a.v6 = b.v6 = true;
  EXPECT_FALSE(v4 == make_key(a, 1, b, 2, 0).key);
}

TEST(FlowKey, EqualAddressesAreOrderedByPort) {
  IpAddress a;
  const DirectedKey there = make_key(a, 9, a, 3, 0);
  const DirectedKey back = make_key(a, 3, a, 9, 0);
  EXPECT_TRUE(there.key == back.key);
  EXPECT_NE(there.sender, back.sender);
}

TEST(FlowTable, FindsByFullKeyEvenWhenHashesCollide) {
  FlowTable table(1);
  const FlowTable::Slot one = table.insert(key_of(1), 42);
  const FlowTable::Slot two = table.insert(key_of(2), 42);
  EXPECT_EQ(table.find(key_of(1), 42), one);
  EXPECT_EQ(table.find(key_of(2), 42), two);
  EXPECT_EQ(table.find(key_of(3), 42), FlowTable::kNone);
  table.erase(one);
  EXPECT_EQ(table.find(key_of(1), 42), FlowTable::kNone);
  EXPECT_EQ(table.find(key_of(2), 42), two);
}

// Against std::map, through growth and erasure.
TEST(FlowTableProperty, BehavesLikeAMap) {
  FlowTable table(0x1234);
  std::map<std::uint32_t, FlowTable::Slot> model;
  std::mt19937 random(7);
  for (int step = 0; step < 30000; ++step) {
    const auto n = static_cast<std::uint32_t>(random() % 20000);
    const FlowKey key = key_of(n);
    const std::uint32_t hash = table.hash(key) & 0xffff07ffu;  // provoke long runs
    const FlowTable::Slot slot = table.find(key, hash);
    const auto known = model.find(n);
    ASSERT_EQ(slot != FlowTable::kNone, known != model.end());
    if (slot == FlowTable::kNone) {
      model[n] = table.insert(key, hash);
    } else {
      ASSERT_EQ(slot, known->second);
      if (random() % 2 == 0) {
        table.erase(slot);
        model.erase(known);
      }
    }
    ASSERT_EQ(table.size(), model.size());
  }
}

TEST(FlowTable, SlotsAreReused) {
  FlowTable table(1);
  const FlowTable::Slot first = table.insert(key_of(1), 1);
  table.erase(first);
  EXPECT_EQ(table.insert(key_of(2), 2), first);
  EXPECT_EQ(table.slots(), 1u);
}

}  // namespace
}  // namespace handlens
