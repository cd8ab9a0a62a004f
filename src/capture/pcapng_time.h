// Time stamps of pcapng interfaces (draft-ietf-opsawg-pcapng §4.2, if_tsresol and if_tsoffset), to nanoseconds.
#pragma once

#include <cstdint>
#include <limits>

namespace handlens {

// Times beyond these (the years 1823 and 2116) are clamped, so that the difference of any two fits 64 bits. What the
// other formats and live captures give lies within.
inline constexpr std::int64_t kLatestTimeNs = std::numeric_limits<std::int64_t>::max() / 2;
inline constexpr std::int64_t kEarliestTimeNs = -kLatestTimeNs;

// How one interface counts time.
class TimeScale {
 public:
  TimeScale() = default;  // microseconds since 1970: what the format says when the options are absent
  // `resolution`: the option's byte; top bit clear: 10^-n s, set: 2^-n s. `offset_seconds` is added.
  TimeScale(std::uint8_t resolution, std::int64_t offset_seconds);

  [[nodiscard]] std::int64_t to_ns(std::uint64_t ticks) const {
    return ticks < simple_end_ ? static_cast<std::int64_t>(ticks * factor_) : convert(ticks);
  }

 private:
  enum class Kind : std::uint8_t { multiply, divide, binary };
  [[nodiscard]] std::int64_t convert(std::uint64_t ticks) const;

  Kind kind_ = Kind::multiply;
  std::uint8_t shift_ = 0;       // binary
  std::uint64_t factor_ = 1000;  // multiply: ns a tick; divide: ticks a ns
  std::int64_t offset_ns_ = 0;
  // multiply without an offset: below this the product is all there is to do; else 0
  std::uint64_t simple_end_ = kLatestTimeNs / 1000 + 1;
};

}  // namespace handlens
