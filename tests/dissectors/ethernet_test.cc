#include "dissectors/ethernet.h"

#include <gtest/gtest.h>

#include "tests/support/frame_bytes.h"

namespace handlens {
namespace {

using namespace testing_frames;

std::vector<std::string> encapsulations(const DissectedPacket& out) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < out.packet.link.encapsulation_count; ++i) {
    words.emplace_back(to_text(out.packet.link.encapsulations[i]));
  }
  return words;
}

TEST(Ethernet, PaddingIsNotPayload) {
  Bytes frame = ethernet(ipv4(tcp()));
  frame.resize(60, 0xee);
  const DissectedPacket out = dissect(frame);
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_TRUE(out.packet.payload.empty());
  EXPECT_EQ(out.packet.payload_length, 0u);
}

TEST(Ethernet, OneTag) {
  const DissectedPacket out = dissect(ethernet(tag(0xe064, 0x0800, ipv4(tcp())), 0x8100));  // priority 7, id 100
  ASSERT_EQ(out.kind, PacketKind::tcp);
  ASSERT_EQ(out.packet.link.vlan_count, 1);
  EXPECT_EQ(out.packet.link.vlans[0], 100);
  EXPECT_EQ(encapsulations(out), (std::vector<std::string>{"vlan"}));
}

TEST(Ethernet, StacksOfTags) {
  for (const std::uint16_t outer : std::initializer_list<std::uint16_t>{0x88a8, 0x9100, 0x9200}) {
    const DissectedPacket out = dissect(ethernet(tag(10, 0x8100, tag(20, 0x86dd, ipv6(tcp()))), outer));
    ASSERT_EQ(out.kind, PacketKind::tcp);
    ASSERT_EQ(out.packet.link.vlan_count, 2);
    EXPECT_EQ(out.packet.link.vlans[0], 10);
    EXPECT_EQ(out.packet.link.vlans[1], 20);
    EXPECT_EQ(encapsulations(out), (std::vector<std::string>{"qinq", "vlan"}));
  }
}

TEST(Ethernet, APriorityTagNamesNoVlan) {
  const DissectedPacket out = dissect(ethernet(tag(0x6000, 0x0800, ipv4(tcp())), 0x8100));
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(out.packet.link.vlan_count, 0);
  EXPECT_EQ(encapsulations(out), (std::vector<std::string>{"vlan"}));
}

TEST(Ethernet, EightTagsAreReadANinthIsTooMany) {
  Bytes inner = ipv4(tcp());
  std::uint16_t type = 0x0800;
  for (std::uint16_t id = 1; id <= 9; ++id) {
    inner = tag(id, type, inner);
    type = 0x8100;
    const DissectedPacket out = dissect(ethernet(inner, 0x8100));
    EXPECT_EQ(out.reason, id <= 8 ? Undecodable::none : Undecodable::nesting_limit) << id;
    if (id > 8) continue;
    ASSERT_EQ(out.packet.link.vlan_count, id);
    for (std::uint16_t i = 0; i < id; ++i) EXPECT_EQ(out.packet.link.vlans[i], id - i);
  }
  for (int more = 0; more < 300; ++more) inner = tag(0, 0x8100, inner);
  EXPECT_EQ(dissect(ethernet(inner, 0x8100)).reason, Undecodable::nesting_limit);
}

TEST(Ethernet, CutInsideATag) {
  const Bytes frame = ethernet(tag(1, 0x0800, ipv4(tcp())), 0x8100);
  for (std::size_t captured = 14; captured < 18; ++captured) {
    EXPECT_EQ(dissect_cut(frame, captured).reason, Undecodable::short_link_header) << captured;
  }
  EXPECT_EQ(dissect_cut(frame, 18).reason, Undecodable::short_ip_header);
}

TEST(Ethernet, SnapCarriesEtherTypes) {
  const Bytes datagram = ipv4(tcp({}, text("snap")));
  for (const std::uint8_t oui : Bytes{0x00, 0xf8}) {
    const Bytes llc = join({{0xaa, 0xaa, 0x03, 0, 0, oui, 0x08, 0x00}, datagram});
    Bytes frame = ethernet(llc, static_cast<std::uint16_t>(llc.size()));
    frame.resize(frame.size() + 9);  // a trailer behind the stated length
    const DissectedPacket out = dissect(frame);
    ASSERT_EQ(out.kind, PacketKind::tcp);
    EXPECT_EQ(out.packet.payload_length, 4u);
  }
  const Bytes other_oui = join({{0xaa, 0xaa, 0x03, 0, 0, 0x0c, 0x08, 0x00}, datagram});
  EXPECT_EQ(dissect(ethernet(other_oui, 100)).kind, PacketKind::not_tcp);
}

TEST(Ethernet, LlcWithIpBehindIt) {
  const Bytes llc = join({{0x06, 0x06, 0x03}, ipv4(tcp())});
  EXPECT_EQ(dissect(ethernet(llc, static_cast<std::uint16_t>(llc.size()))).kind, PacketKind::tcp);
  EXPECT_EQ(dissect(ethernet(Bytes{0x42, 0x42, 0x03, 0, 0}, 5)).kind, PacketKind::not_tcp);  // spanning tree
  EXPECT_EQ(dissect(ethernet(Bytes{0xff, 0xff, 0, 30}, 4)).kind, PacketKind::not_tcp);       // raw IPX
}

TEST(Ethernet, LlcCutOrLyingAboutItsLength) {
  const Bytes llc = join({{0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00}, ipv4(tcp())});
  const Bytes frame = ethernet(llc, static_cast<std::uint16_t>(llc.size()));
  for (std::size_t captured = 14; captured < 22; ++captured) {
    EXPECT_EQ(dissect_cut(frame, captured).reason, Undecodable::short_link_header) << captured;
  }
  EXPECT_EQ(dissect(ethernet(llc, 0)).reason, Undecodable::short_link_header);
  EXPECT_EQ(dissect(ethernet(llc, 20)).reason, Undecodable::short_ip_header);
  EXPECT_EQ(dissect(ethernet(llc, 40)).reason, Undecodable::bad_ip_length);
  EXPECT_EQ(dissect(ethernet(llc, 1501)).reason, Undecodable::bad_link_header);
  EXPECT_EQ(dissect(ethernet(llc, 1535)).reason, Undecodable::bad_link_header);
}

TEST(Ethernet, LlcBehindATag) {
  const Bytes llc = join({{0xaa, 0xaa, 0x03, 0, 0, 0, 0x08, 0x00}, ipv4(tcp())});
  const DissectedPacket out = dissect(ethernet(tag(3, static_cast<std::uint16_t>(llc.size()), llc), 0x8100));
  EXPECT_EQ(out.kind, PacketKind::tcp);
}

}  // namespace
}  // namespace handlens
