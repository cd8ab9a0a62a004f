// Big-endian fields in frames, the Internet checksum, and numbers that are the same on every machine for a seed.
#pragma once
#include <cstddef>
#include <cstdint>

#include "tools/builder/bytes.h"

namespace handlens::bench_gen {

using builder::Bytes;

[[nodiscard]] inline std::uint16_t get16(const Bytes& b, std::size_t at) {
  return static_cast<std::uint16_t>((b[at] << 8) | b[at + 1]);
}
[[nodiscard]] inline std::uint32_t get32(const Bytes& b, std::size_t at) {
  return (std::uint32_t{get16(b, at)} << 16) | get16(b, at + 2);
}
inline void put16(Bytes& b, std::size_t at, std::uint64_t v) {
  b[at] = static_cast<std::uint8_t>(v >> 8);
  b[at + 1] = static_cast<std::uint8_t>(v);
}
inline void put32(Bytes& b, std::size_t at, std::uint64_t v) {
  put16(b, at, v >> 16);
  put16(b, at + 2, v);
}

// An IP packet in an Ethernet frame. Offsets into the frame; `end` is the end of the IP packet, padding follows.
struct Layers {
  std::size_t ip = 0, transport = 0, payload = 0, end = 0;
  std::uint8_t protocol = 0;
  bool v6 = false;
};
// False if the frame is not a whole TCP or UDP packet over IPv4 or IPv6 without VLAN tags, fragments and extension
// headers.
[[nodiscard]] bool find_layers(const Bytes& frame, Layers& out);
// Writes the checksums of the IPv4 header (RFC 791) and of TCP or UDP (RFC 9293 §3.1, RFC 768).
void fix_checksums(Bytes& frame, const Layers& layers);

// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
[[nodiscard]] std::uint64_t mix(std::uint64_t value);
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15ULL); }
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return next() % bound; }  // REQUIRES: bound > 0
  // Between 2^low and 2^high, every power of two as likely as the next: few are large.
  [[nodiscard]] std::uint64_t size(unsigned low, unsigned high) {
    const std::uint64_t power = std::uint64_t{1} << (low + below(high - low));
    return power + below(power);
  }
  void fill(std::uint8_t* to, std::size_t size);

 private:
  std::uint64_t state_;
};

}  // namespace handlens::bench_gen
