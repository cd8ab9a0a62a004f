#include "dissectors/tls_likely.h"

#include <string>
#include <string_view>

#include "dissectors/tls_dissect.h"

namespace handlens::tls {
namespace {

using Likely = TlsEvent::Likely;
using Place = Tls13Flight::Place;
using Reading = Tls13Flight::Reading;

constexpr std::uint32_t kAlert = 2;              // level, description
constexpr std::uint32_t kFinished12 = 4 + 12;    // RFC 5246 §7.4.9
constexpr std::uint32_t kFinishedSsl3 = 4 + 36;  // MD5 and SHA-1
constexpr std::uint32_t kEndOfEarlyData = 4;
constexpr std::uint32_t kEmptyCertificate = 4 + 1 + 3;  // context length, list length
constexpr std::uint32_t kPadding = 16;                  // JSSE's, in TLS 1.3, on all but application data
constexpr std::uint32_t kTickets = 4;                   // more than any server sends unasked

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::uint32_t mac_length(std::string_view name) {
  if (name.ends_with("_SHA384")) return 48;
  if (name.ends_with("_SHA256") || name.ends_with("_SM3")) return 32;
  if (name.ends_with("_SHA")) return 20;
  if (name.ends_with("_MD5")) return 16;
  return 0;
}

// What encryption does to `content` bytes under a suite of TLS <= 1.2; 0: not known.
struct Shape12 {
  enum class Kind : std::uint8_t { unknown, aead, stream, cbc };
  Kind kind = Kind::unknown;
  std::uint32_t added = 0;  // aead: nonce and tag; stream: MAC
  std::uint32_t block = 0, mac = 0, iv = 0;
  bool encrypt_then_mac = false;

