// Ethernet frames with IPv4 or IPv6 and TCP in them: read, changed in place, and built from fields.
// On the wire: Ethernet II, IPv4 (RFC 791) or IPv6 without extension headers (RFC 8200), TCP (RFC 9293), ICMP errors
// (RFC 792, 4443). All integers are big-endian there and in host order here.
// What is not understood (ARP, fragments, VLAN tags, extension headers) is reported as such and passed on untouched.
// Shares no code with the analyzer: what a device does to a packet is a second opinion on what handlens reads.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace handlens::middlebox {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;
using Mac = std::array<std::uint8_t, 6>;

inline constexpr std::size_t kEthernetSize = 14, kIpv4Size = 20, kIpv6Size = 40, kTcpSize = 20;
enum TcpFlag : std::uint8_t { kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16, kUrg = 32 };

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  std::uint8_t size = 0;  // 4 or 16; 0: none
  auto operator<=>(const Address&) const = default;
};
[[nodiscard]] std::optional<Address> address_from(const std::string& text);

// Where things are in a frame, and the fields a device looks at.
struct Packet {
  bool ip = false;         // an IPv4 or IPv6 header that holds together
  bool tcp = false;        // ... with a whole TCP header behind it; no fragment
  bool neighbour = false;  // ARP, neighbour discovery, multicast: belongs to the link and is never delayed or changed
  std::size_t payload_at = 0, end = 0;  // of TCP; `end` leaves Ethernet's padding out
  std::uint8_t ttl = 0, tos = 0, protocol = 0;
  std::uint16_t id = 0;        // IPv4 only
  bool dont_fragment = false;  // always true for IPv6
  Address source, destination;
  std::uint16_t source_port = 0, destination_port = 0, window = 0;
  std::uint32_t seq = 0, ack = 0;
  std::uint8_t flags = 0;

  [[nodiscard]] bool v6() const { return source.size == 16; }
  [[nodiscard]] std::size_t ip_size() const { return end - kEthernetSize; }
  [[nodiscard]] std::uint32_t payload_size() const { return static_cast<std::uint32_t>(end - payload_at); }
  // Sequence numbers used: payload, SYN and FIN count.
  [[nodiscard]] std::uint32_t length() const {
    return payload_size() + ((flags & kSyn) != 0 ? 1U : 0U) + ((flags & kFin) != 0 ? 1U : 0U);
  }
  [[nodiscard]] View payload(View frame) const { return frame.subspan(payload_at, payload_size()); }
};
[[nodiscard]] Packet parse(View frame);

// A TCP packet by its fields.
struct TcpFields {
  Mac source_mac{}, destination_mac{};
  Address source, destination;  // of the same family
  std::uint16_t source_port = 0, destination_port = 0, window = 0, id = 0;
  std::uint32_t seq = 0, ack = 0;
  std::uint8_t flags = 0, ttl = 64, tos = 0;
  bool dont_fragment = true;
  Bytes options, payload;  // options: a multiple of four bytes, at most 40
};
[[nodiscard]] Bytes build_tcp(const TcpFields& fields);

// An ICMP or ICMPv6 error about `frame`, to its sender. IPv4 quotes the IP header and 8 bytes (RFC 792); IPv6 as much
// as fits into 1280 bytes (RFC 4443 §3).
struct IcmpFields {
  Address from;  // of the family of the packet
  Mac from_mac{};
  std::uint8_t type = 3, code = 13;
  std::uint32_t word = 0;  // the second word: next-hop MTU for 3/4 and 2/0
  std::uint8_t ttl = 64;
};
[[nodiscard]] Bytes build_icmp_error(View frame, const IcmpFields& fields);

// Changes in place. The frame must be one for which parse() says `ip` (or `tcp` where a TCP field is meant).
void set_ttl(Bytes& frame, std::uint8_t ttl);
void set_seq(Bytes& frame, std::uint32_t seq);
void set_ack(Bytes& frame, std::uint32_t ack);
void set_id(Bytes& frame, std::uint16_t id);
void clamp_mss(Bytes& frame, std::uint16_t mss);                           // lowers, never raises
void strip_options(Bytes& frame, const std::vector<std::uint8_t>& kinds);  // overwritten with NOPs
void fix_checksums(Bytes& frame);  // IPv4 header and TCP; to be called after the others

// What is left when header and pseudo-header are summed: 0 when the checksums are right. For tests and counters.
[[nodiscard]] bool checksums_are_right(View frame);
[[nodiscard]] Mac source_mac(View frame);
[[nodiscard]] Mac destination_mac(View frame);

}  // namespace handlens::middlebox
