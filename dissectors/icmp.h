// ICMP and ICMPv6 errors that quote a TCP packet: who told the client that the server cannot be reached.
//
// On the wire (RFC 792, RFC 4443 §2.1): type 1 · code 1 · checksum 2 · four bytes by type · the offending packet from
// its
//   IP header on, at least 8 bytes of it past the IP header. Type 3 code 4 (RFC 1191 §4): the MTU in the last two of
//   the four; ICMPv6 type 2: in all four.
// Recognise it by: IP protocol 1 over IPv4, next header 58 over IPv6.
// We keep: type, code, MTU; from the quote the addresses, ports and sequence number: enough to find its flow.
// We ignore: everything else ICMP says (echo, redirects, neighbour discovery): not TCP. Extensions behind the quote
//   (RFC 4884). Lengths and checksums of the quote: routers change and cut it, in places in their own byte order.
// Limits: a quote is never taken for a packet of its own and never followed into another quote. A quote of something
//   else than TCP, or of a later fragment, or with an IP header that is not whole: not TCP. TCP cut before its
//   sequence number: short_tcp_header.
// RFC sections: RFC 792, RFC 1122 §3.2.2.1, RFC 1191 §4, RFC 1812 §5.2.7.1, RFC 4443 §3.
#pragma once

#include <string>

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_icmp(LayerInput& in, DissectedPacket& out);
NextLayer dissect_icmpv6(LayerInput& in, DissectedPacket& out);

// What an error says, in a few lower-case words: "host unreachable", "fragmentation needed"; unknown codes by number.
[[nodiscard]] std::string icmp_text(bool v6, std::uint8_t type, std::uint8_t code);

}  // namespace handlens
