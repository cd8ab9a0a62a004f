#include "src/tcp/history.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace handlens {

void History::add_block() {
  HistoryBlocks::Block* const block = source_ != nullptr ? source_->take() : new HistoryBlocks::Block;
  (first_ == nullptr ? first_ : last_->next) = block;
  last_ = block;
}

void History::append(ByteView bytes) {
  while (!bytes.empty()) {
    const std::size_t at = size_ % HistoryBlocks::kSize;
    if (at == 0) add_block();
    const std::size_t part = std::min(bytes.size(), HistoryBlocks::kSize - at);
    std::memcpy(last_->bytes.data() + at, bytes.data(), part);
    bytes = bytes.subspan(part);
    size_ += part;
  }
}

bool History::holds(std::size_t offset, ByteView bytes) const {
  const HistoryBlocks::Block* block = first_;
  for (; offset >= HistoryBlocks::kSize && !bytes.empty(); offset -= HistoryBlocks::kSize) block = block->next;
  while (!bytes.empty()) {
    const std::size_t part = std::min(bytes.size(), HistoryBlocks::kSize - offset);
    if (std::memcmp(block->bytes.data() + offset, bytes.data(), part) != 0) return false;
    bytes = bytes.subspan(part);
    block = block->next;
    offset = 0;
  }
  return true;
}

// Given back as one: the blocks have long left the cache, and going through them would fetch each again.
void History::clear() {
  if (source_ != nullptr && first_ != nullptr) source_->give_back(first_, last_);
  while (source_ == nullptr && first_ != nullptr) delete std::exchange(first_, first_->next);
  first_ = last_ = nullptr;
  size_ = 0;
}

}  // namespace handlens
