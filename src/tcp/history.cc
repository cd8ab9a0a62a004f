#include "src/tcp/history.h"

#include <algorithm>
#include <cstring>

namespace handlens {

void History::append(ByteView bytes) {
  while (!bytes.empty()) {
    const std::size_t at = size_ % HistoryBlocks::kSize;
    if (at == 0) blocks_.push_back(source_ != nullptr ? source_->take() : new HistoryBlocks::Block);
    const std::size_t part = std::min(bytes.size(), HistoryBlocks::kSize - at);
    std::memcpy(blocks_.back()->data() + at, bytes.data(), part);
    bytes = bytes.subspan(part);
    size_ += part;
  }
}

bool History::holds(std::size_t offset, ByteView bytes) const {
  while (!bytes.empty()) {
    const std::size_t at = offset % HistoryBlocks::kSize;
    const std::size_t part = std::min(bytes.size(), HistoryBlocks::kSize - at);
    if (std::memcmp(blocks_[offset / HistoryBlocks::kSize]->data() + at, bytes.data(), part) != 0) return false;
    bytes = bytes.subspan(part);
    offset += part;
  }
  return true;
}

void History::clear() {
  for (HistoryBlocks::Block* block : blocks_) {
    if (source_ != nullptr) {
      source_->give_back(block);
    } else {
      delete block;
    }
  }
  blocks_.clear();
  size_ = 0;
}

}  // namespace handlens
