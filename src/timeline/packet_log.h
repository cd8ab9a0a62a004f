// The notes of one flow's packets: the first ones, those around its resets and FINs, and the last ones. Bounded; what
// lies between is not kept. Threads: belongs to one shard. clear() keeps the memory.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "src/timeline/packet_note.h"

namespace handlens {

class PacketLog {
 public:
  static constexpr std::size_t kHead = 24;       // a handshake with its retransmissions
  static constexpr std::size_t kRing = 8;        // before a reset: its trigger is among them
  static constexpr std::size_t kAround = 96;     // of all resets together
  static constexpr std::uint8_t kFollowing = 8;  // after a reset: who goes on?

  void clear() {
    head_size_ = 0;
    around_.clear();
    ring_at_ = 0;
    following_ = 0;
    elided_ = false;
  }
  void add(const Segment& segment) {
    if (head_size_ < kHead) {
      write_note(segment, next_of_head());
    } else {
      add_behind_head(segment);
    }
  }
  // One that brings nothing but more bytes or an acknowledgement.
  void add_passing(Direction from, const PacketView& packet, const PacketStamp& stamp) {
    if (head_size_ < kHead) {
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
  [[nodiscard]] std::span<const PacketNote> first_packets() const { return std::span(head_).first(head_size_); }
  [[nodiscard]] std::size_t held_bytes() const {
    return (head_.size() + around_.size() + ring_.size()) * sizeof(PacketNote);
  }

 private:
  // Grows once: few flows are shorter than kFew, and most are not much longer than a handshake.
  [[nodiscard]] PacketNote& next_of_head() {
    constexpr std::size_t kFew = 6;
    if (head_size_ == head_.size()) [[unlikely]]
      head_.resize(head_.empty() ? kFew : kHead);
    return head_[head_size_++];
  }
  void add_behind_head(const Segment& segment);
  void keep_ring();
  [[nodiscard]] PacketNote& next_of_ring() {
    elided_ = elided_ || ring_at_ >= kRing;
    if (ring_.empty()) [[unlikely]]
      ring_.resize(kRing);
    return ring_[ring_at_++ % kRing];
  }

  // What each packet needs stands together.
  std::vector<PacketNote> head_;  // what stands behind head_size_ is of an earlier flow
  std::size_t head_size_ = 0;
  std::size_t ring_at_ = 0;  // how many went into the ring since it was last emptied
  std::uint8_t following_ = 0;
  bool elided_ = false;
  std::vector<PacketNote> around_;
  std::vector<PacketNote> ring_;  // none, or kRing
};

}  // namespace handlens
