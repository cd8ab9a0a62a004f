#include "dissectors/frame_relay.h"

#include "tests/dissectors/link_bytes.h"

namespace handlens {
namespace {

using namespace testing_links;
using builder::wrap_frame_relay;

constexpr std::uint16_t kLink = link_type::frame_relay;

TEST(FrameRelay, BothIpVersions) {
  expect_tcp(dissect(wrap_frame_relay(packet4()), kLink), {"frame-relay"});
  expect_tcp(dissect(wrap_frame_relay(packet6()), kLink), {"frame-relay"});
}

TEST(FrameRelay, TheCircuitIsTheIdentityCongestionIsNot) {
  Bytes frame = wrap_frame_relay(packet4(), 0x155);
  const Bytes expected = {static_cast<std::uint8_t>(Encapsulation::frame_relay), 0x54, 0x50};
  EXPECT_EQ(identity(dissect(frame, kLink)), expected);
  frame[1] |= 0x0e;  // FECN, BECN, DE
  EXPECT_EQ(identity(dissect(frame, kLink)), expected);
}

TEST(FrameRelay, LongerAddresses) {
  const Bytes tail = join({{0x03, 0xcc}, packet4()});
  expect_tcp(dissect(join({{0x18, 0x40, 0x03}, tail}), kLink), {"frame-relay"});
  expect_tcp(dissect(join({{0x18, 0x40, 0x02, 0x01}, tail}), kLink), {"frame-relay"});
  EXPECT_EQ(dissect(join({{0x19}, tail}), kLink).reason, Undecodable::bad_link_header);
  EXPECT_EQ(dissect(join({{0x18, 0x40, 0x02, 0x02, 0x01}, tail}), kLink).reason, Undecodable::bad_link_header);
}

TEST(FrameRelay, SnapAndPaddingAndBridging) {
  const Bytes address = {0x18, 0x41};
  expect_tcp(dissect(join({address, {0x03, 0x00, 0xcc}, packet4()}), kLink), {"frame-relay"});
  expect_tcp(dissect(join({address, {0x03, 0x00, 0x80, 0, 0, 0, 0x86, 0xdd}, packet6()}), kLink), {"frame-relay"});
  const Bytes bridged = join({address, {0x03, 0x00, 0x80, 0, 0x80, 0xc2, 0, 7}, testing_frames::ethernet(packet4())});
  const DissectedPacket out = dissect(bridged, kLink);
  expect_tcp(out, {"frame-relay"});
  EXPECT_TRUE(out.packet.link.has_macs);
}

TEST(FrameRelay, EtherTypesBehindTheAddress) {
  expect_tcp(dissect(join({{0x18, 0x41, 0x08, 0x00}, packet4()}), kLink), {"frame-relay"});
}

TEST(FrameRelay, WhatIsNotTcp) {
  EXPECT_EQ(dissect({0x00, 0x01, 0x03, 0x08, 0x00, 0x75}, kLink).kind, PacketKind::not_tcp);                 // LMI
  EXPECT_EQ(dissect({0x18, 0x41, 0x03, 0x80, 0, 0x80, 0xc2, 0, 0x0b, 1}, kLink).kind, PacketKind::not_tcp);  // FDDI
  EXPECT_EQ(dissect({0x18, 0x41, 0x02, 0x01, 1, 1}, kLink).kind, PacketKind::not_tcp);
}

TEST(FrameRelay, CutAtEveryLength) {
  expect_cut_everywhere(wrap_frame_relay(packet4()), kLink, 4);
  expect_cut_everywhere(join({{0x18, 0x41, 0x03, 0x00, 0x80, 0, 0, 0, 8, 0}, packet4()}), kLink, 10);
}

}  // namespace
}  // namespace handlens
