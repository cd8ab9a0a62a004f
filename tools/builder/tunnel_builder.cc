#include "tools/builder/tunnel_builder.h"

#include <utility>

namespace handlens::builder {
namespace {

constexpr std::uint16_t kEphemeral = 49153;

Bytes outer_ip(const Bytes& payload, std::uint8_t protocol, const TunnelEnds& ends) {
  IpFields ip{.source = ip_address(ends.source), .destination = ip_address(ends.destination)};
  ip.protocol = protocol;
  ip.ttl = ends.ttl;
  ip.id = ends.id;
  ip.dont_fragment = false;
  return ip_packet(ip, payload);
}

Bytes erspan_gre(const Bytes& header, const Bytes& frame, std::uint16_t protocol, const TunnelEnds& ends,
                 std::uint32_t sequence) {
  return wrap_gre(concat({header, frame}), protocol, ends, {.sequence = sequence});
}

}  // namespace

TunnelEnds reversed(const TunnelEnds& ends) {
  TunnelEnds other = ends;
  std::swap(other.source, other.destination);
  return other;
}

Bytes ppp_frame(const Bytes& ip_packet, bool with_address) {
  ByteWriter out;
  if (with_address) out.u16(0xff03);
  return out.u16(ip_packet[0] >> 4 == 6 ? 0x0057 : 0x0021).raw(ip_packet).bytes();
}

Bytes udp_packet(const Bytes& payload, std::uint16_t source_port, std::uint16_t destination_port,
                 const TunnelEnds& ends) {
  ByteWriter out;
  out.u16(source_port).u16(destination_port).u16(8 + payload.size()).u16(0).raw(payload);
  Bytes datagram = out.bytes();
  const Bytes source = ip_address(ends.source), destination = ip_address(ends.destination);
  ByteWriter pseudo;
  pseudo.raw(source).raw(destination).u32(17).u32(datagram.size()).raw(datagram);  // sums alike for both versions
  const std::uint16_t sum = internet_checksum(pseudo.bytes());
  datagram[6] = static_cast<std::uint8_t>(sum == 0 ? 0xff : sum >> 8);
  datagram[7] = static_cast<std::uint8_t>(sum == 0 ? 0xff : sum);
  return outer_ip(datagram, 17, ends);
}

Bytes wrap_mpls(const Bytes& payload, const std::vector<std::uint32_t>& labels, bool control_word) {
  ByteWriter out;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const std::uint32_t bottom = i + 1 == labels.size() ? 0x100 : 0;
    out.u32(labels[i] << 12 | bottom | 63);
  }
  if (control_word) out.u32(0);
  return out.raw(payload).bytes();
}

Bytes wrap_mpls_in_ip(const Bytes& labelled, const TunnelEnds& ends) { return outer_ip(labelled, 137, ends); }
Bytes wrap_mpls_in_udp(const Bytes& labelled, const TunnelEnds& ends) {
  return udp_packet(labelled, kEphemeral, 6635, ends);
}

Bytes wrap_gre(const Bytes& payload, std::uint16_t protocol, const TunnelEnds& ends, const GreOptions& options) {
  const bool routed = !options.routes.empty();
  ByteWriter out;
  out.u16((options.checksum ? 0x8000U : 0U) | (routed ? 0x4000U : 0U) | (options.key ? 0x2000U : 0U) |
          (options.sequence ? 0x1000U : 0U));
  out.u16(protocol);
  if (options.checksum || routed) out.u16(0).u16(0);
  if (options.key) out.u32(*options.key);
  if (options.sequence) out.u32(*options.sequence);
  out.raw(options.routes).raw(payload);
  Bytes packet = out.bytes();
  if (options.checksum) {
    const std::uint16_t sum = internet_checksum(packet);
    packet[4] = static_cast<std::uint8_t>(sum >> 8);
    packet[5] = static_cast<std::uint8_t>(sum);
  }
  return outer_ip(packet, 47, ends);
}

