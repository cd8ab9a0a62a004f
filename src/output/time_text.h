// Times as text, computed in integers so that no digit is invented or lost. Threads: pure functions.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "dissectors/packet.h"

namespace handlens {

// "2026-11-20T23:37:12.000000001Z": RFC 3339 in UTC with nine decimals. Years outside 1678..2262 cannot occur.
[[nodiscard]] std::string rfc3339(Timestamp time);
// The same, written to `out`, which has 30 bytes; returns its end.
[[nodiscard]] char* put_rfc3339(Timestamp time, char* out);
// put_rfc3339 for many times of which most are in the same second as the one before. Threads: one.
class DateWriter {
 public:
  [[nodiscard]] char* put(Timestamp time, char* out);

 private:
  std::int64_t second_ = INT64_MIN;  // of text_
  std::array<char, 30> text_{};
};
// "2026-11-20 23:37:12 UTC", for people.
[[nodiscard]] std::string utc_text(Timestamp time);
// Appends nanoseconds as a JSON number of seconds: up to nine decimals, trailing zeros trimmed ("0", "-0.25",
// "12.000000001").
void append_seconds(std::int64_t nanoseconds, std::string& out);
// The same, written to `out`, which has 24 bytes; returns its end.
[[nodiscard]] char* put_seconds(std::int64_t nanoseconds, char* out);
// "34 µs" below a tenth of a millisecond, "12.1 ms" below ten seconds, "252.7 s" above. The space does not break
// (U+00A0).
[[nodiscard]] std::string duration_text(std::int64_t nanoseconds);
// "0.061 s" (U+00A0): seconds with three decimals, rounded half away from zero.
[[nodiscard]] std::string seconds_text(std::int64_t nanoseconds);

}  // namespace handlens
