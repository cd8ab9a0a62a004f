// 802.11 data frames, as a monitor interface sees them on the air.
//
// On the wire: frame control 2 (low byte first) · duration 2 · address 1 6 · address 2 6 · address 3 6 ·
//   sequence control 2 · [address 4 6] · [QoS control 2] · [HT control 4] · body · [frame check sequence 4]
//   Frame control, low byte: version 2 bits, type 2 (2 is data), subtype 4 (bit 2: no data, bit 3: QoS). High byte:
//     ToDS 1, FromDS 2, more fragments 4, retry 8, protected 40, order 80. Address 4 is there when ToDS and FromDS are
//     both set, HT control when order is set in a QoS frame.
//   Sequence control: fragment number in the lowest 4 bits.
//   QoS control: 80 in its first byte says that the body is an A-MSDU; else it is an LLC header with SNAP (RFC 1042 or
//     bridge-tunnel OUI) and what that carries.
//     In a mesh network 01 in its second byte says that mesh control stands before the LLC header: flags 1 (how many
//     more addresses: 0; 1: the source; 2: destination and source) · TTL 1 · sequence 4 · [addresses 6 each].
//   A-MSDU: subframes of destination 6 · source 6 · length 2 · LLC and payload · padding to a multiple of four bytes,
//     each a packet of its own.
//   Destination and source by ToDS, FromDS: 00 addresses 1 and 2; 01: 1, 3; 10: 3, 2; 11: 3, 4.
// Recognise it by: LINKTYPE_IEEE802_11 (105), or behind a radio header (radiotap.h, prism.h, ppi.h).
// We keep: source and destination, the encapsulation word.
// We ignore: management and control frames, data frames without data: not TCP. Retries: a second copy of a segment is
//   what TCP makes of it. The check sequence: cut off by the IP length, or by a radio header that tells of it.
// Limits: protected frames are wlan_encrypted, fragments wlan_fragment: neither is guessed at. Of an A-MSDU
//   kMaxFramePackets subframes are read. Outside of a mesh the mesh bit is one of a duration or a queue's length, so
//   mesh control is believed only in frames with FromDS whose LLC header stands behind it; that of A-MSDU subframes is
//   not looked for: not TCP.
// See: IEEE 802.11-2020 §9.2-9.3.2, §9.2.4.8 (mesh control); RFC 1042.
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_ieee80211(LayerInput& in, DissectedPacket& out);
// `padded`: the radio header says that the 802.11 header is filled up to a multiple of four bytes.
NextLayer dissect_wlan_frame(LayerInput& in, DissectedPacket& out, bool padded);
// Some senders exchange the two bytes of frame control. True if those of this data frame are: between a station and an
// access point ToDS or FromDS is set, which in the place of the version makes one that does not exist.
[[nodiscard]] bool is_frame_control_exchanged(const LayerInput& in);
// A frame of those. REQUIRES: 2 bytes exist.
NextLayer dissect_wlan_exchanged(LayerInput& in, DissectedPacket& out);
// The next subframe of an A-MSDU; where the one behind it stands goes to `out.rest`.
NextLayer dissect_amsdu_subframe(LayerInput& in, DissectedPacket& out);
// Cuts off the frame check sequence.
void trim_wlan_fcs(LayerInput& in);

}  // namespace handlens
