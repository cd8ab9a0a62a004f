// IPv6 and its extension headers.
//
// On the wire (RFC 8200 §3): version 4 bits, traffic class 8, flow label 20 · payload length 2 · next header 1 · hop
// limit
//   1 · source 16 · destination 16; then a chain of extension headers, each naming the next:
//   hop-by-hop 0, routing 43, destination options 60: next 1 · length 1 (units of 8 bytes, minus 1) · ...
//   fragment 44: next 1 · reserved 1 · offset 13 bits, reserved 2, more 1 · id 4
//   authentication 51: next 1 · length 1 (units of 4 bytes, minus 2) · ...
// Recognise it by: EtherType 0x86DD, version nibble 6.
//   Routing: next 1 · length 1 · type 1 · segments left 1 · ...; type 0 and type 2 (mobile IPv6): reserved 4 ·
//     addresses of 16, the last of them the destination; type 4 (segment routing): last entry 1 · flags 1 · tag 2 ·
//     addresses of 16 in reverse, the first of them the destination.
//   Home address option (mobile IPv6), in destination options: C9 · 10 · address 16.
// We keep: addresses, hop limit, the protocol at the end of the chain, the id of a fragment header. As the destination
//   the final one, as long as segments are left (transport is addressed to it: RFC 8200 §8.1), and as the source the
//   home address (RFC 6275 §6.3): so both directions name the same ends.
// We ignore: flow label and class; what other options say, and routing headers of other types.
// Limits: kMaxExtensionHeaders, then extension_header_limit. A payload length beyond the frame on the wire is
//   bad_ip_length, unless a mirror may have cut the frame (LayerInput::mirrored). A payload length of 0 is a jumbogram
//   (RFC 2675) or segmentation offload: the frame's length counts. A fragment header with offset 0 and no more
//   fragments is a whole datagram (RFC 6946) and no fragment. ESP ends the chain: what follows is encrypted. A routing
//   header whose addresses do not fill what its length says names no destination: the IPv6 header's stands.
// RFC sections: RFC 8200 §3-4, §8.1, RFC 4302 §2, RFC 2675, RFC 5095 (type 0), RFC 6275 §6.3-6.4, RFC 6946, RFC 8754
// §2.
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_ipv6(LayerInput& in, DissectedPacket& out);

inline constexpr std::size_t kIpv6HeaderLength = 40;  // without extensions
inline constexpr std::size_t kMaxExtensionHeaders = 16;

// What stands at the end of a chain of extension headers.
struct Ipv6Chain {
  Undecodable problem = Undecodable::none;
  std::uint8_t next = 0;             // the first number that is no extension header, or ip_protocol::fragment
  std::size_t next_at = 0;           // where that number stands: in the IPv6 header or the last extension header
  std::size_t end = 0;               // where its header starts
  std::uint8_t authentications = 0;  // authentication headers passed over
  // Where the address of the final destination, and the home address of the source, stand; 0: there is none.
  std::size_t destination_at = 0, source_at = 0;
};
// Follows the chain of a datagram up to, and not into, the next fragment header or upper layer. `bytes` is the datagram
// from its IPv6 header on and REQUIRES kIpv6HeaderLength of it; `start` is a chain to go on from, as returned before.
[[nodiscard]] Ipv6Chain follow_ipv6_chain(ByteView bytes, std::uint32_t wire_length, Ipv6Chain start, int& budget);
[[nodiscard]] inline Ipv6Chain ipv6_chain_start(ByteView bytes) {
  return {.next = bytes[6], .next_at = 6, .end = kIpv6HeaderLength};
}

// Puts the ends that the chain names in the place of the header's. REQUIRES: `bytes` is what the chain was read of.
void take_final_addresses(ByteView bytes, const Ipv6Chain& chain, IpFacts& facts);

// The facts of a header. REQUIRES: kIpv6HeaderLength bytes exist.
void read_ipv6_facts(const std::uint8_t* p, IpFacts& facts);

// The fragment header (RFC 8200 §4.5).
struct Ipv6Fragment {
  static constexpr std::size_t kLength = 8;
  std::uint8_t next = 0;
  std::uint32_t offset = 0;
  bool more = false;
  std::uint32_t id = 0;
};
// REQUIRES: Ipv6Fragment::kLength bytes exist.
[[nodiscard]] Ipv6Fragment read_ipv6_fragment(const std::uint8_t* p);

}  // namespace handlens
