#include "src/output/time_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

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

constexpr std::array<char, 200> make_pairs() {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < pairs.size() / 2; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}

// Of a number known to have no more: at most nine.
template <int digits>
void put_digits(char* at, std::int64_t value) {
  static_assert(digits >= 0 && digits <= 9);
  static constexpr std::array<char, 200> kPairs = make_pairs();  // "00" to "99"
  const auto left = static_cast<std::uint32_t>(value);
  if constexpr (digits == 1) {
    *at = static_cast<char>('0' + left % 10);
  } else if constexpr (digits > 1) {
    std::memcpy(at + digits - 2, &kPairs[left % 100 * 2], 2);
    put_digits<digits - 2>(at, left / 100);
  }
}

}  // namespace

char* put_rfc3339(Timestamp time, char* out) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000000000Z";
  const Civil c = to_civil(time);
  std::memcpy(out, kForm.data(), kForm.size());
  put_digits<4>(out, c.year);
  put_digits<2>(out + 5, c.month);
  put_digits<2>(out + 8, c.day);
  put_digits<2>(out + 11, c.hour);
  put_digits<2>(out + 14, c.minute);
  put_digits<2>(out + 17, c.second);
  put_digits<9>(out + 20, c.nanosecond);
  return out + kForm.size();
}

char* DateWriter::put(Timestamp time, char* out) {
  const std::int64_t second = floor_divide(time.ns, kNanoseconds);
  if (second != second_) {
    static_cast<void>(put_rfc3339(time, text_.data()));
    second_ = second;
  }
  std::memcpy(out, text_.data(), text_.size());
  std::int64_t fraction = time.ns % kNanoseconds;
  if (fraction < 0) fraction += kNanoseconds;
  put_digits<9>(out + 20, fraction);
  return out + text_.size();
}

std::string rfc3339(Timestamp time) {
  std::array<char, 32> text{};
  return {text.data(), put_rfc3339(time, text.data())};
}

std::string utc_text(Timestamp time) {
  const Civil c = to_civil(time);
  return fmt::format("{:04}-{:02}-{:02}\u00a0{:02}:{:02}:{:02}\u00a0UTC", c.year, c.month, c.day, c.hour, c.minute,
                     c.second);
}

char* put_seconds(std::int64_t nanoseconds, char* out) {
  const std::uint64_t value = magnitude(nanoseconds);
  if (nanoseconds < 0) *out++ = '-';
  out = std::to_chars(out, out + 12, value / kNanoseconds).ptr;  // at most ten digits
  const auto fraction = static_cast<std::int64_t>(value % kNanoseconds);
  if (fraction == 0) return out;
  *out++ = '.';
  put_digits<9>(out, fraction);
  out += 9;
  while (out[-1] == '0') --out;
  return out;
}

void append_seconds(std::int64_t nanoseconds, std::string& out) {
  std::array<char, 24> text{};
  out.append(text.data(), put_seconds(nanoseconds, text.data()));
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
