// Sizes and durations as people type them.
#include <array>
#include <charconv>

#include "src/app/options.h"

namespace handlens {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr std::array<Unit, 11> kSizes{{{"", 1024},
                                       {"B", 1},
                                       {"K", 1024},
                                       {"k", 1024},
                                       {"KiB", 1024},
                                       {"M", 1024 * 1024},
                                       {"MiB", 1024 * 1024},
                                       {"MB", 1000 * 1000},
                                       {"G", 1024 * 1024 * 1024},
                                       {"GiB", 1024 * 1024 * 1024},
                                       {"kB", 1000}}};
constexpr std::array<Unit, 6> kTimes{{{"", 1'000'000'000},
                                      {"s", 1'000'000'000},
                                      {"ms", 1'000'000},
                                      {"m", 60'000'000'000},
                                      {"min", 60'000'000'000},
                                      {"h", 3'600'000'000'000}}};

template <std::size_t size>
const Unit* find_unit(const std::array<Unit, size>& units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

}  // namespace

std::optional<std::int64_t> parse_size(std::string_view text, std::int64_t most) {
  std::int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || value <= 0) return std::nullopt;
  const Unit* unit = find_unit(kSizes, text.substr(static_cast<std::size_t>(result.ptr - text.data())));
  if (unit == nullptr || value > most / unit->factor) return std::nullopt;
  return value * unit->factor;
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (result.ec != std::errc()) return std::nullopt;
  const Unit* unit = find_unit(kTimes, text.substr(static_cast<std::size_t>(result.ptr - text.data())));
  if (unit == nullptr) return std::nullopt;
  const double nanoseconds = value * static_cast<double>(unit->factor);
  constexpr double kTenYears = 3.2e17;
  if (!(nanoseconds >= 1) || nanoseconds > kTenYears) return std::nullopt;
  return static_cast<std::int64_t>(nanoseconds);
}

}  // namespace handlens
