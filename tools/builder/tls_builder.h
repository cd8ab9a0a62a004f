// TLS records and handshake messages from fields, for captures and tests. Nothing here is random: the "random" bytes
// count up.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tools/builder/bytes.h"

namespace handlens::builder {

inline constexpr std::uint8_t kChangeCipherSpecRecord = 20, kAlertRecord = 21, kHandshakeRecord = 22, kDataRecord = 23;
inline constexpr std::uint16_t kTls10 = 0x0301, kTls12 = 0x0303, kTls13 = 0x0304;

[[nodiscard]] Bytes record(std::uint8_t type, const Bytes& payload, std::uint16_t version = kTls12);
[[nodiscard]] Bytes handshake_message(std::uint8_t type, const Bytes& body);  // type, 24-bit length, body
// The payload cut into records of at most `size` bytes.
[[nodiscard]] Bytes records(std::uint8_t type, const Bytes& payload, std::size_t size, std::uint16_t version = kTls12);

struct Extension {
  std::uint16_t type = 0;
  Bytes data = {};
};

// The extensions are written in the order of the members below, those that are empty left out, `more` at the end.
struct ClientHelloFields {
  std::uint16_t legacy_version = kTls12;
  Bytes random = filler(32, 0x10);
  Bytes session_id = filler(32, 0x60);
  std::vector<std::uint16_t> cipher_suites = {0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030};
  Bytes compression = {0};
  std::string server_name = "www.example.com";
  std::vector<std::string> alpn = {"h2", "http/1.1"};
  std::vector<std::uint16_t> groups = {0x001d, 0x0017, 0x0018};
  std::vector<std::uint16_t> signature_algorithms = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501};
  std::vector<std::uint16_t> versions = {kTls13, kTls12};                          // supported_versions
  std::vector<std::pair<std::uint16_t, std::size_t>> key_shares = {{0x001d, 32}};  // group and size of the key
  bool extended_master_secret = true, secure_renegotiation = true, session_ticket = true;
  bool psk_modes = true;    // psk_key_exchange_modes: psk_dhe_ke; only with TLS 1.3 among the versions
  std::size_t padding = 0;  // bytes of the padding extension (RFC 7685)
  std::vector<Extension> more = {};
  bool no_extensions = false;  // ends after the compression methods, as SSL 3.0 hellos do
};
[[nodiscard]] Bytes client_hello(const ClientHelloFields& fields);  // the handshake message
// A hello for TLS 1.2 and older only.
[[nodiscard]] ClientHelloFields tls12_hello(const std::string& server_name);

struct ServerHelloFields {
  std::uint16_t legacy_version = kTls12;
  Bytes random = filler(32, 0x90);
  Bytes session_id = filler(32, 0x60);
  std::uint16_t cipher_suite = 0x1301;
  std::uint16_t version = kTls13;  // supported_versions and key_share are written for TLS 1.3 only
  std::uint16_t group = 0x001d;
  std::size_t key_size = 32;  // 0: a HelloRetryRequest's key_share, which names the group only
  std::string alpn = {};
  bool extended_master_secret = true, secure_renegotiation = true, session_ticket = true;  // TLS 1.2 only
  std::vector<Extension> more = {};
};
[[nodiscard]] Bytes server_hello(const ServerHelloFields& fields);
[[nodiscard]] ServerHelloFields tls12_server_hello(std::uint16_t cipher_suite = 0xc02f);
[[nodiscard]] Bytes hello_retry_request(std::uint16_t group, std::uint16_t cipher_suite = 0x1301);

[[nodiscard]] Bytes certificate_message(const std::vector<Bytes>& der_chain);  // TLS 1.2 and older
[[nodiscard]] Bytes server_key_exchange(std::uint16_t group = 0x001d, std::size_t key_size = 32);
[[nodiscard]] Bytes certificate_request(const std::vector<Bytes>& authorities = {});
[[nodiscard]] Bytes server_hello_done();
[[nodiscard]] Bytes client_key_exchange(std::size_t key_size = 32);
[[nodiscard]] Bytes new_session_ticket(std::uint32_t lifetime = 7200, std::size_t size = 192);

[[nodiscard]] Bytes alert_record(std::uint8_t level, std::uint8_t description, std::uint16_t version = kTls12);
[[nodiscard]] Bytes change_cipher_spec_record(std::uint16_t version = kTls12);
// A record of unreadable bytes: what is sent under encryption, with its length on the wire.
[[nodiscard]] Bytes encrypted_record(std::size_t size, std::uint8_t type = kDataRecord, std::uint16_t version = kTls12);
// A version 2 ClientHello that offers up to `version`: three-byte cipher kinds, sixteen bytes of challenge.
[[nodiscard]] Bytes sslv2_client_hello(std::uint16_t version, const std::vector<std::uint32_t>& cipher_kinds);

// DER of an X.509 certificate with an RSA key of 2048 bits that nobody has, and a signature that verifies nowhere.
struct CertificateFields {
  std::string common_name = "www.example.com";
  std::string issuer_name = "Example Test CA";
  Bytes serial = {0x01, 0x23, 0x45};
  std::string not_before = "260101000000Z", not_after = "270101000000Z";  // UTCTime
  std::vector<std::string> dns_names = {"www.example.com"};
  bool authority = false;
};
[[nodiscard]] Bytes certificate_der(const CertificateFields& fields);
[[nodiscard]] Bytes distinguished_name(const std::string& common_name);  // DER of a Name, as in certificate_request

}  // namespace handlens::builder
