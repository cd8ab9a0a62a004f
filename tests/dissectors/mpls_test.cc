#include "dissectors/mpls.h"

#include <gtest/gtest.h>

#include "tests/support/tunnel_frames.h"

namespace handlens {
namespace {

using namespace testing_frames;
using builder::from_hex;

Bytes frame(const Bytes& labelled, std::uint16_t type = 0x8847) { return builder::ethernet_frame(labelled, type); }

TEST(Mpls, CarriesIp) {
  for (const std::uint16_t type : std::initializer_list<std::uint16_t>{0x8847, 0x8848}) {
    expect_inner(dissect(frame(builder::wrap_mpls(inner_ipv4()), type)), {"mpls"});
    expect_inner(dissect(frame(builder::wrap_mpls(inner_ipv6(), {0}), type)), {"mpls"}, "2001:db8::8");
  }
  EXPECT_TRUE(identity(dissect(frame(builder::wrap_mpls(inner_ipv4())))).empty());
}

// All of the stack but entropy labels (RFC 6790 §4.2), which say which of several ways a packet takes.
TEST(Mpls, ADigestOfTheLabelsIsKept) {
  const auto labels = [](const std::vector<std::uint32_t>& stack) {
    return dissect(frame(builder::wrap_mpls(inner_ipv4(), stack))).packet.link.labels;
  };
  EXPECT_NE(labels({0}), 0u);
  EXPECT_NE(labels({16, 17}), labels({16, 18}));
  EXPECT_NE(labels({16, 17}), labels({17, 16}));
  EXPECT_EQ(labels({16, 17, 7, 1000}), labels({16, 17}));
  EXPECT_EQ(labels({16, 7, 1000, 17}), labels({16, 7, 2000, 17}));
  EXPECT_EQ(dissect(builder::ethernet_frame(inner_ipv4())).packet.link.labels, 0u);
}

TEST(Mpls, PseudowireWithAndWithoutAControlWord) {
  for (const bool control_word : {false, true}) {
    const DissectedPacket out = dissect(frame(builder::wrap_mpls(inner_frame({{.id = 7}}), {16}, control_word)));
    expect_inner(out, {"mpls", "pseudowire", "vlan"});
    EXPECT_EQ(to_text(out.packet.link.source_mac), "02:00:00:00:00:11");
    EXPECT_EQ(out.packet.link.vlans[0], 7);
  }
}

// Addresses that begin like a control word, IPv4 or IPv6 must not deceive.
TEST(Mpls, PseudowireToAddressesThatLookLikeSomethingElse) {
  for (const char* mac : {"00163e000001", "4500003c0001", "600000000014", "10005e000001"}) {
    for (const bool control_word : {false, true}) {
      const Bytes inside = builder::ethernet_frame(
          inner_ipv4(), {.source_mac = from_hex("020000000011"), .destination_mac = from_hex(mac)});
      SCOPED_TRACE(mac);
      expect_inner(dissect(frame(builder::wrap_mpls(inside, {16}, control_word))), {"mpls", "pseudowire"});
    }
  }
}

TEST(Mpls, PseudowireWithLlc) {
  const Bytes llc = join({from_hex("aaaa03 000000 0800"), inner_ipv4()});
  const Bytes inside = builder::ethernet_frame(llc, static_cast<std::uint16_t>(llc.size()));
  expect_inner(dissect(frame(builder::wrap_mpls(inside, {16}, true))), {"mpls", "pseudowire"});
}

TEST(Mpls, WhatLooksLikeNothingIsNotTcp) {
  EXPECT_EQ(dissect(frame(builder::wrap_mpls(Bytes(60, 0x11)))).kind, PacketKind::not_tcp);
  EXPECT_EQ(dissect(frame(builder::wrap_mpls(from_hex("10000007 20c00000"), {13}))).kind, PacketKind::not_tcp);
  EXPECT_EQ(dissect(frame({})).kind, PacketKind::not_tcp);
  EXPECT_EQ(dissect(frame(builder::wrap_mpls({}))).kind, PacketKind::not_tcp);
}

TEST(Mpls, SixteenLabelsAreReadAnotherIsTooMany) {
  std::vector<std::uint32_t> labels(kMaxMplsLabels, 20);
  expect_inner(dissect(frame(builder::wrap_mpls(inner_ipv4(), labels))), {"mpls"});
  labels.push_back(20);
  EXPECT_EQ(dissect(frame(builder::wrap_mpls(inner_ipv4(), labels))).reason, Undecodable::nesting_limit);
}

TEST(Mpls, CutAtEveryLength) {
  const Bytes whole = frame(builder::wrap_mpls(inner_ipv4()));
  for (std::size_t captured = 14; captured < 22; ++captured) {
    EXPECT_EQ(dissect_cut(whole, captured).reason, Undecodable::short_tunnel_header) << captured;
  }
  for (std::size_t captured = 23; captured < 42; ++captured) {
    EXPECT_EQ(dissect_cut(whole, captured).reason, Undecodable::short_ip_header) << captured;
  }
  for (std::size_t size = 14; size < whole.size(); ++size) {
    const Bytes shorter(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_NE(dissect(shorter).kind, PacketKind::tcp) << size;
  }
}

// RFC 4023 and RFC 7510: then there is a tunnel around the labels, with two ends.
TEST(Mpls, RightInIpAndInUdp) {
  const builder::TunnelEnds ends, back = builder::reversed(ends);
  for (const bool udp : {false, true}) {
    const auto wrap = udp ? builder::wrap_mpls_in_udp : builder::wrap_mpls_in_ip;
    SCOPED_TRACE(udp);
    const DissectedPacket out = on_wire(wrap(builder::wrap_mpls(inner_ipv4(), {100}), ends));
    expect_inner(out, {"mpls"});
    EXPECT_EQ(identity(out), identity_of(Encapsulation::mpls, usual_pair()));
    EXPECT_EQ(identity(on_wire(wrap(builder::wrap_mpls(inner_ipv4(), {200}), back))), identity(out));
    expect_inner(on_wire(wrap(builder::wrap_mpls(inner_ipv6()), ends)), {"mpls"}, "2001:db8::8");
    for (const bool control_word : {false, true}) {
      expect_inner(on_wire(wrap(builder::wrap_mpls(inner_frame(), {16}, control_word), ends)), {"mpls", "pseudowire"});
    }
  }
}

// A UDP port is a hint, no more.
TEST(Mpls, WhateverElseUsesThePortIsNotTcp) {
  expect_not_tcp(builder::wrap_mpls_in_udp(ramp(80)));
  expect_not_tcp(builder::wrap_mpls_in_udp({}));
  expect_not_tcp(builder::wrap_mpls_in_udp(builder::wrap_mpls(inner_ipv4(), std::vector<std::uint32_t>(17, 16))));
  expect_not_tcp(builder::wrap_mpls_in_udp(Bytes(200, 0)));
}

TEST(Mpls, InIpCutAtEveryLength) { expect_every_cut(builder::wrap_mpls_in_ip(builder::wrap_mpls(inner_ipv4()))); }

}  // namespace
}  // namespace handlens
