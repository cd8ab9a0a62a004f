// Times come from the capture and may be anything: their differences saturate.
#pragma once
#include <cstdint>

namespace handlens {

[[nodiscard]] inline std::int64_t elapsed(std::int64_t from, std::int64_t to) {
  std::int64_t out = 0;
  if (__builtin_sub_overflow(to, from, &out)) return to > from ? INT64_MAX : INT64_MIN;
  return out;
}

}  // namespace handlens
