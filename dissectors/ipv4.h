// IPv4.
//
// On the wire (RFC 791 §3.1): version 4 bits, header length 4 bits (words) · TOS 1 · total length 2 · id 2 · flags 3
// bits,
//   fragment offset 13 bits (units of 8 bytes) · TTL 1 · protocol 1 · checksum 2 · source 4 · destination 4 · options.
// Recognise it by: EtherType 0x0800, version nibble 4.
//   Source route, an option: 83 (loose) or 89 (strict) · length 1 · pointer 1 · addresses of 4, the last of them the
//   destination as long as the pointer is not beyond the length.
// We keep: addresses, TTL, TOS, protocol, id, don't-fragment; a fragment's place. As the destination the final one of a
//   source route that is not used up: who talks to whom does not change on the way. Behind the header: what the total
//   length says, so Ethernet padding and trailers are gone.
// We ignore: the checksum (computed by the network card after the capture point, hence wrong on the sending host);
//   other options, skipped by the header length.
// Limits: a total length of 0 means segmentation offload: the frame's length counts. A total length beyond the frame on
//   the wire is bad_ip_length, unless a mirror may have cut the frame (LayerInput::mirrored); beyond the captured bytes
//   it is merely the snap length. Fragments of protocols we could
//   not read anyway are not TCP. A fragment that would end past 65,535 is bad_ip_length. A source route that is
//   not a whole number of addresses names no destination.
// RFC sections: RFC 791 §3.1-3.2, RFC 6864 (id), RFC 4302 §2 (authentication header).
#pragma once
#include <cstdint>
#include <cstring>

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_ipv4(LayerInput& in, DissectedPacket& out);
// An authentication header behind IPv4 (in IPv6 it is one of the extension headers).
NextLayer dissect_authentication(LayerInput& in, DissectedPacket& out);

inline constexpr std::size_t kIpv4HeaderLength = 20;  // without options
inline constexpr std::uint32_t kLongestDatagram = 65535;

// REQUIRES: 4 bytes exist.
inline void read_ipv4_address(const std::uint8_t* p, IpAddress& address) {
  // Two stores of eight bytes, as it is loaded: other pieces cost a store-forwarding stall per address.
  std::uint64_t first = 0;
  constexpr std::uint64_t kRest = 0;
  std::memcpy(&first, p, 4);
  std::memcpy(address.bytes.data(), &first, sizeof(first));
  std::memcpy(address.bytes.data() + sizeof(first), &kRest, sizeof(kRest));
  address.v6 = false;
}
// The facts of a header. REQUIRES: kIpv4HeaderLength bytes exist.
inline void read_ipv4_facts(const std::uint8_t* p, IpFacts& facts) {
  read_ipv4_address(p + 12, facts.source);
  read_ipv4_address(p + 16, facts.destination);
  facts.ttl = p[8];
  facts.protocol = p[9];
  facts.tos = p[1];
  facts.has_id = true;
  facts.dont_fragment = (p[6] & 0x40) != 0;
  facts.id = read_u16(p + 4);
}

// Puts the final destination of a source route in the place of the header's. `header`: with its options.
void take_final_destination(ByteView header, IpFacts& facts);

}  // namespace handlens
