// The notes of one flow's packets: the first ones, those around its resets and FINs, and the last ones. Bounded; what
// lies between is not kept. Threads: belongs to one shard. clear() keeps the memory.
#pragma once
#include <array>
#include <cstddef>
#include <vector>

#include "src/timeline/packet_note.h"

namespace handlens {

class PacketLog {
 public:
  static constexpr std::size_t kHead = 24;      // a handshake with its retransmissions
  static constexpr std::size_t kRing = 8;       // before a reset: its trigger is among them
  static constexpr std::size_t kAround = 96;    // of all resets together
  static constexpr std::size_t kFollowing = 8;  // after a reset: who goes on?

  void clear() {
    head_.clear();
    around_.clear();
    ring_at_ = 0;
    following_ = 0;
    elided_ = false;
  }
  void add(const Segment& segment) {
    if (head_.size() < kHead) {
      write_note(segment, next_of_head());
    } else {
      add_behind_head(segment);
    }
  }
  // One that brings nothing but more bytes or an acknowledgement.
  void add_passing(Direction from, const PacketView& packet, const PacketStamp& stamp) {
    if (head_.size() < kHead) {
      write_note(from, packet, stamp, next_of_head());
    } else {
      following_ = 0;
      write_note(from, packet, stamp, next_of_ring());
    }
  }
  // Some packets were not kept.
  [[nodiscard]] bool has_elided() const { return elided_; }
  // In the order of their arrival.
  [[nodiscard]] std::vector<PacketNote> to_vector() const;
  // The first kHead of them.
  [[nodiscard]] const std::vector<PacketNote>& first_packets() const { return head_; }
  [[nodiscard]] std::size_t held_bytes() const { return (head_.size() + around_.size()) * sizeof(PacketNote); }

 private:
  // Most flows fill it.
  [[nodiscard]] PacketNote& next_of_head() {
    if (head_.capacity() == 0) head_.reserve(kHead);
    return head_.emplace_back();
  }
  void add_behind_head(const Segment& segment);
  void keep_ring();
  [[nodiscard]] PacketNote& next_of_ring() {
    elided_ = elided_ || ring_at_ >= kRing;
    return ring_[ring_at_++ % kRing];
  }

  std::vector<PacketNote> head_, around_;
  std::array<PacketNote, kRing> ring_{};
  std::size_t ring_at_ = 0;  // how many went into the ring since it was last emptied
  std::size_t following_ = 0;
  bool elided_ = false;
};

}  // namespace handlens
