#include "tools/builder/packet_builder.h"

#include <arpa/inet.h>

#include <stdexcept>

#include "tools/builder/link_builder.h"

namespace handlens::builder {
namespace {

void set_u16(Bytes& bytes, std::size_t offset, std::uint16_t value) {
  bytes[offset] = static_cast<std::uint8_t>(value >> 8);
  bytes[offset + 1] = static_cast<std::uint8_t>(value);
}

Bytes pseudo_header(const Bytes& source, const Bytes& destination, std::uint8_t protocol, std::size_t length) {
  ByteWriter out;
  out.raw(source).raw(destination);
  if (source.size() == 4) return out.u8(0).u8(protocol).u16(length).bytes();
  return out.u32(length).u24(0).u8(protocol).bytes();
}

std::uint16_t checksum_with_pseudo_header(const Bytes& source, const Bytes& destination, std::uint8_t protocol,
                                          const Bytes& payload) {
  return internet_checksum(concat({pseudo_header(source, destination, protocol, payload.size()), payload}));
}

Bytes ipv4_packet(const IpFields& fields, const Bytes& payload) {
  ByteWriter out;
  const std::size_t header = 20 + fields.options.size();
  out.u8(0x40 | (header / 4)).u8(fields.tos).u16(header + payload.size()).u16(fields.id);
  out.u16(fields.dont_fragment ? 0x4000 : 0).u8(fields.ttl).u8(fields.protocol).u16(0);
  out.raw(fields.source).raw(fields.destination).raw(fields.options);
  Bytes packet = out.bytes();
  set_u16(packet, 10, internet_checksum(packet));
  append(packet, payload);
  return packet;
}

// Each extension header names the next one, so the chain is written with one step of foresight.
Bytes ipv6_packet(const IpFields& fields, const Bytes& payload) {
  Bytes chain;
  for (std::size_t i = 0; i < fields.extension_headers.size(); ++i) {
    const bool last = i + 1 == fields.extension_headers.size();
    Bytes body = fields.extension_headers[i].second;
    while ((body.size() + 2) % 8 != 0) body.push_back(0);
    ByteWriter header;
    header.u8(last ? fields.protocol : fields.extension_headers[i + 1].first).u8((body.size() + 2) / 8 - 1).raw(body);
    append(chain, header.bytes());
  }
  const std::uint8_t first = fields.extension_headers.empty() ? fields.protocol : fields.extension_headers[0].first;
  ByteWriter out;
  out.u32(0x60000000U | static_cast<std::uint32_t>(fields.tos) << 20).u16(chain.size() + payload.size());
  out.u8(first).u8(fields.ttl).raw(fields.source).raw(fields.destination).raw(chain).raw(payload);
  return out.bytes();
}

}  // namespace

Bytes ip_address(const std::string& text) {
  const bool v6 = text.find(':') != std::string::npos;
  Bytes bytes(v6 ? 16 : 4);
  if (inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) != 1) {
    throw std::invalid_argument("not an IP address: " + text);
  }
  return bytes;
}

