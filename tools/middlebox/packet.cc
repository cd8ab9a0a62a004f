#include "tools/middlebox/packet.h"

#include <arpa/inet.h>

#include <algorithm>

namespace handlens::middlebox {

namespace {

constexpr std::uint16_t kEtherIpv4 = 0x0800, kEtherIpv6 = 0x86dd;
constexpr std::uint8_t kProtocolIcmp = 1, kProtocolTcp = 6, kProtocolIcmpv6 = 58;
constexpr std::uint8_t kOptionEnd = 0, kOptionNop = 1, kOptionMss = 2;
constexpr std::size_t kIcmpv6Limit = 1280, kIcmpSize = 8;

std::uint16_t get16(View bytes, std::size_t at) { return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]); }
std::uint32_t get32(View bytes, std::size_t at) {
  return static_cast<std::uint32_t>(get16(bytes, at)) << 16 | get16(bytes, at + 2);
}
void put16(std::span<std::uint8_t> bytes, std::size_t at, std::uint32_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}
void put32(std::span<std::uint8_t> bytes, std::size_t at, std::uint32_t value) {
  put16(bytes, at, value >> 16);
  put16(bytes, at + 2, value);
}

std::uint32_t sum(View bytes, std::uint32_t start = 0) {
  std::uint32_t total = start;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    total += i % 2 == 0 ? static_cast<std::uint32_t>(bytes[i]) << 8 : bytes[i];
  return total;
}
std::uint16_t folded(std::uint32_t total) {
  while (total > 0xffff) total = (total & 0xffff) + (total >> 16);
  return static_cast<std::uint16_t>(total);
}

Address address_at(View frame, std::size_t at, std::uint8_t size) {
  Address address;
  address.size = size;
  std::copy_n(frame.begin() + static_cast<std::ptrdiff_t>(at), size, address.bytes.begin());
  return address;
}

std::size_t ip_header_size(View frame) {
  return frame[kEthernetSize] >> 4 == 6 ? kIpv6Size : static_cast<std::size_t>(frame[kEthernetSize] & 15) * 4;
}

// Pseudo-header of TCP and ICMPv6 (RFC 9293 §3.1, RFC 8200 §8.1).
std::uint32_t pseudo_sum(View frame, std::uint8_t protocol, std::size_t length) {
  const bool v6 = frame[kEthernetSize] >> 4 == 6;
  const View addresses = frame.subspan(kEthernetSize + (v6 ? 8U : 12U), v6 ? 32 : 8);
  return sum(addresses, protocol + static_cast<std::uint32_t>(length));
}

bool parse_ipv4(View frame, Packet& packet) {
  constexpr std::size_t at = kEthernetSize;
  if (frame.size() < at + kIpv4Size || frame[at] >> 4 != 4) return false;
  const std::size_t header = static_cast<std::size_t>(frame[at] & 15) * 4, total = get16(frame, at + 2);
  if (header < kIpv4Size || total < header || at + total > frame.size()) return false;
  packet.end = at + total;
  packet.tos = frame[at + 1];
  packet.id = get16(frame, at + 4);
  packet.dont_fragment = (frame[at + 6] & 0x40) != 0;
  packet.ttl = frame[at + 8];
  packet.protocol = frame[at + 9];
  packet.source = address_at(frame, at + 12, 4);
  packet.destination = address_at(frame, at + 16, 4);
  packet.neighbour = packet.destination.bytes[0] >= 224;
  packet.payload_at = at + header;
  const bool fragment = (get16(frame, at + 6) & 0x3fff) != 0;
  packet.tcp = packet.protocol == kProtocolTcp && !fragment;
  return true;
}

bool parse_ipv6(View frame, Packet& packet) {
  constexpr std::size_t at = kEthernetSize;
  if (frame.size() < at + kIpv6Size || frame[at] >> 4 != 6) return false;
  packet.end = at + kIpv6Size + get16(frame, at + 4);
  if (packet.end > frame.size()) return false;
  packet.tos = static_cast<std::uint8_t>((frame[at] & 15) << 4 | frame[at + 1] >> 4);
  packet.dont_fragment = true;
  packet.protocol = frame[at + 6];
  packet.ttl = frame[at + 7];
  packet.source = address_at(frame, at + 8, 16);
  packet.destination = address_at(frame, at + 24, 16);
  packet.payload_at = at + kIpv6Size;
  const bool discovery = packet.protocol == kProtocolIcmpv6 && packet.end > packet.payload_at &&
                         frame[packet.payload_at] >= 130 && frame[packet.payload_at] <= 143;
  packet.neighbour = discovery || packet.destination.bytes[0] == 0xff;
  packet.tcp = packet.protocol == kProtocolTcp;
  return true;
}

