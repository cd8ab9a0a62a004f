// The events of one flow: append-only and bounded. The head and the tail are kept, the middle is counted.
// Threads: belongs to one shard. clear() keeps the memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "src/timeline/event.h"

namespace handlens {

class Timeline {
 public:
  Timeline(std::size_t head, std::size_t tail) : head_(head), tail_(tail) {}

  void clear();
  void append(const Event& event);
  [[nodiscard]] std::uint64_t elided() const { return elided_; }
  [[nodiscard]] std::size_t size() const { return events_.size(); }
  // The kept events in order of appending.
  [[nodiscard]] std::vector<Event> to_vector() const;

 private:
  std::size_t head_, tail_;
  std::size_t tail_at_ = 0;  // where in the tail the oldest event stands
  std::uint64_t elided_ = 0;
  std::vector<Event> events_;
};

}  // namespace handlens
