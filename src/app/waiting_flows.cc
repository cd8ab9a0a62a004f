#include "src/app/waiting_flows.h"

#include <algorithm>
#include <utility>

namespace handlens {

void WaitingFlows::add(const RenderedFlow& flow) {
  const std::size_t size = encoded_bytes(flow);
  char* const place = room_for(size);
  encode(flow, place);
  held_.emplace_hint(held_.end(), flow.id, std::string_view(place, size));
  held_bytes_ += size + kNodeBytes;
  filled_bytes_ += size + kNodeBytes;
  if (filled_bytes_ > limit_) spill();
}

// What was taken before is read no more, so the chunks may be used anew.
std::string_view WaitingFlows::take(std::uint64_t id) {
  if (held_.empty()) clear();
  if (!held_.empty() && held_.begin()->first == id) {
    const std::string_view bytes = held_.begin()->second;
    held_.erase(held_.begin());
    held_bytes_ -= bytes.size() + kNodeBytes;
    return bytes;
  }
  return spill_.take(id);
}

std::uint64_t WaitingFlows::first() const {
  const std::uint64_t spilled = spill_.first();
  if (held_.empty()) return spilled;
  return spilled == 0 ? held_.begin()->first : std::min(spilled, held_.begin()->first);
}

char* WaitingFlows::room_for(std::size_t bytes) {
  if (held_.empty()) clear();
  while (filling_ < chunks_.size() && chunks_[filling_].bytes.size() - chunks_[filling_].used < bytes) ++filling_;
  if (filling_ == chunks_.size()) {
    chunks_.emplace_back();
    chunks_.back().bytes.resize(std::max(bytes, chunks_.size() == 1 ? kFirstChunk : kHugePage));
  }
  Chunk& chunk = chunks_[filling_];
  chunk.used += bytes;
  return chunk.bytes.data() + chunk.used - bytes;
}

void WaitingFlows::spill() {
  if (spill_.write(held_)) {
    held_.clear();
    held_bytes_ = 0;
    clear();
  } else if (held_bytes_ < filled_bytes_ / 2) {
    compact();
  }
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
  for (auto& [id, bytes] : held_) {
    char* const place = room_for(bytes.size());
    bytes.copy(place, bytes.size());
    bytes = {place, bytes.size()};
  }
  filled_bytes_ = held_bytes_;
}

}  // namespace handlens
