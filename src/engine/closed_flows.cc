#include "src/engine/closed_flows.h"

#include <algorithm>

namespace handlens {

void ClosedFlows::add(const Entry& entry) {
  if (size_ == ring_.size()) grow();
  // Several packets of one flow behind each other are one entry: only the newest counts.
  if (size_ > 0) {
    Entry& last = ring_[(first_ + size_ - 1) & (ring_.size() - 1)];
    if (last.slot == entry.slot) {
      last = entry;
      return;
    }
  }
  ring_[(first_ + size_++) & (ring_.size() - 1)] = entry;
}

ClosedFlows::Entry ClosedFlows::take() {
  const Entry out = ring_[first_];
  first_ = (first_ + 1) & (ring_.size() - 1);
  --size_;
  return out;
}

void ClosedFlows::grow() {
  constexpr std::size_t kFirst = 64;  // entries
  std::rotate(ring_.begin(), ring_.begin() + static_cast<std::ptrdiff_t>(first_), ring_.end());
  first_ = 0;
  ring_.resize(std::max(kFirst, ring_.size() * 2));
}

}  // namespace handlens
