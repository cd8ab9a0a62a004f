#include "src/timeline/timeline.h"

#include <algorithm>

namespace handlens {

void Timeline::clear() {
  events_.clear();
  tail_at_ = 0;
  elided_ = 0;
}

void Timeline::append(const Event& event) {
  if (events_.size() < head_ + tail_) {
    events_.push_back(event);
    return;
  }
  ++elided_;
  if (tail_ == 0) return;
  events_[head_ + tail_at_] = event;
  tail_at_ = (tail_at_ + 1) % tail_;
}

std::vector<Event> Timeline::to_vector() const {
  std::vector<Event> out = events_;
  if (elided_ > 0 && tail_ > 0) {
    const auto tail = out.begin() + static_cast<std::ptrdiff_t>(head_);
    std::rotate(tail, tail + static_cast<std::ptrdiff_t>(tail_at_), out.end());
  }
  return out;
}

}  // namespace handlens
