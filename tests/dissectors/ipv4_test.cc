#include "dissectors/ipv4.h"

#include <gtest/gtest.h>

#include "tests/support/frame_bytes.h"

namespace handlens {
namespace {

using namespace testing_frames;

constexpr std::uint16_t kLink = link_type::ipv4;

TEST(Ipv4, OptionsAreSteppedOver) {
  const Bytes packet = ipv4(tcp({.seq = 99}), {.options = Bytes(40, 1)});
  const DissectedPacket out = dissect(packet, kLink);
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(out.packet.tcp.seq, 99u);
  for (std::size_t captured = 20; captured < 60; ++captured) {
    EXPECT_EQ(dissect_cut(packet, captured, kLink).reason, Undecodable::short_ip_header) << captured;
  }
}

// RFC 791 §3.1: the last address of a route that is not used up is where the packet goes.
TEST(Ipv4, ASourceRouteNamesTheFinalDestination) {
  const auto destination = [](const Bytes& options) {
    const DissectedPacket out = dissect(ipv4(tcp(), {.options = options}), kLink);
    EXPECT_EQ(out.kind, PacketKind::tcp);
    return to_text(out.packet.ip.destination);
  };
  const std::string here = destination({});
  for (const std::uint8_t kind : Bytes{0x83, 0x89}) {
    EXPECT_EQ(destination({kind, 7, 4, 10, 2, 2, 2, 0}), "10.2.2.2");
    EXPECT_EQ(destination({1, kind, 11, 8, 10, 3, 3, 3, 10, 2, 2, 2}), "10.2.2.2");
    EXPECT_EQ(destination({0x94, 4, 0, 0, kind, 7, 4, 10, 2, 2, 2, 0}), "10.2.2.2");  // behind another option
    EXPECT_EQ(destination({kind, 7, 8, 10, 2, 2, 2, 0}), here);                       // used up
    EXPECT_EQ(destination({0, kind, 7, 4, 10, 2, 2, 2}), here);                       // behind the end of options
    EXPECT_EQ(destination({kind, 3, 4, 0}), here);
  }
  EXPECT_EQ(destination({0x07, 7, 4, 10, 2, 2, 2, 0}), here);  // record route
}

TEST(Ipv4, ASourceRouteThatLiesNamesNoDestination) {
  const std::string here = to_text(dissect(ipv4(tcp()), kLink).packet.ip.destination);
  for (std::size_t length = 0; length < 256; ++length) {
    for (const std::uint8_t pointer : Bytes{0, 1, 3, 4, 5, 7, 8, 0xff}) {
      const Bytes options = {0x83, static_cast<std::uint8_t>(length), pointer, 10, 2, 2, 2, 0};
      const DissectedPacket out = dissect(ipv4(tcp(), {.options = options}), kLink);
      ASSERT_EQ(out.kind, PacketKind::tcp);
      EXPECT_EQ(to_text(out.packet.ip.destination), length == 7 && pointer == 4 ? "10.2.2.2" : here) << length;
    }
  }
}

TEST(Ipv4, BadHeaders) {
  Bytes packet = ipv4(tcp());
  packet[0] = 0x44;
  EXPECT_EQ(dissect(packet, kLink).reason, Undecodable::bad_ip_header);
  packet[0] = 0x65;
  EXPECT_EQ(dissect(packet, kLink).reason, Undecodable::bad_ip_header);
}

TEST(Ipv4, TotalLength) {
  const Bytes segment = tcp({}, text("payload"));
  EXPECT_EQ(dissect(ipv4(segment, {.length_change = 1}), kLink).reason, Undecodable::bad_ip_length);
  EXPECT_EQ(dissect(ipv4(segment, {.length_change = -28}), kLink).reason, Undecodable::bad_ip_length);  // 19
  const DissectedPacket out = dissect(ipv4(segment, {.length_change = -3}), kLink);
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(out.packet.payload_length, 4u);
  EXPECT_EQ(out.packet.payload.size(), 4u);
  // Beyond the captured bytes is the snap length's doing.
  const DissectedPacket snapped = dissect(ipv4(segment, {.length_change = 1000}), kLink, 2000);
  ASSERT_EQ(snapped.kind, PacketKind::tcp);
  EXPECT_EQ(snapped.packet.payload_length, 1007u);
  EXPECT_EQ(snapped.packet.payload.size(), 7u);
}

TEST(Ipv4, NoTotalLengthMeansOffload) {
  const Bytes segment = tcp({}, Bytes(70000, 0x17));
  Bytes packet = ipv4(segment);
  packet[2] = packet[3] = 0;
  const DissectedPacket out = dissect(packet, kLink);
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(out.packet.payload_length, 70000u);
}

TEST(Ipv4, Fragments) {
  const Bytes first = ipv4(tcp({}, Bytes(12)), {.id = 5, .dont_fragment = false, .more = true});
  const DissectedPacket out = dissect(first, kLink);
  ASSERT_EQ(out.kind, PacketKind::fragment);
  EXPECT_EQ(out.fragment.offset, 0u);
  EXPECT_TRUE(out.fragment.more);
  EXPECT_FALSE(out.fragment.cut);
  EXPECT_EQ(out.fragment.header.size(), 20u);
  EXPECT_EQ(out.fragment.payload.size(), 32u);
  EXPECT_EQ(out.fragment.length, 32u);
  EXPECT_EQ(out.packet.ip.id, 5u);

  const Bytes last = ipv4(Bytes(10), {.offset = 800});
  const DissectedPacket cut = dissect_cut(last, 25, kLink);
  ASSERT_EQ(cut.kind, PacketKind::fragment);
  EXPECT_EQ(cut.fragment.offset, 800u);
  EXPECT_FALSE(cut.fragment.more);
  EXPECT_TRUE(cut.fragment.cut);
  EXPECT_EQ(cut.fragment.payload.size(), 5u);
  EXPECT_EQ(cut.fragment.length, 10u);
}

TEST(Ipv4, FragmentsThatCannotMatter) {
  EXPECT_EQ(dissect(ipv4(Bytes(16), {.more = true, .protocol = 50}), kLink).kind, PacketKind::not_tcp);
  EXPECT_EQ(dissect(ipv4(Bytes(16), {.offset = 65528}), kLink).reason, Undecodable::bad_ip_length);  // past 65,535
  EXPECT_EQ(dissect(ipv4(Bytes(7), {.offset = 65528}), kLink).kind, PacketKind::fragment);
}

TEST(Ipv4, AuthenticationHeader) {
  Bytes header(24, 0);
  header[0] = 6;
  header[1] = 4;  // (4 + 2) * 4 bytes
  const Bytes packet = ipv4(join({header, tcp({.seq = 3})}), {.protocol = 51});
  const DissectedPacket out = dissect(packet, kLink);
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(out.packet.tcp.seq, 3u);
  EXPECT_EQ(out.packet.ip.protocol, 6);
  ASSERT_GT(out.packet.link.encapsulation_count, 0);
  EXPECT_EQ(out.packet.link.encapsulations[out.packet.link.encapsulation_count - 1u], Encapsulation::authentication);
  EXPECT_EQ(out.packet.link.identity_length, 0);
  for (std::size_t captured = 20; captured < 44; ++captured) {
    EXPECT_EQ(dissect_cut(packet, captured, kLink).reason, Undecodable::short_ip_header) << captured;
  }
  header[1] = 0;
  EXPECT_EQ(dissect(ipv4(join({header, tcp()}), {.protocol = 51}), kLink).reason, Undecodable::bad_ip_length);
  // Headers that name each other without end.
  Bytes chain;
  for (int i = 0; i < 40; ++i) put(chain, {51, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(dissect(ipv4(chain, {.protocol = 51}), kLink).reason, Undecodable::nesting_limit);
}

}  // namespace
}  // namespace handlens
