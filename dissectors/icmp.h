// ICMP and ICMPv6 errors that quote a TCP packet: who told the client that the server cannot be reached.
//
// On the wire (RFC 792, RFC 4443 §2.1): type 1 · code 1 · checksum 2 · four bytes by type · the offending packet from
// its
//   IP header on, at least 8 bytes of it past the IP header. Type 3 code 4 (RFC 1191 §4): the MTU in the last two of
//   the four; ICMPv6 type 2: in all four.
// Recognise it by: IP protocol 1 over IPv4, next header 58 over IPv6.
// We keep: type, code, MTU; from the quote the addresses, ports and sequence number: enough to find its flow.
//   A quoted tunnel packet is followed to the TCP inside, as far as the quote goes: what identifies the tunnel is added
//   to what identifies the network the error itself was seen in, as it is for the flow's own packets.
// We ignore: everything else ICMP says (echo, redirects, neighbour discovery): not TCP. Extensions behind the quote
//   (RFC 4884). Lengths and checksums of the quote: routers change and cut it, in places in their own byte order.
// Limits: a quote is never taken for a packet of its own and never followed into another quote. A quote of something
//   else than TCP, or of a later fragment, or with an IP header that is not whole, or of a tunnel whose TCP header is
//   not in it: not TCP. TCP right behind the quoted IP header, cut before its sequence number: short_tcp_header.
// RFC sections: RFC 792, RFC 1122 §3.2.2.1, RFC 1191 §4, RFC 1812 §5.2.7.1, RFC 4443 §3.
#pragma once

#include <string>

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_icmp(LayerInput& in, DissectedPacket& out);
NextLayer dissect_icmpv6(LayerInput& in, DissectedPacket& out);

// For the loop of packet.cc, once LayerInput::quoted is set. While a quoted tunnel is followed, `packet.ip` speaks of
// the quote and `icmp.quoted_ip` of the error; end_quote puts them right. Who takes the IP protocol inside a quote,
// where usually `dissect` would: TCP as a quote, ICMP nobody.
[[nodiscard]] LayerFunction in_quote(std::uint16_t protocol, LayerFunction dissect);
// Whatever was found in the quote: an ICMP error about TCP, or nothing.
void end_quote(DissectedPacket& out);

// What an error says, in a few lower-case words: "host unreachable", "fragmentation needed"; unknown codes by number.
[[nodiscard]] std::string icmp_text(bool v6, std::uint8_t type, std::uint8_t code);

}  // namespace handlens
