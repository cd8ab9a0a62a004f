// What is kept of a single packet of a flow whose ending may have to be judged: its header, as it was on the wire.
// Numbers are in the machine's own byte order; nothing is borrowed.
#pragma once
#include <array>
#include <cstdint>

#include "dissectors/direction.h"
#include "dissectors/packet.h"
#include "src/tcp/segment.h"

namespace handlens {

struct PacketNote {
  std::uint64_t frame = 0;
  std::int64_t time_ns = 0;
  std::uint32_t seq = 0, ack = 0;       // raw; `ack` also when the ACK flag is clear
  std::uint32_t length = 0;             // payload on the wire, bytes
  std::uint32_t ip_id = 0;              // with has_ip_id
  std::uint32_t tsval = 0, tsecr = 0;   // with has_timestamps (RFC 7323 §3)
  std::uint16_t flags = 0, window = 0;  // window unscaled
  std::uint8_t ttl = 0, tos = 0;
  Direction from = Direction::forward;
  CaptureDirection seen_as = CaptureDirection::unknown;
  MacAddress mac{};                // of the sender, with has_mac
  std::uint8_t encapsulation = 0;  // a digest of what was peeled off: equal for equal layers
  bool has_ip_id = false, dont_fragment = false, has_timestamps = false, has_mac = false, has_tos = false;
  bool has_setup_options = false;  // MSS, window scale or SACK-permitted: they belong into a SYN

  static constexpr std::uint8_t kUnknownEncapsulation = 0xff;
  [[nodiscard]] bool has(std::uint16_t bit) const { return (flags & bit) != 0; }
  [[nodiscard]] bool is_rst() const { return has(tcp_flag::rst); }
  // One past the last sequence number it takes (RFC 9293 §3.4).
  [[nodiscard]] std::uint32_t end() const {
    return seq + length + (has(tcp_flag::syn) ? 1u : 0u) + (has(tcp_flag::fin) ? 1u : 0u);
  }
};
static_assert(sizeof(PacketNote) <= 64);

[[nodiscard]] PacketNote note_of(const Segment& segment);
// Of a packet after the handshake, for which no segment is made.
[[nodiscard]] PacketNote note_of(Direction from, const PacketView& packet, const PacketStamp& stamp);

}  // namespace handlens
