#include "src/timeline/timeline.h"

#include <algorithm>

namespace handlens {

namespace {

bool is_repetitive(EventKind kind) {
  switch (kind) {
    case EventKind::retransmission:
    case EventKind::syn_retransmission:
    case EventKind::zero_window:
    case EventKind::gap:
    case EventKind::icmp_unreachable:
    case EventKind::heartbeat:
    case EventKind::encrypted_record:
    case EventKind::encrypted_handshake:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Timeline::clear() {
  events_.clear();
  rare_.clear();
  tail_at_ = 0;
  elided_ = 0;
}

Event& Timeline::add_to_full(EventKind kind) {
  Event* place = nullptr;
  if (tail_ == 0) {
    place = place_between(kind);
  } else {
    Event& oldest = events_[head_ + tail_at_];
    tail_at_ = (tail_at_ + 1) % tail_;
    if (Event* const kept = place_between(oldest.kind)) *kept = oldest;
    place = &oldest;
  }
  if (place == nullptr) place = &counted_;
  *place = {};
  place->kind = kind;
  return *place;
}

Event* Timeline::place_between(EventKind kind) {
  if (rare_.size() < kMostRare && !is_repetitive(kind)) return &rare_.emplace_back();
  ++elided_;
  return nullptr;
}

std::vector<Event> Timeline::to_vector() const {
  std::vector<Event> out = events_;
  if (tail_at_ > 0) {
    const auto tail = out.begin() + static_cast<std::ptrdiff_t>(head_);
    std::rotate(tail, tail + static_cast<std::ptrdiff_t>(tail_at_), out.end());
  }
  const auto middle = static_cast<std::ptrdiff_t>(std::min(head_, out.size()));
  out.insert(out.begin() + middle, rare_.begin(), rare_.end());
  return out;
}

}  // namespace handlens
