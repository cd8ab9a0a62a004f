// Frame Relay, with the encapsulation of RFC 2427 or Cisco's.
//
// On the wire: Q.922 address 2 to 4 · control 1 = 03 · [padding 1 = 00] · NLPID 1 · payload
//   The lowest bit of an address byte says that it is the last one. The identifier of the circuit (DLCI) is the upper
//   six bits of the first byte and the upper four of the second; a third has seven more bits of it, a fourth six.
//   NLPID: CC IPv4, 8E IPv6, 80 SNAP: OUI 3 · type 2. OUI 00-00-00 carries an EtherType; 00-80-C2 a bridged Ethernet
//   frame (type 0001 with its check sequence, 0007 without). Cisco's encapsulation has an EtherType behind the address;
//   it is told by its first byte, which is not 03.
// Recognise it by: LINKTYPE_FRELAY (107).
// We keep: the DLCI as the network's identity, the encapsulation word.
// We ignore: congestion bits; management (LMI), other NLPIDs: not TCP.
// Limits: an address of one byte, or of more than four, is bad_link_header.
// RFC sections: RFC 2427 §3-4; ITU-T Q.922 §3.3.
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_frame_relay(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
