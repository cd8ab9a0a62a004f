#include "src/capture/block_buffer.h"

#include <algorithm>
#include <cstring>

namespace handlens {

BlockBuffer::BlockBuffer(std::unique_ptr<ByteSource> source, std::size_t piece)
    : source_(std::move(source)), bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(piece)), capacity_(piece) {}

bool BlockBuffer::fill(std::size_t n) {
  if (n > kMaxRecordBytes) return false;
  if (begin_ != 0) {
    std::memmove(bytes_.get(), data(), size());
    end_ -= begin_;
    begin_ = 0;
  }
  while (end_ < n) {
    if (end_ == capacity_) grow();
    const std::size_t got = source_->read({bytes_.get() + end_, capacity_ - end_});
    if (got == 0) return false;
    end_ += got;
  }
  return true;
}

void BlockBuffer::grow() {
  const std::size_t larger = std::min(std::max<std::size_t>(capacity_ * 2, 4096), kMaxRecordBytes);
  auto moved = std::make_unique_for_overwrite<std::uint8_t[]>(larger);
  std::memcpy(moved.get(), bytes_.get(), end_);
  bytes_ = std::move(moved);
  capacity_ = larger;
}

bool BlockBuffer::skip(std::uint64_t n) {
  while (n > size()) {
    n -= size();
    consume(size());
    if (!fill(1)) return false;
  }
  consume(static_cast<std::size_t>(n));
  return true;
}

}  // namespace handlens
