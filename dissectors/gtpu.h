// GTP-U version 1: IP packets, or Ethernet frames, of mobile phones between the nodes of a mobile network.
//
// On the wire (3GPP TS 29.281 §5.1): version 3 bits (1), protocol type 1, reserved 1, E 1, S 1, PN 1 · message type 1 ·
//   length 2 (behind these 8 bytes) · TEID 4 · [if E, S or PN: sequence 2 · N-PDU 1 · next extension 1] · extension
//   headers of length 1 (words) · content · next extension 1, until that is 0; then an IP packet, or in a session of
//   the Ethernet type (3GPP TS 23.501 §5.6.10.2) a frame without preamble and check sequence.
// Recognise it by: UDP port 2152, version and type as above, message type 255 (G-PDU), a length that fits.
//   Nothing names what is inside: IP by its first four bits if the header's length fits; else a frame if it looks like
//   one (where it begins like IP, only if a whole IP header stands in it).
// We keep: one word; for the identity both outer addresses; the TEID as a label (each direction has its own). We
//   ignore: sequence numbers, QoS marks and whatever else extension headers say.
// Limits: kMaxGtpExtensions extension headers, then nesting_limit; one of length 0 is not TCP. Messages of the tunnel's
//   own (echo, error indication), and payloads that are neither: not TCP.
// RFC sections: none; 3GPP TS 29.281 §5.1-5.2.
#pragma once

#include "dissectors/layer.h"

namespace handlens {

inline constexpr std::size_t kMaxGtpExtensions = 16;

NextLayer dissect_gtpu(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
