// Times come from the capture and may be anything: their differences and sums saturate.
#pragma once
#include <cstdint>

namespace handlens {

[[nodiscard]] inline std::int64_t elapsed(std::int64_t from, std::int64_t to) {
  std::int64_t out = 0;
  if (__builtin_sub_overflow(to, from, &out)) return to > from ? INT64_MAX : INT64_MIN;
  return out;
}

[[nodiscard]] inline std::int64_t later_by(std::int64_t time, std::int64_t span) {
  std::int64_t out = 0;
  if (__builtin_add_overflow(time, span, &out)) return span > 0 ? INT64_MAX : INT64_MIN;
  return out;
}

}  // namespace handlens
