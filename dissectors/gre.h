// GRE: IP, Ethernet, MPLS or PPP in IP; also NVGRE, and the frame around ERSPAN and WCCP.
//
// On the wire (RFC 2784 §2, RFC 2890 §2): flags and version 2 · protocol 2 · [checksum 2 · offset 2, if C or R] ·
//   [key 4, if K] · [sequence 4, if S] · [routing, if R: entries of family 2 · offset 1 · length 1 · bytes; family 0
//   with length 0 ends them (RFC 1701)]. Flags: C 0x8000, R 0x4000, K 0x2000, S 0x1000; version in the last three bits.
//   Version 1 is PPTP's (RFC 2637 §4.1): flags 2 · 0x880B · payload length 2 · call id 2 · [sequence 4, if S] ·
//   [acknowledgment 4, if A 0x0080] · a PPP frame.
//   NVGRE (RFC 7637 §3.2): protocol 0x6558, K alone, the key being VSID 3 · flow id 1. Nothing in the header tells it
//   from any other Ethernet over GRE with a key: it is called so only if an address of the frame inside is one that the
//   hypervisor with NVGRE gives to its machines (00-15-5D); else it is GRE with a key.
//   WCCP (protocol 0x883E): version 2 puts a redirect header of 4 bytes before the IP packet; version 1 nothing.
// Recognise it by: IP protocol 47.
// We keep: for the identity of the network inside: NVGRE the VSID alone (each end may have several addresses, and the
// flow
//   id belongs to one direction); with a key, the key and both outer addresses; without, both outer addresses. ERSPAN
//   and WCCP: nothing, as what they carry was taken out of the network around. PPTP's call id as a label (each
//   direction has its own).
// We ignore: checksum, sequence numbers, routing entries (passed over).
// Limits: kMaxGreRoutes entries, then nesting_limit. Other versions, a version 1 that carries no data or no PPP,
// lengths
//   that do not fit: not TCP. VSIDs below 0x1000 are reserved, so such a key is a plain GRE key. Ethernet behind GRE
//   may be a mirror's copy: cut as in erspan.h.
// RFC sections: RFC 1701, RFC 2784 §2, RFC 2890 §2, RFC 2637 §4.1, RFC 7637 §3.2.
#pragma once

#include "dissectors/layer.h"

namespace handlens {

inline constexpr std::size_t kMaxGreRoutes = 16;

namespace gre_protocol {
inline constexpr std::uint16_t erspan = 0x88be, erspan_iii = 0x22eb, ethernet = 0x6558, ppp = 0x880b, wccp = 0x883e;
}

NextLayer dissect_gre(LayerInput& in, DissectedPacket& out);
// Behind GRE's header, by its protocol: Transparent Ethernet Bridging, PPP, WCCP.
NextLayer dissect_gre_ethernet(LayerInput& in, DissectedPacket& out);
NextLayer dissect_gre_ppp(LayerInput& in, DissectedPacket& out);
NextLayer dissect_gre_wccp(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
