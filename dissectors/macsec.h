// MACsec: Ethernet frames that are authenticated, and mostly encrypted, from hop to hop.
//
// On the wire: control 1 · short length 1 · packet number 4 · [SCI 8] · type 2 and payload · check value 16
//   Control: version 80 (must be 0), ES 40, SC 20 (the SCI is there), SCB 10, E 08 (encrypted), C 04 (changed),
//   association 2 bits. With E and C both clear type and payload are as they were. A short length other than 0 is that
//   of type and payload, when they have less than 48 bytes.
// Recognise it by: EtherType 0x88E5.
// We keep: the encapsulation word.
// We ignore: packet number, SCI, check value: nothing here is verified.
// Limits: what is encrypted or changed is macsec_encrypted. The check value is taken to have 16 bytes, as in all cipher
//   suites of the standard.
// See: IEEE 802.1AE §9.3-9.7
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_macsec(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
