// Digests as text.
//
// What it is: MD5, SHA-1 and SHA-256 through OpenSSL, for fingerprints and identifiers, never for security.
// We keep: per thread one context and one fetched algorithm each: fetching costs more than hashing a hello.
// Limits: an algorithm that OpenSSL refuses (MD5 in FIPS mode) gives an empty string.
// RFC sections: 1321, 3174, 6234, 4648 §4 (base64), 4648 §8 (hex).
// Threads: any; nothing is shared.
#pragma once

#include <string>
#include <string_view>

#include "dissectors/byte_reader.h"

namespace handlens::tls {

[[nodiscard]] std::string md5_hex(std::string_view text);  // lower case, as all of these
[[nodiscard]] std::string sha1_hex(ByteView bytes);
[[nodiscard]] std::string sha256_hex(ByteView bytes);
[[nodiscard]] std::string sha256_hex(std::string_view text);
// The 20-byte SHA-1 in base64, as Community ID wants it.
[[nodiscard]] std::string sha1_base64(ByteView bytes);
// The same, written to `out`, which has kSha1Base64Room bytes; returns its end.
[[nodiscard]] char* put_sha1_base64(ByteView bytes, char* out);
inline constexpr std::size_t kSha1Base64Room = 28;

// Lower-case hex of any bytes.
[[nodiscard]] std::string to_hex(ByteView bytes);
// The same, written to `out`, which has two characters for each byte; returns its end.
[[nodiscard]] char* put_hex(ByteView bytes, char* out);

}  // namespace handlens::tls
