// Frames that a capture holds twice: a mirror port that sees both ways of a packet, two interfaces of one host, a
// router's two sides.
#pragma once
#include <cstdint>

#include "src/timeline/packet_note.h"

namespace handlens {

// Two copies of one frame are this close; a host that repeats a packet waits longer.
inline constexpr std::int64_t kCopies = 2'000'000;  // ns

// Whether both show one packet, not a host's second one. Also true of a frame and itself.
[[nodiscard]] bool is_copy(const PacketNote& a, const PacketNote& b);

}  // namespace handlens