  [[nodiscard]] std::uint32_t length(std::uint32_t content) const {
    if (kind == Kind::unknown) return 0;
    if (kind != Kind::cbc) return content + added;
    // The padding length byte is always there, RFC 5246 §6.2.3.2; RFC 7366 §3 moves the MAC outside.
    const std::uint32_t inside = content + 1 + (encrypt_then_mac ? 0 : mac);
    return iv + (inside + block - 1) / block * block + (encrypt_then_mac ? mac : 0);
  }
};

Shape12 shape12(std::uint16_t version, std::uint16_t cipher_suite, bool encrypt_then_mac) {
  const std::string name = cipher_suite_name(cipher_suite);
  Shape12 shape;
  if (has(name, "_CHACHA20_POLY1305")) {
    shape = {Shape12::Kind::aead, 16, 0, 0, 0, false};  // RFC 7905 §2: no explicit nonce
  } else if (has(name, "_CCM_8")) {
    shape = {Shape12::Kind::aead, 8 + 8, 0, 0, 0, false};
  } else if (has(name, "_GCM_") || has(name, "_CCM")) {
    shape = {Shape12::Kind::aead, 8 + 16, 0, 0, 0, false};  // RFC 5288 §3
  } else if (const std::uint32_t mac = mac_length(name); mac == 0) {
    return shape;
  } else if (has(name, "_CBC")) {
    const bool small = has(name, "DES_") || has(name, "DES40") || has(name, "IDEA") || has(name, "RC2");
    const std::uint32_t block = small ? 8 : 16;
    // TLS 1.1 brought the explicit IV, RFC 4346 §6.2.3.2.
    shape = {Shape12::Kind::cbc, 0, block, mac, version >= 0x0302 ? block : 0, encrypt_then_mac};
  } else if (has(name, "_RC4_") || has(name, "_NULL_")) {
    shape = {Shape12::Kind::stream, mac, 0, 0, 0, false};
  }
  return shape;
}

ProtectedLengths lengths13(std::uint16_t cipher_suite) {
  constexpr std::uint16_t kAes256GcmSha384 = 0x1302, kAes128Ccm8Sha256 = 0x1305;
  const std::uint32_t overhead = 1 + (cipher_suite == kAes128Ccm8Sha256 ? 8 : 16);  // inner type and tag
  const std::uint32_t hash = cipher_suite == kAes256GcmSha384 ? 48 : 32;
  return {kAlert + overhead, 4 + hash + overhead, 0, overhead};
}

// Tickets of OpenSSL (stateless, stateful) and GnuTLS, as measured: told apart from data even after a request.
bool is_known_ticket_length(std::uint32_t length) {
  return length == 234 || length == 250 || length == 82 || length == 284;
}

}  // namespace

ProtectedLengths protected_lengths(std::uint16_t version, std::uint16_t cipher_suite, bool encrypt_then_mac) {
  if (is_tls13_family(version)) return lengths13(cipher_suite);
  const Shape12 shape = shape12(version, cipher_suite, encrypt_then_mac);
  return {shape.length(kAlert), shape.length(version == 0x0300 ? kFinishedSsl3 : kFinished12), shape.block, 0};
}

bool may_be_finished(const ProtectedLengths& lengths, std::uint32_t length) {
  if (lengths.finished == 0 || length == lengths.finished) return true;
  constexpr std::uint32_t kMostPadding = 240;
  return lengths.block != 0 && length > lengths.finished && length <= lengths.finished + kMostPadding &&
         (length - lengths.finished) % lengths.block == 0;
}

void Tls13Flight::start(const ProtectedLengths& lengths, bool early_data_offered, bool resumed) {
  *this = Tls13Flight{};
  lengths_ = lengths;
  early_data_ = early_data_offered && resumed;
  early_rejected_ = early_data_offered && !resumed;
  resumed_ = resumed;
}

Reading Tls13Flight::on_record(bool from_client, std::uint32_t length) {
  if (complete_) return on_later_record(from_client, length);
  if (length == lengths_.alert || is_padded_alert(from_client, length)) return {Place::alert, Likely::alert};
  if (from_client) return on_client_flight(length);
  // A server speaks again only after the client's Finished, however the client packed it.
  if (!early_data_ && client_bytes_ >= lengths_.finished) {
    if (early_rejected_) {  // the first time it may only go on with its flight
      early_rejected_ = false;
      client_bytes_ = 0;
      return on_server_flight(length);
    }
    complete_ = true;
    client_data_ = client_records_ > 1;
    return on_later_record(false, length);
  }
  return on_server_flight(length);
}

Reading Tls13Flight::on_server_flight(std::uint32_t length) {
  // Sizes beyond those of EncryptedExtensions and of a CertificateRequest without authorities.
  constexpr std::uint32_t kSmallestCertificate = 225;
  ++server_records_;
  if (server_records_ < 2) return {};  // EncryptedExtensions, or the whole flight in one record
  if (length == lengths_.finished) return {Place::handshake, Likely::finished};
  if (length == lengths_.finished + kPadding && (resumed_ || server_certificate_)) {
    server_pads_ = true;
    return {Place::handshake, Likely::finished};
  }
  if (!resumed_ && !server_certificate_ && length >= kSmallestCertificate) {
    server_certificate_ = true;
    return {Place::handshake, Likely::certificate};
  }
  return {};
}

Reading Tls13Flight::on_client_flight(std::uint32_t length) {
  if (early_data_ && length == kEndOfEarlyData + lengths_.overhead) {
    early_data_ = false;
    return {Place::handshake, Likely::end_of_early_data};
  }
  const bool after_server = server_records_ > 0;
  if (length == lengths_.finished) {
    complete_ = after_server;
    if (!complete_) client_bytes_ += length;
    return {Place::handshake, Likely::finished};
  }
  if (early_data_) return {};  // early data still under way
  const bool first = client_records_ == 0;
  ++client_records_;
  if (first &&
      (length == kEmptyCertificate + lengths_.overhead || length == kEmptyCertificate + lengths_.overhead + kPadding))
    return {Place::handshake, Likely::empty_certificate};
  if (length == kEmptyCertificate + lengths_.finished) {  // both in one record
    complete_ = after_server;
    return {Place::handshake, Likely::empty_certificate};
  }
  client_bytes_ += length;
  if (first && length > kEmptyCertificate + lengths_.finished) return {Place::handshake, Likely::certificate};
  return {};
}

bool Tls13Flight::is_ticket(std::uint32_t length) const {
  if (server_data_ || tickets_ >= kTickets) return false;
  if (tickets_ > 0) return length == ticket_length_;
  return is_known_ticket_length(length) || (!client_data_ && length >= 60 && length <= 1400);
}

// Where nothing else is so short: in place of the client's first message; and as the first word of a server that pads,
// to a client that answered a request for its certificate.
bool Tls13Flight::is_padded_alert(bool from_client, std::uint32_t length) const {
  if (length != lengths_.alert + kPadding) return false;
  if (from_client) return !complete_ && !early_data_ && !early_rejected_ && server_records_ > 0 && client_records_ == 0;
  return complete_ && server_pads_ && client_records_ > 0 && !server_data_ && !closing_ && tickets_ == 0;
}

Reading Tls13Flight::on_later_record(bool from_client, std::uint32_t length) {
  if (length == lengths_.alert || is_padded_alert(from_client, length)) {
    // The server's first word after the handshake is an alert: it refused the client. Anything later is a goodbye.
    const bool refusal = !from_client && !server_data_ && !closing_;
    closing_ = true;
    return {Place::alert, refusal ? Likely::alert : Likely::close_notify};
  }
  if (!from_client && is_ticket(length)) {
    ++tickets_;
    ticket_length_ = length;
    return {Place::ticket, Likely::new_session_ticket};
  }
  (from_client ? client_data_ : server_data_) = true;
  return {Place::application, Likely::none};
}

}  // namespace handlens::tls
