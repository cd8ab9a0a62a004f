// ClientHello.
//
// What it is: the first message of a TLS handshake; it says who is wanted (server_name) and what the client can do.
// On the wire: legacy_version(2) random(32) session_id<0..32> cipher_suites<2..2^16-2> compression_methods<1..255>
//   then, often, extensions<..2^16-1>, each type(2) body<0..2^16-1>. Before TLS: the SSLv2-compatible form, one
//   record with a 2-byte (high bit set) or 3-byte header, then type(1)=1 version(2) three lengths(2), 3-byte cipher
//   specs, session id, challenge.
// Recognise it by: handshake type 1, the first message of the side that opened the connection.
// We keep: every list in wire order with GREASE (RFC 8701), the extensions named in tls_messages.h by content and the
//   others by number and length.
// We ignore and why: key exchange bytes, tickets, binders and ECH payloads (opaque without keys); only lengths count.
// Limits: kMaxCipherSuites, kMaxExtensions, kMaxListEntries, kMaxNameBytes; what is cut sets lists_truncated. The
//   version fields are never validated: 0x0301 in the record and 0x0303 here are what TLS 1.3 clients send.
// RFC sections: 8446 §4.1.2, 5246 §7.4.1.2 and appendix E.2, 6066, 8701.
#pragma once

#include <cstddef>
#include <optional>

#include "dissectors/byte_reader.h"
#include "dissectors/tls_messages.h"

namespace handlens::tls {

// `body` is the message without its 4-byte handshake header. What could be read before an error is returned.
[[nodiscard]] ClientHello dissect_client_hello(ByteView body, ParseError& error);

// The SSLv2-compatible form: `record` starts at its 2- or 3-byte record header. Recognised by starts_sslv2_hello
// (tls_record.h).
[[nodiscard]] ClientHello dissect_sslv2_client_hello(ByteView record, ParseError& error);

}  // namespace handlens::tls
