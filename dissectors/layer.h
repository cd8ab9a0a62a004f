// How the layers below TCP hand a frame to each other.
//
// A layer function reads its own header, advances the input past it and names what follows: a table (EtherTypes, IP
// protocols, ...) and a number in it. packet.cc owns the tables and the loop, so a new layer is one function and one
// row, and no layer calls another: nesting costs turns of a bounded loop, never stack.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dissectors/packet.h"

namespace handlens {

// What is left of the frame: the captured bytes, and how long that part was on the wire (never less).
struct LayerInput {
  ByteView bytes;
  std::uint32_t wire_length = 0;
  // The bytes are what an ICMP error quotes: they name a flow and are no packet. dissectors/icmp.h
  bool quoted = false;
  // A copy that may have been cut before it was sent on (a mirror, a tunnel that mirrors use): an IP length beyond what
  // is here says how much is missing, as after a snap length, and is no lie.
  bool mirrored = false;
  std::uint16_t udp_source_port = 0;  // with NextTable::udp_port, whose number is the destination's

  // REQUIRES: n <= bytes.size()
  void advance(std::size_t n) {
    bytes = bytes.subspan(n);
    wire_length -= static_cast<std::uint32_t>(n);
  }
  // Cuts off what lies behind `length` bytes: padding and trailers.
  void trim(std::uint32_t length) {
    if (length >= wire_length) return;
    wire_length = length;
    if (bytes.size() > length) bytes = bytes.first(length);
  }
  // The length of what starts here, as its own header has it: cuts off what lies behind. False: there is less than
  // that, and no mirror to have cut it.
  [[nodiscard]] bool set_length(std::uint32_t length) {
    if (length > wire_length) {
      if (!mirrored) return false;
      wire_length = length;
    }
    trim(length);
    return true;
  }
  [[nodiscard]] bool is_cut() const { return bytes.size() < wire_length; }
};

// link_type: a whole frame of that link type stands inside. gre_protocol: EtherTypes, and what only GRE has.
enum class NextTable : std::uint8_t { none, ether_type, ip_protocol, ppp, link_type, udp_port, gre_protocol };

// What follows a layer; NextTable::none: the verdict stands in the DissectedPacket. Four bytes, so that it travels in a
// register and nothing waits for it.
struct NextLayer {
  NextTable table = NextTable::none;
  std::uint16_t number = 0;
};
static_assert(sizeof(NextLayer) == 4);

using LayerFunction = NextLayer (*)(LayerInput& in, DissectedPacket& out);

namespace ether_type {
inline constexpr std::uint16_t ipv4 = 0x0800, ipv6 = 0x86dd, vlan = 0x8100, service_vlan = 0x88a8,
                               old_qinq_9100 = 0x9100, old_qinq_9200 = 0x9200, arp = 0x0806, mpls = 0x8847,
                               mpls_upstream = 0x8848, pppoe_session = 0x8864, backbone_service = 0x88e7,
                               vntag = 0x8926, etag = 0x893f, cisco_metadata = 0x8909, macsec = 0x88e5, hsr = 0x892f;
// Smaller values of the field are an 802.3 length (up to 1500) or undefined (IEEE 802.3 §3.2.6).
inline constexpr std::uint16_t first = 0x0600, longest_length = 1500;
}  // namespace ether_type

namespace ip_protocol {
inline constexpr std::uint8_t hop_by_hop = 0, icmp = 1, ipv4 = 4, tcp = 6, udp = 17, ipv6 = 41, routing = 43,
                              fragment = 44, gre = 47, authentication = 51, icmpv6 = 58, destination_options = 60,
                              l2tpv3 = 115, mpls = 137;
}

// https://www.iana.org/assignments/ppp-numbers
namespace ppp_protocol {
inline constexpr std::uint16_t ipv4 = 0x0021, compressed_tcp = 0x002d, uncompressed_tcp = 0x002f, multilink = 0x003d,
                               encrypted_link = 0x0055, encrypted = 0x0053, ipv6 = 0x0057, compressed_link = 0x00fb,
                               compressed = 0x00fd, mpls = 0x0281, mpls_upstream = 0x0283;
}

// True if the IP protocol table has a row for it: a fragment of anything else need not be kept.
[[nodiscard]] bool is_known_ip_protocol(std::uint8_t protocol);
// True if the EtherType table has a row for it.
[[nodiscard]] bool is_known_ether_type(std::uint16_t type);

inline NextLayer finish(DissectedPacket& out, PacketKind kind) {
  out.kind = kind;
  return {};
}
inline NextLayer give_up(DissectedPacket& out, Undecodable reason) {
  out.kind = PacketKind::undecodable;
  out.reason = reason;
  return {};
}

// Names a layer in `flow.encapsulation`; false, with the verdict written, when the frame has too many of them.
[[nodiscard]] inline bool enter_layer(DissectedPacket& out, Encapsulation layer) {
  LinkFacts& link = out.packet.link;
  if (link.encapsulation_count >= kMaxEncapsulations) {
    give_up(out, Undecodable::nesting_limit);
    return false;
  }
  link.add_encapsulation(layer);
  return true;
}

}  // namespace handlens
