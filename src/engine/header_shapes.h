// What many first packets have in common, each combination once: a flood's SYNs differ in addresses and numbers only.
//
// Bounded: a combination after kMostHeaderShapes has no number; whoever keeps it keeps it for itself, 40 bytes more.
// None is forgotten: those who know a number may still ask for it. With its index the table takes at most 4 MiB while
// it grows; a limit on memory does not count them. Threads: belongs to one shard. Numbers and hashes show in no output.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "src/engine/limits.h"
#include "src/tcp/segment.h"

namespace handlens {

inline constexpr std::size_t kDeferredOptionBytes = 24;

// Compared as bytes; no padding.
struct HeaderShape {
  std::uint16_t link_origin = 0;  // where it was captured, see LinkOrigins
  std::uint16_t flags = 0;
  std::uint8_t ttl = 0;
  std::uint8_t ip_bits = 0;  // 1: has an IP-ID, 2: DF, 4 and 8: CaptureDirection
  std::uint8_t options_length = 0;
  std::uint8_t timestamps_at = 0;  // where in the options the values of the first timestamps stand; 0: there are none
  std::array<std::uint8_t, kDeferredOptionBytes> options{};  // those values are 0 here; those of further ones are not

  using Words = std::array<std::uint64_t, 4>;
  [[nodiscard]] Words words() const { return std::bit_cast<Words>(*this); }
  [[nodiscard]] bool has(std::uint16_t bit) const { return (flags & bit) != 0; }
  bool operator==(const HeaderShape& other) const {
    const Words a = words(), b = other.words();
    return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3])) == 0;
  }
};
static_assert(std::has_unique_object_representations_v<HeaderShape>);

// The shape of a packet. REQUIRES: its options fit (is_deferrable).
[[nodiscard]] HeaderShape shape_of(const Segment& s, std::uint16_t link_origin);
// Keyed, so that nobody can choose shapes that collide (keyed_hash.h).
[[nodiscard]] std::uint64_t hash_shape(const HeaderShape& shape, std::uint64_t seed);

class HeaderShapes {
 public:
  static constexpr std::uint16_t kNone = 0xffff;
  static_assert(kMostHeaderShapes <= kNone);

  explicit HeaderShapes(std::uint64_t seed);
  // kNone: there are too many.
  [[nodiscard]] std::uint16_t number_of(const HeaderShape& shape);
  // The reference is good until the next call of number_of().
  [[nodiscard]] const HeaderShape& shape(std::uint16_t number) const { return shapes_[number]; }

 private:
  void place(std::uint16_t number);
  void grow();

  std::uint64_t seed_;
  std::vector<HeaderShape> shapes_;
  std::vector<std::uint16_t> index_;      // a power of two; open addressing
  std::array<std::uint16_t, 16> recent_;  // the ones asked for last, by flags and TTL
};

}  // namespace handlens
