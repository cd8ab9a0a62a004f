// CAPWAP data: frames between a wireless access point and its controller, over UDP.
//
// On the wire (RFC 5415 §4.1-4.3): preamble: version 4 bits (0), type 4 bits (0; 1 is DTLS) · header length 5 bits
//   (words, with the preamble), radio 5, binding 5 (1: 802.11), T 1, F 1, L 1, W 1, M 1, K 1, reserved 3 · fragment id
//   2 · fragment offset 13 bits, reserved 3 · [radio MAC, if M] · [wireless information, if W]; then an 802.3 frame, or
//   with T a frame of the binding's own.
// Recognise it by: UDP port 5247, the preamble and reserved bits as above, a header length that fits.
//   Some senders exchange the two bytes of 802.11's frame control: see dissectors/ieee80211.h.
// We keep: one word; for the identity both outer addresses. We ignore: radio, signal strength and the optional fields,
//   skipped by the header length.
// Limits: fragments (F) are not reassembled: tunnel_fragment. DTLS, keep-alives (K), bindings other than 802.11: not
// TCP. RFC sections: RFC 5415 §4.1-4.3, RFC 5416 §2.
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_capwap(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
