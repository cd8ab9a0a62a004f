// Geneve: Ethernet or IP over UDP, with options.
//
// On the wire (RFC 8926 §3.4): version 2 bits, options length 6 (words) · O 1, C 1, reserved 6 · protocol 2 (an
// EtherType;
//   0x6558 is Ethernet) · VNI 3 · reserved 1 · options of class 2 · type 1 · reserved 3 bits, length 5 (words) · bytes.
// Recognise it by: UDP port 6081, version 0, options that fill their length exactly. Receivers ignore reserved bits: if
//   one is set, what follows must look like what the protocol names.
// We keep: the VNI, which names the network; not the outer addresses, as with VXLAN. We ignore: what the options say.
// Limits: control packets (O) and everything that contradicts the above: not TCP. At most 252 bytes of options, by the
//   format. Ethernet inside may be a mirror's copy: cut as in erspan.h.
// RFC sections: RFC 8926 §3.4-3.5.
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_geneve(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
