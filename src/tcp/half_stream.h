// One direction of a connection as a stream of bytes: reassembly across loss, reordering, duplication and overlap.
//
// What it is: bytes come in by sequence number, in any order; they go out in order, once, to a StreamConsumer. The
// consumer takes as much as it can use; what it leaves is offered again together with what follows (the window), and it
// may ask for bytes ahead to be skipped without ever being stored. A segment that arrives in order and is consumed
// whole is never copied.
// Overlaps: the bytes that arrived first stay; later bytes for the same place are compared as long as the old ones are
// still kept and counted as same or conflicting. A hole that will not be filled becomes a gap, told as a number.
// Owns: reorder store, window, history. Bounded by StreamLimits. Threads: belongs to one shard.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dissectors/byte_reader.h"
#include "src/tcp/history.h"

namespace handlens {

struct StreamLimits {
  std::size_t reorder_segments = 256;       // per direction; bursts of loss in captures are far shorter
  std::size_t reorder_bytes = 1024 * 1024;  // per direction
  std::size_t window_bytes = 192 * 1024;    // unconsumed bytes per direction: a joined message and its record
  std::size_t history_bytes = 32 * 1024;    // delivered bytes kept, while the handshake is open, to compare overlaps
  std::uint32_t gap_patience_packets = 16;  // later packets of the flow before an acknowledged hole is a gap
};

class StreamConsumer {
 public:
  virtual ~StreamConsumer() = default;
  // `window` starts at the first unconsumed byte; `fresh` is where in it the newly arrived bytes start;
  // `first_frame` carried window[0]. Returns the bytes consumed, possibly more than there are: those are skipped.
  virtual std::uint64_t on_window(ByteView window, std::size_t fresh, std::uint64_t first_frame) = 0;
  // `bytes` bytes are missing for good, from the first unconsumed byte of the gap on. `cut`: the packet was captured,
  // but not to its end (snap length).
  virtual void on_gap(std::uint64_t bytes, bool cut) = 0;
  // The unconsumed window outgrew its bound and was dropped.
  virtual void on_window_overflow() = 0;
};

class HalfStream {
 public:
  // What became of one segment's payload.
  struct Accepted {
    std::uint32_t new_bytes = 0;          // neither delivered nor stored before
    std::uint32_t same_bytes = 0;         // overlapping, compared equal
    std::uint32_t conflicting_bytes = 0;  // overlapping with other content
    std::uint32_t old_bytes = 0;          // before the stream position (compared or not)
    bool out_of_order = false;            // beyond a hole
    bool out_of_window = false;           // implausibly far away: ignored
  };

  // `blocks`: for the history; null: memory of its own.
  explicit HalfStream(HistoryBlocks* blocks = nullptr) : history_(blocks) {}

  void reset();
  // The sequence number of offset 0: ISN + 1. Later calls are ignored once bytes were delivered.
  void set_start(std::uint32_t seq);
  [[nodiscard]] bool has_start() const { return has_start_; }
  [[nodiscard]] std::uint32_t start() const { return start_; }
  [[nodiscard]] std::uint64_t next_offset() const { return next_; }
  [[nodiscard]] std::uint32_t next_seq() const { return start_ + static_cast<std::uint32_t>(next_); }
  [[nodiscard]] bool has_holes() const { return !pieces_.empty(); }
  // Of the lowest hole; 0: there is none.
  [[nodiscard]] std::uint64_t hole_bytes() const { return pieces_.empty() ? 0 : pieces_.front().offset - next_; }
  // One past the highest number seen, beyond any hole.
  [[nodiscard]] std::uint32_t highest_seq() const {
    return pieces_.empty() ? next_seq() : start_ + static_cast<std::uint32_t>(pieces_.back().end());
  }
  [[nodiscard]] std::uint64_t lost_bytes() const { return lost_; }
  [[nodiscard]] ByteView window() const;
  // Memory that is kept, for whatever reason: bytes of the stream, the list of pieces, emptied buffers.
  [[nodiscard]] std::size_t held_bytes() const {
    return stored_bytes_ + window_.capacity() + history_.held_bytes() + pieces_.capacity() * sizeof(Piece) +
           spare_.capacity() * sizeof(decltype(spare_)::value_type) + spare_bytes_;
  }

