#include "tools/builder/link_builder.h"

#include <stdexcept>

namespace handlens::builder {
namespace {

bool is_v6(const Bytes& ip_packet) { return (ip_packet[0] >> 4) == 6; }

// The tag between the addresses and the type of an Ethernet frame.
Bytes insert_tag(const Bytes& ethernet, std::uint16_t type, const Bytes& tag) {
  return ByteWriter().raw(slice(ethernet, 0, 12)).u16(type).raw(tag).raw(slice(ethernet, 12, ethernet.size())).bytes();
}

Bytes wlan_header(const LinkFields& link, const WlanFields& fields, bool amsdu) {
  const Bytes access_point = from_hex("0200000000ff"), peer = from_hex("0200000000fe");
  const std::uint8_t flags = static_cast<std::uint8_t>((fields.to_ds ? 1 : 0) | (fields.from_ds ? 2 : 0) |
                                                       (fields.ht_control ? 0x80 : 0) | fields.flags);
  ByteWriter out;
  out.u8(fields.qos ? 0x88 : 0x08).u8(flags).raw(little_endian(44, 2));
  if (fields.to_ds && fields.from_ds) {
    out.raw(access_point).raw(peer).raw(link.destination_mac);
  } else if (fields.to_ds) {
    out.raw(access_point).raw(link.source_mac).raw(link.destination_mac);
  } else if (fields.from_ds) {
    out.raw(link.destination_mac).raw(access_point).raw(link.source_mac);
  } else {
    out.raw(link.destination_mac).raw(link.source_mac).raw(access_point);
  }
  out.raw(little_endian(fields.sequence, 2));
  if (fields.to_ds && fields.from_ds) out.raw(link.source_mac);
  if (fields.qos) out.u8(amsdu ? 0x80 : 0).u8(0);
  if (fields.qos && fields.ht_control) out.u32(0);
  return out.raw(Bytes(fields.padding, 0)).bytes();
}

Bytes wlan_frame(const Bytes& header, const Bytes& body, bool fcs) {
  Bytes out = concat({header, body});
  if (fcs) append(out, frame_check_sequence(out));
  return out;
}

Bytes nflog_attribute(std::uint16_t type, const Bytes& value, bool big_endian) {
  ByteWriter out;
  if (big_endian) {
    out.u16(value.size() + 4).u16(type);
  } else {
    out.raw(little_endian(value.size() + 4, 2)).raw(little_endian(type, 2));
  }
  return out.raw(value).raw(Bytes((4 - value.size() % 4) % 4, 0)).bytes();
}

}  // namespace

Bytes little_endian(std::uint64_t value, unsigned size) {
  Bytes out;
  for (unsigned i = 0; i < size; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return out;
}

Bytes frame_check_sequence(const Bytes& frame) {
  std::uint32_t crc = 0xffffffff;
  for (const std::uint8_t byte : frame) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0u);
  }
  return little_endian(~crc, 4);
}

Bytes wrap_ppp(const Bytes& ip_packet, const PppFields& fields) {
  ByteWriter out;
  if (fields.framed) out.u16(0xff03);
  if (!fields.short_protocol) out.u8(0);
  return out.u8(is_v6(ip_packet) ? 0x57 : 0x21).raw(ip_packet).bytes();
}

Bytes wrap_pppoe_session(const Bytes& ip_packet, std::uint16_t session) {
  return ByteWriter().u16(0x1100).u16(session).vector16(wrap_ppp(ip_packet, {.framed = false})).bytes();
}

Bytes wrap_pppoe(const LinkFields& link, const Bytes& ip_packet, std::uint16_t session) {
  return ethernet_frame(wrap_pppoe_session(ip_packet, session), 0x8864, link);
}

Bytes wrap_chdlc(const Bytes& ip_packet) {
  return ByteWriter().u16(0x0f00).u16(ether_type_of(ip_packet)).raw(ip_packet).bytes();
}

Bytes wrap_frame_relay(const Bytes& ip_packet, std::uint16_t circuit) {
  ByteWriter out;
  out.u8((circuit >> 4) << 2).u8(((circuit & 0xfu) << 4) | 1u).u8(3);
  return out.u8(is_v6(ip_packet) ? 0x8e : 0xcc).raw(ip_packet).bytes();
}

Bytes llc_snap(const Bytes& ip_packet, bool bridge_tunnel) {
  return ByteWriter().u24(0xaaaa03).u24(bridge_tunnel ? 0xf8 : 0).u16(ether_type_of(ip_packet)).raw(ip_packet).bytes();
}

