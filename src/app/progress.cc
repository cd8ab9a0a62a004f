#include "src/app/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "src/app/standard_error.h"

namespace handlens {
namespace {

constexpr std::chrono::milliseconds kSilence{1000}, kInterval{200};

std::string rate(std::uint64_t amount, double seconds, std::string_view unit) {
  const double per_second = static_cast<double>(amount) / std::max(seconds, 0.001);
  if (per_second >= 1e6) return fmt::format("{:.1f} M{}/s", per_second / 1e6, unit);
  if (per_second >= 1e3) return fmt::format("{:.1f} k{}/s", per_second / 1e3, unit);
  return fmt::format("{:.0f} {}/s", per_second, unit);
}

}  // namespace

Progress::Progress(bool enabled)
    : enabled_(enabled && ::isatty(STDERR_FILENO) == 1), start_(Clock::now()), last_(start_) {}

void Progress::show(const PacketSource& source, std::uint64_t packets) {
  const Clock::time_point now = Clock::now();
  if (now - start_ < kSilence || now - last_ < kInterval) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const PacketSource::Progress progress = source.progress();
  std::string line;
  if (progress.total > 0) {
    const double share =
        static_cast<double>(std::min(progress.done, progress.total)) / static_cast<double>(progress.total);
    line = fmt::format("{:3.0f} %  {} packets  {}", share * 100, packets, rate(progress.done, seconds, "B"));
  } else {
    line = fmt::format("{} packets  {}", packets, rate(packets, seconds, "packets"));
  }
  complain("\r\x1b[K{}", line);
  std::fflush(stderr);
  visible_ = true;
}

void Progress::clear() {
  if (!visible_) return;
  complain("\r\x1b[K");
  std::fflush(stderr);
  visible_ = false;
}

}  // namespace handlens
