#include "dissectors/tls_record.h"

#include <algorithm>
#include <array>

namespace handlens::tls {
namespace {

constexpr std::uint8_t kHandshake = static_cast<std::uint8_t>(ContentType::handshake);
constexpr std::uint32_t kLongestCredibleMessage = 0x20000;  // a certificate chain of 128 KiB

bool is_content_type(std::uint8_t type) { return type >= 20 && type <= 24; }

std::uint32_t read_u24(const std::uint8_t* p) {
  return (static_cast<std::uint32_t>(p[0]) << 16) | (static_cast<std::uint32_t>(p[1]) << 8) | p[2];
}

// The bytes that are there do not contradict a record header with major version 3.
bool is_header_prefix(ByteView bytes) {
  if (!bytes.empty() && !is_content_type(bytes[0])) return false;
  if (bytes.size() > 1 && bytes[1] != 3) return false;
  return bytes.size() <= 2 || bytes[2] <= 4;
}

// First bytes of a version field in a hello: SSL 3.0 to TLS 1.3 (3), TLCP (1), SSLv2 (2), drafts (7e, 7f).
bool is_hello_version(std::uint8_t major) {
  return major == 1 || major == 2 || major == 3 || major == 0x7e || major == 0x7f;
}

// The first fragment ends before the hello's version: the next record must go on with the handshake.
Verdict starts_tiny_hello(ByteView bytes, const RecordHeader& header) {
  const std::size_t next = header.size();
  if (bytes.size() < next + 2) return Verdict::wait;
  return bytes[next] == kHandshake && bytes[next + 1] == bytes[1] ? Verdict::yes : Verdict::no;
}

bool is_sslv2_version(std::uint16_t version) { return version == 0x0002 || (version >= 0x0300 && version <= 0x0303); }

}  // namespace

RecordHeader read_record_header(ByteView bytes) {
  return {bytes[0], read_u16(bytes.data() + 1), read_u16(bytes.data() + 3)};
}

HeaderFault check_record_header(const RecordHeader& header) {
  const unsigned major = header.version >> 8;
  if (!is_content_type(header.type) || (major != 3 && major != 1) || (header.version & 0xff) > 4) {
    return HeaderFault::not_a_record;
  }
  return header.length > kMaxRecordLength ? HeaderFault::too_long : HeaderFault::none;
}

bool is_plausible_header(const RecordHeader& header) {
  return is_content_type(header.type) && (header.version >> 8) == 3 && (header.version & 0xff) <= 4 &&
         header.length >= 1 && header.length <= kMaxRecordLength;
}

Verdict starts_hello(ByteView bytes) {
  constexpr std::size_t kNeeded = 11;  // up to the hello's version
  if (!bytes.empty() && bytes[0] != kHandshake) return Verdict::no;
  if (bytes.size() > 1 && bytes[1] != 3 && bytes[1] != 1) return Verdict::no;
  if (bytes.size() > 2 && bytes[2] > 4) return Verdict::no;
  if (bytes.size() < kRecordHeaderSize + 1) return Verdict::wait;
  const RecordHeader header = read_record_header(bytes);
  if (header.length == 0 || header.length > kMaxRecordLength) return Verdict::no;
  if (bytes[5] != 1 && bytes[5] != 2) return Verdict::no;
  if (header.length < kNeeded - kRecordHeaderSize) return starts_tiny_hello(bytes, header);
  if (bytes.size() < kNeeded) return Verdict::wait;
  // 38: the shortest hello there is, a ServerHello of a TLS 1.3 draft.
  const std::uint32_t length = read_u24(bytes.data() + 6);
  return length >= 38 && is_hello_version(bytes[9]) ? Verdict::yes : Verdict::no;
}

Verdict starts_sslv2_hello(ByteView bytes) {
  constexpr std::size_t kNeeded = 11;
  if (!bytes.empty() && (bytes[0] & 0x80) == 0) return Verdict::no;
  if (bytes.size() > 2 && bytes[2] != 1) return Verdict::no;
  if (bytes.size() > 4 && !is_sslv2_version(read_u16(bytes.data() + 3))) return Verdict::no;
  if (bytes.size() < kNeeded) return Verdict::wait;
  const unsigned length = read_u16(bytes.data()) & 0x7fffU;
  const unsigned specs = read_u16(bytes.data() + 5);
  const unsigned rest = 9U + specs + read_u16(bytes.data() + 7) + read_u16(bytes.data() + 9);
  return specs % 3 == 0 && rest == length ? Verdict::yes : Verdict::no;
}

bool looks_like_sslv2_server_hello(ByteView bytes) {
  // length, message type 4, session-id-hit, certificate type, version 2
  return bytes.size() >= 7 && (bytes[0] & 0x80) != 0 && bytes[2] == 4 && bytes[3] <= 1 && bytes[4] <= 1 &&
         read_u16(bytes.data() + 5) == 0x0002;
}

Verdict starts_alert(ByteView bytes) {
  constexpr std::array<std::uint8_t, 36> kDescriptions = {0,  10,  20,  21,  22,  30,  40,  41,  42,  43,  44,  45,
                                                          46, 47,  48,  49,  50,  51,  52,  60,  70,  71,  80,  86,
                                                          90, 100, 109, 110, 111, 112, 113, 114, 115, 116, 120, 121};
  if (!bytes.empty() && bytes[0] != static_cast<std::uint8_t>(ContentType::alert)) return Verdict::no;
  if (!is_header_prefix(bytes)) return Verdict::no;
  if (bytes.size() < kRecordHeaderSize) return Verdict::wait;
  if (read_record_header(bytes).length != 2) return Verdict::no;
  if (bytes.size() < kRecordHeaderSize + 2) return Verdict::wait;
  const bool known = std::find(kDescriptions.begin(), kDescriptions.end(), bytes[6]) != kDescriptions.end();
  return (bytes[5] == 1 || bytes[5] == 2) && known ? Verdict::yes : Verdict::no;
}

Verdict starts_record(ByteView bytes) {
  if (!is_header_prefix(bytes)) return Verdict::no;
  if (bytes.size() < kRecordHeaderSize) return Verdict::wait;
  return is_plausible_header(read_record_header(bytes)) ? Verdict::yes : Verdict::no;
}

Verdict starts_midstream(ByteView bytes) {
  const Verdict one = starts_record(bytes);
  if (one != Verdict::yes) return one;
  const RecordHeader header = read_record_header(bytes);
  const std::size_t end = header.size();
  if (bytes.size() == end) return Verdict::yes;
  if (bytes.size() > end) return starts_record(bytes.subspan(end)) == Verdict::no ? Verdict::no : Verdict::yes;
  // The record is longer than what is here. Application data has nothing more to show; a handshake record shows the
  // header of its message.
  if (header.is(ContentType::application_data)) return Verdict::yes;
  if (header.is(ContentType::handshake) && bytes.size() >= 9 && is_handshake_type(bytes[5]) &&
      read_u24(bytes.data() + 6) <= kLongestCredibleMessage) {
    return Verdict::yes;
  }
  return bytes.size() < kStartPatience ? Verdict::wait : Verdict::no;
}

Resync find_record(ByteView window) {
  for (std::size_t at = 0; at < window.size(); ++at) {
    const ByteView rest = window.subspan(at);
    const Verdict here = starts_record(rest);
    if (here == Verdict::no) continue;
    if (here == Verdict::wait) return {at, false};
    const std::size_t end = read_record_header(rest).size();
    if (end == rest.size()) return {at, true};
    if (end > rest.size()) return {at, false};
    const Verdict next = starts_record(rest.subspan(end));
    if (next == Verdict::yes) return {at, true};
    if (next == Verdict::wait) return {at, false};
  }
  return {window.size(), false};
}

bool is_handshake_type(std::uint8_t type) {
  switch (type) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
    case 8:  // hellos, tickets, EncryptedExtensions
    case 11:
    case 12:
    case 13:
    case 14:
    case 15:
    case 16:  // Certificate to ClientKeyExchange
    case 20:
    case 21:
    case 22:
    case 23:
    case 24:
    case 25:  // Finished to CompressedCertificate
    case 67:
    case 203:  // next_protocol, channel id
      return true;
    default:
      return false;
  }
}

bool looks_like_handshake(ByteView fragment) {
  bool first = true;
  while (!fragment.empty()) {
    if (fragment.size() < 4 || !is_handshake_type(fragment[0])) return false;
    const std::uint32_t length = read_u24(fragment.data() + 1);
    if (length > kLongestCredibleMessage) return false;
    const bool often_long = fragment[0] == 1 || fragment[0] == 2 || fragment[0] == 11;
    if (length > fragment.size() - 4) return often_long || !first;
    if (first && often_long) return true;
    fragment = fragment.subspan(4 + length);
    first = false;
  }
  return !first;
}

}  // namespace handlens::tls
