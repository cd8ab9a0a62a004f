// Makes the packets of a Forged description: in somebody else's name, with the fields the rules ask for.
#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "tools/middlebox/flow.h"
#include "tools/middlebox/rules.h"

namespace handlens::middlebox {

// A frame that leaves the device towards a side, so many nanoseconds from now.
struct Output {
  std::int64_t delay = 0;
  Side to = Side::server;
  Bytes frame;
};

inline constexpr Mac kDeviceMac = {2, 0, 0, 0, 0, 0x66};

class Forger {
 public:
  explicit Forger(std::uint64_t seed) : random_(seed) {}

  // The packet at hand, or none (`packet` null) when a rule fires by itself.
  struct Occasion {
    const Packet* packet = nullptr;
    View frame = {};
    Side from = Side::client;  // who sent the packet
    bool passes = true;        // it goes on to its receiver, so its bytes count as sent
  };
  // Appends the packets towards one side.
  void forge(const Forged& forged, const FlowKey& key, Flow& flow, Side to, const Occasion& occasion,
             std::vector<Output>& out);
  [[nodiscard]] double share() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  [[nodiscard]] std::uint32_t number() { return static_cast<std::uint32_t>(random_()); }
  [[nodiscard]] std::uint64_t made() const { return made_; }

 private:
  struct Sources;
  std::uint32_t value(const Value& value, std::uint32_t trigger, std::uint32_t sender, std::uint32_t place);
  std::mt19937_64 random_;
  std::uint64_t made_ = 0;
};

}  // namespace handlens::middlebox
