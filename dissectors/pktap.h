// PKTAP: what macOS puts in front of frames when it captures on several interfaces at once.
//
// On the wire, in the byte order of the capturing host: length 4 of all of it · kind 4 (0: no packet) · link type 4 ·
//   interface name 24 · flags 4 · family 4 · ... process names and numbers, then the frame
// Recognise it by: LINKTYPE_PKTAP (258).
// We keep: the encapsulation word; the frame is read by the link type named inside.
// We ignore: interface and process.
// Limits: a header shorter than its own fields (108 bytes), or longer than the frame, is bad_link_header.
// See: https://www.tcpdump.org/linktypes/LINKTYPE_PKTAP.html
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_pktap(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
