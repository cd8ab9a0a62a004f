// The TLS messages as values: what each dissector of this folder returns.
//
// Everything here owns what it keeps. Names of fields are those of RFC 8446 and RFC 5246. Lists are bounded
// (kMax...); a list that was cut sets `lists_truncated` of its message. Text from the wire (server_name, ALPN)
// is kept as raw bytes in a std::string: escaping is the business of each output.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dissectors/byte_reader.h"

namespace handlens::tls {

inline constexpr std::size_t kMaxCipherSuites = 4096;
inline constexpr std::size_t kMaxExtensions = 256;
inline constexpr std::size_t kMaxListEntries = 256;  // groups, schemes, versions, ALPN names, key shares
inline constexpr std::size_t kMaxNameBytes = 1024;   // server name, PSK identity; ALPN names cannot be longer than 255
inline constexpr std::size_t kMaxCertificates = 128;
inline constexpr std::size_t kMaxAuthorities = 64;

using Random = std::array<std::uint8_t, 32>;

struct Extension {
  std::uint16_t type = 0;
  std::uint16_t length = 0;  // of its body
};
struct KeyShare {
  std::uint16_t group = 0;
  std::uint16_t length = 0;  // of the key exchange field
};

// ClientHello, RFC 8446 §4.1.2, RFC 5246 §7.4.1.2; also the SSLv2-compatible form (RFC 5246 appendix E.2).
struct ClientHello {
  bool sslv2_format = false;
  std::uint16_t legacy_version = 0;
  Random random{};
  std::vector<std::uint8_t> session_id;  // at most 32 bytes
  std::vector<std::uint16_t> cipher_suites;
  std::vector<std::uint32_t> sslv2_cipher_specs;  // 24-bit, SSLv2 form only
  std::vector<std::uint8_t> compression_methods;
  bool has_extensions_block = false;
  std::vector<Extension> extensions;  // wire order, GREASE included