Bytes wrap_80211(const LinkFields& link, const Bytes& ip_packet, const WlanFields& fields) {
  return wlan_frame(wlan_header(link, fields, false), llc_snap(ip_packet, fields.bridge_tunnel), fields.fcs);
}

Bytes wrap_80211_amsdu(const std::vector<std::pair<LinkFields, Bytes>>& ip_packets, WlanFields fields) {
  fields.qos = true;
  Bytes body;
  for (const auto& [link, packet] : ip_packets) {
    body.resize((body.size() + 3) / 4 * 4);  // the padding of the subframe before
    append(body, ByteWriter()
                     .raw(link.destination_mac)
                     .raw(link.source_mac)
                     .vector16(llc_snap(packet, fields.bridge_tunnel))
                     .bytes());
  }
  return wlan_frame(wlan_header(ip_packets.at(0).first, fields, true), body, fields.fcs);
}

// Time, flags, rate and channel.
Bytes wrap_radiotap(const Bytes& wlan_frame, std::uint8_t flags) {
  return ByteWriter()
      .u16(0)
      .raw(little_endian(22, 2))
      .raw(little_endian(0xf, 4))
      .raw(little_endian(1'000'000, 8))
      .u8(flags)
      .u8(12)
      .raw(little_endian(2437, 2))
      .raw(little_endian(0x0480, 2))
      .raw(wlan_frame)
      .bytes();
}

Bytes wrap_ppi(const Bytes& frame, std::uint32_t link, std::uint16_t wlan_flags) {
  ByteWriter common;
  common.raw(little_endian(1'000'000, 8)).raw(little_endian(wlan_flags, 2)).raw(little_endian(12, 2));
  common.raw(little_endian(2437, 2)).raw(little_endian(0x0480, 2)).u16(0).u8(0xc4).u8(0xa0);
  return ByteWriter()
      .u16(0)
      .raw(little_endian(8 + 4 + common.bytes().size(), 2))
      .raw(little_endian(link, 4))
      .raw(little_endian(2, 2))
      .raw(little_endian(common.bytes().size(), 2))
      .raw(common.bytes())
      .raw(frame)
      .bytes();
}

Bytes wrap_prism(const Bytes& wlan_frame) {
  Bytes header = concat({little_endian(0x44, 4), little_endian(144, 4), from_text("wlan0")});
  header.resize(144);
  return concat({header, wlan_frame});
}

Bytes wrap_avs(const Bytes& wlan_frame) {
  Bytes header = ByteWriter().u32(0x80211001).u32(64).bytes();
  header.resize(64);
  return concat({header, wlan_frame});
}

Bytes wrap_nflog(const LinkFields& link, const Bytes& ip_packet, bool big_endian) {
  const Bytes packet_header = ByteWriter().u16(ether_type_of(ip_packet)).u8(1).u8(0).bytes();
  const Bytes address = ByteWriter().u16(6).u16(0).raw(link.source_mac).u16(0).bytes();
  return ByteWriter()
      .u8(is_v6(ip_packet) ? 10 : 2)
      .u8(0)
      .u16(5)
      .raw(nflog_attribute(1, packet_header, big_endian))
      .raw(nflog_attribute(10, from_hex("7400"), big_endian))  // prefix "t"
      .raw(nflog_attribute(8, address, big_endian))
      .raw(nflog_attribute(9, ip_packet, big_endian))
      .bytes();
}

Bytes wrap_pktap(const Bytes& frame, std::uint32_t link) {
  Bytes header = concat({little_endian(108, 4), little_endian(1, 4), little_endian(link, 4), from_text("en0")});
  header.resize(108);
  return concat({header, frame});
}

Bytes wrap_atm_llc(const Bytes& ip_packet) { return llc_snap(ip_packet); }

Bytes wrap_atm_ppp(const Bytes& ip_packet) {
  return ByteWriter().u32(0xfefe03cf).raw(wrap_ppp(ip_packet, {.framed = false})).bytes();
}

Bytes wrap_token_ring(const LinkFields& link, const Bytes& ip_packet) {
  return ByteWriter().u16(0x1040).raw(link.destination_mac).raw(link.source_mac).raw(llc_snap(ip_packet)).bytes();
}

