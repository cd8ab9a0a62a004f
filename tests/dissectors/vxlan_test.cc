#include "dissectors/vxlan.h"

#include <gtest/gtest.h>

#include "tests/support/tunnel_frames.h"

namespace handlens {
namespace {

using namespace testing_frames;
using builder::from_hex;

TEST(Vxlan, CarriesEthernetAndTheVniIsItsIdentity) {
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{4789, 8472}) {
    const DissectedPacket out = on_wire(builder::wrap_vxlan(inner_frame({{.id = 9}}), {}, 0xabcdef, port));
    expect_inner(out, {"vxlan", "vlan"});
    EXPECT_EQ(identity(out), join({identity_of(Encapsulation::vxlan, {0xab, 0xcd, 0xef}), identity_of_tag(9)}));
    EXPECT_EQ(out.packet.link.vlans[0], 9);
    EXPECT_EQ(to_text(out.packet.link.source_mac), "02:00:00:00:00:11");
  }
}

TEST(Vxlan, OnAnyPortIfIpStandsInTheFrame) {
  expect_inner(on_wire(builder::wrap_vxlan(inner_frame(), {}, 5, 5555)), {"vxlan"});
  expect_not_tcp(builder::wrap_vxlan(inner_frame({{.id = 9}}), {}, 5, 5555));
  Bytes group = inner_frame();
  group[6] = 0x01;  // a group address as source
  expect_not_tcp(builder::wrap_vxlan(group, {}, 5, 5555));
}

TEST(Vxlan, CutAtEveryLength) { expect_every_cut(builder::wrap_vxlan(inner_frame()), Carries::what_a_mirror_cut); }

// RFC 7348 §5: ignored on receipt, but for the bit that says that there is a VNI.
TEST(Vxlan, ReservedBitsAreIgnoredIfAFrameFollows) {
  const Bytes good = builder::wrap_vxlan(inner_frame({{.id = 9}})), other = builder::wrap_vxlan(ramp(60, 1));
  for (const std::size_t at : {28u, 29u, 30u, 31u, 35u}) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes packet = good;
      packet[at] = static_cast<std::uint8_t>(packet[at] ^ (1 << bit));
      SCOPED_TRACE(std::to_string(at) + " " + std::to_string(bit));
      const bool is_valid = at != 28 || bit != 3;
      EXPECT_EQ(on_wire(packet).kind, is_valid ? PacketKind::tcp : PacketKind::not_tcp);
      packet = other;
      packet[at] = static_cast<std::uint8_t>(packet[at] ^ (1 << bit));
      EXPECT_EQ(on_wire(packet).kind, PacketKind::not_tcp);
    }
  }
}

TEST(Vxlan, GroupPolicy) {
  Bytes packet = builder::wrap_vxlan(inner_frame());
  packet[28] = 0x88;
  packet[29] = 0x48;
  packet[30] = 0x12;
  packet[31] = 0x34;
  expect_inner(on_wire(packet), {"vxlan"});
  packet[29] = 0x01;  // reserved
  expect_inner(on_wire(packet), {"vxlan"});
}

TEST(Vxlan, ReservedBitsCountOnOtherPorts) {
  Bytes packet = builder::wrap_vxlan(inner_frame(), {}, 5, 5555);
  packet[29] = 0x01;
  expect_not_tcp(packet);
}

TEST(Vxlan, WithReservedBitsCutAtEveryLength) {
  Bytes packet = builder::wrap_vxlan(inner_frame());
  packet[31] = 0x55;
  expect_every_cut(packet, Carries::what_a_mirror_cut);
}

TEST(VxlanGpe, EveryNextProtocol) {
  using builder::GpeNext;
  const DissectedPacket out = on_wire(builder::wrap_vxlan_gpe(inner_frame(), GpeNext::ethernet, {}, 0x010203));
  expect_inner(out, {"vxlan-gpe"});
  EXPECT_EQ(identity(out), identity_of(Encapsulation::vxlan_gpe, {1, 2, 3}));
  expect_inner(on_wire(builder::wrap_vxlan_gpe(inner_ipv4(), GpeNext::ipv4)), {"vxlan-gpe"});
  expect_inner(on_wire(builder::wrap_vxlan_gpe(inner_ipv6(), GpeNext::ipv6)), {"vxlan-gpe"}, "2001:db8::8");
  expect_inner(on_wire(builder::wrap_vxlan_gpe(builder::wrap_mpls(inner_ipv4()), GpeNext::mpls)),
               {"vxlan-gpe", "mpls"});
  expect_not_tcp(builder::wrap_vxlan_gpe(inner_frame(), static_cast<GpeNext>(4)));
  expect_every_cut(builder::wrap_vxlan_gpe(inner_ipv4(), GpeNext::ipv4));
}

TEST(VxlanGpe, ControlTrafficAndReservedBitsAreNotTcp) {
  const Bytes good = builder::wrap_vxlan_gpe(inner_frame(), builder::GpeNext::ethernet);
  for (const std::uint8_t flags : Bytes{0x0d, 0x1c, 0x04, 0x4c, 0x8c}) {
    Bytes packet = good;
    packet[28] = flags;
    expect_not_tcp(packet);
  }
  for (const std::size_t at : {29u, 30u, 35u}) {
    Bytes packet = good;
    packet[at] = 1;
    expect_not_tcp(packet);
  }
  Bytes unnamed = good;
  unnamed[28] = 0x08;
  unnamed[31] = 0;
  expect_inner(on_wire(unnamed), {"vxlan-gpe"});
}

}  // namespace
}  // namespace handlens
