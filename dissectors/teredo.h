// Teredo: IPv6 over UDP over IPv4, through NATs.
//
// On the wire (RFC 4380 §5.1.1): [authentication: 0x0001 · id length 1 · authenticator length 1 · both · nonce 8 ·
//   confirmation 1] · [origin indication: 0x0000 · port 2 · address 4] · an IPv6 packet.
// Recognise it by: on UDP port 3544 (the server's) an IPv6 header whose length fits the datagram. Clients and relays
// choose
//   their ports, so on any: an IPv6 header whose length fills it and an inner address in 2001::/32 (RFC 4380 §2.6).
// We keep: one word; for the identity both outer addresses. We ignore: what authentication and origin say.
// Limits: one authentication and one origin header. Trailers behind the IPv6 packet (RFC 6081) only on port 3544.
// RFC sections: RFC 4380 §2.6, §5.1.1, RFC 6081 §4.
#pragma once

#include "dissectors/layer.h"

namespace handlens {

NextLayer dissect_teredo(LayerInput& in, DissectedPacket& out);
// An IPv6 packet with a Teredo address that fills `in`: enough to believe it on any port.
[[nodiscard]] bool looks_like_teredo(const LayerInput& in);

}  // namespace handlens
