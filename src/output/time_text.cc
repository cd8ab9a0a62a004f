#include "src/output/time_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace handlens {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;
constexpr std::int64_t kSecondsPerDay = 86'400;

struct Civil {
  std::int64_t year = 1970;
  int month = 1, day = 1;
  int hour = 0, minute = 0, second = 0;
  std::int64_t nanosecond = 0;
};

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Proleptic Gregorian calendar. Counts years from March, so that a leap day is the last of its year, in cycles of
// 400 years = 146,097 days.
Civil to_civil(Timestamp time) {
  const std::int64_t seconds = floor_divide(time.ns, kNanoseconds);
  const std::int64_t days = floor_divide(seconds, kSecondsPerDay);
  const std::int64_t of_day = seconds - days * kSecondsPerDay;
  const std::int64_t from_march_0000 = days + 719'468;  // 0000-03-01 to 1970-01-01
  const std::int64_t cycle = floor_divide(from_march_0000, 146'097);
  const std::int64_t day_of_cycle = from_march_0000 - cycle * 146'097;
  const std::int64_t year_of_cycle =
      (day_of_cycle - day_of_cycle / 1'460 + day_of_cycle / 36'524 - day_of_cycle / 146'096) / 365;
  const std::int64_t day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  Civil civil;
  civil.day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  civil.month = static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  civil.year = cycle * 400 + year_of_cycle + (civil.month <= 2 ? 1 : 0);
  civil.hour = static_cast<int>(of_day / 3'600);
  civil.minute = static_cast<int>(of_day / 60 % 60);
  civil.second = static_cast<int>(of_day % 60);
  const std::int64_t rest = time.ns % kNanoseconds;  // of the sign of time.ns; the floor times 10^9 might not fit
  civil.nanosecond = rest < 0 ? rest + kNanoseconds : rest;
  return civil;
}

// |nanoseconds| as an unsigned number: the most negative value has no positive twin.
std::uint64_t magnitude(std::int64_t nanoseconds) {
  const auto bits = static_cast<std::uint64_t>(nanoseconds);
  return nanoseconds < 0 ? ~bits + 1 : bits;
}

// Two digits at a time are enough here: dates are written four times a record.
void put_digits(char* at, std::int64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    at[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

}  // namespace

std::string rfc3339(Timestamp time) {
  const Civil c = to_civil(time);
  std::string out = "0000-00-00T00:00:00.000000000Z";
  put_digits(&out[0], c.year, 4);
  put_digits(&out[5], c.month, 2);
  put_digits(&out[8], c.day, 2);
  put_digits(&out[11], c.hour, 2);
  put_digits(&out[14], c.minute, 2);
  put_digits(&out[17], c.second, 2);
  put_digits(&out[20], c.nanosecond, 9);
  return out;
}

std::string utc_text(Timestamp time) {
  const Civil c = to_civil(time);
  return fmt::format("{:04}-{:02}-{:02}\u00a0{:02}:{:02}:{:02}\u00a0UTC", c.year, c.month, c.day, c.hour, c.minute,
                     c.second);
}

void append_seconds(std::int64_t nanoseconds, std::string& out) {
  const std::uint64_t value = magnitude(nanoseconds);
  if (nanoseconds < 0) out += '-';
  std::array<char, 24> digits{};
  const auto whole = std::to_chars(digits.data(), digits.data() + digits.size(), value / kNanoseconds);
  out.append(digits.data(), whole.ptr);
  auto fraction = static_cast<std::int64_t>(value % kNanoseconds);
  if (fraction == 0) return;
  std::array<char, 10> decimals{};
  decimals[0] = '.';
  put_digits(&decimals[1], fraction, 9);
  std::size_t length = decimals.size();
  while (decimals[length - 1] == '0') --length;
  out.append(decimals.data(), length);
}

std::string duration_text(std::int64_t nanoseconds) {
  const std::uint64_t value = magnitude(nanoseconds);
  const char* sign = nanoseconds < 0 ? "-" : "";
  if (value < 100'000) return fmt::format("{}{}\u00a0µs", sign, (value + 500) / 1'000);
  if (value < 10ULL * kNanoseconds) {
    const std::uint64_t tenths = (value + 50'000) / 100'000;  // of a millisecond
    return fmt::format("{}{}.{}\u00a0ms", sign, tenths / 10, tenths % 10);
  }
  const std::uint64_t tenths = (value + 50'000'000) / 100'000'000;  // of a second
  return fmt::format("{}{}.{}\u00a0s", sign, tenths / 10, tenths % 10);
}

std::string seconds_text(std::int64_t nanoseconds) {
  const auto whole = magnitude(nanoseconds) / kNanoseconds;
  if (whole >= 100 * 60) {  // thousandths say nothing any more
    const std::uint64_t minutes = whole / 60;
    const std::string text = minutes < 48 * 60
                                 ? fmt::format("{}\u00a0h\u00a0{:02}\u00a0min", minutes / 60, minutes % 60)
                                 : fmt::format("{}\u00a0days\u00a0{}\u00a0h", minutes / 1440, minutes / 60 % 24);
    return (nanoseconds < 0 ? "-" : "") + text;
  }
  const std::uint64_t thousandths = (magnitude(nanoseconds) + 500'000) / 1'000'000;
  return fmt::format("{}{}.{:03}\u00a0s", nanoseconds < 0 ? "-" : "", thousandths / 1000, thousandths % 1000);
}

}  // namespace handlens
