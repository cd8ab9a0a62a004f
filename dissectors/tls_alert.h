// Alert.
//
// What it is: one side's last word, or a warning: why the handshake failed, or that the stream is over.
// On the wire: level(1) description(1).
// Recognise it by: record type 21 and a length of exactly two; any other length is encrypted or malformed.
// We keep: both numbers as they are. TLS 1.3 ignores the level, so no value of it is an error.
// We ignore and why: nothing.
// Limits: none.
// RFC sections: 8446 §6, 5246 §7.2.
#pragma once

#include "dissectors/byte_reader.h"
#include "dissectors/tls_messages.h"

namespace handlens::tls {

[[nodiscard]] Alert dissect_alert(ByteView body, ParseError& error);

// A TLS <= 1.2 warning that changes nothing (unrecognized_name, no_renegotiation ...): neither a goodbye nor the answer
// of a client that has no certificate (SSLv3) or whose user cancelled.
[[nodiscard]] bool is_passing_alert(std::uint8_t level, std::uint8_t description);

}  // namespace handlens::tls
