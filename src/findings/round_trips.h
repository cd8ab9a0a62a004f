// How far a host is from the capture point, by the times in which it answered.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "src/tcp/elapsed.h"

namespace handlens {

// The shortest of all measured times. An answer may be kept back, by a radio that wakes, by a queue, by a program; it
// never comes before its time. So the host is that far only if several agree that have no such reason in common: what
// is on the way at the same time waits in the same queue, and counts once.
class RoundTrips {
 public:
  // ns; `asked`: when the question passed. What is no network's time is not taken.
  void add(std::int64_t taken, std::int64_t asked) {
    constexpr std::int64_t kLongest = 600'000'000'000;
    if (taken <= 0 || taken > kLongest) return;
    const Trip trip{taken, asked};
    const auto has_part = [&trip](const Trip& other) { return is_at_once(trip, other); };
    Trip* const end = trips_ + count_;
    if (std::any_of(trips_, end, [&](const Trip& t) { return has_part(t) && t.taken <= taken; })) return;
    count_ = static_cast<std::size_t>(std::remove_if(trips_, end, has_part) - trips_);
    if (count_ == kKept && taken >= trips_[kKept - 1].taken) return;
    count_ = std::min(count_ + 1, kKept);
    trips_[count_ - 1] = trip;
    std::sort(trips_, trips_ + count_, [](const Trip& a, const Trip& b) { return a.taken < b.taken; });
  }
  [[nodiscard]] std::optional<std::int64_t> shortest() const {
    return count_ == 0 ? std::nullopt : std::optional(trips_[0].taken);
  }
  // How many, at most three, are not more than a fifth longer than the shortest, itself included.
  [[nodiscard]] std::uint32_t agreeing() const {
    const std::int64_t most = trips_[0].taken + trips_[0].taken / 5;
    return static_cast<std::uint32_t>(
        std::count_if(trips_, trips_ + count_, [most](const Trip& t) { return t.taken <= most; }));
  }

 private:
  struct Trip {
    std::int64_t taken = 0, asked = 0;
  };
  static constexpr std::size_t kKept = 3;

  [[nodiscard]] static bool is_at_once(const Trip& a, const Trip& b) {
    const std::int64_t later = elapsed(a.asked, b.asked);
    return later >= 0 ? later < a.taken : elapsed(b.asked, a.asked) < b.taken;
  }

  Trip trips_[kKept];  // the shortest first
  std::size_t count_ = 0;
};

}  // namespace handlens
