#include "tools/builder/tunnel_builder.h"

#include <gtest/gtest.h>

namespace handlens::builder {
namespace {

Bytes behind(const Bytes& packet, std::size_t offset, std::size_t size) { return slice(packet, offset, size); }
const Bytes kPacket = ip_packet({.source = ip_address("10.0.0.1"), .destination = ip_address("10.0.0.2")}, filler(8));

TEST(TunnelBuilder, OuterHeaders) {
  const Bytes packet = wrap_ipip(kPacket, {.ttl = 9, .id = 0x1234});
  EXPECT_EQ(packet.size(), 20 + kPacket.size());
  EXPECT_EQ(packet[8], 9);
  EXPECT_EQ(packet[9], 4);
  EXPECT_EQ(behind(packet, 12, 8), from_hex("cb007101 cb007102"));
  EXPECT_EQ(internet_checksum(behind(packet, 0, 20)), 0);
  EXPECT_EQ(behind(wrap_ipip(kPacket, reversed({})), 12, 8), from_hex("cb007102 cb007101"));
  EXPECT_EQ(wrap_ipip(kPacket, {.source = "2001:db8::1", .destination = "2001:db8::2"})[6], 4);
}

TEST(TunnelBuilder, UdpChecksumsSumToZero) {
  const TunnelEnds v6 = {.source = "2001:db8::1", .destination = "2001:db8::2"};
  const Bytes four = udp_packet(from_text("odd"), 1, 2, {}), six = udp_packet(from_text("odd"), 1, 2, v6);
  EXPECT_EQ(internet_checksum(concat({behind(four, 12, 8), from_hex("0011 000b"), behind(four, 20, 100)})), 0);
  EXPECT_EQ(internet_checksum(concat({behind(six, 8, 32), from_hex("0000000b 00000011"), behind(six, 40, 100)})), 0);
}

TEST(TunnelBuilder, GreFields) {
  EXPECT_EQ(behind(wrap_gre(kPacket), 20, 4), from_hex("0000 0800"));
  const Bytes all = wrap_gre(kPacket, {}, {.key = 7u, .sequence = 8u, .checksum = true});
  EXPECT_EQ(behind(all, 20, 4), from_hex("b000 0800"));
  EXPECT_EQ(behind(all, 28, 8), from_hex("00000007 00000008"));
  EXPECT_EQ(internet_checksum(behind(all, 20, 1000)), 0);
  EXPECT_EQ(behind(wrap_nvgre(kPacket, {}, 0x123456, 0x78), 20, 8), from_hex("2000 6558 12345678"));
  EXPECT_EQ(behind(wrap_erspan2(kPacket), 20, 8), from_hex("1000 88be 00000001"));
}

TEST(TunnelBuilder, HeadersOverUdp) {
  EXPECT_EQ(behind(wrap_vxlan(kPacket, {}, 0xabcdef), 28, 8), from_hex("08000000 abcdef00"));
  EXPECT_EQ(behind(wrap_geneve(kPacket, kTypeIpv4, {}, 5, geneve_option(1, 2, filler(4))), 28, 16),
            from_hex("02000800 00000500 00010201 00010203"));
  EXPECT_EQ(behind(wrap_gtpu(kPacket, {}, 9), 28, 8), from_hex("30ff001c 00000009"));
  EXPECT_EQ(behind(wrap_gtpu(kPacket, {}, 9, {{0x85, from_hex("1009")}}), 28, 16),
            from_hex("34ff0024 00000009 00000085 01100900"));
  EXPECT_EQ(behind(wrap_l2tp(ppp_frame(kPacket)), 28, 12), from_hex("4002 0028 0005 0006 ff03 0021"));
  EXPECT_EQ(behind(wrap_capwap(kPacket), 28, 8), from_hex("00104200 00000000"));
}

TEST(TunnelBuilder, MplsMarksTheBottom) {
  EXPECT_EQ(behind(wrap_mpls(kPacket, {16, 17}, true), 0, 12), from_hex("0001003f 0001113f 00000000"));
  EXPECT_EQ(behind(wrap_mpls_in_ip(wrap_mpls(kPacket, {16})), 9, 1), from_hex("89"));
  EXPECT_EQ(behind(wrap_mpls_in_udp(wrap_mpls(kPacket, {16})), 22, 2), from_hex("19eb"));
}

TEST(TunnelBuilder, AuthenticationHeaderStandsBetween) {
  const Bytes packet = wrap_ah(kPacket);
  EXPECT_EQ(packet[9], 51);
  EXPECT_EQ(packet[20], 6);
  EXPECT_EQ(packet.size(), kPacket.size() + 24);
  EXPECT_EQ(behind(packet, 44, 8), filler(8));
}

}  // namespace
}  // namespace handlens::builder
