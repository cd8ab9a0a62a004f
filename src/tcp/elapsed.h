// Times come from the capture and may be anything: their differences saturate.
#pragma once
#include <cstdint>

namespace handlens {

[[nodiscard]] inline std::int64_t elapsed(std::int64_t from, std::int64_t to) {
  std::int64_t out = 0;
  if (__builtin_sub_overflow(to, from, &out)) return to > from ? INT64_MAX : INT64_MIN;
  return out;
}

// Both times are at most `limit` apart, whichever is first.
[[nodiscard]] inline bool is_within(std::int64_t a, std::int64_t b, std::int64_t limit) {
  const std::int64_t apart = elapsed(a, b);
  return apart <= limit && apart >= -limit;
}

}  // namespace handlens
