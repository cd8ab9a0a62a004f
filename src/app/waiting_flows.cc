#include "src/app/waiting_flows.h"

#include <algorithm>
#include <utility>

namespace handlens {

namespace {

// For a heap with the smallest id in front.
bool comes_later(const SpillFile::Flow& a, const SpillFile::Flow& b) { return a.id > b.id; }
bool comes_earlier(const SpillFile::Flow& a, const SpillFile::Flow& b) { return a.id < b.id; }

}  // namespace

void WaitingFlows::add(const RenderedFlow& flow) {
  const std::size_t size = encoded_bytes(flow);
  char* const place = room_for(size);
  encode(flow, place);
  held_.push_back({flow.id, {place, size}});
  std::push_heap(held_.begin(), held_.end(), comes_later);
  held_bytes_ += size + kEntryBytes;
  filled_bytes_ += size + kEntryBytes;
  if (filled_bytes_ > limit_) spill();
}

// What was taken before is read no more, so the chunks may be used anew.
std::string_view WaitingFlows::take(std::uint64_t id) {
  if (held_.empty()) {
    clear();
    return spill_.take(id);
  }
  if (held_.front().id != id) return spill_.take(id);
  std::pop_heap(held_.begin(), held_.end(), comes_later);
  const std::string_view bytes = held_.back().bytes;
  held_.pop_back();
  held_bytes_ -= bytes.size() + kEntryBytes;
  return bytes;
}

std::uint64_t WaitingFlows::first() const {
  const std::uint64_t spilled = spill_.first();
  if (held_.empty()) return spilled;
  return spilled == 0 ? held_.front().id : std::min(spilled, held_.front().id);
}

char* WaitingFlows::room_for(std::size_t bytes) {
  if (held_.empty()) clear();
  while (filling_ < chunks_.size() && chunks_[filling_].left() < bytes) ++filling_;
  if (filling_ == chunks_.size()) chunks_.emplace_back(std::max(bytes, chunks_.empty() ? kFirstChunk : kHugePage));
  Chunk& chunk = chunks_[filling_];
  chunk.used += bytes;
  return chunk.bytes.get() + chunk.used - bytes;
}

// What is sorted is a heap as well. Without a file this is called for every flow: little may be done then.
void WaitingFlows::spill() {
  if (spill_.is_usable()) {
    if (!std::is_sorted(held_.begin(), held_.end(), comes_earlier))
      std::sort(held_.begin(), held_.end(), comes_earlier);
    if (spill_.write(held_)) {
      held_.clear();
      held_bytes_ = 0;
      clear();
      return;
    }
  }
  if (held_bytes_ < filled_bytes_ / 2) compact();
}

// Nobody waits in the chunks any more.
void WaitingFlows::clear() {
  for (Chunk& chunk : chunks_) chunk.used = 0;
  filling_ = filled_bytes_ = 0;
}

// Without a file, what left must not take memory for ever.
void WaitingFlows::compact() {
  const std::vector<Chunk> old = std::exchange(chunks_, {});
  clear();
  for (SpillFile::Flow& flow : held_) {
    char* const place = room_for(flow.bytes.size());
    flow.bytes.copy(place, flow.bytes.size());
    flow.bytes = {place, flow.bytes.size()};
  }
  filled_bytes_ = held_bytes_;
}

}  // namespace handlens
