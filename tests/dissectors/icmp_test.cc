#include "dissectors/icmp.h"

#include <gtest/gtest.h>

#include "tests/support/tunnel_frames.h"
#include "tools/builder/link_builder.h"

namespace handlens {
namespace {

using namespace testing_frames;

Bytes icmp(std::uint8_t type, std::uint8_t code, std::uint32_t rest, const Bytes& quote) {
  Bytes out = {type, code, 0, 0};
  put32(out, rest);
  put(out, quote);
  return out;
}
DissectedPacket over_ipv4(const Bytes& message) {
  return dissect(ipv4(message, {.protocol = 1, .source = 0x0a000001}), link_type::ipv4);
}
DissectedPacket over_ipv6(const Bytes& message) {
  return dissect(ipv6(message, {.next = 58, .source_end = 9}), link_type::ipv6);
}

TEST(Icmp, UnreachableQuotesTheSegment) {
  const DissectedPacket out = over_ipv4(icmp(3, 13, 0, ipv4(tcp({.seq = 0x11223344}, text("client hello")))));
  ASSERT_EQ(out.kind, PacketKind::icmp_error);
  EXPECT_EQ(to_text(out.packet.ip.source), "10.0.0.1");  // who says so
  EXPECT_EQ(to_text(out.icmp.quoted_ip.source), "192.0.2.1");
  EXPECT_EQ(to_text(out.icmp.quoted_ip.destination), "198.51.100.2");
  EXPECT_FALSE(out.icmp.v6);
  EXPECT_EQ(out.icmp.type, 3);
  EXPECT_EQ(out.icmp.code, 13);
  EXPECT_EQ(out.icmp.mtu, 0u);
  EXPECT_EQ(out.icmp.quoted_source_port, 40000);
  EXPECT_EQ(out.icmp.quoted_destination_port, 443);
  EXPECT_EQ(out.icmp.quoted_seq, 0x11223344u);
}

TEST(Icmp, EveryErrorType) {
  for (const std::uint8_t type : Bytes{3, 4, 11, 12}) {
    EXPECT_EQ(over_ipv4(icmp(type, 0, 0, ipv4(tcp()))).kind, PacketKind::icmp_error) << int{type};
  }
  for (const std::uint8_t type : Bytes{0, 5, 8, 9, 13}) {
    EXPECT_EQ(over_ipv4(icmp(type, 0, 0, ipv4(tcp()))).kind, PacketKind::not_tcp) << int{type};
  }
  for (const std::uint8_t type : Bytes{1, 2, 3, 4}) {
    EXPECT_EQ(over_ipv6(icmp(type, 0, 0, ipv6(tcp()))).kind, PacketKind::icmp_error) << int{type};
  }
  for (const std::uint8_t type : Bytes{0, 128, 129, 135}) {
    EXPECT_EQ(over_ipv6(icmp(type, 0, 0, ipv6(tcp()))).kind, PacketKind::not_tcp) << int{type};
  }
}

TEST(Icmp, Mtu) {
  EXPECT_EQ(over_ipv4(icmp(3, 4, 1400, ipv4(tcp()))).icmp.mtu, 1400u);
  EXPECT_EQ(over_ipv4(icmp(3, 1, 1400, ipv4(tcp()))).icmp.mtu, 0u);
  EXPECT_EQ(over_ipv6(icmp(2, 0, 70000, ipv6(tcp()))).icmp.mtu, 70000u);
}

TEST(Icmp, EightBytesOfTcpSuffice) {
  const Bytes segment = tcp({.seq = 5});
  for (std::size_t length = 0; length <= 9; ++length) {
    Bytes quote = ipv4(segment);
    quote.resize(20 + length);
    const DissectedPacket out = over_ipv4(icmp(3, 1, 0, quote));
    SCOPED_TRACE(length);
    if (length < 8) {
      EXPECT_EQ(out.reason, Undecodable::short_tcp_header);
    } else {
      ASSERT_EQ(out.kind, PacketKind::icmp_error);
      EXPECT_EQ(out.icmp.quoted_seq, 5u);
    }
  }
}

TEST(Icmp, AQuoteWithoutAWholeIpHeaderIsNotTcp) {
  const Bytes quote = ipv4(tcp(), {.options = Bytes(8, 1)});
  for (std::size_t length = 0; length < 28; ++length) {
    EXPECT_EQ(over_ipv4(icmp(3, 1, 0, Bytes(quote.begin(), quote.begin() + static_cast<std::ptrdiff_t>(length)))).kind,
              PacketKind::not_tcp);
  }
  EXPECT_EQ(over_ipv4({3, 1, 0, 0}).kind, PacketKind::not_tcp);
}

TEST(Icmp, QuotesOfOtherThings) {
  EXPECT_EQ(over_ipv4(icmp(3, 3, 0, ipv4(Bytes(8), {.protocol = 17}))).kind, PacketKind::not_tcp);
  EXPECT_EQ(over_ipv4(icmp(3, 1, 0, ipv4(Bytes(16), {.offset = 80}))).kind, PacketKind::not_tcp);
  EXPECT_EQ(over_ipv4(icmp(3, 1, 0, ipv6(tcp()))).kind, PacketKind::not_tcp);
  // An error about an error is never followed to the segment inside.
  const Bytes inner = ipv4(icmp(3, 1, 0, ipv4(tcp())), {.protocol = 1});
  EXPECT_EQ(over_ipv4(icmp(11, 0, 0, inner)).kind, PacketKind::not_tcp);
}

TEST(Icmp, QuoteOfAFirstFragment) {
  EXPECT_EQ(over_ipv4(icmp(11, 1, 0, ipv4(tcp(), {.more = true}))).kind, PacketKind::icmp_error);
}

TEST(Icmp, Ipv6QuoteWithExtensionHeaders) {
  const Bytes quote =
      ipv6(join({extension(44), fragment_header(60, 0, true, 9), extension(6), tcp({.seq = 6})}), {.next = 0});
  const DissectedPacket out = over_ipv6(icmp(1, 1, 0, quote));
  ASSERT_EQ(out.kind, PacketKind::icmp_error);
  EXPECT_TRUE(out.icmp.v6);
  EXPECT_EQ(out.icmp.quoted_seq, 6u);
  EXPECT_EQ(out.icmp.quoted_ip.id, 9u);
  EXPECT_EQ(to_text(out.packet.ip.source), "2001:db8::9");
  for (std::size_t length = 0; length < quote.size(); ++length) {
    const DissectedPacket cut =
        over_ipv6(icmp(1, 1, 0, Bytes(quote.begin(), quote.begin() + static_cast<std::ptrdiff_t>(length))));
    const PacketKind expected = length < 64   ? PacketKind::not_tcp
                                : length < 72 ? PacketKind::undecodable
                                              : PacketKind::icmp_error;
    EXPECT_EQ(cut.kind, expected) << length;
  }
}

TEST(Icmp, TheOtherVersionsNumberIsNotIcmp) {
  EXPECT_EQ(dissect(ipv4(icmp(1, 1, 0, ipv6(tcp())), {.protocol = 58}), link_type::ipv4).kind, PacketKind::not_tcp);
  EXPECT_EQ(dissect(ipv6(icmp(3, 1, 0, ipv4(tcp())), {.next = 1}), link_type::ipv6).kind, PacketKind::not_tcp);
}

// What a router says of a tunnel's packet speaks of the connection inside, as far as the quote goes.
TEST(Icmp, QuotedTunnels) {
  const Bytes frame = builder::ethernet_frame(inner_ipv4());
  const std::vector<Bytes> tunnels = {builder::wrap_gre(inner_ipv4(), {}, {.key = 7u}),
                                      builder::wrap_ipip(inner_ipv4()), builder::wrap_vxlan(frame, {}, 9),
                                      builder::wrap_gtpu(inner_ipv4()), builder::wrap_erspan2(frame)};
  for (const Bytes& tunnel : tunnels) {
    const DissectedPacket out = over_ipv4(icmp(11, 0, 0, tunnel));
    ASSERT_EQ(out.kind, PacketKind::icmp_error);
    EXPECT_EQ(to_text(out.packet.ip.source), "10.0.0.1");  // who says so
    EXPECT_EQ(to_text(out.icmp.quoted_ip.destination), "10.0.0.2");
    EXPECT_EQ(out.icmp.quoted_seq, kInnerSeq);
    EXPECT_EQ(out.icmp.quoted_destination_port, 443);
    EXPECT_EQ(identity(out), identity(on_wire(tunnel)));
    const std::size_t enough = tunnel.size() - kInnerPayload - 12;  // ports and sequence number
    for (std::size_t length = 0; length < tunnel.size(); ++length) {
      const Bytes quote(tunnel.begin(), tunnel.begin() + static_cast<std::ptrdiff_t>(length));
      const DissectedPacket cut = over_ipv4(icmp(11, 0, 0, quote));
      EXPECT_EQ(cut.kind, length < enough ? PacketKind::not_tcp : PacketKind::icmp_error) << length;
    }
  }
}

TEST(Icmp, AQuotedLengthIsNotBelieved) {
  Bytes quote = builder::wrap_ipip(inner_ipv4());
  quote[2] = 0xff;  // in the byte order of some host
  quote[3] = 0x00;
  EXPECT_EQ(over_ipv4(icmp(3, 1, 0, quote)).kind, PacketKind::icmp_error);
}

TEST(Icmp, NothingInAQuotedTunnelIsAPacket) {
  const Bytes error = ipv4(icmp(3, 1, 0, inner_ipv4()), {.protocol = 1});
  EXPECT_EQ(over_ipv4(icmp(11, 0, 0, builder::wrap_ipip(error))).kind, PacketKind::not_tcp);
  const Bytes fragment = ipv4(Bytes(16), {.dont_fragment = false, .more = true});
  EXPECT_EQ(over_ipv4(icmp(11, 0, 0, builder::wrap_ipip(fragment))).kind, PacketKind::not_tcp);
  EXPECT_EQ(over_ipv4(icmp(11, 0, 0, builder::wrap_ipip(Bytes(20, 0x45)))).reason, Undecodable::none);
}

// The second packet of a quoted aggregate is as little a packet as the first.
TEST(Icmp, NothingInAQuotedAggregateIsAPacket) {
  const Bytes frame = builder::wrap_80211_amsdu({{{}, inner_ipv4()}, {{}, inner_ipv4()}});
  const Bytes tunnel = builder::wrap_capwap(frame, {}, {.native = true});
  const Bytes wire = builder::ethernet_frame(tunnel);  // what is dissected is borrowed
  DissectedPacket sent = dissect(wire);
  ASSERT_EQ(sent.kind, PacketKind::tcp);
  EXPECT_TRUE(dissect_next_into(sent));
  DissectedPacket out = over_ipv4(icmp(3, 3, 0, tunnel));
  EXPECT_EQ(out.kind, PacketKind::icmp_error);
  EXPECT_FALSE(dissect_next_into(out));
}

TEST(Icmp, ErrorsInsideTunnels) {
  const Bytes error = ipv4(icmp(3, 4, 1400, inner_ipv4()), {.protocol = 1, .source = 0x0a0000fe});
  const DissectedPacket out = on_wire(builder::wrap_vxlan(builder::ethernet_frame(error), {}, 5));
  ASSERT_EQ(out.kind, PacketKind::icmp_error);
  EXPECT_EQ(out.icmp.mtu, 1400u);
  EXPECT_EQ(identity(out), identity_of(Encapsulation::vxlan, {0, 0, 5}));
  EXPECT_EQ(to_text(out.packet.ip.source), "10.0.0.254");
}

// RFC 792, 1122 §3.2.2.1 and 1812 §5.2.7.1; RFC 4443 §3.
TEST(Icmp, EveryCodeHasWords) {
  const auto has_words = [](bool v6, std::uint8_t type, std::uint8_t last) {
    for (std::uint8_t code = 0; code <= last; ++code) {
      EXPECT_EQ(icmp_text(v6, type, code).find("code "), std::string::npos) << int{type} << ' ' << int{code};
    }
  };
  has_words(false, 3, 15);
  has_words(false, 4, 0);
  has_words(false, 11, 1);
  has_words(false, 12, 2);
  has_words(true, 1, 6);
  has_words(true, 2, 0);
  has_words(true, 3, 1);
  has_words(true, 4, 2);
}

TEST(Icmp, Texts) {
  EXPECT_EQ(icmp_text(false, 3, 1), "host unreachable");
  EXPECT_EQ(icmp_text(false, 3, 4), "fragmentation needed");
  EXPECT_EQ(icmp_text(false, 3, 13), "administratively prohibited");
  EXPECT_EQ(icmp_text(false, 11, 0), "time exceeded in transit");
  EXPECT_EQ(icmp_text(false, 3, 99), "destination unreachable, code 99");
  EXPECT_EQ(icmp_text(false, 77, 2), "ICMP type 77, code 2");
  EXPECT_EQ(icmp_text(true, 1, 1), "administratively prohibited");
  EXPECT_EQ(icmp_text(true, 2, 0), "packet too big");
  EXPECT_EQ(icmp_text(true, 9, 0), "ICMPv6 type 9, code 0");
}

}  // namespace
}  // namespace handlens
