#include "src/app/report_queue.h"

#include <fmt/format.h>

namespace handlens {

void ReportQueue::put(const RenderedFlow& flow) {
  if (sink_ == nullptr) return;
  if (flow.id == next_) {
    write(flow);
    drain();
  } else {
    hold(flow);
  }
}

void ReportQueue::write(const RenderedFlow& flow) {
  ++next_;
  if (flow.selected) sink_->take(flow);
}

void ReportQueue::hold(const RenderedFlow& flow) {
  std::string bytes;
  if (!spare_.empty()) {
    bytes = std::move(spare_.back());
    spare_.pop_back();
  }
  bytes.reserve(kEncodedHeader + flow.kind.size() + flow.finding.size() + flow.text.size());
  held_bytes_ += encode(flow, bytes) + kNodeBytes;
  held_.emplace_hint(held_.end(), flow.id, std::move(bytes));
  if (held_bytes_ <= limit_ || !spill_.write(held_)) return;
  held_.clear();
  held_bytes_ = 0;
}

void ReportQueue::drain() {
  for (;;) {
    if (!held_.empty() && held_.begin()->first == next_) {
      std::string bytes = std::move(held_.begin()->second);
      held_.erase(held_.begin());
      held_bytes_ -= bytes.size() + kNodeBytes;
      std::string_view view = bytes;
      write(decode(view));
      bytes.clear();
      if (spare_.size() < kSpares) spare_.push_back(std::move(bytes));
      continue;
    }
    std::string_view spilled = spill_.take(next_);
    if (spilled.empty()) return;
    write(decode(spilled));
  }
}

std::string ReportQueue::finish() {
  const bool missing = !held_.empty() || spill_.runs() > 0;
  for (const auto& [id, bytes] : held_) {
    std::string_view view = bytes;
    write(decode(view));
  }
  held_.clear();
  held_bytes_ = 0;
  if (spill_.is_usable()) return {};
  if (missing) return fmt::format("some finished connections are missing from the output: {}", spill_.problem());
  return fmt::format("finished connections that waited for an older one were kept in memory: {}", spill_.problem());
}

}  // namespace handlens
