// Frames for tests, built layer by layer from the inside: ethernet(ipv4(tcp({.seq = 7}, data), {.id = 1})).
// Checksums stay zero: nothing of ours verifies them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "dissectors/packet.h"

namespace handlens::testing_frames {

using Bytes = std::vector<std::uint8_t>;

inline void put8(Bytes& out, std::size_t value) { out.push_back(static_cast<std::uint8_t>(value)); }
inline void put16(Bytes& out, std::size_t value) {
  put8(out, (value >> 8) & 0xff);
  put8(out, value & 0xff);
}
inline void put32(Bytes& out, std::size_t value) {
  put16(out, (value >> 16) & 0xffff);
  put16(out, value & 0xffff);
}
inline void put(Bytes& out, const Bytes& more) { out.insert(out.end(), more.begin(), more.end()); }
inline Bytes text(std::string_view words) { return {words.begin(), words.end()}; }
inline Bytes join(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) put(out, part);
  return out;
}
// `count` bytes that differ from their neighbours, starting at `first`.
inline Bytes ramp(std::size_t count, std::size_t first = 0) {
  Bytes out;
  for (std::size_t i = 0; i < count; ++i) put8(out, (first + i * 7 + i / 251) & 0xff);
  return out;
}

struct Tcp {
  std::uint16_t source_port = 40000;
  std::uint16_t destination_port = 443;
  std::uint32_t seq = 1000;
  std::uint32_t ack = 2000;
  std::uint16_t flags = tcp_flag::ack;
  std::uint16_t window = 65000;
  std::uint16_t urgent = 0;
  Bytes options = {};  // a multiple of four bytes
};
inline Bytes tcp(const Tcp& f = {}, const Bytes& payload = {}) {
  Bytes out;
  put16(out, f.source_port);
  put16(out, f.destination_port);
  put32(out, f.seq);
  put32(out, f.ack);
  put16(out, ((5 + f.options.size() / 4) << 12) | f.flags);
  put16(out, f.window);
  put16(out, 0);
  put16(out, f.urgent);
  put(out, f.options);
  put(out, payload);
  return out;
}

struct Ipv4 {
  std::uint16_t id = 0x1234;
  bool dont_fragment = true;
  bool more = false;
  std::uint32_t offset = 0;  // bytes
  std::uint8_t ttl = 64;
  std::uint8_t protocol = 6;
  std::uint32_t source = 0xc0000201;       // 192.0.2.1
  std::uint32_t destination = 0xc6336402;  // 198.51.100.2
  Bytes options = {};
  int length_change = 0;  // added to the true total length
};
inline Bytes ipv4(const Bytes& payload, const Ipv4& f = {}) {
  Bytes out;
  const std::size_t header = 20 + f.options.size();
  put8(out, 0x40 | (header / 4));
  put8(out, 0);
  put16(out, static_cast<std::size_t>(static_cast<int>(header + payload.size()) + f.length_change) & 0xffff);
  put16(out, f.id);
  put16(out, (f.dont_fragment ? 0x4000u : 0u) | (f.more ? 0x2000u : 0u) | (f.offset / 8));
  put8(out, f.ttl);
  put8(out, f.protocol);
  put16(out, 0);
  put32(out, f.source);
  put32(out, f.destination);
  put(out, f.options);
  put(out, payload);
  return out;
}

struct Ipv6 {
  std::uint8_t next = 6;
  std::uint8_t hop_limit = 64;
  std::uint8_t source_end = 1;  // 2001:db8::<end>
  std::uint8_t destination_end = 2;
  int length_change = 0;
};
inline Bytes ipv6(const Bytes& payload, const Ipv6& f = {}) {
  Bytes out;
  put32(out, 0x60000000);
  put16(out, static_cast<std::size_t>(static_cast<int>(payload.size()) + f.length_change) & 0xffff);
  put8(out, f.next);
  put8(out, f.hop_limit);
  for (const std::uint8_t end : {f.source_end, f.destination_end}) {
    put32(out, 0x20010db8);
    put32(out, 0);
    put32(out, 0);
    put32(out, end);
  }
  put(out, payload);
  return out;
}
// Hop-by-hop, routing or destination options of `words` * 8 bytes.
inline Bytes extension(std::uint8_t next, std::size_t words = 1) {
  Bytes out(words * 8, 0);
  out[0] = next;
  out[1] = static_cast<std::uint8_t>(words - 1);
  return out;
}
inline Bytes fragment_header(std::uint8_t next, std::uint32_t offset, bool more, std::uint32_t id) {
  Bytes out;
  put8(out, next);
  put8(out, 0);
  put16(out, offset | (more ? 1u : 0u));
  put32(out, id);
  return out;
}

inline Bytes ethernet(const Bytes& payload, std::uint16_t type = 0x0800) {
  Bytes out = {0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01};
  put16(out, type);
  put(out, payload);
  return out;
}
// A VLAN tag's two fields: what stands behind the TPID.
inline Bytes tag(std::uint16_t id, std::uint16_t type, const Bytes& payload) {
  Bytes out;
  put16(out, id);
  put16(out, type);
  put(out, payload);
  return out;
}

inline DissectedPacket dissect(const Bytes& frame, std::uint16_t link = link_type::ethernet,
                               std::size_t wire_length = 0) {
  const std::size_t wire = wire_length == 0 ? frame.size() : wire_length;
  return dissect_packet(link, frame, static_cast<std::uint32_t>(wire));
}
// The first `captured` bytes of a frame, as a snap length would leave them. REQUIRES that `frame` outlives the result.
inline DissectedPacket dissect_cut(const Bytes& frame, std::size_t captured, std::uint16_t link = link_type::ethernet) {
  // A copy of the right size in `store` lets AddressSanitizer see any read past the cut.
  static Bytes store;
  store.assign(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(captured));
  store.shrink_to_fit();
  return dissect_packet(link, store, static_cast<std::uint32_t>(frame.size()));
}

}  // namespace handlens::testing_frames
