// Which way bytes travel. Relative to the flow's first captured packet, because who is client is known only later.
#pragma once
#include <cstddef>
#include <cstdint>

namespace handlens {

enum class Direction : std::uint8_t { forward = 0, reverse = 1 };  // forward: sent by the first packet's sender

[[nodiscard]] constexpr Direction opposite(Direction d) {
  return d == Direction::forward ? Direction::reverse : Direction::forward;
}
[[nodiscard]] constexpr std::size_t index(Direction d) { return static_cast<std::size_t>(d); }

}  // namespace handlens
