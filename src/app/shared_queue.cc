#include "src/app/shared_queue.h"

#include <string_view>

namespace handlens {
namespace {

constexpr std::size_t kKeptRoom = 1024 * 1024;  // memory that a shard leaves with what it keeps, for the next time

}  // namespace

void SharedQueue::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
}

// REQUIRES: the mutex.
void SharedQueue::put(const RenderedFlow& flow) {
  if (is_closed_) return;
  queue_.put(flow);
  if (sink_ == nullptr || sink_->good()) return;
  is_good_ = false;
  is_closed_ = true;
}

// REQUIRES: the mutex.
void SharedQueue::put_all(std::string& encoded) {
  std::string_view left = encoded;
  while (!left.empty()) put(decode(left));
  encoded.clear();
  if (encoded.capacity() > kKeptRoom) encoded.shrink_to_fit();
}

void ShardOutput::put(const RenderedFlow& flow) {
  std::unique_lock lock(shared_.mutex_, std::try_to_lock);
  if (lock.owns_lock()) {
    if (!kept_.empty()) shared_.put_all(kept_);
    shared_.put(flow);
    return;
  }
  encode(flow, kept_);
  if (kept_.size() >= limit_) flush();
}

void ShardOutput::flush() {
  if (kept_.empty()) return;
  const std::lock_guard lock(shared_.mutex_);
  shared_.put_all(kept_);
}

}  // namespace handlens
