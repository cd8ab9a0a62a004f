// VXLAN, its group policy extension, and VXLAN-GPE: Ethernet (or IP, MPLS) over UDP.
//
// On the wire (RFC 7348 §5): flags 1 · reserved 3 · VNI 3 · reserved 1; then an Ethernet frame. Flags: 0x08 the VNI is
//   valid. Group policy (draft-smith-vxlan-group-policy): 0x80 as well, then flags 1 (0x40, 0x08) · group 2.
//   VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe §3): flags 1 (version 0x30, VNI valid 0x08, next protocol 0x04, BUM 0x02, OAM
//   0x01) · reserved 2 · next protocol 1 · VNI 3 · reserved 1; next protocol 1 IPv4, 2 IPv6, 3 Ethernet, 5 MPLS.
// Recognise it by: UDP port 4789 (8472 before it had one; 4790 for VXLAN-GPE), flags as above and every reserved bit
//   zero. Receivers ignore reserved bits: with some of them set the VNI must be valid and an Ethernet header must
//   follow. On other ports no reserved bit may be set, and an Ethernet header with IP behind it must follow.
// We keep: the VNI, which names the network. Not the outer addresses: the directions of one connection may run between
//   different endpoints. We ignore: the policy group.
// Limits: an invalid VNI, a version of VXLAN-GPE, a set reserved bit in it, or control traffic (OAM): not TCP. Mirrors
//   use VXLAN to send their copies, and may cut them to a size: as in erspan.h.
// RFC sections: RFC 7348 §5.
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_vxlan(LayerInput& in, DissectedPacket& out);
NextLayer dissect_vxlan_gpe(LayerInput& in, DissectedPacket& out);
// A VXLAN header with a frame of IP behind it: enough to believe it on any port.
[[nodiscard]] bool looks_like_vxlan(const LayerInput& in);

}  // namespace handlens
