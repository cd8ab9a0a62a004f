#include "dissectors/l2tp.h"

#include <gtest/gtest.h>

#include "tests/support/tunnel_frames.h"

namespace handlens {
namespace {

using namespace testing_frames;
using builder::from_hex;

// PPP's own tests are elsewhere: here it matters where the frame starts and ends.
TEST(L2tp, HandsOnItsPppFrame) {
  const Bytes ppp = builder::ppp_frame(inner_ipv4());
  for (int bits = 0; bits < 8; ++bits) {
    builder::L2tpOptions options{.length = (bits & 1) != 0, .sequence = (bits & 2) != 0};
    if ((bits & 4) != 0) options.offset = 3;
    const Bytes packet = builder::wrap_l2tp(ppp, {}, options);
    const Bytes datagram(packet.begin() + 28, packet.end());
    SCOPED_TRACE(bits);
    LayerInput in{.bytes = datagram, .wire_length = static_cast<std::uint32_t>(datagram.size())};
    DissectedPacket out;
    const NextLayer next = dissect_l2tp_over_udp(in, out);
    EXPECT_EQ(next.table, NextTable::link_type);
    EXPECT_EQ(next.number, link_type::ppp);
    EXPECT_EQ(Bytes(in.bytes.begin(), in.bytes.end()), ppp);
    EXPECT_EQ(peeled(out), (Words{"l2tp"}));
    const std::size_t header = datagram.size() - ppp.size();
    for (std::size_t captured = 0; captured < header; ++captured) {
      LayerInput cut{.bytes = ByteView(datagram).first(captured), .wire_length = in.wire_length + 100};
      DissectedPacket cut_out;
      EXPECT_EQ(dissect_l2tp_over_udp(cut, cut_out).table, NextTable::none);
      EXPECT_EQ(cut_out.reason, Undecodable::short_tunnel_header) << captured;
    }
  }
}
TEST(L2tp, ReachesTcp) {
  if (!is_supported_link_type(link_type::ppp)) GTEST_SKIP() << "PPP is no link type yet";
  const DissectedPacket out = on_wire(builder::wrap_l2tp(builder::ppp_frame(inner_ipv4())));
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(peeled(out).front(), "l2tp");
  EXPECT_EQ(identity(out), identity_of(Encapsulation::l2tp, usual_pair()));
}

TEST(L2tp, ControlMessagesReservedBitsAndLiesAreNotTcp) {
  const Bytes good = builder::wrap_l2tp(builder::ppp_frame(inner_ipv4()));
  for (const auto& [at, value] : std::vector<std::pair<std::size_t, std::uint8_t>>{
           {28, 0xc0}, {28, 0x60}, {28, 0x44}, {29, 0x12}, {29, 0x01}, {29, 0x04}, {30, 1}, {31, 3}}) {
    Bytes packet = good;
    packet[at] = value;
    expect_not_tcp(packet);
  }
  expect_not_tcp(builder::udp_packet(from_hex("0202 0005 0006 ffff"), 1701, 1701, {}));
}

TEST(L2tpv3, EthernetBehindCookieAndSublayerOfAnySize) {
  for (const std::size_t before : {0u, 4u, 8u, 12u}) {
    for (const bool over_udp : {false, true}) {
      SCOPED_TRACE(before);
      const Bytes packet = builder::wrap_l2tpv3(inner_frame({{.id = 6}}), {}, before, over_udp);
      const DissectedPacket out = on_wire(packet);
      expect_inner(out, {"l2tpv3", "vlan"});
      EXPECT_EQ(identity(out), join({identity_of(Encapsulation::l2tpv3, usual_pair()), identity_of_tag(6)}));
      expect_every_cut(packet);
    }
  }
}

TEST(L2tpv3, IpBehindIt) {
  for (const std::size_t before : {0u, 4u, 8u, 12u}) {
    expect_inner(on_wire(builder::wrap_l2tpv3(inner_ipv4(), {}, before)), {"l2tpv3"});
  }
}

TEST(L2tpv3, ControlMessagesAndUnknownFramesAreNotTcp) {
  expect_not_tcp(ipv4(join({Bytes(4), inner_frame()}), {.protocol = ip_protocol::l2tpv3}));
  expect_not_tcp(builder::wrap_l2tpv3(Bytes(60, 0x11), {}, 0));
  expect_not_tcp(builder::wrap_l2tpv3({}, {}, 0));
}

}  // namespace
}  // namespace handlens
