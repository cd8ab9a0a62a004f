// A SYN with another number in the middle of a connection: a new connection of the same endpoints, or somebody's
// invention. RFC 5961 §4: a host does not believe it either, and asks back with an ACK. Which one it is shows in what
// comes next, so it waits as a note until the next packet.
// Threads: belongs to one shard.
#pragma once
#include <cstdint>

#include "src/engine/deferred.h"

namespace handlens {

// ns. RFC 6298 §2.1: a host sends a SYN again after a second. Sooner it is the same packet, seen at two points of its
// way.
inline constexpr std::int64_t kShortestRetry = 500'000'000;

// The SYN that one open connection holds back.
struct HeldSyn {
  static constexpr std::uint8_t kMostNotes = 2;  // a frame may be captured twice; more of the same are no copies

  DeferredPool::Handle first = DeferredPool::kNone;
  std::uint8_t notes = 0;
  // Its sender or its receiver went on where they were, and the old connection was told of it. An answer that
  // acknowledges it can still come: what went on may have been under way.
  bool told = false;

  [[nodiscard]] bool is_set() const { return first != DeferredPool::kNone; }
  [[nodiscard]] bool waits() const { return is_set() && !told; }
};

// What a segment makes of a SYN that is held.
enum class HeldSynVerdict : std::uint8_t {
  newer,    // it belongs to the connection that the SYN opened
  copy,     // the same frame once more
  foreign,  // the old connection goes on
};
// `syn`: the held one. `in_old_numbers`: its number is one that the old connection may have used as well; then only its
// SYN-ACK, or its repetition, can tell.
[[nodiscard]] HeldSynVerdict judge_held_syn(const DeferredPacket& syn, bool told, bool in_old_numbers,
                                            const Segment& s);

}  // namespace handlens
