// What it is: arithmetic on the lengths of encrypted records. Encryption hides content, not size: a Finished, an
//   alert or an empty Certificate is as long as its cipher suite makes it.
// On the wire: TLS 1.3: content + 1 (inner type) + tag. TLS 1.2: [explicit nonce or IV] + content [+ MAC + padding]
//   + [tag].
// Recognise it by: version, cipher suite, direction and place in the handshake; see Tls13Flight.
// We keep: the expected lengths of an alert and of a Finished; in TLS 1.3 the place in the handshake.
// We ignore and why: record padding (RFC 8446 §5.4) but for the 16 bytes that Java's JSSE adds to each record of a
//   handshake; a stack that puts several messages into one record hides single sizes, so only sums are compared then.
// Limits: a guess never changes the kind of an event; it stands beside it. A 19-byte record can also be two bytes
//   of application data.
// RFC sections: RFC 8446 §5.2, §4.4; RFC 5246 §6.2.3; RFC 7366; RFC 7905; RFC 5288; RFC 6655.
#pragma once

#include <cstdint>

#include "dissectors/tls_stream.h"

namespace handlens::tls {

// Expected record lengths; 0: not known.
struct ProtectedLengths {
  std::uint32_t alert = 0;
  std::uint32_t finished = 0;
  std::uint32_t block = 0;     // CBC: a longer record may differ by whole blocks of padding
  std::uint32_t overhead = 0;  // TLS 1.3: record length minus content
};
[[nodiscard]] ProtectedLengths protected_lengths(std::uint16_t version, std::uint16_t cipher_suite,
                                                 bool encrypt_then_mac);

// TLS <= 1.2: `length` is that of a Finished, allowing for extra CBC padding; true when the shape is not known.
[[nodiscard]] bool may_be_finished(const ProtectedLengths& lengths, std::uint32_t length);

// Follows the protected records of one TLS 1.3 handshake from the ServerHello on, without keys.
class Tls13Flight {
 public:
  enum class Place : std::uint8_t { handshake, ticket, alert, application };
  struct Reading {
    Place place = Place::handshake;
    TlsEvent::Likely likely = TlsEvent::Likely::none;
  };

  void start(const ProtectedLengths& lengths, bool early_data_offered, bool resumed);
  [[nodiscard]] Reading on_record(bool from_client, std::uint32_t length);
  // The client's Finished was seen, or records that can only follow it.
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] std::uint32_t alert_length() const { return lengths_.alert; }

 private:
  [[nodiscard]] Reading on_server_flight(std::uint32_t length);
  [[nodiscard]] Reading on_client_flight(std::uint32_t length);
  [[nodiscard]] Reading on_later_record(bool from_client, std::uint32_t length);
  [[nodiscard]] bool is_padded_alert(bool from_client, std::uint32_t length) const;
  [[nodiscard]] bool is_ticket(std::uint32_t length) const;

  ProtectedLengths lengths_;
  bool early_data_ = false;      // may have been accepted, and its end not yet seen
  bool early_rejected_ = false;  // what is left of it may still come, and looks like the client's flight
  bool resumed_ = false;
  bool complete_ = false;
  bool server_certificate_ = false;
  bool server_pads_ = false;  // its Finished was longer by kPadding
  bool closing_ = false;      // an alert-sized record was seen after completion
  bool client_data_ = false;
  bool server_data_ = false;
  std::uint32_t server_records_ = 0;
  std::uint32_t client_records_ = 0;
  std::uint32_t client_bytes_ = 0;
  std::uint32_t tickets_ = 0;
  std::uint32_t ticket_length_ = 0;
};

}  // namespace handlens::tls