  // Stops storing and delivering: only positions are followed from here on.
  void stop();
  [[nodiscard]] bool stopped() const { return stopped_; }
  // No overlap of delivered bytes will be compared any more; their memory is given back.
  void drop_history();

  // `length` is the payload's length on the wire; bytes beyond payload.size() were cut by the snap length.
  Accepted accept(std::uint32_t seq, ByteView payload, std::uint32_t length, std::uint64_t frame,
                  const StreamLimits& limits, StreamConsumer& consumer);
  // The commonest case after the handshake, inlined: the next bytes, all within the region that is skipped.
  [[nodiscard]] bool take_skipped(std::uint32_t seq, std::uint32_t length) {
    const bool wanted = next_ + length > skip_until_ && !stopped_;
    if (wanted || seq != next_seq() || !pieces_.empty()) return false;
    next_ += length;
    return true;
  }
  // True if the peer acknowledged bytes beyond the lowest hole: the capture, not the path, lost them.
  [[nodiscard]] bool hole_acknowledged(std::uint32_t peer_ack) const;
  // Declares the lowest hole a gap and delivers what follows it.
  void give_up_hole(const StreamLimits& limits, StreamConsumer& consumer);
  // After a segment that was out of window: if the peer's acknowledgements moved there too, the stream went on and the
  // capture lost what lies between. Goes to `seq` then and returns true.
  [[nodiscard]] bool resume_at(std::uint32_t seq, std::uint32_t peer_ack, const StreamLimits& limits,
                               StreamConsumer& consumer);
  // The bytes before `end` were sent and will not be seen; REQUIRES: no holes. Positions that cannot be are ignored.
  void give_up_tail(std::uint32_t end, StreamConsumer& consumer);

 private:
  struct Piece {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;  // may exceed bytes.size(): cut by the snap length, or not needed
    std::uint64_t frame = 0;
    bool unneeded = false;  // lies in the skipped region: no bytes kept
    std::vector<std::uint8_t> bytes;
    [[nodiscard]] std::uint64_t end() const { return offset + length; }
  };

  // While stopped only positions are followed: the newest holes, so that what comes late is not taken for a repetition.
  struct Hole {
    std::uint64_t from = 0, to = 0;
  };
  void follow(std::int64_t offset, std::int64_t end, Accepted& out);
  void open_hole(std::uint64_t from, std::uint64_t to);
  [[nodiscard]] std::uint64_t fill_holes(std::uint64_t from, std::uint64_t to);

  void compare_old(std::int64_t offset, ByteView payload, Accepted& out) const;
  void store(std::uint64_t offset, ByteView payload, std::uint64_t length, std::uint64_t frame, Accepted& out);
  void insert_piece(std::size_t at, std::uint64_t from, std::uint64_t to, std::uint64_t offset, ByteView payload,
                    std::uint64_t frame);
  void deliver(ByteView bytes, std::uint64_t length, std::uint64_t frame, const StreamLimits& limits,
               StreamConsumer& consumer);
  void offer(ByteView bytes, std::uint64_t frame, const StreamLimits& limits, StreamConsumer& consumer);
  void advance_gap(std::uint64_t to, bool cut, StreamConsumer& consumer);
  void drain(const StreamLimits& limits, StreamConsumer& consumer);
  void release(Piece& piece);

  bool has_start_ = false;
  bool stopped_ = false;
  bool history_dropped_ = false;
  std::uint32_t start_ = 0;       // sequence number of offset 0
  std::uint64_t next_ = 0;        // offset of the next byte wanted
  std::uint64_t skip_until_ = 0;  // bytes before this offset are not wanted
  std::uint64_t window_frame_ = 0;
  std::uint64_t lost_ = 0;
  std::size_t stored_bytes_ = 0;  // of pieces_
  std::size_t spare_bytes_ = 0;   // of spare_: capacity
  std::array<Hole, 8> holes_{};   // while stopped; reordering is a matter of few packets
  std::size_t next_hole_ = 0;
  std::vector<std::uint8_t> window_;              // unconsumed bytes; ends at next_
  History history_;                               // delivered bytes from offset 0 on, up to the first missing one
  std::vector<Piece> pieces_;                     // beyond next_, sorted, not overlapping
  std::vector<std::vector<std::uint8_t>> spare_;  // emptied buffers, kept for their memory
};

}  // namespace handlens
