#include "dissectors/gre.h"

#include <gtest/gtest.h>

#include "tests/support/tunnel_frames.h"

namespace handlens {
namespace {

using namespace testing_frames;
using builder::from_hex;

TEST(Gre, CarriesIpOfBothVersionsOverBoth) {
  expect_inner(on_wire(builder::wrap_gre(inner_ipv4())), {"gre"});
  expect_inner(on_wire(builder::wrap_gre(inner_ipv6())), {"gre"}, "2001:db8::8");
  expect_inner(on_wire(builder::wrap_gre(inner_ipv4(), {.source = "2001:db8:f::2", .destination = "2001:db8:f::1"})),
               {"gre"});
}

TEST(Gre, EveryOptionalField) {
  for (int bits = 0; bits < 16; ++bits) {
    builder::GreOptions options{.checksum = (bits & 4) != 0};
    if ((bits & 1) != 0) options.key = 0x01020304;
    if ((bits & 2) != 0) options.sequence = 9;
    if ((bits & 8) != 0) options.routes = from_hex("0800 00 08 c0000201 c0000202 0000 00 00");
    SCOPED_TRACE(bits);
    const Bytes packet = builder::wrap_gre(inner_ipv4(), {}, options);
    expect_inner(on_wire(packet), {"gre"});
    expect_every_cut(packet);
  }
}

TEST(Gre, IdentityIsTheKeyAndBothEndsInAnyOrder) {
  const builder::TunnelEnds ends;
  const auto of = [](const Bytes& packet) { return identity(on_wire(packet)); };
  EXPECT_EQ(of(builder::wrap_gre(inner_ipv4(), ends)), identity_of(Encapsulation::gre, usual_pair()));
  EXPECT_EQ(of(builder::wrap_gre(inner_ipv4(), builder::reversed(ends))), of(builder::wrap_gre(inner_ipv4(), ends)));
  EXPECT_EQ(of(builder::wrap_gre(inner_ipv4(), ends, {.key = 7u})),
            identity_of(Encapsulation::gre, join({usual_pair(), {0, 0, 0, 7}})));
  EXPECT_EQ(of(builder::wrap_gre(inner_ipv4(), {.source = "2001:db8:f::2", .destination = "2001:db8:f::1"})),
            identity_of(Encapsulation::gre,
                        from_hex("06 20010db8000f00000000000000000001 20010db8000f00000000000000000002")));
}

TEST(Gre, EthernetMplsAndVlansInside) {
  const DissectedPacket bridged = on_wire(builder::wrap_gre(inner_frame({{.id = 5}}), builder::kTypeBridging));
  expect_inner(bridged, {"gre", "vlan"});
  EXPECT_EQ(to_text(bridged.packet.link.source_mac), "02:00:00:00:00:11");
  expect_inner(on_wire(builder::wrap_gre(builder::wrap_mpls(inner_ipv4()), builder::kTypeMpls)), {"gre", "mpls"});
  EXPECT_EQ(to_text(on_wire(builder::wrap_gre(inner_ipv4())).packet.link.source_mac), "02:00:00:00:00:01");
}

// An address of a virtual machine whose hypervisor speaks NVGRE, at one end or the other.
Bytes machine_frame(bool sends) {
  const Bytes machine = from_hex("00155d000011"), other = from_hex("020000000022");
  return builder::ethernet_frame(inner_ipv4(),
                                 {.source_mac = sends ? machine : other, .destination_mac = sends ? other : machine});
}

TEST(Gre, NvgreIsAKeyAloneWithAMachinesFrameBehindIt) {
  for (const bool sends : {false, true}) {
    const DissectedPacket out = on_wire(builder::wrap_nvgre(machine_frame(sends), {}, 0x123456, 0x99));
    expect_inner(out, {"nvgre"});
    EXPECT_EQ(identity(out), identity_of(Encapsulation::nvgre, {0x12, 0x34, 0x56}));
    expect_every_cut(builder::wrap_nvgre(machine_frame(sends), {}, 0x123456), Carries::what_a_mirror_cut);
    const DissectedPacket numbered = on_wire(
        builder::wrap_gre(machine_frame(sends), builder::kTypeBridging, {}, {.key = 0x12345699u, .sequence = 1u}));
    expect_inner(numbered, {"gre"});
  }
}

// The same header, and nothing that bears it out.
TEST(Gre, EthernetBehindAnyKeyIsGre) {
  const DissectedPacket out = on_wire(builder::wrap_nvgre(inner_frame(), {}, 0x123456, 0x99));
  expect_inner(out, {"gre"});
  EXPECT_EQ(identity(out), identity_of(Encapsulation::gre, join({usual_pair(), {0x12, 0x34, 0x56, 0x99}})));
  expect_every_cut(builder::wrap_nvgre(inner_frame(), {}, 0x123456), Carries::what_a_mirror_cut);
  // A VSID nobody may have: a key like any other.
  const DissectedPacket keyed = on_wire(builder::wrap_gre(inner_frame(), builder::kTypeBridging, {}, {.key = 2u}));
  expect_inner(keyed, {"gre"});
  EXPECT_EQ(identity(keyed).size(), 1u + 9u + 4u);
}

TEST(Gre, RoutesAreBounded) {
  Bytes routes;
  for (std::size_t i = 1; i < kMaxGreRoutes; ++i) put(routes, from_hex("0800 00 04 c0000201"));
  const Bytes end = from_hex("0000 00 00"), more = from_hex("0800 00 04 c0000201");
  expect_inner(on_wire(builder::wrap_gre(inner_ipv4(), {}, {.routes = join({routes, end})})), {"gre"});
  EXPECT_EQ(on_wire(builder::wrap_gre(inner_ipv4(), {}, {.routes = join({routes, more, end})})).reason,
            Undecodable::nesting_limit);
}

TEST(Gre, OtherVersionsAndProtocolsAreNotTcp) {
  const auto raw = [](const char* hex) {
    return ipv4(join({from_hex(hex), inner_ipv4()}), {.protocol = ip_protocol::gre});
  };
  EXPECT_EQ(on_wire(raw("0000 0800")).kind, PacketKind::tcp);
  for (const char* header : {"0002 0800", "0007 0800", "0000 0000", "0000 0806", "0001 0800", "2001 0800 00280001"}) {
    expect_not_tcp(raw(header));
  }
}

// PPP's own tests are elsewhere: here it matters where the frame starts and ends.
TEST(Gre, PptpHandsOnItsPppFrame) {
  for (const bool acknowledges : {false, true}) {
    const Bytes ppp = builder::ppp_frame(inner_ipv4());
    const Bytes packet = builder::wrap_pptp(ppp, {}, 9, acknowledges);
    const Bytes padded = join({Bytes(packet.begin() + 20, packet.end()), Bytes(4)});
    LayerInput in{.bytes = padded, .wire_length = static_cast<std::uint32_t>(padded.size())};
    DissectedPacket out;
    const NextLayer next = dissect_gre(in, out);
    EXPECT_EQ(next.table, NextTable::gre_protocol);
    EXPECT_EQ(next.number, gre_protocol::ppp);
    EXPECT_EQ(Bytes(in.bytes.begin(), in.bytes.end()), ppp);
    const NextLayer frame = dissect_gre_ppp(in, out);
    EXPECT_EQ(frame.table, NextTable::link_type);
    EXPECT_EQ(frame.number, link_type::ppp);
  }
}
TEST(Gre, PptpReachesTcp) {
  if (!is_supported_link_type(link_type::ppp)) GTEST_SKIP() << "PPP is no link type yet";
  const DissectedPacket out = on_wire(builder::wrap_pptp(builder::ppp_frame(inner_ipv4())));
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(peeled(out).front(), "gre");
  EXPECT_EQ(identity(out), identity_of(Encapsulation::gre, usual_pair()));
}
TEST(Gre, PptpWithoutDataOrLyingAboutItsLengthIsNotTcp) {
  const Bytes empty = builder::wrap_pptp({});
  expect_not_tcp(empty);
  Bytes longer = builder::wrap_pptp(builder::ppp_frame(inner_ipv4()));
  longer[25] = static_cast<std::uint8_t>(longer[25] + 1);
  expect_not_tcp(longer);
  expect_not_tcp(ipv4(from_hex("2081 880b 0000 0009 00000001"), {.protocol = ip_protocol::gre}));
}

TEST(Gre, Wccp) {
  for (const bool header : {false, true}) {
    const DissectedPacket out = on_wire(builder::wrap_wccp(inner_ipv4(), {}, header));
    expect_inner(out, {"gre", "wccp"});
    EXPECT_TRUE(identity(out).empty());
    expect_every_cut(builder::wrap_wccp(inner_ipv4(), {}, header));
  }
}

}  // namespace
}  // namespace handlens
