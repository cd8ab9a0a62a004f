#include "dissectors/linux_cooked.h"

#include <gtest/gtest.h>

#include <tuple>
#include <vector>

#include "tests/support/frame_bytes.h"
#include "tools/builder/link_builder.h"

namespace handlens {
namespace {

using namespace testing_frames;

Bytes sll(const Bytes& payload, std::uint16_t protocol, std::uint16_t arphrd = 1, std::uint16_t address_length = 6) {
  Bytes out;
  put16(out, 0);
  put16(out, arphrd);
  put16(out, address_length);
  put(out, {0x02, 0, 0, 0, 0, 0x07, 0, 0});
  put16(out, protocol);
  put(out, payload);
  return out;
}
Bytes sll2(const Bytes& payload, std::uint16_t protocol, std::uint16_t arphrd = 1, std::uint8_t address_length = 6) {
  Bytes out;
  put16(out, protocol);
  put16(out, 0);
  put32(out, 2);
  put16(out, arphrd);
  put8(out, 4);
  put8(out, address_length);
  put(out, {0x02, 0, 0, 0, 0, 0x07, 0, 0});
  put(out, payload);
  return out;
}

TEST(LinuxCooked, BothHeadersLeadToTcp) {
  const DissectedPacket old = dissect(sll(ipv4(tcp()), 0x0800), link_type::linux_sll);
  ASSERT_EQ(old.kind, PacketKind::tcp);
  EXPECT_EQ(old.packet.link.encapsulations[0], Encapsulation::sll);
  const DissectedPacket out = dissect(sll2(ipv6(tcp()), 0x86dd), link_type::linux_sll2);
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(out.packet.link.encapsulations[0], Encapsulation::sll2);
  for (const DissectedPacket& packet : {old, out}) {
    EXPECT_TRUE(packet.packet.link.has_macs);
    EXPECT_EQ(to_text(packet.packet.link.source_mac), "02:00:00:00:00:07");
    EXPECT_EQ(packet.packet.link.destination_mac, MacAddress{});
  }
}

TEST(LinuxCooked, NoStationAddressNoMac) {
  EXPECT_FALSE(dissect(sll(ipv4(tcp()), 0x0800, 65534, 0), link_type::linux_sll).packet.link.has_macs);  // tun
  EXPECT_FALSE(dissect(sll(ipv4(tcp()), 0x0800, 772), link_type::linux_sll).packet.link.has_macs);       // loopback
  EXPECT_FALSE(dissect(sll2(ipv4(tcp()), 0x0800, 772), link_type::linux_sll2).packet.link.has_macs);
}

// Devices whose frames have a header of their own.
TEST(LinuxCooked, AFrameOfAnotherLinkInside) {
  const Bytes wlan = builder::wrap_80211({}, ipv4(tcp()));
  const std::vector<std::tuple<std::uint16_t, Bytes, Encapsulation>> devices = {
      {801, wlan, Encapsulation::ieee80211},
      {802, builder::wrap_prism(wlan), Encapsulation::prism},
      {803, builder::wrap_radiotap(wlan), Encapsulation::radiotap},
      {770, builder::wrap_frame_relay(ipv4(tcp())), Encapsulation::frame_relay}};
  for (const auto& [arphrd, frame, layer] : devices) {
    for (const DissectedPacket& out : {dissect(sll(frame, 0x0019, arphrd, 0), link_type::linux_sll),
                                       dissect(sll2(frame, 0, arphrd, 0), link_type::linux_sll2)}) {
      ASSERT_EQ(out.kind, PacketKind::tcp) << arphrd << to_text(out.reason);
      EXPECT_EQ(out.packet.link.encapsulations[1], layer);
    }
    EXPECT_NE(dissect(sll({}, 0, arphrd, 0), link_type::linux_sll).kind, PacketKind::tcp);
  }
}

TEST(LinuxCooked, ATagInside) {
  const DissectedPacket out = dissect(sll(tag(77, 0x0800, ipv4(tcp())), 0x8100), link_type::linux_sll);
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(out.packet.link.vlans[0], 77);
  EXPECT_EQ(out.packet.link.encapsulation_count, 2);
}

TEST(LinuxCooked, LlcInside) {
  const Bytes llc = join({{0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00}, ipv4(tcp())});
  EXPECT_EQ(dissect(sll(llc, 4), link_type::linux_sll).kind, PacketKind::tcp);
}

TEST(LinuxCooked, WhatIsNoPacket) {
  EXPECT_EQ(dissect(sll(ipv4(tcp()), 0x0800, 824), link_type::linux_sll).kind, PacketKind::not_tcp);  // netlink
  EXPECT_EQ(dissect(sll(Bytes(30), 1), link_type::linux_sll).kind, PacketKind::not_tcp);              // Novell 802.3
  EXPECT_EQ(dissect(sll(Bytes(30), 0x0806), link_type::linux_sll).kind, PacketKind::not_tcp);
}

TEST(LinuxCooked, CutAtEveryLength) {
  const Bytes old = sll(ipv4(tcp()), 0x0800);
  for (std::size_t captured = 0; captured < 16; ++captured) {
    EXPECT_EQ(dissect_cut(old, captured, link_type::linux_sll).reason, Undecodable::short_link_header);
  }
  EXPECT_EQ(dissect_cut(old, 16, link_type::linux_sll).reason, Undecodable::short_ip_header);
  const Bytes frame = sll2(ipv4(tcp()), 0x0800);
  for (std::size_t captured = 0; captured < 20; ++captured) {
    EXPECT_EQ(dissect_cut(frame, captured, link_type::linux_sll2).reason, Undecodable::short_link_header);
  }
  EXPECT_EQ(dissect_cut(frame, 20, link_type::linux_sll2).reason, Undecodable::short_ip_header);
}

}  // namespace
}  // namespace handlens
