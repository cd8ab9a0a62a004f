// Tags that stand between an Ethernet header and the real type, besides VLANs: provider backbone, VN-Tag,
// E-TAG, Cisco metadata, HSR.
//
// On the wire, behind the tag's own EtherType:
//   802.1ah  priority and flags 1 · service (I-SID) 3 · the customer's whole Ethernet frame
//   VN-Tag   direction, pointer and destination interface 2 · looped, version and source interface 2 · type 2
//   E-TAG    priority 3 bits, DEI 1, ingress port (E-CID) 12 · reserved 2, group 2, E-CID 12 · ingress E-CID, more 8 ·
//            E-CID, more 8 · type 2
//   CMD      version 1 = 1 · length 1 = 1 · option 2 · security group (SGT) 2 · type 2
//   HSR      path 4 bits, size 12 bits · sequence number 2 · type 2
// Recognise it by: EtherTypes 0x88E7 (802.1ah), 0x8926 (VN-Tag), 0x893F (E-TAG), 0x8909 (Cisco metadata), 0x892F (HSR).
// We keep: the I-SID as the network's identity, the customer's addresses (in place of the backbone's), the
//   encapsulation words.
// We ignore: interfaces and paths, which differ between the two directions of a flow. The security group: it says
//   nothing of a handshake. The second copy of a frame that HSR and PRP send: a duplicate. PRP's trailer: cut off by
//   the IP length.
// Limits: Cisco metadata of another version or length is bad_link_header.
// See: IEEE 802.1Q §9.7; IEEE 802.1BR §7.4-7.5 and Cisco's VN-Tag before it; IEC 62439-3 §5.7
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_backbone_service_tag(LayerInput& in, DissectedPacket& out);
NextLayer dissect_vntag(LayerInput& in, DissectedPacket& out);
NextLayer dissect_etag(LayerInput& in, DissectedPacket& out);
NextLayer dissect_cisco_metadata(LayerInput& in, DissectedPacket& out);
NextLayer dissect_hsr_tag(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
