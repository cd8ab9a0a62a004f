#include "dissectors/llc_links.h"

#include "tests/dissectors/link_bytes.h"

namespace handlens {
namespace {

using namespace testing_links;
using testing_frames::ethernet;

TEST(LlcLinks, EachLeadsToTcp) {
  for (const Bytes& packet : {packet4(), packet6()}) {
    expect_tcp(dissect(builder::wrap_atm_llc(packet), link_type::atm_rfc1483), {"atm"});
    expect_tcp(dissect(builder::wrap_token_ring({}, packet), link_type::token_ring), {"token-ring"});
    expect_tcp(dissect(builder::wrap_fddi({}, packet), link_type::fddi), {"fddi"});
    expect_tcp(dissect(builder::wrap_ipoib(packet), link_type::ipoib), {"infiniband"});
  }
  expect_tcp(dissect(builder::wrap_netanalyzer(ethernet(packet4())), link_type::netanalyzer), {"netanalyzer"});
}

TEST(LlcLinks, AddressesWhereThereAreSome) {
  for (const DissectedPacket& out : {dissect(builder::wrap_token_ring({}, packet4()), link_type::token_ring),
                                     dissect(builder::wrap_fddi({}, packet4()), link_type::fddi)}) {
    EXPECT_EQ(to_text(out.packet.link.source_mac), "02:00:00:00:00:01");
    EXPECT_EQ(to_text(out.packet.link.destination_mac), "02:00:00:00:00:02");
  }
  EXPECT_FALSE(dissect(builder::wrap_ipoib(packet4()), link_type::ipoib).packet.link.has_macs);
}

TEST(LlcLinks, EthernetBridgedOverAtm) {
  const Bytes head = {0xaa, 0xaa, 0x03, 0x00, 0x80, 0xc2, 0x00, 0x07, 0, 0};
  const DissectedPacket out = dissect(join({head, ethernet(packet4())}), link_type::atm_rfc1483);
  expect_tcp(out, {"atm"});
  EXPECT_TRUE(out.packet.link.has_macs);
}

TEST(LlcLinks, PppOverAtm) {
  expect_tcp(dissect(builder::wrap_atm_ppp(packet4()), link_type::atm_rfc1483), {"atm", "ppp"});
  const Bytes frame = builder::wrap_atm_ppp(packet6());
  expect_tcp(dissect(frame, link_type::atm_rfc1483), {"atm", "ppp"});
  for (std::size_t captured = 3; captured < frame.size(); ++captured) {
    const DissectedPacket out = dissect_cut(frame, captured, link_type::atm_rfc1483);
    const std::size_t header = 4 + 2 + 40 + 20;
    EXPECT_EQ(out.kind == PacketKind::tcp, captured >= header) << captured;
  }
  Bytes other = frame;
  other[3] = 0x81;  // CLNP
  EXPECT_EQ(dissect(other, link_type::atm_rfc1483).kind, PacketKind::not_tcp);
}

TEST(LlcLinks, RoutingInformationOfTokenRing) {
  Bytes frame = builder::wrap_token_ring({}, packet4());
  frame[8] |= 0x80;
  frame.insert(frame.begin() + 14, {0x06, 0x30, 0x00, 0x11, 0x00, 0x20});
  const DissectedPacket out = dissect(frame, link_type::token_ring);
  expect_tcp(out, {"token-ring"});
  EXPECT_EQ(to_text(out.packet.link.source_mac), "02:00:00:00:00:01");
  expect_cut_everywhere(frame, link_type::token_ring, 14 + 6 + 8);
  frame[14] = 0x01;
  EXPECT_EQ(dissect(frame, link_type::token_ring).reason, Undecodable::bad_link_header);
}

TEST(LlcLinks, FramesWithoutLlc) {
  Bytes ring = builder::wrap_token_ring({}, packet4());
  ring[1] = 0x05;  // MAC frame
  EXPECT_EQ(dissect(ring, link_type::token_ring).kind, PacketKind::not_tcp);
  Bytes fddi = builder::wrap_fddi({}, packet4());
  fddi[0] = 0x41;  // station management
  EXPECT_EQ(dissect(fddi, link_type::fddi).kind, PacketKind::not_tcp);
  Bytes infiniband = builder::wrap_ipoib(packet4());
  infiniband[40] = 0x00;
  EXPECT_EQ(dissect(infiniband, link_type::ipoib).kind, PacketKind::not_tcp);
}

TEST(LlcLinks, WhatTheAnalyzerSaysOfItsFrames) {
  Bytes frame = builder::wrap_netanalyzer(ethernet(packet4()));
  frame[0] = 0x20;  // short, as a frame without padding is
  expect_tcp(dissect(frame, link_type::netanalyzer), {"netanalyzer"});
  frame[0] = 0x04;
  EXPECT_EQ(dissect(frame, link_type::netanalyzer).reason, Undecodable::bad_fcs);
  frame[1] |= 0x02;
  EXPECT_EQ(dissect(frame, link_type::netanalyzer).reason, Undecodable::bad_link_header);
  frame[1] |= 0x01;
  EXPECT_EQ(dissect(frame, link_type::netanalyzer).kind, PacketKind::not_tcp);
}

TEST(LlcLinks, TheCheckSequenceIsCutOff) {
  Bytes datagram = packet4();
  datagram[2] = datagram[3] = 0;
  expect_tcp(dissect(builder::wrap_netanalyzer(ethernet(datagram)), link_type::netanalyzer), {"netanalyzer"});
}

TEST(LlcLinks, CutAtEveryLength) {
  expect_cut_everywhere(builder::wrap_atm_llc(packet4()), link_type::atm_rfc1483, 8);
  expect_cut_everywhere(builder::wrap_token_ring({}, packet4()), link_type::token_ring, 22);
  expect_cut_everywhere(builder::wrap_fddi({}, packet4()), link_type::fddi, 21);
  expect_cut_everywhere(builder::wrap_ipoib(packet4()), link_type::ipoib, 44);
  expect_cut_everywhere(builder::wrap_netanalyzer(ethernet(packet4())), link_type::netanalyzer, 18);
}

}  // namespace
}  // namespace handlens
