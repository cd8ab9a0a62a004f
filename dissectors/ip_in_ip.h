// IP in IP, without a header between: IPv4 in IPv4, 6in4 with 6to4 and ISATAP, IPv4 and IPv6 in IPv6.
//
// On the wire (RFC 2003 §3, RFC 4213 §3, RFC 2473 §3): the inner packet right behind the outer header.
// Recognise it by: IP protocol 4 (IPv4 inside) or 41 (IPv6 inside).
// We keep: a word for the pair of versions. For the identity: both outer addresses. 6to4 (RFC 3056; an inner address in
//   2002::/16) has none: its inner addresses are made of public IPv4 addresses, and each direction may take another
//   relay.
// We ignore: everything else of the outer header.
// Limits: none of its own; nesting is bounded by kMaxEncapsulations.
// RFC sections: RFC 2003 §3, RFC 2473 §3, RFC 3056 §2, RFC 4213 §3, RFC 5214 §6.
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_ipv4_in_ip(LayerInput& in, DissectedPacket& out);
NextLayer dissect_ipv6_in_ip(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
