// Linux "cooked" captures: what libpcap writes for the `any` device instead of the real link header.
//
// On the wire, SLL (16 bytes):  packet type 2 · ARPHRD 2 · address length 2 · address 8 · protocol 2
//              SLL2 (20 bytes): protocol 2 · reserved 2 · interface index 4 · ARPHRD 2 · packet type 1 ·
//                               address length 1 · address 8
//   The protocol is an EtherType, or below 0x0600 a number of Linux's own; 4 means an 802.2 LLC header follows.
//   A VLAN EtherType may stand there, with the tag behind the header. What the device's type (ARPHRD) says comes first:
//   770 Frame Relay, 801 802.11, 802 Prism, 803 radiotap: a whole frame of that link type stands behind the header.
// Recognise it by: LINKTYPE_LINUX_SLL (113), LINKTYPE_LINUX_SLL2 (276).
// We keep: the sender's address if it is an Ethernet address (the header has no other), the encapsulation.
// The packet type becomes LinkFacts::seen_as. We ignore: the interface index.
// Limits: none of its own. Netlink messages (ARPHRD 824) are no packets: not TCP.
// See: https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html and ..._SLL2.html
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_linux_sll(LayerInput& in, DissectedPacket& out);
NextLayer dissect_linux_sll2(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
