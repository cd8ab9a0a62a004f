// How far a long run is, on standard error: one line that rewrites itself, only on a terminal, only after a second.
#pragma once
#include <chrono>
#include <cstdint>

#include "src/capture/packet_source.h"

namespace handlens {

class Progress {
 public:
  explicit Progress(bool enabled);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Cheap: looks at the clock only now and then.
  void update(const PacketSource& source, std::uint64_t packets) {
    if (enabled_ && ++calls_ % kCallsBetweenLooks == 0) show(source, packets);
  }
  // Removes the line, so that other output does not run into it.
  void clear();

 private:
  static constexpr std::uint64_t kCallsBetweenLooks = 256;
  using Clock = std::chrono::steady_clock;

  void show(const PacketSource& source, std::uint64_t packets);

  bool enabled_;
  bool visible_ = false;
  std::uint64_t calls_ = 0;
  Clock::time_point start_;
  Clock::time_point last_;
};

}  // namespace handlens
