// The two legs of the path, between the device and each side: time, hops, loss, reordering, duplication.
// Loss, reordering and duplication happen before the device. What belongs to the link alone (ARP, neighbour discovery,
// multicast) passes at once and unchanged. No sockets and no clock.
#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "tools/middlebox/packet.h"
#include "tools/middlebox/rules.h"

namespace handlens::middlebox {

// A frame on the wire: it reaches the device, or a side, so many nanoseconds from now.
struct Passage {
  std::int64_t delay = 0;
  bool to_device = true;
  Side side = Side::client;  // to the device: where it comes from; else where it goes
  Bytes frame;
};

class Wire {
 public:
  explicit Wire(const Config& config) : config_(config), random_(config.seed + 1) {}
  std::vector<Passage> from_side(Side side, View frame);  // it came in on the side's interface
  std::vector<Passage> from_device(Side to, Bytes frame);
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  bool happens(double share) { return share > 0 && std::uniform_real_distribution<double>(0, 1)(random_) < share; }
  Config config_;
  std::mt19937_64 random_;
  std::uint64_t lost_ = 0;
};

}  // namespace handlens::middlebox