Bytes wrap_gre(const Bytes& ip_packet, const TunnelEnds& ends, const GreOptions& options) {
  return wrap_gre(ip_packet, ether_type_of(ip_packet), ends, options);
}

Bytes wrap_nvgre(const Bytes& frame, const TunnelEnds& ends, std::uint32_t vsid, std::uint8_t flow) {
  return wrap_gre(frame, kTypeBridging, ends, {.key = vsid << 8 | flow});
}

Bytes wrap_pptp(const Bytes& ppp, const TunnelEnds& ends, std::uint16_t call, bool acknowledges) {
  ByteWriter out;
  out.u16(0x3001 | (acknowledges ? 0x0080U : 0U)).u16(0x880b).u16(ppp.size()).u16(call).u32(1);
  if (acknowledges) out.u32(1);
  return outer_ip(out.raw(ppp).bytes(), 47, ends);
}

Bytes wrap_wccp(const Bytes& ip_packet, const TunnelEnds& ends, bool redirect_header) {
  return wrap_gre(redirect_header ? concat({from_hex("00000000"), ip_packet}) : ip_packet, 0x883e, ends);
}

Bytes wrap_erspan1(const Bytes& frame, const TunnelEnds& ends) { return wrap_gre(frame, 0x88be, ends); }

Bytes wrap_erspan2(const Bytes& frame, const TunnelEnds& ends, std::uint32_t sequence) {
  return erspan_gre(ByteWriter().u16(0x1000 | 5).u16(1).u32(3).bytes(), frame, 0x88be, ends, sequence);
}

