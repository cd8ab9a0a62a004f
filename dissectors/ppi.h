// PPI: per-packet information in front of a frame of any link type, in practice 802.11.
//
// On the wire, low bytes first: version 1 = 0 · flags 1 · length 2 of all of it · link type 4 · fields · the frame
//   A field: type 2 · length 2 · value; bit 0 of the flags aligns fields to multiples of four bytes. Type 2 is
//   "802.11-Common": time 8 · flags 2 · ...: 1 the frame ends in its check sequence, 4 that was wrong, 8 a damaged
//   signal.
// Recognise it by: LINKTYPE_PPI (192).
// We keep: those flags, the encapsulation word.
// We ignore: other fields. A field that goes beyond the header ends the list.
// Limits: a frame that came in damaged is bad_fcs.
// See: https://www.tcpdump.org/linktypes/LINKTYPE_PPI.html and the PPI header format 1.0.7 it names
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_ppi(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
