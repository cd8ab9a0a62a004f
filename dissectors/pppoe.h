// PPP over Ethernet: what an access line's modem speaks.
//
// On the wire: version 4 bits = 1 · type 4 bits = 1 · code 1 · session 2 · length 2 · PPP frame without address and
//   control · padding of the Ethernet frame
//   Code 0 is session data; other codes belong to the discovery stage, which has an EtherType of its own (8863).
// Recognise it by: EtherType 0x8864, LINKTYPE_PPP_ETHER (51).
// We keep: for the identity of the network the session and both stations' addresses, in any order (two subscribers may
//   use the same IP addresses, and each concentrator or modem numbers its own sessions); the session alone where the
//   link shows one station or none. The encapsulation word.
// We ignore: discovery: not TCP.
// Limits: another version or type is bad_link_header, and so is a length that goes beyond the frame.
// RFC sections: RFC 2516 §4, §6.
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_pppoe(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
