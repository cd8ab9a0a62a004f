// ServerHello and HelloRetryRequest.
//
// What it is: the server's choice: version, cipher suite, key share. A HelloRetryRequest asks for another key share.
// On the wire: legacy_version(2) random(32) session_id<0..32> cipher_suite(2) compression_method(1) then, often,
//   extensions<..2^16-1>. TLS 1.3 drafts up to 21 (version 0x7f00|n, n < 22): no session_id, no compression_method.
//   Their HelloRetryRequest is message type 6: version(2), cipher_suite(2) from draft 19 on, extensions.
// Recognise it by: handshake type 2. It is a HelloRetryRequest if random is SHA-256("HelloRetryRequest").
// We keep: the choice, what was acknowledged, the downgrade sentinel in the last eight bytes of random.
// We ignore and why: the key exchange bytes and the cookie's content (opaque); the ECH confirmation (needs keys).
// Limits: kMaxExtensions; what is cut sets lists_truncated.
// RFC sections: 8446 §4.1.3-4, 5246 §7.4.1.3, 8446 appendix D.
#pragma once

#include "dissectors/byte_reader.h"
#include "dissectors/tls_messages.h"

namespace handlens::tls {

// `body` is the message without its 4-byte handshake header. What could be read before an error is returned.
[[nodiscard]] ServerHello dissect_server_hello(ByteView body, ParseError& error);

// HelloRetryRequest of drafts 16 to 21 (message type 6).
[[nodiscard]] ServerHello dissect_draft_hello_retry_request(ByteView body, ParseError& error);

}  // namespace handlens::tls
