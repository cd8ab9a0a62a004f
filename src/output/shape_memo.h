// What is known of the shapes of attempts (src/timeline/flow_attempt.h), by shape.
//
// A direct-mapped table, compared in full: a shape that is met again and again is found, one of very many is worked out
// again. Bounded: kEntries values. Threads: one; the shapes of one engine.
#pragma once
#include <cstddef>
#include <vector>

#include "src/timeline/flow_attempt.h"

namespace handlens {

template <class Value>
class ShapeMemo {
 public:
  // The value of the shape; a new one (`Value{}`) if the shape was not met or was forgotten since.
  [[nodiscard]] Value& operator[](const AttemptShape& shape) {
    if (entries_.empty()) entries_.resize(kEntries);
    Entry& entry = entries_[shape.hash() % kEntries];
    if (entry.is_used && entry.shape == shape) return entry.value;
    entry.is_used = true;
    entry.shape = shape;
    entry.value = Value{};
    return entry.value;
  }

 private:
  static constexpr std::size_t kEntries = 1024;
  struct Entry {
    AttemptShape shape;
    bool is_used = false;
    Value value{};
  };
  std::vector<Entry> entries_;  // made when the first attempt is met
};

}  // namespace handlens
