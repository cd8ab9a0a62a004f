// What the tests of tunnels have in common: one packet to put inside, and what must come out again.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "dissectors/layer.h"
#include "tests/support/frame_bytes.h"
#include "tools/builder/tunnel_builder.h"

namespace handlens::testing_frames {

using Words = std::vector<std::string>;

// The segment inside every tunnel: its sequence number is its mark.
inline constexpr std::uint32_t kInnerSeq = 0x1a2b3c4d;
inline constexpr std::size_t kInnerPayload = 6;
inline Bytes inner_ipv4() {
  return ipv4(tcp({.seq = kInnerSeq}, text("inside")), {.source = 0x0a000001, .destination = 0x0a000002});
}
inline Bytes inner_ipv6() { return ipv6(tcp({.seq = kInnerSeq}, text("inside")), {.source_end = 8}); }
inline Bytes inner_frame(std::vector<builder::VlanTag> vlans = {}) {
  return builder::ethernet_frame(inner_ipv4(), {.source_mac = builder::from_hex("020000000011"),
                                                .destination_mac = builder::from_hex("020000000022"),
                                                .vlans = std::move(vlans)});
}

inline Words peeled(const DissectedPacket& out) {
  Words words;
  for (std::size_t i = 0; i < out.packet.link.encapsulation_count; ++i) {
    words.emplace_back(to_text(out.packet.link.encapsulations[i]));
  }
  return words;
}
inline Bytes identity(const DissectedPacket& out) {
  const ByteView bytes = out.packet.link.identity_bytes();
  return {bytes.begin(), bytes.end()};
}
// What one tunnel adds to the identity.
inline Bytes identity_of(Encapsulation layer, const Bytes& id) {
  return join({{static_cast<std::uint8_t>(layer)}, id});
}
// What a VLAN tag inside of a tunnel adds.
inline Bytes identity_of_tag(std::uint8_t id) { return identity_of(Encapsulation::vlan, {0, id}); }
// The ends the builder gives a tunnel if not told otherwise, as an identity has them.
inline Bytes usual_pair() { return builder::from_hex("04 cb007101 cb007102"); }

// An IP packet as a frame on the wire, dissected.
inline DissectedPacket on_wire(const Bytes& ip_packet) { return dissect(builder::ethernet_frame(ip_packet)); }

inline void expect_inner(const DissectedPacket& out, const Words& words, const std::string& source = "10.0.0.1") {
  ASSERT_EQ(out.kind, PacketKind::tcp) << to_text(out.reason);
  EXPECT_EQ(out.packet.tcp.seq, kInnerSeq);
  EXPECT_EQ(out.packet.payload_length, kInnerPayload);
  EXPECT_EQ(to_text(out.packet.ip.source), source);
  EXPECT_EQ(peeled(out), words);
}
inline void expect_not_tcp(const Bytes& ip_packet) { EXPECT_EQ(on_wire(ip_packet).kind, PacketKind::not_tcp); }

// One byte short at every length. By the snap length: never TCP before its header is whole, and what is missing is
// named. On the wire: `payload` of an outer IP packet of this protocol ends early, and nothing is made up; but a mirror
// may have cut what it copied, so there TCP is what has its header, with the length that IP states.
enum class Carries : std::uint8_t { its_own, what_a_mirror_cut };
inline void expect_every_cut(const Bytes& ip_packet, Carries carries = Carries::its_own) {
  const Bytes frame = builder::ethernet_frame(ip_packet);
  const std::size_t header_end = frame.size() - kInnerPayload;
  constexpr std::array kShort = {Undecodable::none, Undecodable::short_link_header, Undecodable::short_ip_header,
                                 Undecodable::short_tunnel_header, Undecodable::short_tcp_header};
  for (std::size_t captured = 0; captured <= frame.size(); ++captured) {
    const DissectedPacket out = dissect_cut(frame, captured);
    EXPECT_EQ(out.kind == PacketKind::tcp, captured >= header_end) << captured;
    EXPECT_NE(std::find(kShort.begin(), kShort.end(), out.reason), kShort.end()) << captured << to_text(out.reason);
  }
  const std::size_t outer = ip_packet[0] >> 4 == 6 ? 40 : 20;
  for (std::size_t size = outer; size < ip_packet.size(); ++size) {
    Bytes shorter(ip_packet.begin(), ip_packet.begin() + static_cast<std::ptrdiff_t>(size));
    const std::size_t stated = outer == 40 ? size - 40 : size;
    shorter[outer == 40 ? 4 : 2] = static_cast<std::uint8_t>(stated >> 8);
    shorter[outer == 40 ? 5 : 3] = static_cast<std::uint8_t>(stated);
    if (shorter[outer == 40 ? 6 : 9] == ip_protocol::udp && size >= outer + 8) {  // a datagram that ends there
      shorter[outer + 4] = static_cast<std::uint8_t>((size - outer) >> 8);
      shorter[outer + 5] = static_cast<std::uint8_t>(size - outer);
    }
    const DissectedPacket out = on_wire(shorter);
    const bool is_tcp = carries == Carries::what_a_mirror_cut && size + kInnerPayload >= ip_packet.size();
    EXPECT_EQ(out.kind == PacketKind::tcp, is_tcp) << size;
    if (is_tcp) {
      EXPECT_EQ(out.packet.payload_length, kInnerPayload) << size;
      EXPECT_EQ(out.packet.payload.size(), kInnerPayload - (ip_packet.size() - size)) << size;
    }
    EXPECT_NE(out.reason, Undecodable::short_tunnel_header) << size;
  }
}

}  // namespace handlens::testing_frames
