// ERSPAN: a switch's copies of Ethernet frames, sent over IP inside GRE.
//
// On the wire (draft-foschiano-erspan-03 §4): type I: the frame right behind GRE without a sequence number. Type II,
//   behind GRE protocol 0x88BE with a sequence number: version 4 bits (1), VLAN 12 · class 3, encapsulation 2,
//   truncated 1, session 10 · reserved 12, port index 20; then the frame. Type III, GRE protocol 0x22EB: version 4 bits
//   (2), VLAN 12 · class 3, quality 2, truncated 1, session 10 · timestamp 32 · security group 16 · P 1, frame type 5,
//   hardware 6, direction 1, granularity 2, O 1; [8 bytes for the platform, if O]; then the frame (type 0) or an IP
//   packet (type 2).
// Recognise it by: the two GRE protocols; the version picks between II and III. Type I is read in dissectors/gre.cc.
// We keep: one word. A mirror is no network of its own, so nothing of it enters a flow's identity.
// We ignore: the VLAN (a tag of the frame's own is still on it or was taken off at the port; either way the mirrored
//   network is named by the frame), session, timestamps, the truncation flag (lengths say the same).
// Limits: other versions and other frame types are not TCP. A mirror may cut its copies to a size: an IP packet inside
//   is used as far as it goes, and what its length says beyond that is missing as after a snap length.
// RFC sections: none; draft-foschiano-erspan-03 §4.1-4.3.
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_erspan(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