std::uint16_t internet_checksum(const Bytes& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += static_cast<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

Bytes option_mss(std::uint16_t size) { return ByteWriter().u8(2).u8(4).u16(size).bytes(); }
Bytes option_window_scale(std::uint8_t shift) { return {3, 3, shift}; }
Bytes option_sack_permitted() { return {4, 2}; }
Bytes option_nop() { return {1}; }

Bytes option_sack(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& blocks) {
  ByteWriter out;
  out.u8(5).u8(2 + 8 * blocks.size());
  for (const auto& [left, right] : blocks) out.u32(left).u32(right);
  return out.bytes();
}

Bytes option_timestamps(std::uint32_t value, std::uint32_t echo) {
  return ByteWriter().u8(8).u8(10).u32(value).u32(echo).bytes();
}

Bytes option_fast_open(const Bytes& cookie) { return ByteWriter().u8(34).u8(2 + cookie.size()).raw(cookie).bytes(); }

Bytes usual_syn_options(std::uint16_t mss) {
  return concat(
      {option_mss(mss), option_nop(), option_nop(), option_sack_permitted(), option_nop(), option_window_scale(7)});
}

Bytes tcp_segment(const TcpFields& fields, const Bytes& source_ip, const Bytes& destination_ip) {
  Bytes options = fields.options;
  while (options.size() % 4 != 0) options.push_back(0);
  ByteWriter out;
  out.u16(fields.source_port).u16(fields.destination_port).u32(fields.seq).u32(fields.ack);
  out.u8((5 + options.size() / 4) << 4).u8(fields.flags).u16(fields.window).u16(0).u16(fields.urgent);
  Bytes segment = out.raw(options).raw(fields.payload).bytes();
  set_u16(segment, 16, checksum_with_pseudo_header(source_ip, destination_ip, 6, segment));
  return segment;
}

Bytes ip_packet(const IpFields& fields, const Bytes& payload) {
  return fields.source.size() == 4 ? ipv4_packet(fields, payload) : ipv6_packet(fields, payload);
}

std::vector<Bytes> fragment_ipv4(const Bytes& packet, std::size_t unit) {
  const std::size_t header_size = static_cast<std::size_t>(packet[0] & 0x0f) * 4;
  std::vector<Bytes> fragments;
  for (std::size_t offset = header_size; offset < packet.size(); offset += unit) {
    const Bytes part = slice(packet, offset, unit);
    const bool more = offset + unit < packet.size();
    Bytes header = slice(packet, 0, header_size);
    set_u16(header, 2, static_cast<std::uint16_t>(header_size + part.size()));
    set_u16(header, 6, static_cast<std::uint16_t>((more ? 0x2000U : 0U) | ((offset - header_size) / 8)));
    set_u16(header, 10, 0);
    set_u16(header, 10, internet_checksum(header));
    fragments.push_back(concat({header, part}));
  }
  return fragments;
}

std::vector<Bytes> fragment_ipv6(const Bytes& packet, std::size_t unit, std::uint32_t id) {
  std::vector<Bytes> fragments;
  for (std::size_t offset = 40; offset < packet.size(); offset += unit) {
    const Bytes part = slice(packet, offset, unit);
    const bool more = offset + unit < packet.size();
    Bytes header = slice(packet, 0, 40);
    ByteWriter extension;
    extension.u8(header[6]).u8(0).u16((offset - 40) | (more ? 1U : 0U)).u32(id);
    header[6] = 44;
    set_u16(header, 4, static_cast<std::uint16_t>(8 + part.size()));
    fragments.push_back(concat({header, extension.bytes(), part}));
  }
  return fragments;
}

Bytes icmp_error(const IcmpError& error) {
  const Bytes router = ip_address(error.router);
  const bool v6 = router.size() == 16;
  IpFields ip{.source = router, .destination = v6 ? slice(error.quoted, 8, 16) : slice(error.quoted, 12, 4)};
  ip.protocol = v6 ? 58 : 1;
  ip.ttl = error.ttl;
  ip.dont_fragment = false;
  ByteWriter out;
  out.u8(error.type).u8(error.code).u16(0).u32(error.mtu).raw(slice(error.quoted, 0, error.quote));
  Bytes message = out.bytes();
  set_u16(message, 2,
          v6 ? checksum_with_pseudo_header(ip.source, ip.destination, 58, message) : internet_checksum(message));
  return ip_packet(ip, message);
}

std::uint16_t ether_type_of(const Bytes& ip_packet) { return (ip_packet[0] >> 4) == 6 ? 0x86dd : 0x0800; }

Bytes ethernet_frame(const Bytes& payload, std::uint16_t type, const LinkFields& link) {
  ByteWriter out;
  out.raw(link.destination_mac).raw(link.source_mac);
  for (const VlanTag& tag : link.vlans) out.u16(tag.type).u16(tag.id);
  return out.u16(type).raw(payload).bytes();
}

Bytes ethernet_frame(const Bytes& ip_packet, const LinkFields& link) {
  return ethernet_frame(ip_packet, ether_type_of(ip_packet), link);
}

Bytes link_frame(LinkType link, const LinkFields& fields, const Bytes& ip_packet) {
  const bool v6 = (ip_packet[0] >> 4) == 6;
  const std::uint16_t ethertype = v6 ? 0x86dd : 0x0800;
  ByteWriter out;
  switch (link) {
    case LinkType::ethernet:
      return ethernet_frame(ip_packet, fields);
    case LinkType::null:  // the address family in the byte order of the capturing host, here little-endian; 30 is
                          // macOS's
      out.u8(v6 ? 30 : 2).u24(0);
      break;
    case LinkType::loop:
      out.u32(v6 ? 24 : 2);
      break;
    case LinkType::raw:
      break;
    case LinkType::linux_sll:
      out.u16(fields.outgoing ? 4 : 0).u16(1).u16(6).raw(fields.source_mac).u16(0).u16(ethertype);
      break;
    case LinkType::linux_sll2:
      out.u16(ethertype).u16(0).u32(2).u16(1).u8(fields.outgoing ? 4 : 0).u8(6).raw(fields.source_mac).u16(0);
      break;
    default:
      return link_frame_of(link, fields, ip_packet);
  }
  return out.raw(ip_packet).bytes();
}

Capture& Capture::add_frame(const Bytes& frame) {
  frames_.push_back({.time = now_, .bytes = frame, .original = static_cast<std::uint32_t>(frame.size())});
  return *this;
}

Capture& Capture::add_ip(const Bytes& packet, const LinkFields& link) {
  return add_frame(link_frame(link_, link, packet));
}

Capture& Capture::cut(std::size_t size) {
  frames_.back().bytes = slice(frames_.back().bytes, 0, size);
  return *this;
}

Conversation::Conversation(Capture& capture, Host client, Host server, std::vector<VlanTag> vlans)
    : capture_(capture), vlans_(std::move(vlans)) {
  const Host hosts[2] = {std::move(client), std::move(server)};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string usual_mac = i == 0 ? "02:00:00:00:00:01" : "02:00:00:00:00:02";
    sides_[i] = {.host = hosts[i],
                 .ip = ip_address(hosts[i].ip),
                 .mac = from_hex(hosts[i].mac.empty() ? usual_mac : hosts[i].mac),
                 .next = hosts[i].isn,
                 .ip_id = hosts[i].ip_id};
  }
}

