// The rest of the plaintext flights up to TLS 1.2: key exchange, certificate request and proof, session ticket.
//
// What it is: ServerKeyExchange (group or DH prime, signed), CertificateRequest (what client certificate is wanted),
//   ClientKeyExchange, CertificateVerify, NewSessionTicket.
// On the wire: shapes depend on the cipher suite and version. ECDHE: curve_type(1)=3 group(2) point<1..255>; DHE:
//   p, g, Ys, each <1..2^16-1>; PSK suites put identity_hint<0..2^16-1> first; then, unless anonymous or PSK, in
//   TLS 1.2 scheme(2), and signature<0..2^16-1>.
// Recognise it by: handshake types 12, 13, 16, 15, 4; the cipher suite of the ServerHello gives the shape.
// We keep: group, size of the prime, signature scheme, wanted types and authorities, PSK identity, ticket lifetime.
// We ignore and why: points, public values and signatures: they prove something only together with the transcript.
// Limits: kMaxAuthorities, kMaxListEntries, kMaxNameBytes. Explicit curves and unknown suites are left unread: a shape
//   that is not known is not guessed.
// RFC sections: 5246 §7.4.3-8, 8422 §5.4, 4279 §2-4, 5489, 5054 §2.8, 5077 §3.3.
#pragma once

#include "dissectors/byte_reader.h"
#include "dissectors/tls_messages.h"

namespace handlens::tls {

// How a cipher suite up to TLS 1.2 agrees on its keys.
enum class KeyExchange : std::uint8_t {
  unknown,  // no such suite, TLS 1.3, or a shape we do not read (GOST, KRB5, ECJPAKE, ...)
  rsa,
  rsa_export,
  dh,  // static, no ServerKeyExchange
  dhe,
  dh_anon,
  ecdh,  // static, no ServerKeyExchange
  ecdhe,
  ecdh_anon,
  psk,
  rsa_psk,
  dhe_psk,
  ecdhe_psk,
  srp,
};
[[nodiscard]] KeyExchange key_exchange_of(std::uint16_t cipher_suite);

// `version` is the negotiated one: from TLS 1.2 on signatures carry their scheme.
[[nodiscard]] ServerKeyExchange dissect_server_key_exchange(ByteView body, std::uint16_t cipher_suite,
                                                            std::uint16_t version, ParseError& error);
[[nodiscard]] ClientKeyExchange dissect_client_key_exchange(ByteView body, std::uint16_t cipher_suite,
                                                            ParseError& error);
[[nodiscard]] CertificateRequest dissect_certificate_request(ByteView body, std::uint16_t version, ParseError& error);
[[nodiscard]] CertificateVerify dissect_certificate_verify(ByteView body, std::uint16_t version, ParseError& error);
[[nodiscard]] NewSessionTicket dissect_new_session_ticket(ByteView body, ParseError& error);  // up to TLS 1.2

}  // namespace handlens::tls
