// Packets of flows that have not become connections yet.
//
// A SYN that nobody answers must not cost a connection's memory, and neither must the bare ACK that a stranger sends
// (the answer to a flood elsewhere): until a handshake completes or data comes, a flow is a short list of these 64-byte
// notes, replayed into a connection when it is needed.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "src/flow/huge_pages.h"
#include "src/tcp/segment.h"

namespace handlens {

inline constexpr std::size_t kDeferredOptionBytes = 24;
inline constexpr std::uint8_t kMaxDeferredPackets = 8;  // of one flow; more make it a connection

struct DeferredPacket {
  std::int64_t time_ns = 0;
  std::uint64_t number = 0;
  std::uint32_t seq = 0, ack = 0;
  std::uint32_t next = 0;         // handle of the flow's next note
  std::uint16_t link_origin = 0;  // where it was captured, see LinkOrigins
  std::uint16_t window = 0, ip_id = 0;
  std::uint16_t flags = 0;
  std::uint8_t ttl = 0;
  std::uint8_t from = 0;
  std::uint8_t ip_bits = 0;  // 1: has an IP-ID, 2: DF, 4 and 8: CaptureDirection
  std::uint8_t options_length = 0;
  std::array<std::uint8_t, kDeferredOptionBytes> options{};

  [[nodiscard]] bool is_handshake() const { return (flags & (tcp_flag::syn | tcp_flag::rst)) != 0; }  // or a lone ACK
};
static_assert(sizeof(DeferredPacket) == 64);

// Whether a segment can wait as a note: no payload, and it opens, answers or refuses.
[[nodiscard]] inline bool is_deferrable(const Segment& s) {
  return s.payload_length == 0 && (s.flags & (tcp_flag::syn | tcp_flag::rst)) != 0 && !s.has(tcp_flag::fin) &&
         s.options_length <= kDeferredOptionBytes && s.ip_id <= 0xffff;
}

// Neither opens nor refuses: a bare ACK of a connection whose beginning was not captured. It may wait only where it and
// its like, from one side, are all there is: together with a SYN-ACK it would complete a handshake. Its options are not
// kept by a connection either.
[[nodiscard]] inline bool is_lone_ack(const Segment& s) {
  constexpr std::uint16_t kNotBare = tcp_flag::syn | tcp_flag::rst | tcp_flag::fin | tcp_flag::urg;
  return s.payload_length == 0 && s.has(tcp_flag::ack) && (s.flags & kNotBare) == 0 && s.ip_id <= 0xffff;
}

// Slab of notes with a free list; handles are stable. Threads: belongs to one shard.
class DeferredPool {
 public:
  using Handle = std::uint32_t;
  static constexpr Handle kNone = 0xffff'ffffu;

  Handle add(const Segment& s, std::uint16_t link_origin);
  void release_chain(Handle first);
  [[nodiscard]] DeferredPacket& at(Handle h) { return notes_.at(h); }
  [[nodiscard]] const DeferredPacket& at(Handle h) const { return notes_.at(h); }
  [[nodiscard]] std::size_t size() const { return notes_.size() - free_.size(); }
  [[nodiscard]] static Segment to_segment(const DeferredPacket& note);

 private:
  RecordArena<DeferredPacket> notes_;
  std::vector<Handle> free_;
};

}  // namespace handlens
