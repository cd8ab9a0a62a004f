#include "dissectors/tls_server_hello.h"

#include <algorithm>
#include <array>

#include "dissectors/tls_extensions.h"

namespace handlens::tls {
namespace {

// SHA-256 of "HelloRetryRequest", RFC 8446 §4.1.3.
constexpr Random kHelloRetryRandom = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
                                      0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
                                      0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};
constexpr std::array<std::uint8_t, 7> kDowngrade = {'D', 'O', 'W', 'N', 'G', 'R', 'D'};
constexpr std::size_t kMaxSessionId = 32;

// Draft number of 0x7f00|n; 0 if `version` is not a draft.
unsigned draft_number(std::uint16_t version) { return (version >> 8) == 0x7f ? version & 0xffu : 0u; }

// Until draft 21 the ServerHello had neither session id nor compression method.
bool is_old_draft(std::uint16_t version) {
  const unsigned draft = draft_number(version);
  return draft != 0 && draft < 22;
}

std::optional<std::uint8_t> downgrade_sentinel(const Random& random) {
  const auto* tail = random.data() + random.size() - 8;
  if (!std::equal(kDowngrade.begin(), kDowngrade.end(), tail) || tail[7] > 1) return std::nullopt;
  return tail[7];
}

void read_extensions(ByteReader& reader, ServerHello& hello, ParseError& error) {
  if (reader.empty()) return;
  std::uint32_t base = 0;
  const ByteView block = take_vector16(reader, base, "extensions");
  hello.trailing_bytes = static_cast<std::uint32_t>(reader.remaining());
  dissect_server_extensions(block, base, hello, error);
}

}  // namespace

ServerHello dissect_server_hello(ByteView body, ParseError& error) {
  ServerHello hello;
  ByteReader reader(body, error);
  hello.legacy_version = reader.u16("legacy_version");
  hello.version = hello.legacy_version;
  const ByteView random = reader.bytes(hello.random.size(), "random");
  std::copy(random.begin(), random.end(), hello.random.begin());
  hello.hello_retry_request = hello.random == kHelloRetryRandom;
  hello.downgrade_sentinel = downgrade_sentinel(hello.random);
  const bool old_draft = is_old_draft(hello.legacy_version);
  if (!old_draft) {
    const ByteView session_id = reader.vec8("legacy_session_id_echo").rest();
    const std::size_t kept = std::min(session_id.size(), kMaxSessionId);
    hello.session_id.assign(session_id.begin(), session_id.begin() + static_cast<std::ptrdiff_t>(kept));
    if (session_id.size() > kMaxSessionId) reader.fail(ParseReason::bad_length, "legacy_session_id_echo");
  }
  hello.cipher_suite = reader.u16("cipher_suite");
  if (!old_draft) hello.compression_method = reader.u8("legacy_compression_method");
  read_extensions(reader, hello, error);
  return hello;
}

ServerHello dissect_draft_hello_retry_request(ByteView body, ParseError& error) {
  ServerHello hello;
  hello.hello_retry_request = true;
  ByteReader reader(body, error);
  hello.legacy_version = reader.u16("server_version");
  hello.version = hello.legacy_version;
  // Draft 19 added the cipher suite.
  if (draft_number(hello.legacy_version) >= 19) hello.cipher_suite = reader.u16("cipher_suite");
  read_extensions(reader, hello, error);
  return hello;
}

}  // namespace handlens::tls
