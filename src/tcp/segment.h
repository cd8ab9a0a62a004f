// One TCP segment as the connection engine takes it: header facts by value, payload borrowed.
#pragma once
#include <array>
#include <cstdint>

#include "dissectors/byte_reader.h"
#include "dissectors/direction.h"
#include "dissectors/packet.h"

namespace handlens {

inline constexpr std::size_t kMaxOptionBytes = 40;  // RFC 9293 §3.1: the data offset allows no more

// What the headers of a packet say: of the segment that is taken, and in what is kept of it (PacketNote), so that it is
// copied as one piece. Numbers are in the machine's own byte order.
struct HeaderFacts {
  std::uint32_t seq = 0, ack = 0;       // raw; `ack` also when the ACK flag is clear
  std::uint32_t ip_id = 0;              // with has_ip_id
  std::uint32_t tsval = 0, tsecr = 0;   // with has_timestamps (RFC 7323 §3)
  std::uint16_t flags = 0, window = 0;  // window unscaled
  Direction from = Direction::forward;
  std::uint8_t ttl = 0;
  std::uint8_t tos = 0;            // with has_tos
  std::uint8_t encapsulation = 0;  // a digest of what was peeled off: equal for equal layers
  CaptureDirection seen_as = CaptureDirection::unknown;
  bool has_ip_id = false, dont_fragment = false, has_tos = false, has_timestamps = false;

  [[nodiscard]] bool has(std::uint16_t bit) const { return (flags & bit) != 0; }
};

struct Segment : HeaderFacts {
  PacketStamp stamp;
  std::uint32_t payload_length = 0;  // on the wire
  std::uint16_t urgent = 0;
  std::uint8_t options_length = 0;
  std::array<std::uint8_t, kMaxOptionBytes> options;  // only the first options_length are set
  ByteView payload;                                   // captured; borrowed for the call
  const MacAddress* mac = nullptr;                    // of the sender, when the link has one; borrowed for the call

  [[nodiscard]] ByteView option_bytes() const { return {options.data(), options_length}; }
  // RFC 9293 §3.4: SYN and FIN each take one sequence number.
  [[nodiscard]] std::uint32_t sequence_length() const {
    return payload_length + (has(tcp_flag::syn) ? 1u : 0u) + (has(tcp_flag::fin) ? 1u : 0u);
  }
};

}  // namespace handlens
