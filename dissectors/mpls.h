// MPLS label stacks, and the Ethernet pseudowires behind them.
//
// On the wire (RFC 3032 §2.1): entries of label 20 bits · traffic class 3 · bottom of stack 1 · TTL 8; then, with
// nothing
//   to name it, the payload. A pseudowire (RFC 4448) carries an Ethernet frame, with or without a control word before
//   it (RFC 4385 §3): 0 in 4 bits · flags 4 · fragmentation 2, length 6 · sequence 16.
// Recognise it by: EtherTypes 0x8847 and 0x8848, PPP protocols 0x0281 and 0x0283, next protocol 5 of VXLAN-GPE, IP
//   protocol 137, UDP port 6635 (there only if IP or Ethernet seems to stand behind the stack). The payload by its
//   first four bits: 4 and 6 are IP if the header's length fits (unless it reads better as a frame with IP in it), 0 is
//   a control word if an Ethernet header follows it; otherwise an Ethernet header if it looks like one (RFC 4928 tells
//   why this is a guess).
// We keep: one word for the stack, one for a pseudowire; a digest of the labels but for entropy labels. They differ
//   between the two directions of a connection, so they are no part of a flow's identity (in IP or UDP the outer
//   addresses are). We ignore: the sequence of a control word.
// Limits: kMaxMplsLabels, then nesting_limit. What looks like neither IP nor Ethernet is not TCP (1 in the first four
//   bits is an associated channel, RFC 4385 §5).
// RFC sections: RFC 3032 §2.1, RFC 4385 §3, RFC 4448 §4.6, RFC 4928, RFC 5332 (0x8848), RFC 4023 §3 (in IP),
//   RFC 6790 §4.2 (entropy labels), RFC 7510 §3 (in UDP).
#pragma once

#include "dissectors/layer.h"

namespace handlens {

inline constexpr std::size_t kMaxMplsLabels = 16;

NextLayer dissect_mpls(LayerInput& in, DissectedPacket& out);
// Right behind an IP header; behind a UDP header.
NextLayer dissect_mpls_in_ip(LayerInput& in, DissectedPacket& out);
NextLayer dissect_mpls_in_udp(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
