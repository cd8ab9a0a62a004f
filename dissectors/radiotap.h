// Radiotap: what the radio says of an 802.11 frame, in front of it.
//
// On the wire, low bytes first: version 1 = 0 · padding 1 · length 2 of all of it · presence 4 ·
//   [more presence words] · fields · the 802.11 frame
//   Each bit of the presence words stands for a field; bit 31 says that another word follows. Fields come in the order
//   of the bits, each aligned to its size from the start of the header. The first two are the time (bit 0, 8 bytes) and
//   the flags (bit 1, 1 byte): 10 the frame ends in its check sequence, 20 its header is padded to a multiple of four
//   bytes, 40 the check sequence was wrong.
// Recognise it by: LINKTYPE_IEEE802_11_RADIOTAP (127).
// We keep: those flags, the encapsulation word.
// We ignore: everything else of the radio; a presence word that goes beyond the header means that there are no flags.
// Limits: a frame that came in damaged is bad_fcs: its bytes are nobody's.
// See: https://www.radiotap.org/, fields "TSFT" and "Flags"
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_radiotap(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
