#include "src/app/flow_numbers.h"

#include <algorithm>

namespace handlens {

// Merges what every shard is past. REQUIRES: the mutex.
void SharedNumbers::number() {
  std::uint64_t all_reached = UINT64_MAX;
  for (const Part& part : parts_) all_reached = std::min(all_reached, part.reached);
  for (;;) {
    Part* first = nullptr;
    for (Part& part : parts_) {
      if (!part.begun.empty() && (first == nullptr || part.begun.front() < first->begun.front())) first = &part;
    }
    if (first == nullptr || first->begun.front() > all_reached) return;
    first->begun.pop_front();
    first->ids.push_back(next_++);
  }
}

void SharedNumbers::publish(std::uint32_t shard, std::uint64_t reached, std::span<const std::uint64_t> begun) {
  std::unique_lock lock(mutex_);
  Part& part = parts_[shard];
  part.begun.insert(part.begun.end(), begun.begin(), begun.end());
  part.reached = reached;
  number();
  moved_.notify_all();
  moved_.wait(lock, [&] { return given_up_ || part.begun.size() <= limit_; });
}

std::size_t SharedNumbers::take(std::uint32_t shard, std::span<std::uint32_t> ids, std::size_t needed) {
  std::unique_lock lock(mutex_);
  Part& part = parts_[shard];
  moved_.wait(lock, [&] { return given_up_ || part.ids.size() >= needed; });
  const std::size_t n = std::min(ids.size(), part.ids.size());
  std::copy_n(part.ids.begin(), n, ids.begin());
  part.ids.erase(part.ids.begin(), part.ids.begin() + static_cast<std::ptrdiff_t>(n));
  return n;
}

void SharedNumbers::give_up() {
  const std::lock_guard lock(mutex_);
  given_up_ = true;
  moved_.notify_all();
}

}  // namespace handlens
