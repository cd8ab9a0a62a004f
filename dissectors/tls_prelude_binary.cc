// The protocols of messages that come before TLS: one row each in kBinaryProtocols.
#include <algorithm>
#include <array>
#include <string>

#include "dissectors/tls_prelude.h"

namespace handlens::tls {
namespace {

constexpr PreludeUnit kNo{};
constexpr PreludeUnit kWait{0, Signal::none, true};

PreludeUnit whole(std::size_t size, ByteView bytes, Signal signal = Signal::none) {
  return bytes.size() < size ? kWait : PreludeUnit{size, signal, false};
}

// What is there agrees with the beginning of `magic`.
template <std::size_t size>
bool agrees(ByteView bytes, const std::array<std::uint8_t, size>& magic) {
  const std::size_t n = std::min(bytes.size(), size);
  return std::equal(magic.begin(), magic.begin() + static_cast<std::ptrdiff_t>(n), bytes.begin());
}

Signal answer(bool yes, std::string words, PreludeMemory& memory) {
  memory.facts.reply = std::move(words);
  return yes ? Signal::accepted : Signal::refused;
}

std::string dotted(ByteView bytes) {
  IpAddress address;
  address.v6 = bytes.size() == 16;
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  return address.v6 ? "[" + to_text(address) + "]" : to_text(address);
}

// --- PROXY protocol, version 2: magic(12) version-command(1) family(1) length(2)
PreludeUnit proxy_begins(ByteView bytes) {
  constexpr std::array<std::uint8_t, 12> kMagic = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                                   0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
  if (!agrees(bytes, kMagic)) return kNo;
  if (bytes.size() < 16) return kWait;
  return whole(16U + read_u16(bytes.data() + 14), bytes);
}
PreludeUnit proxy_unit(bool, ByteView bytes, PreludeMemory&) { return proxy_begins(bytes); }

// --- PostgreSQL: SSLRequest or GSSENCRequest, answered by one byte
PreludeUnit postgres_begins(ByteView bytes) {
  constexpr std::array<std::uint8_t, 7> kMagic = {0x00, 0x00, 0x00, 0x08, 0x04, 0xd2, 0x16};
  if (!agrees(bytes, kMagic)) return kNo;
  if (bytes.size() < 8) return kWait;
  return bytes[7] == 0x2f || bytes[7] == 0x30 ? PreludeUnit{8, Signal::none, false} : kNo;
}
PreludeUnit postgres_unit(bool from_client, ByteView bytes, PreludeMemory& memory) {
  if (from_client) {
    PreludeUnit unit = postgres_begins(bytes);
    if (unit.size != 0 && bytes[7] == 0x2f) unit.signal = Signal::asked;
    return unit;
  }
  if (!memory.waiting) return bytes[0] == 'N' ? PreludeUnit{1, Signal::none, false} : kNo;  // to GSSENCRequest
  const bool yes = bytes[0] == 'S';
  if (!yes && bytes[0] != 'N' && bytes[0] != 'E') return kNo;
  return {1, answer(yes, std::string(1, static_cast<char>(bytes[0])), memory), false};
}

// --- MySQL: length(3, little endian) sequence(1) payload; protocol 10 greeting, then a 32-byte SSLRequest
std::size_t mysql_length(ByteView bytes) {
  return static_cast<std::size_t>(bytes[0]) | (static_cast<std::size_t>(bytes[1]) << 8) |
         (static_cast<std::size_t>(bytes[2]) << 16);
}
PreludeUnit mysql_begins(ByteView bytes) {
  constexpr std::uint8_t kProtocol = 10;
  if ((bytes.size() > 1 && bytes[1] > 1) || (bytes.size() > 2 && bytes[2] != 0) ||
      (bytes.size() > 3 && bytes[3] != 0) || (bytes.size() > 4 && bytes[4] != kProtocol) || bytes[0] < 20) {
    return kNo;
  }
  if (bytes.size() < 6) {
    // A text or a TLS record must not be held up by this: the third byte would be zero.
    return bytes.size() < 3 && (bytes.size() < 2 || bytes[1] > 1) && bytes[0] >= 0x20 && bytes[0] < 0x7f ? kNo : kWait;
  }
  if (bytes[5] < '0' || bytes[5] > '9') return kNo;  // of the server's version
  return whole(4 + mysql_length(bytes), bytes);
}
PreludeUnit mysql_unit(bool from_client, ByteView bytes, PreludeMemory& memory) {
  constexpr std::uint16_t kClientSsl = 0x0800;
  constexpr std::size_t kSslRequest = 32;
  if (bytes.size() < 6) return kWait;
  const std::size_t size = 4 + mysql_length(bytes);
  const bool first = memory.units[index(from_client ? *memory.client : opposite(*memory.client))] == 0;
  const bool ssl = ((bytes[4] | (bytes[5] << 8)) & kClientSsl) != 0;
  if (from_client && first && ssl && bytes[3] == 1 && size == 4 + kSslRequest) return whole(size, bytes, Signal::asked);
  return first ? whole(size, bytes) : kNo;
}

// --- LDAP (RFC 4511 §4.14): BER SEQUENCE of messageID and operation
struct BerLength {
  std::size_t header = 0;  // 0: not there yet
  std::size_t length = 0;
  bool bad = false;
};
BerLength ber_length(ByteView bytes) {  // bytes[0] is the tag
  if (bytes.size() < 2) return {};
  if (bytes[1] < 0x80) return {2, bytes[1], false};
  const std::size_t n = bytes[1] & 0x7fU;
  if (n == 0 || n > 4) return {0, 0, true};
  if (bytes.size() < 2 + n) return {};
  std::size_t length = 0;
  for (std::size_t i = 0; i < n; ++i) length = (length << 8) | bytes[2 + i];
  return {2 + n, length, false};
}
// The operation's bytes, from its tag on; empty: not LDAP, or not there yet.
ByteView ldap_operation(ByteView bytes) {
  const BerLength outer = ber_length(bytes);
  if (outer.header == 0 || bytes.size() < outer.header + 3 || bytes[outer.header] != 0x02) return {};
  const std::size_t id = bytes[outer.header + 1];
  const std::size_t at = outer.header + 2 + id;
  return id == 0 || id > 4 || at >= bytes.size() ? ByteView{} : bytes.subspan(at);
}
PreludeUnit ldap_begins(ByteView bytes) {
  constexpr std::size_t kEnough = 14;
  if (bytes[0] != 0x30) return kNo;
  const BerLength outer = ber_length(bytes);
  // '0' and a letter would be text: LDAP's second byte is a length whose message has the right shape.
  if (outer.bad || (outer.header != 0 && outer.length < 5)) return kNo;
  if (outer.header != 0 && bytes.size() > outer.header && bytes[outer.header] != 0x02) return kNo;
  const ByteView operation = ldap_operation(bytes);
  if (operation.empty()) return bytes.size() < kEnough ? kWait : kNo;
  return (operation[0] & 0xc0) == 0x40 ? whole(outer.header + outer.length, bytes) : kNo;  // [APPLICATION n]
}
PreludeUnit ldap_unit(bool from_client, ByteView bytes, PreludeMemory& memory) {
  constexpr std::uint8_t kExtendedRequest = 0x77, kExtendedResponse = 0x78;
  constexpr std::string_view kStartTls = "1.3.6.1.4.1.1466.20037";
  PreludeUnit unit = ldap_begins(bytes);
  if (unit.size == 0) return unit;
  const ByteView operation = ldap_operation(bytes.first(unit.size));
  if (operation.empty()) return kNo;
  if (from_client && operation[0] == kExtendedRequest &&
      std::search(operation.begin(), operation.end(), kStartTls.begin(), kStartTls.end(),
                  [](std::uint8_t a, char b) { return static_cast<char>(a) == b; }) != operation.end()) {
    unit.signal = Signal::asked;
  } else if (!from_client && memory.waiting && operation[0] == kExtendedResponse) {
    const std::size_t at = ber_length(operation).header;  // resultCode ENUMERATED
    if (at != 0 && operation.size() >= at + 3 && operation[at] == 0x0a && operation[at + 1] == 1) {
      const unsigned code = operation[at + 2];
      unit.signal = answer(code == 0, "resultCode " + std::to_string(code), memory);
    }
  }
  return unit;
}

// --- SOCKS4 and 4a: 04 command port(2) address(4) user NUL [name NUL]
PreludeUnit socks4_request(ByteView bytes, std::string* target) {
  constexpr std::size_t kFixed = 8, kLongestField = 255;
  if (bytes[0] != 4 || (bytes.size() > 1 && (bytes[1] == 0 || bytes[1] > 2))) return kNo;
  if (bytes.size() < kFixed + 1) return kWait;
  const auto field_end = [bytes](std::size_t from) {
    const auto nul = std::find(bytes.begin() + static_cast<std::ptrdiff_t>(from), bytes.end(), std::uint8_t{0});
    return static_cast<std::size_t>(nul - bytes.begin());
  };
  std::size_t end = field_end(kFixed);
  if (end > kFixed + kLongestField) return kNo;
  if (end == bytes.size()) return kWait;
  const std::string port = ":" + std::to_string(read_u16(bytes.data() + 2));
  const bool named = bytes[4] == 0 && bytes[5] == 0 && bytes[6] == 0 && bytes[7] != 0;  // 4a
  std::string host = dotted(bytes.subspan(4, 4));
  if (named) {
    const std::size_t start = end + 1;
    end = field_end(start);
    if (end > start + kLongestField) return kNo;
    if (end == bytes.size()) return kWait;
    host.assign(bytes.begin() + static_cast<std::ptrdiff_t>(start), bytes.begin() + static_cast<std::ptrdiff_t>(end));
  }
  if (target != nullptr) *target = (host + port).substr(0, 255);
  return {end + 1, Signal::none, false};
}
PreludeUnit socks4_begins(ByteView bytes) { return socks4_request(bytes, nullptr); }
PreludeUnit socks4_unit(bool from_client, ByteView bytes, PreludeMemory& memory) {
  if (from_client) {
    PreludeUnit unit = memory.waiting ? kNo : socks4_request(bytes, &memory.facts.target);
    if (unit.size != 0) unit.signal = Signal::asked;
    return unit;
  }
  if (!memory.waiting || bytes[0] != 0) return kNo;
  if (bytes.size() < 8) return kWait;
  return {8, answer(bytes[1] == 0x5a, "CD " + std::to_string(bytes[1]), memory), false};
}

// --- SOCKS5 (RFC 1928): methods, their choice, [RFC 1929 password], request, reply
PreludeUnit socks5_begins(ByteView bytes) {
  if (bytes[0] != 5 || (bytes.size() > 1 && (bytes[1] == 0 || bytes[1] > 16))) return kNo;
  if (bytes.size() < 2 || bytes.size() < 2U + bytes[1]) return kWait;
  const ByteView methods = bytes.subspan(2, bytes[1]);
  const bool known = std::all_of(methods.begin(), methods.end(), [](std::uint8_t m) { return m <= 9 || m >= 0x80; });
  return known ? PreludeUnit{2U + bytes[1], Signal::none, false} : kNo;
}
// 05 command-or-reply 00 type address port
PreludeUnit socks5_address(ByteView bytes, std::string* target) {
  if (bytes.size() < 5) return kWait;
  std::size_t at = 4, length = 0;
  switch (bytes[3]) {
    case 1:
      length = 4;
      break;
    case 3:
      length = bytes[4];
      at = 5;
      break;
    case 4:
      length = 16;
      break;
    default:
      return kNo;
  }
  if (bytes.size() < at + length + 2) return kWait;
  if (target != nullptr) {
    const ByteView host = bytes.subspan(at, length);
    *target = bytes[3] == 3 ? std::string(host.begin(), host.end()) : dotted(host);
    *target += ":" + std::to_string(read_u16(bytes.data() + at + length));
    target->resize(std::min<std::size_t>(target->size(), 255));
  }
  return {at + length + 2, Signal::none, false};
}
PreludeUnit socks5_unit(bool from_client, ByteView bytes, PreludeMemory& memory) {
  const bool first = memory.units[index(from_client ? *memory.client : opposite(*memory.client))] == 0;
  if (from_client && first) return socks5_begins(bytes);
  if (bytes[0] == 1) {  // RFC 1929 §2
    if (bytes.size() < 2) return kWait;
    if (!from_client) return {2, Signal::none, false};
    const std::size_t password = 2U + bytes[1];
    return bytes.size() <= password ? kWait : whole(password + 1 + bytes[password], bytes);
  }
  if (bytes[0] != 5) return kNo;
  if (!from_client && first) {
    if (bytes.size() < 2) return kWait;
    // No acceptable method ends the connection, RFC 1928 §3.
    return {2, bytes[1] == 0xff ? answer(false, "method 255", memory) : Signal::none, false};
  }
  PreludeUnit unit = socks5_address(bytes, from_client ? &memory.facts.target : nullptr);
  if (unit.size == 0) return unit;
  if (from_client) {
    unit.signal = Signal::asked;
  } else if (memory.waiting) {
    unit.signal = answer(bytes[1] == 0, "REP " + std::to_string(bytes[1]), memory);
  }
  return unit;
}

constexpr std::array<BinaryProtocol, 6> kBinaryProtocols = {{
    {Prelude::proxy_protocol, false, proxy_begins, proxy_unit},
    {Prelude::postgres, false, postgres_begins, postgres_unit},
    {Prelude::socks5, false, socks5_begins, socks5_unit},
    {Prelude::socks4, false, socks4_begins, socks4_unit},
    {Prelude::ldap, false, ldap_begins, ldap_unit},
    {Prelude::mysql, true, mysql_begins, mysql_unit},
}};

}  // namespace

std::span<const BinaryProtocol> binary_protocols() { return kBinaryProtocols; }

const BinaryProtocol* find_binary_protocol(Prelude id) {
  const auto* found = std::find_if(kBinaryProtocols.begin(), kBinaryProtocols.end(),
                                   [id](const BinaryProtocol& row) { return row.id == id; });
  return found == kBinaryProtocols.end() ? nullptr : found;
}

}  // namespace handlens::tls
