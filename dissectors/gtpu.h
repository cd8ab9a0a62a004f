// GTP-U version 1: IP packets of mobile phones between the nodes of a mobile network.
//
// On the wire (3GPP TS 29.281 §5.1): version 3 bits (1), protocol type 1, reserved 1, E 1, S 1, PN 1 · message type 1 ·
//   length 2 (behind these 8 bytes) · TEID 4 · [if E, S or PN: sequence 2 · N-PDU 1 · next extension 1] · extension
//   headers of length 1 (words) · content · next extension 1, until that is 0; then an IP packet.
// Recognise it by: UDP port 2152, version and type as above, message type 255 (G-PDU), a length that fits.
// We keep: one word; for the identity both outer addresses. We ignore: TEIDs (each direction has its own), sequence
//   numbers, QoS marks and whatever else extension headers say.
// Limits: kMaxGtpExtensions extension headers, then nesting_limit; one of length 0 is not TCP. Messages of the tunnel's
//   own (echo, error indication), and payloads that are not IP: not TCP.
// RFC sections: none; 3GPP TS 29.281 §5.1-5.2.
#pragma once

#include "dissectors/layer.h"

namespace handlens {

inline constexpr std::size_t kMaxGtpExtensions = 16;

NextLayer dissect_gtpu(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
