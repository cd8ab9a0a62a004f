// Sums of times saturate, as their differences do (src/tcp/elapsed.h).
#pragma once
#include <cstdint>

#include "src/tcp/elapsed.h"

namespace handlens {

[[nodiscard]] inline std::int64_t later_by(std::int64_t time, std::int64_t span) {
  std::int64_t out = 0;
  if (__builtin_add_overflow(time, span, &out)) return span > 0 ? INT64_MAX : INT64_MIN;
  return out;
}

}  // namespace handlens
