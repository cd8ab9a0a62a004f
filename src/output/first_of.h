// Which flows can still be among the first so many to be shown, when they finish in any order.
//
// Of all flows the `limit` with the smallest ids are shown. A flow that is not among the smallest of those seen so far
// cannot be among the smallest of all: it need not be rendered. Threads: one.
#pragma once
#include <cstddef>
#include <cstdint>
#include <queue>

namespace handlens {

class FirstOf {
 public:
  // 0: no limit.
  explicit FirstOf(std::size_t limit = 0) : limit_(limit) {}
  // Takes the id into account. False: certain not to be shown.
  [[nodiscard]] bool may_show(std::uint64_t id) {
    if (limit_ == 0) return true;
    if (smallest_.size() < limit_) {
      smallest_.push(id);
      return true;
    }
    if (id > smallest_.top()) return false;
    smallest_.pop();
    smallest_.push(id);
    return true;
  }

 private:
  std::size_t limit_;
  std::priority_queue<std::uint64_t> smallest_;  // the largest of them on top
};

}  // namespace handlens
