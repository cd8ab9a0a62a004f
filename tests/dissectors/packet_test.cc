#include "dissectors/packet.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/support/frame_bytes.h"

namespace handlens {
namespace {

using namespace testing_frames;

TEST(Packet, EveryFactOfAnEthernetIpv4TcpFrame) {
  const Bytes frame = ethernet(
      ipv4(tcp({.seq = 0xfffffffe, .ack = 7, .flags = tcp_flag::psh | tcp_flag::ack, .window = 512, .urgent = 3},
               text("hello")),
           {.id = 0xbeef, .ttl = 57}));
  const DissectedPacket out = dissect(frame);
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(out.reason, Undecodable::none);
  const PacketView& packet = out.packet;
  EXPECT_TRUE(packet.link.has_macs);
  EXPECT_EQ(to_text(packet.link.source_mac), "02:00:00:00:00:01");
  EXPECT_EQ(to_text(packet.link.destination_mac), "02:00:00:00:00:02");
  EXPECT_EQ(packet.link.encapsulation_count, 0);
  EXPECT_EQ(packet.link.vlan_count, 0);
  EXPECT_EQ(to_text(packet.ip.source), "192.0.2.1");
  EXPECT_EQ(to_text(packet.ip.destination), "198.51.100.2");
  EXPECT_EQ(packet.ip.ttl, 57);
  EXPECT_TRUE(packet.ip.has_id);
  EXPECT_EQ(packet.ip.id, 0xbeefu);
  EXPECT_TRUE(packet.ip.dont_fragment);
  EXPECT_EQ(packet.tcp.source_port, 40000);
  EXPECT_EQ(packet.tcp.destination_port, 443);
  EXPECT_EQ(packet.tcp.seq, 0xfffffffeu);
  EXPECT_EQ(packet.tcp.ack, 7u);
  EXPECT_TRUE(packet.tcp.has(tcp_flag::psh));
  EXPECT_FALSE(packet.tcp.has(tcp_flag::syn));
  EXPECT_EQ(packet.tcp.window, 512);
  EXPECT_EQ(packet.tcp.urgent, 3);
  EXPECT_EQ(Bytes(packet.payload.begin(), packet.payload.end()), text("hello"));
  EXPECT_EQ(packet.payload_length, 5u);
}

TEST(Packet, CutAtEveryLengthGivesTheReasonOfTheHeaderThatIsCut) {
  const Bytes frame = ethernet(ipv4(tcp({.options = {2, 4, 5, 0xb4}}, text("data"))));
  for (std::size_t captured = 0; captured <= frame.size(); ++captured) {
    const DissectedPacket out = dissect_cut(frame, captured);
    SCOPED_TRACE(captured);
    if (captured < 14) {
      EXPECT_EQ(out.reason, Undecodable::short_link_header);
    } else if (captured < 34) {
      EXPECT_EQ(out.reason, Undecodable::short_ip_header);
    } else if (captured < 54) {
      EXPECT_EQ(out.reason, Undecodable::short_tcp_header);
    } else {
      ASSERT_EQ(out.kind, PacketKind::tcp);
      EXPECT_EQ(out.packet.payload_length, 4u);
      EXPECT_EQ(out.packet.tcp.options_cut, captured < 58);
      EXPECT_EQ(out.packet.payload.size(), captured < 58 ? 0 : captured - 58);
    }
    EXPECT_EQ(out.kind == PacketKind::undecodable, out.reason != Undecodable::none);
  }
}

TEST(Packet, AReusedResultForgetsThePacketBefore) {
  DissectedPacket out;
  const Bytes tagged = ethernet(tag(5, 0x86dd, ipv6(tcp({.options = {1, 1, 1, 1}}, text("first")))), 0x8100);
  dissect_packet_into(link_type::ethernet, tagged, 0, out);
  ASSERT_EQ(out.kind, PacketKind::tcp);
  ASSERT_EQ(out.packet.link.vlan_count, 1);
  const Bytes raw = ipv4(tcp());
  dissect_packet_into(link_type::ipv4, raw, 0, out);
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_FALSE(out.packet.link.has_macs);
  EXPECT_EQ(out.packet.link.vlan_count, 0);
  EXPECT_EQ(out.packet.link.vlans[0], 0);
  EXPECT_EQ(out.packet.link.encapsulation_count, 1);
  EXPECT_FALSE(out.packet.ip.source.v6);
  EXPECT_EQ(out.packet.ip.source, dissect(raw, link_type::ipv4).packet.ip.source);
  EXPECT_TRUE(out.packet.tcp.options.empty());
  EXPECT_TRUE(out.packet.payload.empty());
  dissect_packet_into(link_type::ethernet, Bytes(5), 0, out);
  EXPECT_EQ(out.reason, Undecodable::short_link_header);
  dissect_packet_into(link_type::ipv4, raw, 0, out);
  EXPECT_EQ(out.reason, Undecodable::none);
}

TEST(Packet, WhatIsNotTcpSaysSo) {
  EXPECT_EQ(dissect(ethernet(Bytes(28), 0x0806)).kind, PacketKind::not_tcp);                 // ARP
  EXPECT_EQ(dissect(ethernet(ipv4(Bytes(8), {.protocol = 17}))).kind, PacketKind::not_tcp);  // UDP
  EXPECT_EQ(dissect(ethernet(ipv6(Bytes(8), {.next = 17}), 0x86dd)).kind, PacketKind::not_tcp);
  EXPECT_EQ(dissect(ethernet(ipv6(Bytes(8), {.next = 59}), 0x86dd)).kind, PacketKind::not_tcp);  // no next header
  EXPECT_EQ(dissect(ethernet(ipv4(Bytes(8), {.protocol = 50}))).kind, PacketKind::not_tcp);      // ESP
  EXPECT_EQ(dissect(ethernet(ipv4(Bytes(8), {.more = true, .protocol = 50}))).kind, PacketKind::not_tcp);
}

TEST(Packet, UnknownLinkTypes) {
  EXPECT_FALSE(is_supported_link_type(147));
  EXPECT_EQ(link_type_name(147), "");
  EXPECT_EQ(dissect(Bytes(100), 147).reason, Undecodable::unsupported_link_type);
  for (const std::uint16_t link :
       std::initializer_list<std::uint16_t>{0,   1,   6,   9,   10,  12,  14,  50,  51,  100, 101, 104, 105, 107, 108,
                                            113, 119, 127, 163, 166, 192, 204, 228, 229, 239, 240, 242, 258, 276}) {
    EXPECT_TRUE(is_supported_link_type(link)) << link;
    EXPECT_NE(link_type_name(link), "") << link;
    EXPECT_EQ(dissect({}, link).kind, PacketKind::undecodable) << link;
  }
  EXPECT_EQ(link_type_name(1), "EN10MB");
}

TEST(Packet, IdentitiesAreKeptWholeOrNotAtAll) {
  LinkFacts link;
  const Bytes id(40, 7);
  link.add_identity(Encapsulation::pppoe, id);
  link.add_identity(Encapsulation::nflog, id);
  ASSERT_EQ(link.identity_length, 82);
  EXPECT_EQ(link.identity[41], static_cast<std::uint8_t>(Encapsulation::nflog));
  link.add_identity(Encapsulation::pppoe, ByteView(id).first(14));
  EXPECT_EQ(link.identity_length, 82);
  link.add_identity(Encapsulation::pppoe, ByteView(id).first(13));
  EXPECT_EQ(link.identity_length, kMaxIdentityBytes);
  link.add_identity(Encapsulation::pppoe, {});
  EXPECT_EQ(link.identity_length, kMaxIdentityBytes);
}

TEST(Packet, AWireLengthBelowTheCapturedBytesIsCorrected) {
  const Bytes frame = ethernet(ipv4(tcp({}, text("x"))));
  EXPECT_EQ(dissect(frame, link_type::ethernet, 3).kind, PacketKind::tcp);
}

TEST(Packet, ABareDatagramKeepsTheLinkOfItsLastFragment) {
  DissectedPacket out = dissect(ethernet(tag(9, 0x0800, ipv4(Bytes(16), {.more = true})), 0x8100));
  ASSERT_EQ(out.kind, PacketKind::fragment);
  const Bytes datagram = ipv4(tcp());
  dissect_ip_into(datagram, static_cast<std::uint32_t>(datagram.size()), out);
  EXPECT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(out.packet.link.vlan_count, 1);
  EXPECT_TRUE(out.packet.link.has_macs);
}

// As when a tunnel's packets were fragmented twice: the caller bounds how often.
TEST(Packet, ABareDatagramMayBeAFragmentAgain) {
  DissectedPacket out;
  const Bytes datagram = ipv6(join({fragment_header(6, 8, true, 1), Bytes(16)}), {.next = 44});
  dissect_ip_into(datagram, static_cast<std::uint32_t>(datagram.size()), out);
  EXPECT_EQ(out.kind, PacketKind::fragment);
}

TEST(Packet, EveryRowHasAName) {
  std::set<std::string> tables;
  for (const LayerName& layer : layer_names()) {
    EXPECT_FALSE(layer.name.empty());
    tables.emplace(layer.table);
    if (layer.table == "link type") {
      EXPECT_TRUE(is_supported_link_type(layer.number));
    }
  }
  EXPECT_EQ(tables, (std::set<std::string>{"link type", "EtherType", "IP protocol", "GRE protocol", "PPP protocol",
                                           "UDP port"}));
}

}  // namespace
}  // namespace handlens
