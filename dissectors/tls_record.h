// What it is: the record layer of TLS: five header bytes in front of everything, and the rules by which bytes of
//   unknown meaning are taken for records.
// On the wire: type(1) version(2) length(2) fragment(length). RFC 8446 §5.1, RFC 5246 §6.2.1.
// Recognise it by: a ClientHello or ServerHello in a handshake record; a readable alert; an SSLv2-compatible hello;
//   in the middle of a stream by two headers in a row, or one record that fills what was captured exactly.
// We keep: type, version and length of a header. Bodies belong to tls_handshake and tls_alert.
// We ignore and why: the version number beyond its shape. The first record says 0301, 0303 or 0300 as it likes
//   (RFC 8446 §5.1), TLCP says 0101.
// Limits: kMaxRecordLength is TLS 1.2's ciphertext bound, the largest of all versions. kStartPatience bounds how
//   many bytes are waited for before a decision.
// RFC sections: RFC 8446 §5.1-5.2, §D.4; RFC 5246 §6.2, appendix E.2.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dissectors/byte_reader.h"

namespace handlens::tls {

enum class ContentType : std::uint8_t {
  change_cipher_spec = 20,
  alert = 21,
  handshake = 22,
  application_data = 23,
  heartbeat = 24,  // RFC 6520
};

inline constexpr std::size_t kRecordHeaderSize = 5;
inline constexpr std::uint32_t kMaxRecordLength = 16384 + 2048;  // RFC 5246 §6.2.3
inline constexpr std::size_t kStartPatience = 16;

struct RecordHeader {
  std::uint8_t type = 0;
  std::uint16_t version = 0;
  std::uint16_t length = 0;  // without the header

  [[nodiscard]] bool is(ContentType wanted) const { return type == static_cast<std::uint8_t>(wanted); }
  [[nodiscard]] std::size_t size() const { return kRecordHeaderSize + length; }
};

// REQUIRES: bytes.size() >= kRecordHeaderSize.
[[nodiscard]] RecordHeader read_record_header(ByteView bytes);

// How far a header met inside a stream of records can be trusted. Lenient: empty fragments and TLCP pass.
enum class HeaderFault : std::uint8_t { none, not_a_record, too_long };
[[nodiscard]] HeaderFault check_record_header(const RecordHeader& header);
// Strict form for bytes of unknown meaning: major version 3 and a length of 1..kMaxRecordLength.
[[nodiscard]] bool is_plausible_header(const RecordHeader& header);

// An answer that may need more bytes.
enum class Verdict : std::uint8_t { no, wait, yes };

// A ClientHello or ServerHello record; also when its first fragment is too short to hold the version.
[[nodiscard]] Verdict starts_hello(ByteView bytes);
// An SSLv2-compatible ClientHello whose four lengths agree (RFC 5246 appendix E.2).
[[nodiscard]] Verdict starts_sslv2_hello(ByteView bytes);
// An SSLv2 SERVER-HELLO: the answer of a server that speaks nothing newer.
[[nodiscard]] bool looks_like_sslv2_server_hello(ByteView bytes);
// A readable alert record: known level and description.
[[nodiscard]] Verdict starts_alert(ByteView bytes);
// One plausible record header: enough when something else already says that TLS comes here.
[[nodiscard]] Verdict starts_record(ByteView bytes);
// A stream joined in the middle.
[[nodiscard]] Verdict starts_midstream(ByteView bytes);

// Where records go on after missing bytes: at a header followed by another one, or by the end of the window.
// Not found: `discard` bytes hold no record for certain, the rest may be the beginning of one.
struct Resync {
  std::size_t discard = 0;
  bool found = false;
};
[[nodiscard]] Resync find_record(ByteView window);

// Handshake types of TLS 1.0 to 1.3 and of extensions in use (IANA TLS HandshakeType).
[[nodiscard]] bool is_handshake_type(std::uint8_t type);
// The fragment consists of whole handshake messages, or begins one that is often longer than a record.
[[nodiscard]] bool looks_like_handshake(ByteView fragment);

}  // namespace handlens::tls