void parse_tcp(View frame, Packet& packet) {
  const std::size_t at = packet.payload_at;
  if (packet.end < at + kTcpSize) {
    packet.tcp = false;
    return;
  }
  const std::size_t header = static_cast<std::size_t>(frame[at + 12] >> 4) * 4;
  if (header < kTcpSize || at + header > packet.end) {
    packet.tcp = false;
    return;
  }
  packet.source_port = get16(frame, at);
  packet.destination_port = get16(frame, at + 2);
  packet.seq = get32(frame, at + 4);
  packet.ack = get32(frame, at + 8);
  packet.flags = frame[at + 13];
  packet.window = get16(frame, at + 14);
  packet.payload_at = at + header;
}

std::size_t tcp_at(View frame) { return kEthernetSize + ip_header_size(frame); }

// Calls `visit` with the place and size of each option; a kind of 0 ends the list.
template <typename Visit>
void for_each_option(View frame, Visit visit) {
  const Packet packet = parse(frame);
  if (!packet.tcp) return;
  std::size_t at = tcp_at(frame) + kTcpSize;
  while (at < packet.payload_at && frame[at] != kOptionEnd) {
    if (frame[at] == kOptionNop) {
      ++at;
      continue;
    }
    if (at + 1 >= packet.payload_at || frame[at + 1] < 2 || at + frame[at + 1] > packet.payload_at) return;
    const std::size_t size = frame[at + 1];
    visit(frame[at], at, size);
    at += size;
  }
}

void put_ethernet(Bytes& frame, const Mac& from, const Mac& to, bool v6) {
  std::copy(to.begin(), to.end(), frame.begin());
  std::copy(from.begin(), from.end(), frame.begin() + 6);
  put16(frame, 12, v6 ? kEtherIpv6 : kEtherIpv4);
}

struct IpFields {
  const Address& source;
  const Address& destination;
  std::uint8_t protocol, ttl, tos;
  std::uint16_t id;
  bool dont_fragment;
};

void put_ip(Bytes& frame, const IpFields& fields) {
  constexpr std::size_t at = kEthernetSize;
  const bool v6 = fields.source.size == 16;
  if (v6) {
    frame[at] = static_cast<std::uint8_t>(0x60 | fields.tos >> 4);
    frame[at + 1] = static_cast<std::uint8_t>(fields.tos << 4);
    put16(frame, at + 4, static_cast<std::uint32_t>(frame.size() - at - kIpv6Size));
    frame[at + 6] = fields.protocol;
    frame[at + 7] = fields.ttl;
  } else {
    frame[at] = 0x45;
    frame[at + 1] = fields.tos;
    put16(frame, at + 2, static_cast<std::uint32_t>(frame.size() - at));
    put16(frame, at + 4, fields.id);
    frame[at + 6] = fields.dont_fragment ? 0x40 : 0;
    frame[at + 8] = fields.ttl;
    frame[at + 9] = fields.protocol;
  }
  const auto place = frame.begin() + static_cast<std::ptrdiff_t>(at + (v6 ? 8 : 12));
  std::copy_n(fields.source.bytes.begin(), fields.source.size, place);
  std::copy_n(fields.destination.bytes.begin(), fields.destination.size, place + fields.source.size);
}

}  // namespace

std::optional<Address> address_from(const std::string& text) {
  Address address;
  if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) {
    address.size = 4;
    return address;
  }
  if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) {
    address.size = 16;
    return address;
  }
  return std::nullopt;
}

Packet parse(View frame) {
  Packet packet;
  packet.neighbour = true;
  if (frame.size() < kEthernetSize) return packet;
  const std::uint16_t type = get16(frame, 12);
  packet.neighbour = type != kEtherIpv4 && type != kEtherIpv6;
  if (type == kEtherIpv4) packet.ip = parse_ipv4(frame, packet);
  if (type == kEtherIpv6) packet.ip = parse_ipv6(frame, packet);
  packet.tcp = packet.tcp && packet.ip;
  if (packet.tcp) parse_tcp(frame, packet);
  return packet;
}

Bytes build_tcp(const TcpFields& fields) {
  const bool v6 = fields.source.size == 16;
  const std::size_t at = kEthernetSize + (v6 ? kIpv6Size : kIpv4Size);
  Bytes frame(at + kTcpSize + fields.options.size() + fields.payload.size());
  put_ethernet(frame, fields.source_mac, fields.destination_mac, v6);
  put_ip(frame,
         {fields.source, fields.destination, kProtocolTcp, fields.ttl, fields.tos, fields.id, fields.dont_fragment});
  put16(frame, at, fields.source_port);
  put16(frame, at + 2, fields.destination_port);
  put32(frame, at + 4, fields.seq);
  put32(frame, at + 8, fields.ack);
  frame[at + 12] = static_cast<std::uint8_t>((kTcpSize + fields.options.size()) / 4 << 4);
  frame[at + 13] = fields.flags;
  put16(frame, at + 14, fields.window);
  std::copy(fields.options.begin(), fields.options.end(), frame.begin() + static_cast<std::ptrdiff_t>(at + kTcpSize));
  std::copy(fields.payload.begin(), fields.payload.end(),
            frame.end() - static_cast<std::ptrdiff_t>(fields.payload.size()));
  fix_checksums(frame);
  return frame;
}

