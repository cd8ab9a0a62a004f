// Integers of capture file headers, in the byte order the file's writer had.
#pragma once

#include <cstdint>

#include "dissectors/byte_reader.h"

namespace handlens {

// Compilers turn each of these into one load (and a byte swap).
// REQUIRES: the bytes exist.
[[nodiscard]] inline std::uint16_t load_u16(const std::uint8_t* p, bool big_endian) {
  return big_endian ? read_u16(p) : static_cast<std::uint16_t>(p[0] | (p[1] << 8));
}
[[nodiscard]] inline std::uint32_t load_u32(const std::uint8_t* p, bool big_endian) {
  if (big_endian) return read_u32(p);
  return p[0] | (static_cast<std::uint32_t>(p[1]) << 8) | (static_cast<std::uint32_t>(p[2]) << 16) |
         (static_cast<std::uint32_t>(p[3]) << 24);
}
[[nodiscard]] inline std::uint64_t load_u64(const std::uint8_t* p, bool big_endian) {
  const std::uint64_t first = load_u32(p, big_endian), second = load_u32(p + 4, big_endian);
  return big_endian ? (first << 32) | second : (second << 32) | first;
}

}  // namespace handlens
