// UDP, as the carrier of tunnels.
//
// On the wire (RFC 768): source port 2 · destination port 2 · length 2 (with this header) · checksum 2 · payload.
// Recognise it by: IP protocol 17.
// We keep: the ports, as a hint which tunnel it may be; the tunnel's own bytes decide.
// We ignore: the checksum (often zero for tunnels, RFC 6935); every payload that is no tunnel: not TCP.
// Limits: a length of 0 means a jumbogram or segmentation offload: everything there is counts. A length that does not
// fit
//   is not TCP: whatever it is, it is no tunnel we could follow.
// RFC sections: RFC 768, RFC 2675 §4.
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_udp(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
