// The radio headers before radiotap: Prism and AVS.
//
// On the wire: Prism  message code 4 (44 or 41) · length 4 of all of it · device 16 · items, then the 802.11 frame;
//                     in the byte order of the capturing host
//              AVS    version 4 (80211001 or 80211002) · length 4 of all of it · items, then the 802.11 frame;
//                     high bytes first
//   Some drivers write AVS headers in captures of link type Prism; the first four bytes tell.
// Recognise it by: LINKTYPE_IEEE802_11_PRISM (119), LINKTYPE_IEEE802_11_AVS (163).
// We keep: the encapsulation word.
// We ignore: what the radio says.
// Limits: another code or version is bad_link_header.
// See: https://www.tcpdump.org/linktypes/LINKTYPE_IEEE802_11_PRISM.html and ..._AVS.html
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_prism(LayerInput& in, DissectedPacket& out);
NextLayer dissect_avs(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
