#include "dissectors/loopback.h"

#include <gtest/gtest.h>

#include "tests/support/frame_bytes.h"

namespace handlens {
namespace {

using namespace testing_frames;

TEST(Loopback, NullInEitherByteOrder) {
  for (const Bytes& family : {Bytes{2, 0, 0, 0}, Bytes{0, 0, 0, 2}}) {
    const DissectedPacket out = dissect(join({family, ipv4(tcp())}), link_type::null);
    ASSERT_EQ(out.kind, PacketKind::tcp);
    EXPECT_FALSE(out.packet.link.has_macs);
    EXPECT_EQ(out.packet.link.encapsulations[0], Encapsulation::null_loopback);
  }
  for (const std::uint8_t number : Bytes{10, 24, 28, 30}) {
    EXPECT_EQ(dissect(join({{number, 0, 0, 0}, ipv6(tcp())}), link_type::null).kind, PacketKind::tcp);
    EXPECT_EQ(dissect(join({{0, 0, 0, number}, ipv6(tcp())}), link_type::null).kind, PacketKind::tcp);
  }
}

TEST(Loopback, LoopIsBigEndian) {
  const DissectedPacket out = dissect(join({{0, 0, 0, 24}, ipv6(tcp())}), link_type::loop);
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(out.packet.link.encapsulations[0], Encapsulation::loop);
  EXPECT_EQ(dissect(join({{2, 0, 0, 0}, ipv4(tcp())}), link_type::loop).reason, Undecodable::bad_link_header);
}

TEST(Loopback, OtherFamilies) {
  EXPECT_EQ(dissect(join({{7, 0, 0, 0}, Bytes(40)}), link_type::null).kind, PacketKind::not_tcp);
  EXPECT_EQ(dissect(join({{1, 2, 3, 4}, Bytes(40)}), link_type::null).reason, Undecodable::bad_link_header);
  EXPECT_EQ(dissect(Bytes{0, 0, 0}, link_type::null).reason, Undecodable::short_link_header);
  EXPECT_EQ(dissect(Bytes{0, 0, 0}, link_type::loop).reason, Undecodable::short_link_header);
  // The family decides, not the nibble.
  EXPECT_EQ(dissect(join({{2, 0, 0, 0}, ipv6(tcp())}), link_type::null).reason, Undecodable::bad_ip_header);
}

TEST(Loopback, RawGoesByTheVersion) {
  for (const std::uint16_t link : {link_type::raw, link_type::raw_bsd, link_type::raw_openbsd}) {
    EXPECT_EQ(dissect(ipv4(tcp()), link).kind, PacketKind::tcp);
    const DissectedPacket out = dissect(ipv6(tcp()), link);
    EXPECT_EQ(out.kind, PacketKind::tcp);
    EXPECT_EQ(out.packet.link.encapsulations[0], Encapsulation::raw);
    EXPECT_EQ(dissect(Bytes(40, 0x50), link).reason, Undecodable::bad_ip_header);
    EXPECT_EQ(dissect({}, link).reason, Undecodable::short_ip_header);
  }
}

TEST(Loopback, Ipv4AndIpv6LinkTypesAreWhatTheySay) {
  EXPECT_EQ(dissect(ipv4(tcp()), link_type::ipv4).kind, PacketKind::tcp);
  EXPECT_EQ(dissect(ipv6(tcp()), link_type::ipv6).kind, PacketKind::tcp);
  EXPECT_EQ(dissect(ipv6(tcp()), link_type::ipv4).reason, Undecodable::bad_ip_header);
  EXPECT_EQ(dissect(ipv4(tcp({}, Bytes(40))), link_type::ipv6).reason, Undecodable::bad_ip_header);
}

}  // namespace
}  // namespace handlens
