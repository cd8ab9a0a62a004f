// Packets of flows that have not become connections yet.
//
// A SYN that nobody answers must not cost a connection's memory, and neither must the bare ACK that a stranger sends
// (the answer to a flood elsewhere): until a handshake completes or data comes, a flow is a short list of these 40-byte
// notes, replayed into a connection when it is needed. What a note has in common with others is kept once; what has no
// number any more, it has for itself.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "src/engine/byte_pieces.h"
#include "src/engine/header_shapes.h"
#include "src/flow/huge_pages.h"
#include "src/tcp/segment.h"

namespace handlens {

inline constexpr std::uint8_t kMaxDeferredPackets = 8;  // of one flow; more make it a connection

class DeferredPacket {
 public:
  std::int64_t time_ns = 0;
  std::uint32_t seq = 0, ack = 0;
  std::uint32_t next = 0;  // handle of the flow's next note
  std::uint16_t window = 0, ip_id = 0;

  [[nodiscard]] std::uint64_t number() const { return packed_ >> 17; }
  [[nodiscard]] Direction from() const { return static_cast<Direction>(packed_ >> 16 & 1); }
  void set_from(Direction from) {
    packed_ = (packed_ & ~(std::uint64_t{1} << 16)) | static_cast<std::uint64_t>(from) << 16;
  }
  // Of a HeaderShapes; its kNone: the note has a shape for itself alone.
  [[nodiscard]] std::uint16_t shape_number() const { return static_cast<std::uint16_t>(packed_); }

 private:
  friend class DeferredPool;
  // From the highest bit: 47 of the frame's number, one of the direction, 16 of the shape's number.
  std::uint64_t packed_ = 0;
  std::uint32_t tsval_ = 0, tsecr_ = 0;  // where the shape has timestamps
};
static_assert(sizeof(DeferredPacket) == 40);

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

  explicit DeferredPool(std::uint64_t seed) : shapes_(seed) {}
  // `own_origin`: in the place of `link_origin`, for the note alone, if that is no number.
  Handle add(const Segment& s, std::uint16_t link_origin, ByteView own_origin = {});
  void release_chain(Handle first);
  [[nodiscard]] DeferredPacket& at(Handle h) { return notes_.at(h); }
  [[nodiscard]] const DeferredPacket& at(Handle h) const { return notes_.at(h); }
  void prefetch(Handle h) const {
    const DeferredPacket& note = at(h);
    __builtin_prefetch(&note);
    __builtin_prefetch(&note.tsecr_);  // it may reach into the next line
  }
  // The reference is good until the next add().
  [[nodiscard]] const HeaderShape& shape(const DeferredPacket& note) const {
    return note.shape_number() == HeaderShapes::kNone ? own_shapes_.at(note.tsval_).shape
                                                      : shapes_.shape(note.shape_number());
  }
  [[nodiscard]] bool is_handshake(const DeferredPacket& note) const {  // or a lone ACK
    return shape(note).has(tcp_flag::syn | tcp_flag::rst);
  }
  [[nodiscard]] bool has_own_origin(const DeferredPacket& note) const {
    return note.shape_number() == HeaderShapes::kNone && own_shapes_.at(note.tsval_).origin != BytePieces::kNone;
  }
  // REQUIRES: it has one.
  [[nodiscard]] ByteView own_origin(const DeferredPacket& note, BytePieces::Room& room) const {
    return own_origins_.read(own_shapes_.at(note.tsval_).origin, room);
  }
  [[nodiscard]] Segment to_segment(const DeferredPacket& note) const;
  [[nodiscard]] std::size_t size() const { return notes_.size() - free_.size(); }
  // Of the notes in use and what only they keep.
  [[nodiscard]] std::size_t held_bytes() const {
    return size() * sizeof(DeferredPacket) + (own_shapes_.size() - free_own_.size()) * sizeof(OwnShape) +
           own_origins_.held_bytes();
  }

 private:
  // Of a note whose shape has no number: where its timestamps would stand, is its place.
  struct OwnShape {
    HeaderShape shape;
    std::uint32_t tsval = 0, tsecr = 0;
    BytePieces::Handle origin = BytePieces::kNone;
  };
  void keep_own(const HeaderShape& shape, ByteView origin, DeferredPacket& note);

  HeaderShapes shapes_;
  RecordArena<DeferredPacket> notes_;
  RecordArena<OwnShape> own_shapes_;
  BytePieces own_origins_;
  std::vector<Handle> free_, free_own_;
};

}  // namespace handlens
