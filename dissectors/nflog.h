// NFLOG: packets that a Linux firewall rule handed to user space.
//
// On the wire: address family 1 · version 1 = 0 · group 2 · attributes
//   An attribute: length 2 with these four bytes · type 2 · value · padding to a multiple of four bytes; length and
//     type in the byte order of the capturing host.
//   Types: 1 packet header (EtherType 2 · hook 1 · padding 1), 8 hardware address (length 2 · padding 2 · address 8),
//     9 the packet from its IP header on.
//   Families: 2 is IPv4, 10 IPv6; for others (7 bridge, 5 netdev) the packet header names the EtherType.
// Recognise it by: LINKTYPE_NFLOG (239).
// We keep: the sender's address if it is an Ethernet address, the encapsulation word.
// We ignore: marks, prefixes, interfaces, times: the capture has its own.
// Limits: kMaxAttributes attributes; a longer list is bad_link_header. A message without a packet is not TCP. A rule
//   may copy only a part of each packet: what its IP length says beyond that is missing as after a snap length.
// See: https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html; Linux, uapi/linux/netfilter/nfnetlink_log.h
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_nflog(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
