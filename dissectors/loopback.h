// Link types without a link: BSD loopback and raw IP.
//
// On the wire: NULL  address family 4, in the byte order of the capturing host, then IP
//              LOOP  the same in network byte order (OpenBSD)
//              RAW, IPV4, IPV6  nothing: the IP header comes first
//   Families: 2 is IPv4 everywhere; IPv6 is 24 (NetBSD, OpenBSD), 28 (FreeBSD), 30 (macOS) or 10 (Linux).
// Recognise it by: LINKTYPE_NULL (0), LINKTYPE_LOOP (108), LINKTYPE_RAW (101; DLT values 12 and 14 are met in files
// too),
//   LINKTYPE_IPV4 (228), LINKTYPE_IPV6 (229).
// We keep: the encapsulation word.
// We ignore: other families: not TCP.
// Limits: a family with bits in both halves is no family: bad_link_header.
// See: https://www.tcpdump.org/linktypes.html
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_null_loopback(LayerInput& in, DissectedPacket& out);
NextLayer dissect_loop(LayerInput& in, DissectedPacket& out);
// IPv4 or IPv6, as the version nibble says.
NextLayer dissect_raw(LayerInput& in, DissectedPacket& out);
NextLayer dissect_raw_ipv4(LayerInput& in, DissectedPacket& out);
NextLayer dissect_raw_ipv6(LayerInput& in, DissectedPacket& out);
// As dissect_raw, without naming an encapsulation.
NextLayer dissect_ip_version(const LayerInput& in, DissectedPacket& out);

}  // namespace handlens
