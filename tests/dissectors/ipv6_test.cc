#include "dissectors/ipv6.h"

#include <gtest/gtest.h>

#include "tests/support/frame_bytes.h"
#include "tools/builder/packet_builder.h"

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

const Bytes kFirst = builder::from_hex("20010db8000500000000000000000001");
const Bytes kSecond = builder::from_hex("20010db8000500000000000000000002");

// `words` as the header says, `rest` behind its first four bytes.
Bytes routing(std::uint8_t type, std::uint8_t left, const Bytes& rest, int more_words = 0) {
  const auto words = static_cast<std::uint8_t>(static_cast<int>((rest.size() + 4) / 8 - 1) + more_words);
  return join({{6, words, type, left}, rest});
}
std::string destination_behind(const Bytes& header) {
  const DissectedPacket out = dissect(ipv6(join({header, tcp()}), {.next = 43}), kLink);
  return out.kind == PacketKind::tcp ? to_text(out.packet.ip.destination) : std::string(to_text(out.reason));
}

// RFC 8200 §8.1: transport is addressed to the last of the route.
TEST(Ipv6, ARoutingHeaderNamesTheFinalDestination) {
  const Bytes none(4);
  EXPECT_EQ(destination_behind(routing(0, 2, join({none, kFirst, kSecond}))), "2001:db8:5::2");
  EXPECT_EQ(destination_behind(routing(0, 1, join({none, kFirst, kSecond}))), "2001:db8:5::2");
  EXPECT_EQ(destination_behind(routing(2, 1, join({none, kFirst}))), "2001:db8:5::1");
  // Segment routing (RFC 8754 §2): the last comes first; the first segment may be left out, options stand behind.
  EXPECT_EQ(destination_behind(routing(4, 1, join({{1, 0, 0, 0}, kFirst, kSecond}))), "2001:db8:5::1");
  EXPECT_EQ(destination_behind(routing(4, 2, join({{1, 0, 0, 0}, kFirst, kSecond}))), "2001:db8:5::1");
  EXPECT_EQ(destination_behind(routing(4, 1, join({{0, 0, 0, 0}, kFirst, Bytes(8)}))), "2001:db8:5::1");
}

TEST(Ipv6, ARoutingHeaderThatNamesNobody) {
  const Bytes none(4);
  const std::string here = to_text(dissect(ipv6(tcp()), kLink).packet.ip.destination);
  for (const std::uint8_t type : Bytes{0, 2, 4}) {
    EXPECT_EQ(destination_behind(routing(type, 0, join({none, kFirst}))), here);  // it has got there
    EXPECT_EQ(destination_behind(routing(type, 1, none)), here);
    EXPECT_EQ(destination_behind(routing(type, 3, join({none, kFirst}))), here);
    EXPECT_EQ(destination_behind(routing(type, 255, join({none, kFirst}))), here);
    EXPECT_EQ(destination_behind(routing(type, 1, join({none, kFirst}), 200)), "bad-ip-length");
  }
  EXPECT_EQ(destination_behind(routing(0, 1, join({none, kFirst, Bytes(8)}))), here);  // half an address
  EXPECT_EQ(destination_behind(routing(4, 1, join({{1, 0, 0, 0}, kFirst}))), here);    // a list that ends too early
  EXPECT_EQ(destination_behind(routing(3, 1, join({none, kFirst}))), here);            // a type that is not known
}

// RFC 6275 §6.3: transport knows a mobile host by its home address.
TEST(Ipv6, AHomeAddressIsTheSource) {
  const auto source = [](const Bytes& options) {
    const DissectedPacket out = dissect(ipv6(join({options, tcp()}), {.next = 60}), kLink);
    EXPECT_EQ(out.kind, PacketKind::tcp);
    return to_text(out.packet.ip.source);
  };
  EXPECT_EQ(source(join({{6, 2, 1, 2, 0, 0, 0xc9, 16}, kFirst})), "2001:db8:5::1");
  EXPECT_EQ(source(join({{6, 2, 0, 0, 0, 0, 0xc9, 16}, kFirst})), "2001:db8:5::1");
  EXPECT_EQ(source(join({{6, 2, 1, 2, 0, 0, 0xc9, 15}, kFirst})), "2001:db8::1");
  EXPECT_EQ(source(join({{6, 2, 1, 3, 0, 0, 0, 0xc9}, kFirst})), "2001:db8::1");  // runs out of the header
}

TEST(Ipv6, FragmentsOfARoutedDatagramGoToItsFinalDestination) {
  const Bytes header = join({{44, 2, 2, 1, 0, 0, 0, 0}, kFirst});
  const DissectedPacket out =
      dissect(ipv6(join({header, fragment_header(6, 0, true, 7), Bytes(16)}), {.next = 43}), kLink);
  ASSERT_EQ(out.kind, PacketKind::fragment);
  EXPECT_EQ(to_text(out.packet.ip.destination), "2001:db8:5::1");
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
