// PPP, with and without its HDLC-like frame.
//
// On the wire: [address 1 = FF · control 1 = 03] · protocol 1 or 2 · payload · [frame check sequence]
//   Both ends may agree to leave out address and control (RFC 1661 §6.6) and the protocol's first byte when that is
//   zero (§6.5): a protocol's low byte is odd and its high byte even, so an odd first byte is a whole protocol field.
//   LINKTYPE_PPP_PPPD has the direction in the place of the address: 00 in, 01 out; LINKTYPE_PPP_WITH_DIRECTION has it
//   in front. LINKTYPE_PPP_HDLC also carries Cisco's framing, told by its first byte (0F, 8F).
// Recognise it by: LINKTYPE_PPP (9), LINKTYPE_PPP_HDLC (50), LINKTYPE_PPP_PPPD (166), LINKTYPE_PPP_WITH_DIRECTION
//   (204), the payload of PPPoE and of tunnels.
// We keep: the encapsulation word.
// We ignore: the direction (it comes from addresses); the frame check sequence (cut off by the IP length).
// Limits: another control than 03 is bad_link_header. Compressed, encrypted and multilink datagrams need what the ends
//   agreed on and what came before: ppp_compressed, ppp_multilink.
// RFC sections: RFC 1661 §2, §6.5-6.6; RFC 1662 §3; RFC 1332 §4 (IPv4), RFC 5072 §3 (IPv6), RFC 1144 (compressed TCP),
//   RFC 1962 (CCP), RFC 1968 (ECP), RFC 1990 (multilink).
#pragma once

#include "dissectors/layer.h"

namespace handlens {

// At the address, or at the protocol where address and control are left out.
NextLayer dissect_ppp(LayerInput& in, DissectedPacket& out);
NextLayer dissect_ppp_hdlc(LayerInput& in, DissectedPacket& out);
NextLayer dissect_ppp_pppd(LayerInput& in, DissectedPacket& out);
NextLayer dissect_ppp_with_direction(LayerInput& in, DissectedPacket& out);
// What these protocol numbers carry is not read: counted.
NextLayer dissect_ppp_compressed(LayerInput& in, DissectedPacket& out);
NextLayer dissect_ppp_multilink(LayerInput& in, DissectedPacket& out);

}  // namespace handlens
