#include "dissectors/ipv6.h"

#include <gtest/gtest.h>

#include "tests/support/frame_bytes.h"

namespace handlens {
namespace {

using namespace testing_frames;

constexpr std::uint16_t kLink = link_type::ipv6;

TEST(Ipv6, Facts) {
  const DissectedPacket out = dissect(ipv6(tcp({}, text("abc")), {.hop_limit = 55}), kLink);
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(to_text(out.packet.ip.source), "2001:db8::1");
  EXPECT_EQ(to_text(out.packet.ip.destination), "2001:db8::2");
  EXPECT_EQ(out.packet.ip.ttl, 55);
  EXPECT_EQ(out.packet.ip.protocol, 6);
  EXPECT_FALSE(out.packet.ip.has_id);
  EXPECT_EQ(out.packet.payload_length, 3u);
}

TEST(Ipv6, CutAtEveryLength) {
  const Bytes packet = ipv6(join({extension(60), extension(6, 2), tcp({}, text("abc"))}), {.next = 0});
  for (std::size_t captured = 0; captured <= packet.size(); ++captured) {
    const DissectedPacket out = dissect_cut(packet, captured, kLink);
    const Undecodable expected = captured < 64   ? Undecodable::short_ip_header
                                 : captured < 84 ? Undecodable::short_tcp_header
                                                 : Undecodable::none;
    EXPECT_EQ(out.reason, expected) << captured;
  }
}

TEST(Ipv6, EveryExtensionHeader) {
  Bytes authentication(16, 0);
  authentication[0] = 60;
  authentication[1] = 2;  // (2 + 2) * 4 bytes
  const Bytes packet = ipv6(join({extension(43), extension(44, 3), fragment_header(51, 0, false, 0xabcdef01),
                                  authentication, extension(6), tcp({.seq = 42})}),
                            {.next = 0});
  const DissectedPacket out = dissect(packet, kLink);
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(out.packet.tcp.seq, 42u);
  EXPECT_EQ(out.packet.ip.protocol, 6);
  ASSERT_GT(out.packet.link.encapsulation_count, 0);
  EXPECT_EQ(out.packet.link.encapsulations[out.packet.link.encapsulation_count - 1u], Encapsulation::authentication);
  EXPECT_TRUE(out.packet.ip.has_id);  // a whole datagram with a fragment header (RFC 6946)
  EXPECT_EQ(out.packet.ip.id, 0xabcdef01u);
}

TEST(Ipv6, TheChainIsBounded) {
  Bytes chain;
  for (std::size_t i = 1; i <= kMaxExtensionHeaders + 1; ++i) {
    const DissectedPacket out = dissect(ipv6(join({chain, extension(6), tcp()}), {.next = 60}), kLink);
    EXPECT_EQ(out.reason, i <= kMaxExtensionHeaders ? Undecodable::none : Undecodable::extension_header_limit) << i;
    put(chain, extension(60));
  }
  Bytes fragments;
  for (int i = 0; i < 100; ++i) put(fragments, fragment_header(44, 0, false, 1));
  EXPECT_EQ(dissect(ipv6(fragments, {.next = 44}), kLink).reason, Undecodable::extension_header_limit);
}

TEST(Ipv6, AnExtensionHeaderPastTheDatagram) {
  Bytes long_header = extension(6);
  long_header[1] = 200;
  EXPECT_EQ(dissect(ipv6(join({long_header, tcp()}), {.next = 60}), kLink).reason, Undecodable::bad_ip_length);
  EXPECT_EQ(dissect(ipv6(Bytes(7), {.next = 0}), kLink).reason, Undecodable::bad_ip_length);
  EXPECT_EQ(dissect(ipv6(Bytes(7), {.next = 44}), kLink).reason, Undecodable::bad_ip_length);
}

TEST(Ipv6, PayloadLength) {
  EXPECT_EQ(dissect(ipv6(tcp(), {.length_change = 1}), kLink).reason, Undecodable::bad_ip_length);
  Bytes padded = ipv6(tcp({}, text("ab")));
  padded.resize(padded.size() + 6, 0xee);
  EXPECT_EQ(dissect(padded, kLink).packet.payload_length, 2u);
  Bytes jumbo = ipv6(tcp({}, Bytes(70000)));
  jumbo[4] = jumbo[5] = 0;
  const DissectedPacket out = dissect(jumbo, kLink);
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(out.packet.payload_length, 70000u);
}

TEST(Ipv6, Fragments) {
  const Bytes packet = ipv6(join({extension(44), fragment_header(6, 1440, true, 77), Bytes(24)}), {.next = 0});
  const DissectedPacket out = dissect(packet, kLink);
  ASSERT_EQ(out.kind, PacketKind::fragment);
  EXPECT_EQ(out.fragment.header.size(), 48u);
  EXPECT_EQ(out.fragment.offset, 1440u);
  EXPECT_TRUE(out.fragment.more);
  EXPECT_EQ(out.fragment.next_protocol, 6);
  EXPECT_EQ(out.fragment.payload.size(), 24u);
  EXPECT_EQ(out.packet.ip.id, 77u);
  for (std::size_t captured = 40; captured < 56; ++captured) {
    EXPECT_EQ(dissect_cut(packet, captured, kLink).reason, Undecodable::short_ip_header) << captured;
  }
  const DissectedPacket cut = dissect_cut(packet, 60, kLink);
  ASSERT_EQ(cut.kind, PacketKind::fragment);
  EXPECT_TRUE(cut.fragment.cut);
  EXPECT_EQ(cut.fragment.length, 24u);
}

TEST(Ipv6, BadVersion) {
  Bytes packet = ipv6(tcp());
  packet[0] = 0x45;
  EXPECT_EQ(dissect(packet, kLink).reason, Undecodable::bad_ip_header);
}

}  // namespace
}  // namespace handlens