Conversation& Conversation::open(std::int64_t round_trip) {
  from_client({.flags = kSyn, .options = usual_syn_options()}).wait(round_trip);
  from_server({.flags = kSyn | kAck, .options = usual_syn_options()}).wait(microseconds(40));
  return from_client({.flags = kAck});
}

Conversation& Conversation::close(std::int64_t round_trip) {
  from_client({.flags = kFin | kAck}).wait(round_trip);
  from_server({.flags = kFin | kAck}).wait(microseconds(40));
  return from_client({.flags = kAck});
}

Conversation& Conversation::send(std::size_t from, const Segment& segment) {
  const Bytes packet = build(from, segment);
  if (!segment.unseen) capture_.add_ip(packet, link(from, segment.mac));
  return *this;
}

Bytes Conversation::build(std::size_t from, const Segment& segment) {
  Side& self = sides_[from];
  const Side& peer = sides_[1 - from];
  TcpFields tcp{.source_port = self.host.port, .destination_port = peer.host.port};
  tcp.flags = segment.flags;
  tcp.seq = segment.seq ? self.host.isn + static_cast<std::uint32_t>(*segment.seq) : self.next;
  if (segment.ack) {
    tcp.ack = peer.host.isn + static_cast<std::uint32_t>(*segment.ack);
  } else if ((segment.flags & kAck) != 0) {
    tcp.ack = peer.next;
  }
  tcp.window = segment.window.value_or(self.host.window);
  tcp.urgent = segment.urgent;
  tcp.options = segment.options;
  tcp.payload = segment.payload;
  IpFields ip{.source = self.ip, .destination = peer.ip};
  ip.ttl = segment.ttl.value_or(self.host.ttl);
  ip.tos = segment.tos;
  ip.id = segment.ip_id.value_or(self.ip_id);
  ip.dont_fragment = segment.dont_fragment;
  ip.extension_headers = segment.extension_headers;
  if (!segment.foreign) {
    const std::uint32_t length = static_cast<std::uint32_t>(segment.payload.size()) +
                                 ((segment.flags & kSyn) != 0 ? 1U : 0U) + ((segment.flags & kFin) != 0 ? 1U : 0U);
    const std::uint32_t end = tcp.seq + length;
    if (static_cast<std::int32_t>(end - self.next) > 0)
      self.next = end;  // never backwards: a repetition is no progress
    if (!segment.ip_id) self.ip_id = static_cast<std::uint16_t>(self.ip_id + self.host.ip_id_step);
  }
  return ip_packet(ip, tcp_segment(tcp, self.ip, peer.ip));
}

LinkFields Conversation::link(std::size_t from, const std::optional<std::string>& mac) const {
  return {.source_mac = mac ? from_hex(*mac) : sides_[from].mac,
          .destination_mac = sides_[1 - from].mac,
          .vlans = vlans_,
          .outgoing = from == 0};
}

}  // namespace handlens::builder
