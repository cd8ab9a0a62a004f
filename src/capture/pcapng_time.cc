#include "src/capture/pcapng_time.h"

#include <algorithm>
#include <limits>

namespace handlens {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int64_t kMax = kLatestTimeNs, kMin = kEarliestTimeNs;

std::int64_t clamp(Wide value) { return value > static_cast<Wide>(kMax) ? kMax : static_cast<std::int64_t>(value); }

std::uint64_t power_of_ten(unsigned exponent) {
  std::uint64_t value = 1;
  while (exponent-- > 0) value *= 10;
  return value;
}

}  // namespace

TimeScale::TimeScale(std::uint8_t resolution, std::int64_t offset_seconds) {
  const unsigned exponent = resolution & 0x7f;
  if ((resolution & 0x80) != 0) {
    kind_ = Kind::binary;
    shift_ = static_cast<std::uint8_t>(exponent);
  } else if (exponent <= 9) {
    factor_ = power_of_ten(9 - exponent);
  } else {
    kind_ = Kind::divide;
    // 10^19 is the last power that fits; with a finer tick 64 bits of them are less than two nanoseconds.
    factor_ = exponent - 9 <= 19 ? power_of_ten(exponent - 9) : std::numeric_limits<std::uint64_t>::max();
  }
  if (__builtin_mul_overflow(offset_seconds, static_cast<std::int64_t>(kNanosecondsPerSecond), &offset_ns_)) {
    offset_ns_ = offset_seconds < 0 ? kMin : kMax;
  }
  const bool simple = kind_ == Kind::multiply && offset_ns_ == 0;
  simple_end_ = simple ? static_cast<std::uint64_t>(kMax) / factor_ + 1 : 0;
}

std::int64_t TimeScale::convert(std::uint64_t ticks) const {
  std::int64_t ns = 0;
  switch (kind_) {
    case Kind::multiply: {
      std::uint64_t product = 0;
      const bool overflow = __builtin_mul_overflow(ticks, factor_, &product);
      ns = overflow || product > static_cast<std::uint64_t>(kMax) ? kMax : static_cast<std::int64_t>(product);
      break;
    }
    case Kind::divide:
      ns = clamp(ticks / factor_);
      break;
    case Kind::binary:
      // 64 + 30 bits at most, and the shift is at most 127.
      ns = clamp((static_cast<Wide>(ticks) * kNanosecondsPerSecond) >> shift_);
      break;
  }
  std::int64_t sum = 0;
  if (__builtin_add_overflow(ns, offset_ns_, &sum)) return offset_ns_ < 0 ? kMin : kMax;
  return std::clamp(sum, kMin, kMax);
}

}  // namespace handlens