Bytes wrap_erspan3(const Bytes& frame, const TunnelEnds& ends, bool platform, std::uint32_t sequence) {
  ByteWriter header;
  header.u16(0x2000 | 5).u16(1).u32(1000).u16(0).u16(platform ? 1 : 0);
  if (platform) header.u64(0x1200'0000'0000'0000);
  return erspan_gre(header.bytes(), frame, 0x22eb, ends, sequence);
}

Bytes wrap_ipip(const Bytes& ip_packet, const TunnelEnds& ends) {
  return outer_ip(ip_packet, ip_packet[0] >> 4 == 6 ? 41 : 4, ends);
}
Bytes wrap_6in4(const Bytes& ip6_packet, const TunnelEnds& ends) { return wrap_ipip(ip6_packet, ends); }

Bytes wrap_ah(const Bytes& ip_packet) {
  constexpr std::size_t kHeader = 20;
  ByteWriter header;
  header.u8(ip_packet[9]).u8(4).u16(0).u32(0x100).u32(1).raw(filler(12));  // six words, minus two
  IpFields ip{.source = slice(ip_packet, 12, 4), .destination = slice(ip_packet, 16, 4)};
  ip.protocol = 51;
  ip.ttl = ip_packet[8];
  ip.id = static_cast<std::uint16_t>(ip_packet[4] << 8 | ip_packet[5]);
  ip.dont_fragment = (ip_packet[6] & 0x40) != 0;
  return builder::ip_packet(ip, concat({header.bytes(), slice(ip_packet, kHeader, ip_packet.size())}));
}

Bytes wrap_vxlan(const Bytes& frame, const TunnelEnds& ends, std::uint32_t vni, std::uint16_t port) {
  return udp_packet(ByteWriter().u32(0x0800'0000).u24(vni).u8(0).raw(frame).bytes(), kEphemeral, port, ends);
}

Bytes wrap_vxlan_gpe(const Bytes& payload, GpeNext next, const TunnelEnds& ends, std::uint32_t vni) {
  ByteWriter out;
  out.u8(0x0c).u16(0).u8(static_cast<std::uint8_t>(next)).u24(vni).u8(0).raw(payload);
  return udp_packet(out.bytes(), kEphemeral, 4790, ends);
}

Bytes wrap_geneve(const Bytes& payload, std::uint16_t protocol, const TunnelEnds& ends, std::uint32_t vni,
                  const Bytes& options) {
  ByteWriter out;
  out.u8(options.size() / 4).u8(0).u16(protocol).u24(vni).u8(0).raw(options).raw(payload);
  return udp_packet(out.bytes(), kEphemeral, 6081, ends);
}

Bytes geneve_option(std::uint16_t option_class, std::uint8_t type, const Bytes& content) {
  return ByteWriter().u16(option_class).u8(type).u8(content.size() / 4).raw(content).bytes();
}

Bytes wrap_gtpu(const Bytes& ip_packet, const TunnelEnds& ends, std::uint32_t teid,
                const std::vector<std::pair<std::uint8_t, Bytes>>& extensions) {
  ByteWriter rest;
  if (!extensions.empty()) {
    rest.u16(0).u8(0).u8(extensions[0].first);
    for (std::size_t i = 0; i < extensions.size(); ++i) {
      Bytes content = extensions[i].second;
      while ((content.size() + 2) % 4 != 0) content.push_back(0);
      const bool last = i + 1 == extensions.size();
      rest.u8((content.size() + 2) / 4).raw(content).u8(last ? 0 : extensions[i + 1].first);
    }
  }
  rest.raw(ip_packet);
  ByteWriter out;
  out.u8(0x30 | (extensions.empty() ? 0U : 4U)).u8(255).u16(rest.bytes().size()).u32(teid).raw(rest.bytes());
  return udp_packet(out.bytes(), 2152, 2152, ends);
}

Bytes wrap_teredo(const Bytes& ip6_packet, const TunnelEnds& ends, std::uint16_t source_port,
                  std::uint16_t destination_port, bool indications) {
  ByteWriter out;
  if (indications) {
    out.u16(0x0001).u8(0).u8(0).u64(0x1122'3344'5566'7788).u8(0);
    out.u16(0x0000).u16(0x3cae).u32(0x34ff'8ef5);
  }
  return udp_packet(out.raw(ip6_packet).bytes(), source_port, destination_port, ends);
}

Bytes wrap_l2tp(const Bytes& ppp, const TunnelEnds& ends, const L2tpOptions& options) {
  ByteWriter behind;
  behind.u16(options.tunnel).u16(options.session);
  if (options.sequence) behind.u16(1).u16(1);
  if (options.offset) behind.u16(*options.offset).raw(filler(*options.offset));
  behind.raw(ppp);
  ByteWriter out;
  out.u16(0x0002 | (options.length ? 0x4000U : 0U) | (options.sequence ? 0x0800U : 0U) |
          (options.offset ? 0x0200U : 0U));
  if (options.length) out.u16(4 + behind.bytes().size());
  return udp_packet(out.raw(behind.bytes()).bytes(), 1701, 1701, ends);
}

Bytes wrap_l2tpv3(const Bytes& frame, const TunnelEnds& ends, std::size_t before, bool over_udp) {
  ByteWriter out;
  if (over_udp) out.u16(3).u16(0);
  out.u32(0x0000'1234).raw(Bytes(before, 0xa5)).raw(frame);
  return over_udp ? udp_packet(out.bytes(), 1701, 1701, ends) : outer_ip(out.bytes(), 115, ends);
}

Bytes wrap_capwap(const Bytes& frame, const TunnelEnds& ends, const CapwapOptions& options) {
  const Bytes radio = options.radio_mac ? from_hex("06 020000000009 00") : Bytes{};
  const std::uint32_t words = static_cast<std::uint32_t>(2 + radio.size() / 4);
  const std::uint32_t flags =
      (options.native ? 0x100U : 0U) | (options.fragment ? 0x80U : 0U) | (options.radio_mac ? 0x10U : 0U);
  ByteWriter out;
  out.u32(words << 19 | 1U << 14 | 1U << 9 | flags).u16(options.fragment ? 7 : 0).u16(0).raw(radio).raw(frame);
  return udp_packet(out.bytes(), 5247, kEphemeral, ends);
}

}  // namespace handlens::builder
