// Ethernet: the frame that carries nearly every capture.
//
// On the wire (IEEE 802.3 §3.1): destination 6 · source 6 · type or length 2 · [VLAN tags] · payload · padding to 60.
//   A type of 0x0600 and more is an EtherType (Ethernet II). Up to 1500 it is the payload's length and an LLC header
//   follows: DSAP 1 · SSAP 1 · control 1; AA AA 03 announces SNAP: OUI 3 · EtherType 2 (RFC 1042). 06 06 03 is IP
//   itself. A VLAN tag (802.1Q §9) takes the place of the type: TPID 2 · priority 3 bits, DEI 1, VLAN id 12, then the
//   real type. TPIDs: 0x8100 (802.1Q), 0x88A8 (802.1ad, provider bridges), 0x9100 and 0x9200 (vendors' double tags
//   before 802.1ad).
// Recognise it by: LINKTYPE_ETHERNET (1).
// We keep: both addresses, the VLAN ids outermost first, one encapsulation word a tag (0x8100 "vlan", the others
// "qinq"). We ignore: priority and DEI (say nothing of a handshake); VLAN id 0, which marks a priority tag and names no
// VLAN
//   (802.1Q §9.6), so both directions of a flow keep one key; padding and frame check sequence, cut off by lengths.
// Limits: kMaxEncapsulations tags; more is nesting_limit.
// RFC sections: RFC 894, RFC 1042, RFC 2464 §3; IEEE 802.3 §3.1-3.2, IEEE 802.1Q §9.
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_ethernet(LayerInput& in, DissectedPacket& out);
// After a TPID: the tag's own two bytes and the type behind it.
NextLayer dissect_vlan_tag(LayerInput& in, DissectedPacket& out);
NextLayer dissect_service_tag(LayerInput& in, DissectedPacket& out);
// What a type field says: an EtherType, or the length of an LLC frame.
NextLayer follow_type(LayerInput& in, DissectedPacket& out, std::uint16_t type);
// An IEEE 802.2 LLC header, with SNAP or with IP behind it.
NextLayer dissect_llc(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
