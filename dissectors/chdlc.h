// Cisco HDLC: the usual framing of leased lines.
//
// On the wire: address 1 (0F unicast, 8F multicast) · control 1 = 00 · EtherType 2 · payload
// Recognise it by: LINKTYPE_C_HDLC (104); in LINKTYPE_PPP_HDLC (50) by the address. LINKTYPE_C_HDLC may carry PPP, too,
//   told by its FF 03.
// We keep: the encapsulation word.
// We ignore: keepalives (SLARP, 8035) and other protocols of the line: not TCP.
// Limits: any other address is bad_link_header.
// RFC sections: RFC 1547 §4.3.1.
#pragma once

#include "dissectors/layer.h"

namespace handlens {

[[nodiscard]] constexpr bool is_chdlc_address(std::uint8_t byte) { return byte == 0x0f || byte == 0x8f; }
NextLayer dissect_chdlc(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
