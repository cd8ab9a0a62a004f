#include "dissectors/tunnel.h"

#include <gtest/gtest.h>

#include "tests/support/tunnel_frames.h"

namespace handlens {
namespace {

using namespace testing_frames;
using builder::from_hex;

LayerInput input(const Bytes& bytes) {
  return {.bytes = bytes, .wire_length = static_cast<std::uint32_t>(bytes.size())};
}

TEST(Tunnel, PeelStopsAtTheLimit) {
  DissectedPacket out;
  for (std::size_t i = 0; i < kMaxEncapsulations; ++i) EXPECT_TRUE(peel(out, Encapsulation::gre));
  EXPECT_FALSE(peel(out, Encapsulation::gre));
  EXPECT_EQ(out.reason, Undecodable::nesting_limit);
}

TEST(Tunnel, ACutHeaderIsToldFromOneThatNeverWas) {
  const Bytes bytes(3);
  DissectedPacket out;
  EXPECT_TRUE(has_header(input(bytes), out, 3));
  EXPECT_FALSE(has_header(input(bytes), out, 4));
  EXPECT_EQ(out.kind, PacketKind::not_tcp);
  EXPECT_FALSE(has_header({.bytes = bytes, .wire_length = 4}, out, 4));
  EXPECT_EQ(out.reason, Undecodable::short_tunnel_header);
}

TEST(Tunnel, IdentityIsDroppedWholeWhenThereIsNoRoom) {
  LinkFacts link;
  IpFacts outer;
  outer.source.v6 = outer.destination.v6 = true;
  for (int i = 0; i < 5; ++i) add_outer_pair(link, Encapsulation::sixin6, outer);
  EXPECT_EQ(link.identity_length, 2 * 34);
  link.add_identity(Encapsulation::vxlan, Bytes(27));
  EXPECT_EQ(link.identity_length, 96);
  link.add_identity(Encapsulation::vxlan, {});
  EXPECT_EQ(link.identity_length, 96);
}

TEST(Tunnel, LooksLikeIp) {
  EXPECT_TRUE(looks_like_ip(input(inner_ipv4())));
  EXPECT_TRUE(looks_like_ip(input(inner_ipv6())));
  EXPECT_FALSE(looks_like_ip(input({})));
  for (const Bytes& packet : {inner_ipv4(), inner_ipv6()}) {
    const Bytes shorter(packet.begin(), packet.end() - 1);
    EXPECT_FALSE(looks_like_ip(input(shorter)));  // it says more than there is
    EXPECT_TRUE(looks_like_ip({.bytes = shorter, .wire_length = static_cast<std::uint32_t>(packet.size())}));
  }
  Bytes short_header = inner_ipv4();
  short_header[0] = 0x44;
  EXPECT_FALSE(looks_like_ip(input(short_header)));
}

TEST(Tunnel, LooksLikeEthernet) {
  EXPECT_TRUE(looks_like_ethernet(input(inner_frame())));
  EXPECT_TRUE(looks_like_ethernet(input(join({Bytes(4), inner_frame()})), 4));
  EXPECT_TRUE(looks_like_ethernet(input(ethernet(Bytes(28), ether_type::arp))));
  EXPECT_FALSE(looks_like_ethernet(input(ethernet(Bytes(28), 0x9999))));
  EXPECT_FALSE(looks_like_ethernet(input(ethernet(from_hex("aaaa03 000000 0800"), 9))));  // longer than there is
  EXPECT_TRUE(looks_like_ethernet(input(ethernet(from_hex("aaaa03 000000 0800"), 8))));
  EXPECT_FALSE(looks_like_ethernet(input(ethernet(from_hex("424203 000000 0800"), 8))));
  EXPECT_FALSE(looks_like_ethernet(input(Bytes(13))));
}

}  // namespace
}  // namespace handlens