  bool has_server_name = false;            // the extension is present
  std::optional<std::string> server_name;  // first host_name entry, raw bytes
  bool has_alpn = false;
  std::vector<std::string> alpn;  // raw bytes
  std::vector<std::uint16_t> supported_versions;
  std::vector<std::uint16_t> groups;
  std::vector<std::uint8_t> point_formats;
  std::vector<std::uint16_t> signature_algorithms;       // extension 13
  std::vector<std::uint16_t> signature_algorithms_cert;  // extension 50
  std::vector<KeyShare> key_shares;
  std::vector<std::uint8_t> psk_modes;
  std::vector<std::uint16_t> certificate_compression;  // extension 27
  std::optional<std::uint32_t> session_ticket_length;  // extension 35 present: its length
  bool pre_shared_key = false;
  std::uint16_t psk_identities = 0;
  bool pre_shared_key_not_last = false;  // illegal, RFC 8446 §4.2.11
  bool early_data = false;
  bool cookie = false;
  bool status_request = false;
  bool extended_master_secret = false;
  bool encrypt_then_mac = false;
  bool renegotiation_info = false;  // the extension, or the SCSV 0x00ff
  bool fallback_scsv = false;       // 0x5600
  bool ech = false;                 // extension 0xfe0d: real or GREASE cannot be told apart
  bool esni = false;                // extension 0xffce
  bool post_handshake_auth = false;
  std::optional<std::uint16_t> record_size_limit;
  std::optional<std::uint8_t> max_fragment_length;
  std::optional<std::uint8_t> heartbeat_mode;
  bool grease = false;
  bool duplicate_extension = false;  // illegal
  bool lists_truncated = false;
  std::uint32_t trailing_bytes = 0;
  ParseError extension_error;  // an extension whose body is malformed: the rest was kept
};

// ServerHello and HelloRetryRequest, RFC 8446 §4.1.3-4; drafts up to 21 have another shape (no session id).
struct ServerHello {
  bool hello_retry_request = false;
  std::uint16_t legacy_version = 0;
  std::uint16_t version = 0;  // supported_versions wins over legacy_version
  Random random{};
  std::vector<std::uint8_t> session_id;
  std::uint16_t cipher_suite = 0;
  std::uint8_t compression_method = 0;
  std::vector<Extension> extensions;
  std::optional<std::string> alpn;                 // raw bytes
  std::optional<KeyShare> key_share;               // HelloRetryRequest: the group asked for, length 0
  std::optional<std::uint16_t> selected_identity;  // pre_shared_key
  bool session_ticket = false;
  bool extended_master_secret = false;
  bool encrypt_then_mac = false;
  bool renegotiation_info = false;
  bool status_request = false;
  bool server_name_ack = false;
  bool cookie = false;
  std::optional<std::uint8_t> heartbeat_mode;
  // RFC 8446 §4.1.3: last eight bytes of random. 1: "DOWNGRD\x01", 0: "DOWNGRD\x00".
  std::optional<std::uint8_t> downgrade_sentinel;
  bool duplicate_extension = false;
  bool lists_truncated = false;
  std::uint32_t trailing_bytes = 0;
  ParseError extension_error;
};

// One X.509 certificate as OpenSSL reads it; `error` is set when the DER could not be decoded.
struct Certificate {
  std::string sha256, sha1;  // lower-case hex of the DER
  std::uint32_t size = 0;    // bytes of DER
  bool decoded = false;
  std::string error;                  // why not, in OpenSSL's words
  std::string subject, issuer;        // RFC 2253 one-liners, UTF-8; bytes outside are \xNN
  std::string serial;                 // upper-case hex, no leading zeros stripped beyond OpenSSL's BN form
  std::string not_before, not_after;  // RFC 3339 UTC
  std::vector<std::string> dns_names, ip_addresses;
  std::string key_type;  // "rsa", "ec", "ed25519", ...
  std::uint32_t key_bits = 0;
  std::string key_curve;     // "P-256", ...
  std::string signature;     // "sha256WithRSAEncryption"
  std::string spki_sha256;   // lower-case hex
  std::optional<bool> ca;    // basicConstraints
  bool self_signed = false;  // subject equals issuer and the key identifier does not contradict
  std::vector<std::string> extended_key_usage;
  std::vector<std::string> key_usage;
  std::uint32_t scts = 0;  // embedded
  bool must_staple = false;
  std::vector<std::uint8_t> der;  // kept only when asked for
};
// The same few come in thousands of connections.
using SharedCertificate = std::shared_ptr<const Certificate>;

// Certificate, RFC 5246 §7.4.2: the DER views live as long as the message's bytes.
struct CertificateList {
  std::vector<ByteView> der;
  bool lists_truncated = false;  // more than kMaxCertificates
};

struct CertificateStatus {
  std::uint8_t type = 0;  // 1: ocsp
  std::uint32_t response_length = 0;
  std::string status;                                 // "good", "revoked", "unknown", or "" when it could not be read
  std::string this_update, next_update, produced_at;  // RFC 3339 UTC, "" if absent
};

// ServerKeyExchange, RFC 8422 §5.4, RFC 5246 §7.4.3; shape depends on the cipher suite.
struct ServerKeyExchange {
  std::optional<std::uint16_t> named_group;       // ECDHE
  std::optional<std::uint32_t> dh_bits;           // DHE: bits of p
  std::optional<std::uint16_t> signature_scheme;  // TLS 1.2
  bool psk_hint = false;
};

// CertificateRequest up to TLS 1.2, RFC 5246 §7.4.4.
struct CertificateRequest {
  std::vector<std::uint8_t> certificate_types;
  std::vector<std::uint16_t> signature_algorithms;  // TLS 1.2 only
  std::vector<std::string> authorities;             // RFC 2253 one-liners
  bool lists_truncated = false;
};

struct ClientKeyExchange {
  std::uint32_t length = 0;
  std::optional<std::string> psk_identity;  // raw bytes, plaintext on the wire (RFC 4279)
};

struct CertificateVerify {
  std::optional<std::uint16_t> scheme;  // TLS 1.2
};

struct NewSessionTicket {
  std::uint32_t lifetime_hint = 0;  // seconds
  std::uint32_t ticket_length = 0;
};

struct Alert {
  std::uint8_t level = 0;        // 1 warning, 2 fatal
  std::uint8_t description = 0;  // RFC 8446 §6
};

}  // namespace handlens::tls
