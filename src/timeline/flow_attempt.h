// A flow that is nothing but an attempt: one packet without data, or one and its answer.
//
// Floods and scans consist of them, and one is like the other. An attempt is split into numbers that tell flows apart
// and a shape, which is all the rest: what is concluded and printed of two attempts of one shape differs in nothing but
// these numbers and what is computed of them (texts of addresses and times, their digest, differences of times). So
// outputs need to work out a shape only once. A value, good for one call. Threads: none of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "src/timeline/flow_report.h"

namespace handlens {

struct AttemptPacket {
  std::uint64_t frame = 0;
  Timestamp time;
  std::uint32_t seq = 0;
  std::uint32_t ip_id = 0;
};

// The first `size` words are compared. Only meaningful within one engine, whose numbers it holds.
struct AttemptShape {
  static constexpr std::size_t kWords = 11;
  std::size_t size = 0;
  std::array<std::uint64_t, kWords> words{};

  bool operator==(const AttemptShape& other) const {
    if (size != other.size) return false;
    std::uint64_t differs = 0;
    for (std::size_t i = 0; i < size; ++i) differs |= words[i] ^ other.words[i];
    return differs == 0;
  }
  // The products are independent of each other: their latencies overlap.
  [[nodiscard]] std::size_t hash() const {
    constexpr std::uint64_t kOdd = 0x9e37'79b9'7f4a'7c15ull;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum += words[i] * (kOdd * (2 * i + 1));
    sum = (sum ^ sum >> 32) * kOdd;
    return static_cast<std::size_t>(sum >> 32);
  }
};

struct FlowAttempt {
  std::uint64_t id = 0;
  std::array<Endpoint, 2> ends;          // by Direction of what they send: the sender of the first packet, and its peer
  std::array<AttemptPacket, 2> packets;  // by Direction: at most one each
  std::size_t count = 0;                 // 1 or 2
  bool is_refused = false;               // the second is a reset
  AttemptShape shape;
};

}  // namespace handlens
