// Sequence numbers that wrap (RFC 9293 §3.4). This is the only place that knows about the wrap: above it, positions in
// a stream are 64-bit offsets.
#pragma once
#include <cstdint>

namespace handlens {

// How far `to` lies after `from`, in [-2^31, 2^31).
[[nodiscard]] constexpr std::int32_t seq_distance(std::uint32_t from, std::uint32_t to) {
  return static_cast<std::int32_t>(to - from);
}
[[nodiscard]] constexpr bool seq_before(std::uint32_t a, std::uint32_t b) { return seq_distance(a, b) > 0; }

}  // namespace handlens
