// How far a host is from the capture point, by the times in which it answered.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>

namespace handlens {

// The shortest of all measured times. An answer may be kept back, by a radio that wakes, by a queue, by a program; it
// never comes before its time. So the host is that far only if several agree.
class RoundTrips {
 public:
  // ns. What is no network's time is not taken.
  void add(std::int64_t ns) {
    constexpr std::int64_t kLongest = 600'000'000'000;
    if (ns <= 0 || ns > kLongest || ns >= shortest_.back()) return;
    *std::prev(shortest_.end()) = ns;
    std::sort(shortest_.begin(), shortest_.end());
  }
  [[nodiscard]] std::optional<std::int64_t> shortest() const {
    return shortest_.front() == kNone ? std::nullopt : std::optional(shortest_.front());
  }
  // How many, at most three, are not more than a fifth longer than the shortest, itself included.
  [[nodiscard]] std::uint32_t agreeing() const {
    const std::int64_t most = shortest_.front() == kNone ? 0 : shortest_.front() + shortest_.front() / 5;
    return static_cast<std::uint32_t>(
        std::count_if(shortest_.begin(), shortest_.end(), [most](std::int64_t ns) { return ns <= most; }));
  }

 private:
  static constexpr std::int64_t kNone = INT64_MAX;
  std::array<std::int64_t, 3> shortest_ = {kNone, kNone, kNone};  // in order
};

}  // namespace handlens
