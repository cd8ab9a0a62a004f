// The events of one flow: append-only and bounded. The head and the tail are kept; of the middle what is said once
// (messages, alerts, FIN, RST) up to kMostRare, and what repeats (retransmissions, full windows ...) is counted.
// Threads: belongs to one shard. clear() keeps the memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "src/timeline/event.h"

namespace handlens {

class Timeline {
 public:
  static constexpr std::size_t kMostRare = 64;  // kept of the middle; a peer that sends more of them floods

  Timeline(std::size_t head, std::size_t tail) : head_(head), tail_(tail) {}

  void clear();
  // Appends an event of this kind; the caller fills in the rest before the next call of anything. In place: a copy of
  // what was just written in small pieces would wait for all of them.
  [[nodiscard]] Event& add(EventKind kind) {
    if (events_.size() == head_ + tail_) return add_to_full(kind);
    if (events_.capacity() == 0) events_.reserve(kUsual);
    Event& event = events_.emplace_back();
    event.kind = kind;
    return event;
  }
  [[nodiscard]] std::uint64_t elided() const { return elided_; }
  [[nodiscard]] std::size_t size() const { return events_.size() + rare_.size(); }
  // The kept events in order of appending.
  [[nodiscard]] std::vector<Event> to_vector() const;

 private:
  static constexpr std::size_t kUsual = 16;  // most flows have no more

  [[nodiscard]] Event& add_to_full(EventKind kind);
  // Where an event of this kind belongs that is between head and tail; null: it is only counted.
  [[nodiscard]] Event* place_between(EventKind kind);

  std::size_t head_, tail_;
  std::size_t tail_at_ = 0;  // where in the tail the oldest event stands
  std::uint64_t elided_ = 0;
  std::vector<Event> events_;
  std::vector<Event> rare_;  // between head and tail
  Event counted_;            // is written to and forgotten
};

}  // namespace handlens
