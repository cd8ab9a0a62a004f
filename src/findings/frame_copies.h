// Frames that a capture holds twice: a mirror port that sees both ways of a packet, two interfaces of one host, a
// router's two sides.
#pragma once
#include <cstdint>

#include "src/timeline/packet_note.h"

namespace handlens {

// Two copies of one frame are this close; a host that repeats a packet waits longer.
inline constexpr std::int64_t kCopies = 2'000'000;  // ns

// Of packets with the same numbers.
[[nodiscard]] bool is_copy_of_alike(const PacketNote& a, const PacketNote& b);

// Whether both show one packet, not a host's second one. Also true of a frame and itself.
[[nodiscard]] inline bool is_copy(const PacketNote& a, const PacketNote& b) {
  return a.seq == b.seq && a.ack == b.ack && a.length == b.length && is_copy_of_alike(a, b);
}

}  // namespace handlens
