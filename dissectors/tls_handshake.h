// What it is: the handshake layer of TLS: messages that lie anywhere in the handshake records of one direction, and
//   where each of them goes.
// On the wire: type(1) length(3) body(length); a record may hold several, a message may span several records
//   (RFC 8446 §5.1, RFC 5246 §6.2.1).
// Recognise it by: content type 22 while the direction is not encrypted.
// We keep: the first of each message that the report needs, in TlsFacts; every message gives one event.
// We ignore and why: bodies of messages that never travel in the clear (Finished, KeyUpdate); those of later
//   handshakes on the same connection, which are encrypted.
// Limits: TlsLimits::max_handshake_message bytes are joined, a longer message is passed over; a type outside the
//   registry ends the reading of its record.
// RFC sections: RFC 8446 §4, RFC 5246 §7.4.
#pragma once

#include <cstdint>
#include <vector>

#include "dissectors/tls_stream.h"

namespace handlens::tls {

// What both hellos settled; dissectors of later messages need it.
struct Negotiation {
  bool known = false;  // a ServerHello or HelloRetryRequest was read
  bool tls13 = false;
  bool encrypt_then_mac = false;
  std::uint16_t version = 0;
  std::uint16_t cipher_suite = 0;
};

// One whole message. `body` is valid until the joiner is used again.
struct HandshakeMessage {
  std::uint8_t type = 0;
  ByteView body;
  Direction from = Direction::forward;
  PacketStamp stamp;              // of the packet that completed it
  std::uint64_t first_frame = 0;  // that carried its first byte
  std::uint64_t first_arrival = 0;
  std::uint16_t segments = 0;
  std::uint16_t records = 0;
  std::uint16_t record_version = 0;  // of its first record
};

// Joins the messages of one direction. Owns at most one unfinished message.
class HandshakeJoiner {
 public:
  enum class Next : std::uint8_t { message, need_more, not_a_message, too_large };

  // A handshake record arrived; `fragment` must live until next() says need_more. `first_frame` and `arrival` say
  // when its first byte came.
  void on_record(ByteView fragment, std::uint64_t first_frame, std::uint64_t arrival, std::uint16_t version);
  // Fills type, body, first_frame, first_arrival, records and record_version of `message`.
  // not_a_message: `rejected_size` bytes were dropped. too_large: so many were announced; they are passed over as they
  // come, and reading goes on behind them.
  [[nodiscard]] Next next(std::uint32_t limit, HandshakeMessage& message);
  [[nodiscard]] std::uint32_t rejected_size() const { return rejected_size_; }
  // Bytes of an unfinished message, and its type (0 if none).
  [[nodiscard]] std::size_t pending() const { return delivered_ ? 0 : buffer_.size(); }
  [[nodiscard]] std::uint8_t pending_type() const { return pending() == 0 ? std::uint8_t{0} : buffer_[0]; }
  // Forgets everything unfinished; keeps the memory.
  void clear();

 private:
  // Whether the four header bytes can begin a message that we want to join.
  [[nodiscard]] Next check_header(ByteView header, std::uint32_t limit);
  [[nodiscard]] Next next_joined(std::uint32_t limit, HandshakeMessage& message);
  void pass_over();
  void fill(HandshakeMessage& message, ByteView whole) const;

  std::vector<std::uint8_t> buffer_;                     // an unfinished message from its header on
  bool delivered_ = false;                               // buffer_ was handed out as a whole message
  ByteView fragment_;                                    // what is left of the current record
  std::uint64_t first_frame_ = 0, first_arrival_ = 0;    // of the message
  std::uint64_t record_frame_ = 0, record_arrival_ = 0;  // of the current record
  std::uint16_t message_version_ = 0, record_version_ = 0;
  std::uint16_t records_ = 0;
  std::uint32_t rejected_size_ = 0;
  std::uint32_t skip_ = 0;  // bytes of a message that was too large, still to come
};

// Dissects `message`, keeps what the report needs and returns its event.
[[nodiscard]] TlsEvent keep_handshake_message(const HandshakeMessage& message, const TlsLimits& limits,
                                              Negotiation& negotiation, TlsFacts& facts);

}  // namespace handlens::tls
