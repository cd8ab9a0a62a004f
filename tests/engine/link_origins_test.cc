#include "src/engine/link_origins.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "src/engine/limits.h"

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
  LinkOrigins origins(1);
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

TEST(LinkOrigins, BeyondTheLimitThereIsNoNumberButTheBytes) {
  LinkOrigins origins(1);
  std::set<std::uint16_t> numbers;
  for (std::uint32_t i = 0; i < kMostLinkOrigins; ++i) numbers.insert(origins.number_of(ethernet(1), i));
  EXPECT_EQ(numbers.size(), kMostLinkOrigins);
  EXPECT_EQ(numbers.count(LinkOrigins::kNone), 0u);
  EXPECT_EQ(origins.number_of(ethernet(1), 69'999), LinkOrigins::kNone);
  EXPECT_EQ(LinkOrigins::decode(origins.unnumbered()).interface_id, 69'999u);
  EXPECT_FALSE(origins.origin(0).link.has_macs);
  EXPECT_EQ(origins.origin(origins.number_of(ethernet(1), 3)).interface_id, 3u);
}

// Written as bytes, no two origins are the same, and each is given back.
TEST(LinkOrigins, BytesGiveBackTheOrigin) {
  LinkOrigins origins(1);
  for (std::uint32_t i = 0; i < kMostLinkOrigins; ++i) (void)origins.number_of(ethernet(1), i);
  std::vector<LinkFacts> links = {ethernet(7), ethernet(7, {5}), ethernet(7, {5, 6, 7, 4095})};
  links.emplace_back();  // no Ethernet
  for (const std::size_t identity : {std::size_t{0}, std::size_t{3}, kMaxIdentityBytes - 1}) {
    LinkFacts link = ethernet(8, {9});
    link.add_encapsulation(Encapsulation::vlan);
    link.add_encapsulation(Encapsulation::vxlan);
    link.add_identity(Encapsulation::vxlan, std::vector<std::uint8_t>(identity, 0xab));
    links.push_back(link);
  }
  std::set<std::vector<std::uint8_t>> written;
  for (const LinkFacts& link : links) {
    for (const std::uint32_t interface_id : {0u, 70'000u, kNoInterface}) {
      ASSERT_EQ(origins.number_of(link, interface_id), LinkOrigins::kNone);
      const ByteView bytes = origins.unnumbered();
      written.insert({bytes.begin(), bytes.end()});
      const LinkOrigin back = LinkOrigins::decode(bytes);
      EXPECT_EQ(back.interface_id, interface_id);
      EXPECT_EQ(back.link.has_macs, link.has_macs);
      EXPECT_EQ(back.link.source_mac, link.source_mac);
      EXPECT_EQ(back.link.destination_mac, link.destination_mac);
      EXPECT_EQ(back.link.vlan_count, link.vlan_count);
      EXPECT_EQ(back.link.vlans, link.vlans);
      EXPECT_EQ(back.link.encapsulation_count, link.encapsulation_count);
      EXPECT_EQ(back.link.encapsulations, link.encapsulations);
      EXPECT_EQ(back.link.identity_length, link.identity_length);
      EXPECT_EQ(back.link.identity, link.identity);
    }
  }
  EXPECT_EQ(written.size(), links.size() * 3);
}

// A packet without stations is read where one with stations stood.
TEST(LinkOrigins, LeftOverAddressesAreNoneOfIt) {
  LinkOrigins origins(1);
  LinkFacts left_over = ethernet(7);
  left_over.has_macs = false;
  EXPECT_EQ(origins.number_of(left_over, 1), origins.number_of(LinkFacts{}, 1));
}

TEST(LinkOrigins, DomainsAreVlanStacks) {
  LinkOrigins origins(1);
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

TEST(LinkOrigins, DomainsAreAlsoWhatIdentifiesATunnel) {
  LinkOrigins origins(1);
  const auto tunnel = [](std::initializer_list<std::uint8_t> id, Encapsulation layer = Encapsulation::vxlan) {
    LinkFacts link = ethernet(1);
    const std::vector<std::uint8_t> bytes(id);
    link.add_identity(layer, bytes);
    return link;
  };
  LinkFacts tagged = tunnel({0, 0, 1});
  tagged.vlans[tagged.vlan_count++] = 10;
  LinkFacts nested = tunnel({0, 0, 1});
  nested.add_identity(Encapsulation::vxlan, std::vector<std::uint8_t>{0, 0, 2});
  const std::vector<LinkFacts> all = {ethernet(1),
                                      ethernet(1, {10}),
                                      ethernet(1, {10, 20}),
                                      tunnel({0, 0, 1}),
                                      tunnel({0, 0, 2}),
                                      tunnel({0, 0, 1}, Encapsulation::geneve),
                                      tunnel({}, Encapsulation::vxlan),
                                      tagged,
                                      nested};
  std::set<std::uint32_t> domains;
  for (const LinkFacts& link : all) domains.insert(origins.domain_of(link));
  EXPECT_EQ(domains.size(), all.size());
  for (const LinkFacts& link : all) EXPECT_EQ(domains.count(origins.domain_of(link)), 1u);
  EXPECT_EQ(origins.packets_beyond(), 0u);
}

TEST(LinkOrigins, TunnelsBeyondTheLimitShareOneDomainAndAreCounted) {
  LinkOrigins origins(1);
  const auto tunnel = [](std::uint32_t n) {
    LinkFacts link;
    const std::vector<std::uint8_t> id = {static_cast<std::uint8_t>(n >> 24), static_cast<std::uint8_t>(n >> 16),
                                          static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)};
    link.add_identity(Encapsulation::gre, id);
    return link;
  };
  constexpr std::uint32_t kLimit = 1u << 20;
  for (std::uint32_t n = 0; n < kLimit; ++n) (void)origins.domain_of(tunnel(n));
  EXPECT_EQ(origins.packets_beyond(), 0u);
  const std::uint32_t shared = origins.domain_of(tunnel(kLimit));
  EXPECT_EQ(origins.domain_of(tunnel(kLimit + 1)), shared);
  EXPECT_EQ(origins.packets_beyond(), 2u);
  EXPECT_EQ(origins.domain_of(tunnel(kLimit + 1)), shared);
  EXPECT_EQ(origins.packets_beyond(), 3u) << "a packet more";
  EXPECT_NE(origins.domain_of(tunnel(5)), shared);
}

TEST(LinkOrigins, TheTableOfDomainsMayBeBounded) {
  constexpr std::size_t kBytes = 64 * 1024;
  LinkOrigins origins(1, kBytes);
  LinkFacts link;
  link.vlan_count = 2;
  std::set<std::uint32_t> domains;
  for (std::uint32_t n = 0; n < 50'000; ++n) {
    link.vlans = {static_cast<std::uint16_t>(n / 4096), static_cast<std::uint16_t>(n % 4096)};
    domains.insert(origins.domain_of(link));
  }
  EXPECT_GT(domains.size(), 1000u);
  EXPECT_LE(origins.held_bytes(), 2 * kBytes);
  EXPECT_EQ(origins.packets_beyond(), 50'000 - (domains.size() - 1));
}

}  // namespace
}  // namespace handlens