Bytes wrap_fddi(const LinkFields& link, const Bytes& ip_packet) {
  return ByteWriter().u8(0x50).raw(link.destination_mac).raw(link.source_mac).raw(llc_snap(ip_packet)).bytes();
}

Bytes wrap_ipoib(const Bytes& ip_packet) {
  return ByteWriter().raw(Bytes(40, 0)).u16(ether_type_of(ip_packet)).u16(0).raw(ip_packet).bytes();
}

Bytes wrap_netanalyzer(const Bytes& ethernet) {
  const Bytes length = little_endian(ethernet.size() + 4, 2);
  return concat({from_hex("0004"), length, ethernet, frame_check_sequence(ethernet)});
}

Bytes wrap_8021ah(const Bytes& ethernet, std::uint32_t service) {
  const Bytes backbone = from_hex("0200000000b2 0200000000b1");
  return ByteWriter().raw(backbone).u16(0x88e7).u8(0).u24(service).raw(ethernet).bytes();
}

Bytes wrap_vntag(const Bytes& ethernet, std::uint16_t destination, std::uint16_t source) {
  return insert_tag(ethernet, 0x8926, ByteWriter().u16(destination).u16(source).bytes());
}

Bytes wrap_etag(const Bytes& ethernet, std::uint16_t destination, std::uint16_t source) {
  return insert_tag(ethernet, 0x893f, ByteWriter().u16(source).u16(destination).u16(0).bytes());
}

Bytes wrap_cmd(const Bytes& ethernet, std::uint16_t group) {
  return insert_tag(ethernet, 0x8909, ByteWriter().u16(0x0101).u16(1).u16(group).bytes());
}

Bytes wrap_hsr(const Bytes& ethernet, std::uint16_t sequence) {
  return insert_tag(ethernet, 0x892f, ByteWriter().u16((ethernet.size() - 8) & 0xfff).u16(sequence).bytes());
}

Bytes wrap_macsec(const Bytes& ethernet, bool with_sci) {
  const std::size_t secured = ethernet.size() - 12;
  ByteWriter tag;
  tag.u8(with_sci ? 0x20 : 0).u8(secured < 48 ? secured : 0).u32(7);
  if (with_sci) tag.raw(slice(ethernet, 6, 6)).u16(1);
  return concat({insert_tag(ethernet, 0x88e5, tag.bytes()), filler(16, 0x80)});
}

Bytes link_frame_of(LinkType link, const LinkFields& fields, const Bytes& ip_packet) {
  const WlanFields wlan{.to_ds = fields.outgoing, .from_ds = !fields.outgoing};
  switch (link) {
    case LinkType::ppp:
    case LinkType::ppp_hdlc:
      return wrap_ppp(ip_packet);
    case LinkType::ppp_ether:
      return wrap_pppoe_session(ip_packet);
    case LinkType::ppp_pppd:
      return concat({{static_cast<std::uint8_t>(fields.outgoing ? 1 : 0)}, slice(wrap_ppp(ip_packet), 1, 65536)});
    case LinkType::c_hdlc:
      return wrap_chdlc(ip_packet);
    case LinkType::frame_relay:
      return wrap_frame_relay(ip_packet);
    case LinkType::ieee80211:
      return wrap_80211(fields, ip_packet, wlan);
    case LinkType::radiotap:
      return wrap_radiotap(wrap_80211(fields, ip_packet, wlan));
    case LinkType::ppi:
      return wrap_ppi(wrap_80211(fields, ip_packet, wlan));
    case LinkType::prism:
      return wrap_prism(wrap_80211(fields, ip_packet, wlan));
    case LinkType::avs:
      return wrap_avs(wrap_80211(fields, ip_packet, wlan));
    case LinkType::nflog:
      return wrap_nflog(fields, ip_packet);
    case LinkType::pktap:
      return wrap_pktap(ethernet_frame(ip_packet, fields), 1);
    case LinkType::atm_rfc1483:
      return wrap_atm_llc(ip_packet);
    case LinkType::token_ring:
      return wrap_token_ring(fields, ip_packet);
    case LinkType::fddi:
      return wrap_fddi(fields, ip_packet);
    case LinkType::ipoib:
      return wrap_ipoib(ip_packet);
    case LinkType::netanalyzer:
      return wrap_netanalyzer(ethernet_frame(ip_packet, fields));
    default:
      throw std::invalid_argument("link_frame_of: packet_builder.h knows this link");
  }
}

}  // namespace handlens::builder