Bytes build_icmp_error(View frame, const IcmpFields& fields) {
  const Packet packet = parse(frame);
  const std::size_t header = packet.v6() ? kIpv6Size : kIpv4Size;
  const std::size_t wanted = packet.v6() ? kIcmpv6Limit - kIpv6Size - kIcmpSize : ip_header_size(frame) + 8;
  const std::size_t quoted = std::min(wanted, packet.ip_size());
  const std::size_t at = kEthernetSize + header;
  Bytes error(at + kIcmpSize + quoted);
  put_ethernet(error, fields.from_mac, source_mac(frame), packet.v6());
  const std::uint8_t protocol = packet.v6() ? kProtocolIcmpv6 : kProtocolIcmp;
  put_ip(error, {fields.from, packet.source, protocol, fields.ttl, 0, 0, false});
  error[at] = fields.type;
  error[at + 1] = fields.code;
  put32(error, at + 4, fields.word);
  std::copy_n(frame.begin() + kEthernetSize, quoted, error.begin() + static_cast<std::ptrdiff_t>(at + kIcmpSize));
  const View body = View(error).subspan(at);
  const std::uint32_t start = packet.v6() ? pseudo_sum(error, protocol, body.size()) : 0;
  put16(error, at + 2, static_cast<std::uint16_t>(~folded(sum(body, start))));
  fix_checksums(error);
  return error;
}

void set_ttl(Bytes& frame, std::uint8_t ttl) { frame[kEthernetSize + (frame[kEthernetSize] >> 4 == 6 ? 7 : 8)] = ttl; }
void set_seq(Bytes& frame, std::uint32_t seq) { put32(frame, tcp_at(frame) + 4, seq); }
void set_ack(Bytes& frame, std::uint32_t ack) { put32(frame, tcp_at(frame) + 8, ack); }
void set_id(Bytes& frame, std::uint16_t id) {
  if (frame[kEthernetSize] >> 4 == 4) put16(frame, kEthernetSize + 4, id);
}

void clamp_mss(Bytes& frame, std::uint16_t mss) {
  for_each_option(frame, [&frame, mss](std::uint8_t kind, std::size_t at, std::size_t size) {
    if (kind == kOptionMss && size == 4 && get16(frame, at + 2) > mss) put16(frame, at + 2, mss);
  });
}

void strip_options(Bytes& frame, const std::vector<std::uint8_t>& kinds) {
  for_each_option(frame, [&frame, &kinds](std::uint8_t kind, std::size_t at, std::size_t size) {
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) return;
    std::fill_n(frame.begin() + static_cast<std::ptrdiff_t>(at), size, kOptionNop);
  });
}

void fix_checksums(Bytes& frame) {
  const Packet packet = parse(frame);
  if (!packet.ip) return;
  if (!packet.v6()) {
    put16(frame, kEthernetSize + 10, 0);
    const View header = View(frame).subspan(kEthernetSize, ip_header_size(frame));
    put16(frame, kEthernetSize + 10, static_cast<std::uint16_t>(~folded(sum(header))));
  }
  if (!packet.tcp) return;
  const std::size_t at = tcp_at(frame);
  put16(frame, at + 16, 0);
  const View segment = View(frame).subspan(at, packet.end - at);
  put16(frame, at + 16,
        static_cast<std::uint16_t>(~folded(sum(segment, pseudo_sum(frame, kProtocolTcp, segment.size())))));
}

bool checksums_are_right(View frame) {
  const Packet packet = parse(frame);
  if (!packet.ip) return false;
  const std::size_t at = tcp_at(frame);
  if (!packet.v6() && folded(sum(frame.subspan(kEthernetSize, at - kEthernetSize))) != 0xffff) return false;
  const View body = frame.subspan(at, packet.end - at);
  const bool with_pseudo = packet.protocol != kProtocolIcmp;
  return folded(sum(body, with_pseudo ? pseudo_sum(frame, packet.protocol, body.size()) : 0)) == 0xffff;
}

Mac source_mac(View frame) {
  Mac mac{};
  std::copy_n(frame.begin() + 6, mac.size(), mac.begin());
  return mac;
}
Mac destination_mac(View frame) {
  Mac mac{};
  std::copy_n(frame.begin(), mac.size(), mac.begin());
  return mac;
}

}  // namespace handlens::middlebox
