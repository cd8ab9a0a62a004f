#include "src/app/report_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

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
  const std::size_t size = encoded_bytes(flow);
  char* const place = room_for(size);
  encode(flow, place);
  held_.emplace_hint(held_.end(), flow.id, std::string_view(place, size));
  held_bytes_ += size + kNodeBytes;
  filled_bytes_ += size + kNodeBytes;
  if (filled_bytes_ > limit_) spill();
}

char* ReportQueue::room_for(std::size_t bytes) {
  while (filling_ < chunks_.size() && chunks_[filling_].bytes.size() - chunks_[filling_].used < bytes) ++filling_;
  if (filling_ == chunks_.size()) {
    chunks_.emplace_back();
    chunks_.back().bytes.resize(std::max(bytes, chunks_.size() == 1 ? kFirstChunk : kHugePage));
  }
  Chunk& chunk = chunks_[filling_];
  chunk.used += bytes;
  return chunk.bytes.data() + chunk.used - bytes;
}

void ReportQueue::spill() {
  if (spill_.write(held_)) {
    held_.clear();
    held_bytes_ = 0;
    clear();
  } else if (held_bytes_ < filled_bytes_ / 2) {
    compact();
  }
}

// Nobody waits in the chunks any more.
void ReportQueue::clear() {
  for (Chunk& chunk : chunks_) chunk.used = 0;
  filling_ = filled_bytes_ = 0;
}

// Without a file, what left must not take memory for ever.
void ReportQueue::compact() {
  const std::vector<Chunk> old = std::exchange(chunks_, {});
  clear();
  for (auto& [id, bytes] : held_) {
    char* const place = room_for(bytes.size());
    bytes.copy(place, bytes.size());
    bytes = {place, bytes.size()};
  }
  filled_bytes_ = held_bytes_;
}

void ReportQueue::drain() {
  for (;;) {
    if (!held_.empty() && held_.begin()->first == next_) {
      std::string_view bytes = held_.begin()->second;
      held_.erase(held_.begin());
      held_bytes_ -= bytes.size() + kNodeBytes;
      write(decode(bytes));
      if (held_.empty()) clear();
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
  clear();
  if (spill_.is_usable()) return {};
  if (missing) return fmt::format("some finished connections are missing from the output: {}", spill_.problem());
  return fmt::format("finished connections that waited for an older one were kept in memory: {}", spill_.problem());
}

}  // namespace handlens
