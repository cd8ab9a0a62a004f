#include "dissectors/tls_key_exchange.h"

#include <algorithm>
#include <bit>
#include <string_view>

#include "dissectors/digest.h"
#include "dissectors/tls_names.h"
#include "dissectors/x509.h"

namespace handlens::tls {
namespace {

constexpr std::uint8_t kNamedCurve = 3;  // RFC 8422 §5.4
constexpr std::uint16_t kTls12 = 0x0303;
constexpr std::size_t kMaxHexName = 120;  // bytes of a name that is no Name

// The registered names say how keys are agreed: TLS_<key exchange>_WITH_<cipher>. Longer prefixes first.
struct Prefix {
  std::string_view text;
  KeyExchange kind;
};
constexpr Prefix kPrefixes[] = {
    {"TLS_ECDHE_PSK_", KeyExchange::ecdhe_psk},
    {"TLS_ECDHE_", KeyExchange::ecdhe},
    {"TLS_ECDH_anon_", KeyExchange::ecdh_anon},
    {"TLS_ECDH_", KeyExchange::ecdh},
    {"TLS_DHE_PSK_", KeyExchange::dhe_psk},
    {"TLS_PSK_DHE_", KeyExchange::dhe_psk},  // RFC 6655 spells two of them so
    {"TLS_DHE_", KeyExchange::dhe},
    {"TLS_DH_anon_", KeyExchange::dh_anon},
    {"TLS_DH_", KeyExchange::dh},
    {"TLS_RSA_PSK_", KeyExchange::rsa_psk},
    {"TLS_RSA_EXPORT", KeyExchange::rsa_export},
    {"TLS_RSA_", KeyExchange::rsa},
    {"SSL_RSA_FIPS_", KeyExchange::rsa},
    {"TLS_PSK_", KeyExchange::psk},
    {"TLS_SRP_", KeyExchange::srp},
};

bool starts_with_psk_hint(KeyExchange kind) {
  return kind == KeyExchange::psk || kind == KeyExchange::rsa_psk || kind == KeyExchange::dhe_psk ||
         kind == KeyExchange::ecdhe_psk;
}

// The parameters of these are signed with the certificate's key; the others are anonymous or proven by the PSK.
bool is_signed(KeyExchange kind, std::uint16_t cipher_suite) {
  switch (kind) {
    case KeyExchange::dhe:
    case KeyExchange::ecdhe:
    case KeyExchange::rsa_export:
      return true;
    case KeyExchange::srp:  // RFC 5054 §2.7: TLS_SRP_SHA_RSA_... and _DSS_...
      return !find_cipher_suite(cipher_suite).starts_with("TLS_SRP_SHA_WITH_");
    default:
      return false;
  }
}

std::uint32_t bit_length(ByteView number) {
  const auto first = std::find_if(number.begin(), number.end(), [](std::uint8_t b) { return b != 0; });
  if (first == number.end()) return 0;
  const auto rest = static_cast<std::uint32_t>(number.end() - first - 1);
  return rest * 8 + static_cast<std::uint32_t>(std::bit_width(*first));
}

void read_dh_params(ByteReader& reader, ServerKeyExchange& exchange) {
  const ByteView p = reader.vec16("dh_p").rest();
  if (reader.ok()) exchange.dh_bits = bit_length(p);
  (void)reader.vec16("dh_g");
  (void)reader.vec16("dh_ys");
}

// False for the explicit curves of RFC 4492, whose rest is left unread.
bool read_ec_params(ByteReader& reader, ServerKeyExchange& exchange) {
  if (reader.u8("curve_type") != kNamedCurve) return false;
  const std::uint16_t group = reader.u16("namedcurve");
  if (reader.ok()) exchange.named_group = group;
  (void)reader.vec8("public");
  return true;
}

void read_srp_params(ByteReader& reader) {  // RFC 5054 §2.8.2
  (void)reader.vec16("srp_n");
  (void)reader.vec16("srp_g");
  (void)reader.vec8("srp_s");
  (void)reader.vec16("srp_b");
}

// False if what follows the parameters cannot be found.
bool read_params(ByteReader& reader, KeyExchange kind, ServerKeyExchange& exchange) {
  switch (kind) {
    case KeyExchange::dhe:
    case KeyExchange::dh_anon:
    case KeyExchange::dhe_psk:
      read_dh_params(reader, exchange);
      return true;
    case KeyExchange::ecdhe:
    case KeyExchange::ecdh_anon:
    case KeyExchange::ecdhe_psk:
      return read_ec_params(reader, exchange);
    case KeyExchange::rsa_export:  // RFC 2246 §7.4.3
      (void)reader.vec16("rsa_modulus");
      (void)reader.vec16("rsa_exponent");
      return true;
    case KeyExchange::srp:
      read_srp_params(reader);
      return true;
    case KeyExchange::psk:
    case KeyExchange::rsa_psk:
      return true;
    default:
      return false;
  }
}

std::optional<std::uint16_t> read_signature(ByteReader& reader, std::uint16_t version) {
  std::optional<std::uint16_t> scheme;
  if (version >= kTls12) {  // earlier versions sign with MD5 and SHA-1 and name no scheme
    const std::uint16_t value = reader.u16("signature_algorithm");
    if (reader.ok()) scheme = value;
  }
  (void)reader.vec16("signature");
  return scheme;
}

std::string read_authority(ByteView name) {
  if (std::optional<std::string> text = dissect_distinguished_name(name)) return *std::move(text);
  return "#" + to_hex(name.first(std::min(name.size(), kMaxHexName)));  // RFC 2253 §2.4: not decodable, so hex
}

void read_authorities(ByteReader list, CertificateRequest& request) {
  while (!list.empty()) {
    const ByteView name = list.vec16("distinguished_name").rest();
    if (!list.ok()) return;
    if (request.authorities.size() < kMaxAuthorities) {
      request.authorities.push_back(read_authority(name));
    } else {
      request.lists_truncated = true;
    }
  }
}

}  // namespace

KeyExchange key_exchange_of(std::uint16_t cipher_suite) {
  const std::string_view name = find_cipher_suite(cipher_suite);
  if (name.find("_WITH_") == std::string_view::npos) return KeyExchange::unknown;  // TLS 1.3 and signalling values
  for (const Prefix& prefix : kPrefixes) {
    if (name.starts_with(prefix.text)) return prefix.kind;
  }
  return KeyExchange::unknown;
}

ServerKeyExchange dissect_server_key_exchange(ByteView body, std::uint16_t cipher_suite, std::uint16_t version,
                                              ParseError& error) {
  ServerKeyExchange exchange;
  ByteReader reader(body, error);
  const KeyExchange kind = key_exchange_of(cipher_suite);
  if (starts_with_psk_hint(kind)) exchange.psk_hint = !reader.vec16("psk_identity_hint").empty();
  if (!read_params(reader, kind, exchange)) return exchange;
  if (is_signed(kind, cipher_suite)) exchange.signature_scheme = read_signature(reader, version);
  reader.expect_end("server_key_exchange");
  return exchange;
}

ClientKeyExchange dissect_client_key_exchange(ByteView body, std::uint16_t cipher_suite, ParseError& error) {
  ClientKeyExchange exchange;
  exchange.length = static_cast<std::uint32_t>(body.size());
  if (!starts_with_psk_hint(key_exchange_of(cipher_suite))) return exchange;  // only key material
  ByteReader reader(body, error);
  const ByteView identity = reader.vec16("psk_identity").rest();
  if (!reader.ok()) return exchange;
  const ByteView kept = identity.first(std::min(identity.size(), kMaxNameBytes));
  exchange.psk_identity.emplace(kept.begin(), kept.end());
  return exchange;
}

CertificateRequest dissect_certificate_request(ByteView body, std::uint16_t version, ParseError& error) {
  CertificateRequest request;
  ByteReader reader(body, error);
  const ByteView types = reader.vec8("certificate_types").rest();
  request.certificate_types.assign(types.begin(), types.end());
  if (version >= kTls12) {
    ByteReader schemes = reader.vec16("supported_signature_algorithms");
    if (schemes.remaining() % 2 != 0) schemes.fail(ParseReason::bad_length, "supported_signature_algorithms");
    while (!schemes.empty()) {
      const std::uint16_t scheme = schemes.u16("supported_signature_algorithms");
      if (request.signature_algorithms.size() < kMaxListEntries) {
        request.signature_algorithms.push_back(scheme);
      } else {
        request.lists_truncated = true;
      }
    }
  }
  read_authorities(reader.vec16("certificate_authorities"), request);
  reader.expect_end("certificate_request");
  return request;
}

CertificateVerify dissect_certificate_verify(ByteView body, std::uint16_t version, ParseError& error) {
  CertificateVerify verify;
  ByteReader reader(body, error);
  verify.scheme = read_signature(reader, version);
  reader.expect_end("certificate_verify");
  return verify;
}

NewSessionTicket dissect_new_session_ticket(ByteView body, ParseError& error) {
  NewSessionTicket ticket;
  ByteReader reader(body, error);
  ticket.lifetime_hint = reader.u32("ticket_lifetime_hint");
  ticket.ticket_length = static_cast<std::uint32_t>(reader.vec16("ticket").remaining());
  reader.expect_end("new_session_ticket");
  return ticket;
}

}  // namespace handlens::tls
