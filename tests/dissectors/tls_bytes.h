// Making TLS bytes by hand: hex, integers and length-prefixed vectors (RFC 8446 §3.4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "dissectors/byte_reader.h"

namespace handlens::tls::testing {

using Bytes = std::vector<std::uint8_t>;

inline std::uint8_t hex_digit(char c) { return static_cast<std::uint8_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10); }

// Hex digits to bytes; blanks are ignored.
inline Bytes hex(std::string_view text) {
  Bytes out;
  bool high = true;
  for (const char c : text) {
    if (c == ' ') continue;
    if (high) out.push_back(static_cast<std::uint8_t>(hex_digit(c) << 4));
    if (!high) out.back() = static_cast<std::uint8_t>(out.back() | hex_digit(c));
    high = !high;
  }
  return out;
}

inline Bytes text(std::string_view s) { return {s.begin(), s.end()}; }

inline Bytes join(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

inline Bytes integer(std::uint64_t value, int bytes) {
  Bytes out;
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return out;
}
inline Bytes u16(unsigned value) { return integer(value, 2); }

inline Bytes vec8(const Bytes& body) { return join({integer(body.size(), 1), body}); }
inline Bytes vec16(const Bytes& body) { return join({integer(body.size(), 2), body}); }
inline Bytes vec24(const Bytes& body) { return join({integer(body.size(), 3), body}); }

inline Bytes u16_list(std::initializer_list<unsigned> values) {
  Bytes out;
  for (const unsigned value : values) out = join({out, u16(value)});
  return out;
}

inline Bytes extension(unsigned type, const Bytes& body) { return join({u16(type), vec16(body)}); }

// A ClientHello with nothing special but what is given.
struct HelloBuilder {
  unsigned version = 0x0303;
  Bytes random = Bytes(32, 0x11);
  Bytes session_id;
  Bytes suites = u16_list({0x1301, 0x1302});
  Bytes compression = {0};
  Bytes extensions;
  bool with_extensions = true;

  [[nodiscard]] Bytes build() const {
    const Bytes head = join({u16(version), random, vec8(session_id), vec16(suites), vec8(compression)});
    return with_extensions ? join({head, vec16(extensions)}) : head;
  }
};

// A ServerHello of the modern shape.
struct ServerHelloBuilder {
  unsigned version = 0x0303;
  Bytes random = Bytes(32, 0x22);
  Bytes session_id;
  unsigned suite = 0xc02f;
  Bytes extensions;
  bool with_extensions = true;

  [[nodiscard]] Bytes build() const {
    const Bytes head = join({u16(version), random, vec8(session_id), u16(suite), {0}});
    return with_extensions ? join({head, vec16(extensions)}) : head;
  }
};

}  // namespace handlens::tls::testing
