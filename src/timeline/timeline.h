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
  void append(const Event& event);
  [[nodiscard]] std::uint64_t elided() const { return elided_; }
  [[nodiscard]] std::size_t size() const { return events_.size() + rare_.size(); }
  // The kept events in order of appending.
  [[nodiscard]] std::vector<Event> to_vector() const;

 private:
  static constexpr std::size_t kUsual = 16;  // most flows have no more

  void let_go(const Event& event);

  std::size_t head_, tail_;
  std::size_t tail_at_ = 0;  // where in the tail the oldest event stands
  std::uint64_t elided_ = 0;
  std::vector<Event> events_;
  std::vector<Event> rare_;  // between head and tail
};

}  // namespace handlens
