// What is kept of a single packet of a flow whose ending may have to be judged: its header, as it was on the wire.
// Numbers are in the machine's own byte order; nothing is borrowed.
#pragma once
#include <array>
#include <cstdint>

#include "dissectors/direction.h"
#include "dissectors/packet.h"
#include "src/tcp/segment.h"

namespace handlens {

struct PacketNote : HeaderFacts {
  std::uint32_t length = 0;  // payload on the wire, bytes
  std::uint64_t frame = 0;
  std::int64_t time_ns = 0;
  MacAddress mac{};  // of the sender, with has_mac
  bool has_mac = false;
  bool has_setup_options = false;  // of a reset: MSS, window scale or SACK-permitted, which belong into a SYN

  static constexpr std::uint8_t kUnknownEncapsulation = 0xff;
  [[nodiscard]] bool is_rst() const { return has(tcp_flag::rst); }
  // One past the last sequence number it takes (RFC 9293 §3.4).
  [[nodiscard]] std::uint32_t end() const {
    return seq + length + (has(tcp_flag::syn) ? 1u : 0u) + (has(tcp_flag::fin) ? 1u : 0u);
  }
};
static_assert(sizeof(PacketNote) == 64);

// Of SYN and RST, whose options are at hand.
void write_options(const Segment& segment, PacketNote& note);
// Each writes all of `note`.
inline void write_note(const Segment& segment, PacketNote& note) {
  static_cast<HeaderFacts&>(note) = segment;
  note.length = segment.payload_length;
  note.frame = segment.stamp.number;
  note.time_ns = segment.stamp.time.ns;
  note.has_mac = segment.mac != nullptr;
  note.mac = note.has_mac ? *segment.mac : MacAddress{};
  note.has_setup_options = false;
  if (segment.options_length > 0) write_options(segment, note);
}
// Of a packet after the handshake, for which no segment is made.
void write_note(Direction from, const PacketView& packet, const PacketStamp& stamp, PacketNote& note);
[[nodiscard]] inline PacketNote note_of(const Segment& segment) {
  PacketNote note;
  write_note(segment, note);
  return note;
}

}  // namespace handlens
