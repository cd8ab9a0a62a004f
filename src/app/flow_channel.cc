#include "src/app/flow_channel.h"

#include <utility>

namespace handlens {

bool FlowChannel::push(std::string& block) {
  std::unique_lock lock(mutex_);
  // A block larger than the whole channel passes when the channel is empty.
  room_.wait(lock, [&] { return closed_ || blocks_.empty() || bytes_ + block.size() <= limit_; });
  if (closed_) {
    block.clear();
    return false;
  }
  bytes_ += block.size();
  blocks_.push_back(std::move(block));
  block = std::string();
  if (!empty_.empty()) {
    block = std::move(empty_.back());
    empty_.pop_back();
  }
  news_.notify_one();
  return true;
}

void FlowChannel::finish_one() {
  const std::lock_guard lock(mutex_);
  --producers_;
  news_.notify_one();
}

bool FlowChannel::pop(std::string& block) {
  std::unique_lock lock(mutex_);
  if (block.capacity() > 0) {
    block.clear();
    empty_.push_back(std::move(block));
  }
  news_.wait(lock, [&] { return closed_ || !blocks_.empty() || producers_ == 0; });
  if (closed_ || blocks_.empty()) return false;
  block = std::move(blocks_.front());
  blocks_.pop_front();
  bytes_ -= block.size();
  room_.notify_all();
  return true;
}

void FlowChannel::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  room_.notify_all();
  news_.notify_all();
}

}  // namespace handlens
