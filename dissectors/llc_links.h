// Links that are little more than addresses before an LLC header or an EtherType: ATM, token ring, FDDI, InfiniBand,
// netANALYZER.
//
// On the wire:
//   ATM          LLC header (AA AA 03) · OUI 3 · type 2: OUI 00-00-00 carries an EtherType, 00-80-C2 with type 0001 or
//                0007 two bytes of padding and an Ethernet frame; or FE FE 03 CF and a PPP frame
//   token ring   access control 1 · frame control 1 (01xxxxxx: LLC) · destination 6 · source 6 · [routing] · LLC
//                The first bit of the source says that routing information follows: its length is the low five bits of
//                its first byte.
//   FDDI         frame control 1 (x101xxxx: LLC) · destination 6 · source 6 · LLC
//   InfiniBand   global routing header 40 · EtherType 2 · reserved 2
//   netANALYZER  errors 1 · mode 1 (01: no frame but a digital input, 02: with preamble, 3C: version) · length 2 ·
//                Ethernet frame with its check sequence
// Recognise it by: LINKTYPE_ATM_RFC1483 (100), LINKTYPE_IEEE802_5 (6), LINKTYPE_FDDI (10), LINKTYPE_IPOIB (242),
//   LINKTYPE_NETANALYZER (240).
// We keep: the addresses (InfiniBand has none that we know), the encapsulation word.
// We ignore: frames that carry no LLC: not TCP.
// Limits: routing information of less than two bytes is bad_link_header, and so is a frame with preamble. A damaged
//   frame (netANALYZER's error bits for signal, alignment and check sequence: 07) is bad_fcs.
// RFC sections: RFC 2684 §5; RFC 2364 §4; RFC 1042; RFC 1390; RFC 4391 §6; https://www.tcpdump.org/linktypes.html
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_atm_llc(LayerInput& in, DissectedPacket& out);
NextLayer dissect_token_ring(LayerInput& in, DissectedPacket& out);
NextLayer dissect_fddi(LayerInput& in, DissectedPacket& out);
NextLayer dissect_ipoib(LayerInput& in, DissectedPacket& out);
NextLayer dissect_netanalyzer(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
