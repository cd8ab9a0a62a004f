#include "dissectors/pppoe.h"

#include "tests/dissectors/link_bytes.h"

namespace handlens {
namespace {

using namespace testing_links;
using builder::wrap_pppoe;
using builder::wrap_pppoe_session;

TEST(Pppoe, SessionDataInEthernetAndAlone) {
  const DissectedPacket out = dissect(wrap_pppoe({}, packet4(), 0x1234));
  expect_tcp(out, {"pppoe", "ppp"});
  EXPECT_TRUE(out.packet.link.has_macs);
  expect_tcp(dissect(wrap_pppoe_session(packet6()), link_type::ppp_ether), {"pppoe", "ppp"});
}

// RFC 2516 §4: the session number and both addresses.
TEST(Pppoe, TheSessionAndBothStationsAreTheIdentity) {
  const Bytes layer = {static_cast<std::uint8_t>(Encapsulation::pppoe)};
  const Bytes client = builder::from_hex("020000000001"), other = builder::from_hex("020000000003"),
              server = builder::from_hex("020000000002");
  const Bytes out = identity(dissect(wrap_pppoe({.source_mac = client, .destination_mac = server}, packet4(), 0x1234)));
  EXPECT_EQ(out, join({layer, {0x12, 0x34}, client, server}));
  EXPECT_EQ(identity(dissect(wrap_pppoe({.source_mac = server, .destination_mac = client}, packet4(), 0x1234))), out);
  EXPECT_NE(identity(dissect(wrap_pppoe({.source_mac = other, .destination_mac = server}, packet4(), 0x1234))), out);
  // Where the link shows no station, or only who sent, the session must do.
  const Bytes session = join({layer, {0x12, 0x34}});
  const Bytes alone = wrap_pppoe_session(packet4(), 0x1234);
  EXPECT_EQ(identity(dissect(alone, link_type::ppp_ether)), session);
  const Bytes cooked = join({builder::from_hex("0000 0001 0006 020000000001 0000 8864"), alone});
  EXPECT_EQ(identity(dissect(cooked, link_type::linux_sll)), session);
  EXPECT_EQ(identity(dissect(testing_frames::ethernet(packet4()))), Bytes{});
}

TEST(Pppoe, PaddingIsCutOffByTheLength) {
  Bytes frame = wrap_pppoe({}, ipv4(tcp()));
  frame.resize(80, 0xee);
  EXPECT_EQ(dissect(frame).packet.payload_length, 0u);
}

TEST(Pppoe, DiscoveryIsNotTcp) {
  EXPECT_EQ(dissect(testing_frames::ethernet({0x11, 0x09, 0, 0, 0, 0}, 0x8863)).kind, PacketKind::not_tcp);
  EXPECT_EQ(dissect(testing_frames::ethernet({0x11, 0xa7, 0, 1, 0, 0}, 0x8864)).kind, PacketKind::not_tcp);
}

TEST(Pppoe, WhatCannotBe) {
  Bytes frame = wrap_pppoe_session(packet4());
  frame[0] = 0x21;
  EXPECT_EQ(dissect(frame, link_type::ppp_ether).reason, Undecodable::bad_link_header);
  frame[0] = 0x11;
  ++frame[5];  // one byte more than there is
  EXPECT_EQ(dissect(frame, link_type::ppp_ether).reason, Undecodable::bad_link_header);
  frame[5] = static_cast<std::uint8_t>(frame[5] - 2);  // one byte less than the IP header says
  EXPECT_EQ(dissect(frame, link_type::ppp_ether).reason, Undecodable::bad_ip_length);
  frame[4] = frame[5] = 0;
  EXPECT_EQ(dissect(frame, link_type::ppp_ether).reason, Undecodable::short_link_header);
}

TEST(Pppoe, CutAtEveryLength) {
  expect_cut_everywhere(wrap_pppoe({}, packet4()), link_type::ethernet, 22);
  expect_cut_everywhere(wrap_pppoe_session(packet4()), link_type::ppp_ether, 8);
}

TEST(Pppoe, TooManyLayers) {
  EXPECT_EQ(dissect(behind_eight_tags(0x8864, wrap_pppoe_session(packet4()))).reason, Undecodable::nesting_limit);
}

}  // namespace
}  // namespace handlens
