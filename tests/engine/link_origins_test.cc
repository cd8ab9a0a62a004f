#include "src/engine/link_origins.h"

#include <gtest/gtest.h>

#include <set>

namespace handlens {
namespace {

LinkFacts ethernet(std::uint8_t source, std::initializer_list<std::uint16_t> vlans = {}) {
  LinkFacts link;
  link.has_macs = true;
  link.source_mac = {2, 0, 0, 0, 0, source};
  link.destination_mac = {2, 0, 0, 0, 0, 0xff};
  for (const std::uint16_t vlan : vlans) link.vlans[link.vlan_count++] = vlan;
  return link;
}

TEST(LinkOrigins, EachCombinationHasOneNumber) {
  LinkOrigins origins;
  const std::uint16_t a = origins.number_of(ethernet(1), 0);
  const std::uint16_t b = origins.number_of(ethernet(2), 0);
  const std::uint16_t c = origins.number_of(ethernet(1), 1);
  const std::uint16_t d = origins.number_of(ethernet(1, {5}), 0);
  LinkFacts cooked = ethernet(1);
  cooked.add_encapsulation(Encapsulation::sll);
  const std::uint16_t e = origins.number_of(cooked, 0);
  EXPECT_EQ((std::set<std::uint16_t>{a, b, c, d, e}.size()), 5u);
  EXPECT_EQ(origins.number_of(ethernet(1), 0), a);
  EXPECT_EQ(origins.number_of(ethernet(1), 1), c);
  EXPECT_EQ(origins.number_of(cooked, 0), e);
  EXPECT_EQ(origins.origin(b).link.source_mac[5], 2);
  EXPECT_EQ(origins.origin(c).interface_id, 1u);
  EXPECT_EQ(origins.origin(d).link.vlan_count, 1);
}

TEST(LinkOrigins, BeyondTheLimitAddressesAreLostAndNothingElse) {
  LinkOrigins origins;
  std::set<std::uint16_t> numbers;
  for (std::uint32_t i = 0; i < 70'000; ++i) numbers.insert(origins.number_of(ethernet(1), i));
  EXPECT_LT(numbers.size(), 65'536u);
  EXPECT_GT(numbers.size(), 50'000u);
  EXPECT_EQ(origins.number_of(ethernet(1), 69'999), 0);
  EXPECT_FALSE(origins.origin(0).link.has_macs);
  EXPECT_EQ(origins.origin(origins.number_of(ethernet(1), 3)).interface_id, 3u);
}

TEST(LinkOrigins, DomainsAreVlanStacks) {
  LinkOrigins origins;
  EXPECT_EQ(origins.domain_of(ethernet(1)), 0u);
  const std::uint32_t ten = origins.domain_of(ethernet(1, {10}));
  EXPECT_EQ(origins.domain_of(ethernet(9, {10})), ten);  // whoever sends
  std::set<std::uint32_t> domains = {0,
                                     ten,
                                     origins.domain_of(ethernet(1, {0})),
                                     origins.domain_of(ethernet(1, {4095})),
                                     origins.domain_of(ethernet(1, {10, 20})),
                                     origins.domain_of(ethernet(1, {20, 10})),
                                     origins.domain_of(ethernet(1, {10, 20, 30}))};
  EXPECT_EQ(domains.size(), 7u);
  EXPECT_EQ(origins.domain_of(ethernet(1, {10, 20})), origins.domain_of(ethernet(2, {10, 20})));
}

}  // namespace
}  // namespace handlens
