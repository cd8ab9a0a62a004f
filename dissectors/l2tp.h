// L2TP version 2 (PPP over UDP) and version 3 (Ethernet or IP over UDP or right over IP).
//
// On the wire: version 2 (RFC 2661 §3.1): flags and version 2 · [length 2, if L] · tunnel 2 · session 2 · [Ns 2 · Nr 2,
// if
//   S] · [offset 2 and so many bytes, if O] · a PPP frame. Flags: T 0x8000 (control), L 0x4000, S 0x0800, O 0x0200,
//   P 0x0100; version in the last four bits. Version 3 over IP (RFC 3931 §4.1.1): session 4 (0: control) · [cookie 4 or
//   8] · [sublayer 4] · frame. Over UDP (§4.1.2) four bytes stand before the session: flags and version 2 · reserved 2.
// Recognise it by: UDP port 1701 with no reserved bit set; IP protocol 115. What stands before the frame of version 3
// was
//   agreed when the session was set up: we look for an Ethernet header with 0, 4, 8 or 12 bytes before it, then for IP.
// We keep: one word; for the identity both outer addresses; tunnel and session ids as a label (each direction has its
//   own). We ignore: sequence numbers, the cookie.
// Limits: control messages, and lengths that do not fit: not TCP.
// RFC sections: RFC 2661 §3.1, RFC 3931 §4.1, §4.6, RFC 4719.
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_l2tp_over_udp(LayerInput& in, DissectedPacket& out);
NextLayer dissect_l2tp_over_ip(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
