#include "src/output/network_text.h"

#include <gtest/gtest.h>

#include <vector>

namespace handlens {
namespace {

void add(LinkFacts& link, Encapsulation layer, const std::vector<std::uint8_t>& id) {
  link.add_encapsulation(layer);
  link.add_identity(layer, id);
}

TEST(NetworkText, NothingToTell) {
  LinkFacts link;
  EXPECT_EQ(network_text(link), "");
  link.add_encapsulation(Encapsulation::mpls);
  EXPECT_EQ(network_text(link), "");
}

TEST(NetworkText, VlansOutermostFirst) {
  LinkFacts link;
  link.vlans = {10, 20};
  link.vlan_count = 1;
  EXPECT_EQ(network_text(link), "vlan 10");
  link.vlan_count = 2;
  EXPECT_EQ(network_text(link), "vlan 10/20");
}

TEST(NetworkText, NumbersOfTunnels) {
  LinkFacts link;
  link.vlans = {10};
  link.vlan_count = 1;
  add(link, Encapsulation::vxlan, {0, 0, 42});
  EXPECT_EQ(network_text(link), "vlan 10, vxlan 42");
  add(link, Encapsulation::pppoe, {1, 0});
  EXPECT_EQ(network_text(link), "vlan 10, vxlan 42, pppoe 256");
}

TEST(NetworkText, EndsOfTunnels) {
  LinkFacts link;
  add(link, Encapsulation::gre, {4, 192, 0, 2, 1, 192, 0, 2, 2});
  EXPECT_EQ(network_text(link), "gre 192.0.2.1-192.0.2.2");
  LinkFacts keyed;
  add(keyed, Encapsulation::gre, {4, 192, 0, 2, 1, 192, 0, 2, 2, 0, 0, 0, 7});
  EXPECT_EQ(network_text(keyed), "gre 192.0.2.1-192.0.2.2 key 7");
  LinkFacts nested;
  add(nested, Encapsulation::sixin4, {4, 192, 0, 2, 1, 192, 0, 2, 2});
  add(nested, Encapsulation::geneve, {1, 0, 0});
  EXPECT_NE(network_text(nested).find("geneve 65536"), std::string::npos);
}

TEST(NetworkText, WhatHadNoRoomIsNotInvented) {
  LinkFacts link;
  std::vector<std::uint8_t> pair(33, 1);
  pair[0] = 6;
  for (int i = 0; i < 4; ++i) add(link, Encapsulation::gtp, pair);
  EXPECT_FALSE(network_text(link).empty());
  LinkFacts cut;
  add(cut, Encapsulation::gtp, {6, 1, 2});
  EXPECT_EQ(network_text(cut), std::string(to_text(Encapsulation::gtp)));
}

}  // namespace
}  // namespace handlens
