#include "dissectors/tls_client_hello.h"

#include <algorithm>

#include "dissectors/tls_extensions.h"
#include "dissectors/tls_names.h"

namespace handlens::tls {
namespace {

constexpr std::uint16_t kRenegotiationScsv = 0x00ff;  // RFC 5746 §3.3
constexpr std::uint16_t kFallbackScsv = 0x5600;       // RFC 7507 §2
constexpr std::size_t kMaxSessionId = 32;

void add_cipher_suite(std::uint16_t suite, ClientHello& hello) {
  if (hello.cipher_suites.size() == kMaxCipherSuites) {
    hello.lists_truncated = true;
    return;
  }
  hello.cipher_suites.push_back(suite);
  if (suite == kRenegotiationScsv) hello.renegotiation_info = true;
  if (suite == kFallbackScsv) hello.fallback_scsv = true;
}

// The list may be cut at the end of the message: the suites that are there are kept, the error says the rest.
void read_cipher_suites(ByteReader& reader, ClientHello& hello) {
  std::uint32_t base = 0;
  const ByteView list = take_vector16(reader, base, "cipher_suites");
  hello.cipher_suites.reserve(std::min(list.size() / 2, kMaxCipherSuites));
  for (std::size_t i = 0; i + 1 < list.size(); i += 2) add_cipher_suite(read_u16(list.data() + i), hello);
  if (list.size() % 2 != 0) reader.fail(ParseReason::bad_length, "cipher_suites");
}

bool any_grease(const std::vector<std::uint16_t>& values) {
  return std::any_of(values.begin(), values.end(), is_grease);
}

bool has_grease(const ClientHello& hello) {
  return any_grease(hello.cipher_suites) || any_grease(hello.groups) || any_grease(hello.supported_versions) ||
         any_grease(hello.signature_algorithms) ||
         std::any_of(hello.extensions.begin(), hello.extensions.end(),
                     [](const Extension& e) { return is_grease(e.type); }) ||
         std::any_of(hello.key_shares.begin(), hello.key_shares.end(),
                     [](const KeyShare& k) { return is_grease(k.group); });
}

// ---- the SSLv2-compatible form ----------------------------------------------------------------------------------

struct Sslv2Header {
  std::size_t size = 0;     // of the header itself
  std::size_t length = 0;   // of what follows, padding included
  std::size_t padding = 0;  // 3-byte header only; at the end
};

// The 2-byte header has its top bit set. The 3-byte one counts padding; bit 6 would mark a security escape.
std::optional<Sslv2Header> read_sslv2_header(ByteView record) {
  if (record.size() < 3) return std::nullopt;
  if ((record[0] & 0x80) != 0) {
    return Sslv2Header{2, static_cast<std::size_t>(read_u16(record.data()) & 0x7fff), 0};
  }
  if ((record[0] & 0x40) != 0) return std::nullopt;
  return Sslv2Header{3, static_cast<std::size_t>(read_u16(record.data()) & 0x3fff), record[2]};
}

constexpr std::size_t kSslv2SpecSize = 3;

void read_cipher_specs(ByteView specs, ClientHello& hello) {
  for (std::size_t i = 0; i + kSslv2SpecSize <= specs.size(); i += kSslv2SpecSize) {
    const std::uint16_t low = read_u16(specs.data() + i + 1);
    if (hello.sslv2_cipher_specs.size() < kMaxCipherSuites) {
      hello.sslv2_cipher_specs.push_back((static_cast<std::uint32_t>(specs[i]) << 16) | low);
    } else {
      hello.lists_truncated = true;
    }
    if (specs[i] == 0) add_cipher_suite(low, hello);  // a TLS suite in three bytes
  }
}

}  // namespace

ClientHello dissect_client_hello(ByteView body, ParseError& error) {
  ClientHello hello;
  ByteReader reader(body, error);
  hello.legacy_version = reader.u16("legacy_version");
  const ByteView random = reader.bytes(hello.random.size(), "random");
  std::copy(random.begin(), random.end(), hello.random.begin());
  const ByteView session_id = reader.vec8("legacy_session_id").rest();
  hello.session_id.assign(session_id.begin(),
                          session_id.begin() + static_cast<std::ptrdiff_t>(std::min(session_id.size(), kMaxSessionId)));
  if (session_id.size() > kMaxSessionId) reader.fail(ParseReason::bad_length, "legacy_session_id");
  read_cipher_suites(reader, hello);
  const ByteView compression = reader.vec8("legacy_compression_methods").rest();
  hello.compression_methods.assign(compression.begin(), compression.end());
  if (!reader.empty()) {  // SSLv3 and TLS 1.0 hellos may end here
    std::uint32_t base = 0;
    const ByteView block = take_vector16(reader, base, "extensions");
    hello.has_extensions_block = reader.ok() || !block.empty();
    hello.trailing_bytes = static_cast<std::uint32_t>(reader.remaining());
    dissect_client_extensions(block, base, hello, error);
  }
  hello.grease = has_grease(hello);
  return hello;
}

ClientHello dissect_sslv2_client_hello(ByteView record, ParseError& error) {
  ClientHello hello;
  hello.sslv2_format = true;
  ByteReader reader(record, error);
  const std::optional<Sslv2Header> header = read_sslv2_header(record);
  if (!header) {
    reader.fail(record.size() < 3 ? ParseReason::short_read : ParseReason::bad_value, "record_header");
    return hello;
  }
  reader.skip(header->size, "record_header");
  if (reader.u8("msg_type") != 1) reader.fail(ParseReason::bad_value, "msg_type");
  hello.legacy_version = reader.u16("version");
  const std::size_t specs_length = reader.u16("cipher_spec_length");
  const std::size_t session_id_length = reader.u16("session_id_length");
  const std::size_t challenge_length = reader.u16("challenge_length");
  if (specs_length % kSslv2SpecSize != 0) reader.fail(ParseReason::bad_length, "cipher_spec_length");
  if (session_id_length > kMaxSessionId) reader.fail(ParseReason::bad_length, "session_id_length");
  const ByteView available = reader.rest();
  read_cipher_specs(available.first(std::min(specs_length, available.size())), hello);
  reader.skip(specs_length, "cipher_specs");
  const ByteView session_id = reader.bytes(session_id_length, "session_id");
  hello.session_id.assign(session_id.begin(), session_id.end());
  // RFC 5246 appendix E.2: the challenge becomes the random, right-justified, zeros before it.
  const ByteView challenge = reader.bytes(challenge_length, "challenge");
  const ByteView kept = challenge.last(std::min(challenge.size(), hello.random.size()));
  std::copy_backward(kept.begin(), kept.end(), hello.random.end());
  const std::size_t left = reader.remaining();
  hello.trailing_bytes = static_cast<std::uint32_t>(left > header->padding ? left - header->padding : 0);
  return hello;
}

}  // namespace handlens::tls
