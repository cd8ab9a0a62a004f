// The tables of layers below TCP, and the loop that follows them.
#include "dissectors/packet.h"

#include <algorithm>
#include <array>
#include <span>

#include "dissectors/capwap.h"
#include "dissectors/chdlc.h"
#include "dissectors/erspan.h"
#include "dissectors/ethernet.h"
#include "dissectors/ethernet_tags.h"
#include "dissectors/frame_relay.h"
#include "dissectors/geneve.h"
#include "dissectors/gre.h"
#include "dissectors/gtpu.h"
#include "dissectors/icmp.h"
#include "dissectors/ieee80211.h"
#include "dissectors/ip_in_ip.h"
#include "dissectors/ipv4.h"
#include "dissectors/ipv6.h"
#include "dissectors/l2tp.h"
#include "dissectors/layer.h"
#include "dissectors/linux_cooked.h"
#include "dissectors/llc_links.h"
#include "dissectors/loopback.h"
#include "dissectors/macsec.h"
#include "dissectors/mpls.h"
#include "dissectors/nflog.h"
#include "dissectors/pktap.h"
#include "dissectors/ppi.h"
#include "dissectors/ppp.h"
#include "dissectors/pppoe.h"
#include "dissectors/prism.h"
#include "dissectors/radiotap.h"
#include "dissectors/tcp.h"
#include "dissectors/teredo.h"
#include "dissectors/udp.h"
#include "dissectors/vxlan.h"

namespace handlens {
namespace {

struct LinkRow {
  std::uint16_t number;
  std::string_view name;  // libpcap's DLT_ name
  LayerFunction dissect;
};
constexpr std::array kLinkTypes = {
    LinkRow{link_type::ethernet, "EN10MB", dissect_ethernet},
    LinkRow{link_type::linux_sll, "LINUX_SLL", dissect_linux_sll},
    LinkRow{link_type::linux_sll2, "LINUX_SLL2", dissect_linux_sll2},
    LinkRow{link_type::raw, "RAW", dissect_raw},
    LinkRow{link_type::null, "NULL", dissect_null_loopback},
    LinkRow{link_type::loop, "LOOP", dissect_loop},
    LinkRow{link_type::ipv4, "IPV4", dissect_raw_ipv4},
    LinkRow{link_type::ipv6, "IPV6", dissect_raw_ipv6},
    LinkRow{link_type::raw_bsd, "RAW", dissect_raw},
    LinkRow{link_type::raw_openbsd, "RAW", dissect_raw},
    LinkRow{link_type::ppp, "PPP", dissect_ppp},
    LinkRow{link_type::ppp_hdlc, "PPP_SERIAL", dissect_ppp_hdlc},
    LinkRow{link_type::ppp_ether, "PPP_ETHER", dissect_pppoe},
    LinkRow{link_type::ppp_pppd, "PPP_PPPD", dissect_ppp_pppd},
    LinkRow{link_type::ppp_with_direction, "PPP_WITH_DIRECTION", dissect_ppp_with_direction},
    LinkRow{link_type::c_hdlc, "C_HDLC", dissect_chdlc},
    LinkRow{link_type::frame_relay, "FRELAY", dissect_frame_relay},
    LinkRow{link_type::ieee80211, "IEEE802_11", dissect_ieee80211},
    LinkRow{link_type::radiotap, "IEEE802_11_RADIO", dissect_radiotap},
    LinkRow{link_type::prism, "PRISM_HEADER", dissect_prism},
    LinkRow{link_type::avs, "IEEE802_11_RADIO_AVS", dissect_avs},
    LinkRow{link_type::ppi, "PPI", dissect_ppi},
    LinkRow{link_type::nflog, "NFLOG", dissect_nflog},
    LinkRow{link_type::pktap, "PKTAP", dissect_pktap},
    LinkRow{link_type::atm_rfc1483, "ATM_RFC1483", dissect_atm_llc},
    LinkRow{link_type::token_ring, "IEEE802", dissect_token_ring},
    LinkRow{link_type::fddi, "FDDI", dissect_fddi},
    LinkRow{link_type::ipoib, "IPOIB", dissect_ipoib},
    LinkRow{link_type::netanalyzer, "NETANALYZER", dissect_netanalyzer},
    LinkRow{link_type::mpls, "MPLS", dissect_mpls},
};

// What these do not list is not TCP. Names are for people: layer_names.
struct LayerRow {
  std::uint16_t number;
  LayerFunction dissect;
  std::string_view name;
};
constexpr std::array kEtherTypes = {
    LayerRow{ether_type::ipv4, dissect_ipv4, "IPv4"},
    LayerRow{ether_type::ipv6, dissect_ipv6, "IPv6"},
    LayerRow{ether_type::vlan, dissect_vlan_tag, "VLAN tag, 802.1Q"},
    LayerRow{ether_type::service_vlan, dissect_service_tag, "service VLAN tag, 802.1ad (QinQ)"},
    LayerRow{ether_type::old_qinq_9100, dissect_service_tag, "QinQ before 802.1ad"},
    LayerRow{ether_type::old_qinq_9200, dissect_service_tag, "QinQ before 802.1ad"},
    LayerRow{ether_type::mpls, dissect_mpls, "MPLS, IP or pseudowire Ethernet inside"},
    LayerRow{ether_type::mpls_upstream, dissect_mpls, "MPLS with upstream-assigned label"},
    LayerRow{ether_type::pppoe_session, dissect_pppoe, "PPPoE"},
    LayerRow{ether_type::backbone_service, dissect_backbone_service_tag, "802.1ah (provider backbone)"},
    LayerRow{ether_type::vntag, dissect_vntag, "VN-Tag"},
    LayerRow{ether_type::etag, dissect_etag, "E-TAG, 802.1BR"},
    LayerRow{ether_type::cisco_metadata, dissect_cisco_metadata, "Cisco metadata (security group tag)"},
    LayerRow{ether_type::macsec, dissect_macsec, "MACsec, authenticated only"},
    LayerRow{ether_type::hsr, dissect_hsr_tag, "HSR"},
};
constexpr std::array kIpProtocols = {
    LayerRow{ip_protocol::tcp, dissect_tcp, "TCP"},
    LayerRow{ip_protocol::udp, dissect_udp, "UDP, for the tunnels in it"},
    LayerRow{ip_protocol::icmp, dissect_icmp, "ICMP errors that quote TCP"},
    LayerRow{ip_protocol::icmpv6, dissect_icmpv6, "ICMPv6 errors that quote TCP"},
    LayerRow{ip_protocol::authentication, dissect_authentication, "IPsec AH"},
    LayerRow{ip_protocol::ipv4, dissect_ipv4_in_ip, "IP-in-IP"},
    LayerRow{ip_protocol::ipv6, dissect_ipv6_in_ip, "6in4, 6to4, ISATAP, IPv6 in IPv6"},
    LayerRow{ip_protocol::gre, dissect_gre, "GRE, PPTP, NVGRE"},
    LayerRow{ip_protocol::l2tpv3, dissect_l2tp_over_ip, "L2TPv3"},
    LayerRow{ip_protocol::mpls, dissect_mpls_in_ip, "MPLS in IP"},
};
// And every EtherType.
constexpr std::array kGreProtocols = {
    LayerRow{gre_protocol::ethernet, dissect_gre_ethernet, "Transparent Ethernet Bridging"},
    LayerRow{gre_protocol::erspan, dissect_erspan, "ERSPAN types I and II"},
    LayerRow{gre_protocol::erspan_iii, dissect_erspan, "ERSPAN type III"},
    LayerRow{gre_protocol::ppp, dissect_gre_ppp, "PPP"},
    LayerRow{gre_protocol::wccp, dissect_gre_wccp, "WCCP redirect"},
};
constexpr std::array kPppProtocols = {
    LayerRow{ppp_protocol::ipv4, dissect_ipv4, "IPv4"},
    LayerRow{ppp_protocol::ipv6, dissect_ipv6, "IPv6"},
    LayerRow{ppp_protocol::mpls, dissect_mpls, "MPLS"},
    LayerRow{ppp_protocol::mpls_upstream, dissect_mpls, "MPLS with upstream-assigned label"},
    LayerRow{ppp_protocol::compressed_tcp, dissect_ppp_compressed, "compressed TCP: counted"},
    LayerRow{ppp_protocol::uncompressed_tcp, dissect_ppp_compressed, "uncompressed TCP of that: counted"},
    LayerRow{ppp_protocol::encrypted, dissect_ppp_compressed, "encrypted: counted"},
    LayerRow{ppp_protocol::encrypted_link, dissect_ppp_compressed, "encrypted, one link: counted"},
    LayerRow{ppp_protocol::compressed, dissect_ppp_compressed, "compressed or encrypted: counted"},
    LayerRow{ppp_protocol::compressed_link, dissect_ppp_compressed, "compressed, one link: counted"},
    LayerRow{ppp_protocol::multilink, dissect_ppp_multilink, "Multilink: counted"},
};
// A port is a hint: each function looks at the bytes before it believes it.
constexpr std::array kUdpPorts = {
    LayerRow{4789, dissect_vxlan, "VXLAN"},
    LayerRow{8472, dissect_vxlan, "VXLAN, on its port before IANA"},
    LayerRow{4790, dissect_vxlan_gpe, "VXLAN-GPE"},
    LayerRow{6081, dissect_geneve, "Geneve"},
    LayerRow{2152, dissect_gtpu, "GTP-U, IP or Ethernet inside"},
    LayerRow{1701, dissect_l2tp_over_udp, "L2TP"},
    LayerRow{3544, dissect_teredo, "Teredo"},
    LayerRow{5247, dissect_capwap, "CAPWAP data"},
    LayerRow{6635, dissect_mpls_in_udp, "MPLS in UDP"},
};
// What is believed on any port, for more of its bytes.
struct ByBytesRow {
  bool (*looks_like_it)(const LayerInput& in);
  LayerFunction dissect;
  std::string_view name;
};
constexpr std::array kUdpByBytes = {
    ByBytesRow{looks_like_teredo, dissect_teredo, "Teredo"},
    ByBytesRow{looks_like_vxlan, dissect_vxlan, "VXLAN"},
};
// Turns of the loop: enough for kMaxEncapsulations tunnels of four headers each (Ethernet, IP, UDP, the tunnel's own),
// few enough that a forged frame costs nothing.
constexpr int kMaxLayers = 40;

const LinkRow* find_link(std::uint16_t link) {
  for (const LinkRow& row : kLinkTypes) {
    if (row.number == link) return &row;
  }
  return nullptr;
}

LayerFunction find_row(std::span<const LayerRow> rows, std::uint16_t number) {
  for (const LayerRow& row : rows) {
    if (row.number == number) return row.dissect;
  }
  return nullptr;
}

LayerFunction find_udp(NextLayer next, const LayerInput& in) {
  if (const LayerFunction found = find_row(kUdpPorts, next.number)) return found;
  if (const LayerFunction found = find_row(kUdpPorts, in.udp_source_port)) return found;
  for (const ByBytesRow& row : kUdpByBytes) {
    if (row.looks_like_it(in)) return row.dissect;
  }
  return nullptr;
}

LayerFunction find_layer(NextLayer next, const LayerInput& in) {
  switch (next.table) {
    case NextTable::none:
      return nullptr;
    case NextTable::ether_type:
      return find_row(kEtherTypes, next.number);
    case NextTable::ip_protocol:
      return find_row(kIpProtocols, next.number);
    case NextTable::link_type: {
      const LinkRow* row = find_link(next.number);
      return row == nullptr ? nullptr : row->dissect;
    }
    case NextTable::udp_port:
      return find_udp(next, in);
    case NextTable::gre_protocol: {
      const LayerFunction found = find_row(kGreProtocols, next.number);
      return found != nullptr ? found : find_row(kEtherTypes, next.number);
    }
    case NextTable::ppp:
      return find_row(kPppProtocols, next.number);
  }
  return nullptr;
}

// What no row is for: not TCP, but of a link type that is not known one cannot say so.
void leave(DissectedPacket& out, NextLayer next) {
  if (next.table == NextTable::link_type) {
    give_up(out, Undecodable::unsupported_link_type);
  } else {
    finish(out, PacketKind::not_tcp);
  }
}

void follow(NextLayer next, LayerInput& in, DissectedPacket& out) {
  for (int layers = 0; next.table != NextTable::none; ++layers) {
    if (layers == kMaxLayers) {
      give_up(out, Undecodable::nesting_limit);
      break;
    }
    LayerFunction dissect = find_layer(next, in);
    if (in.quoted && next.table == NextTable::ip_protocol) dissect = in_quote(next.number, dissect);
    if (dissect == nullptr) {
      leave(out, next);
      break;
    }
    next = dissect(in, out);
  }
  if (in.quoted) [[unlikely]]
    end_quote(out);
}

void append_names(std::string_view table, std::span<const LayerRow> rows, std::vector<LayerName>& names) {
  for (const LayerRow& row : rows) names.push_back({table, row.number, false, row.name});
}

std::uint32_t at_least_captured(ByteView bytes, std::uint32_t wire_length) {
  return std::max(wire_length, static_cast<std::uint32_t>(bytes.size()));
}

// Only what readers look at without asking a count or a flag; everything else is written by the layer that has it.
void reset_link(LinkFacts& link) {
  link.has_macs = false;
  link.seen_as = CaptureDirection::unknown;
  link.vlan_count = 0;
  link.encapsulation_count = 0;
  link.identity_length = 0;
  link.labels = 0;
  link.vlans = {};
}

// Back to what lies around an aggregate.
void restore_link(LinkFacts& link, const FrameRest& rest) {
  link.vlan_count = rest.vlan_count;
  link.encapsulation_count = rest.encapsulation_count;
  link.identity_length = rest.identity_length;
  link.labels = rest.labels;
  std::fill(link.vlans.begin() + rest.vlan_count, link.vlans.end(), std::uint16_t{0});
}

}  // namespace

bool is_supported_link_type(std::uint16_t link) { return find_link(link) != nullptr; }

std::string_view link_type_name(std::uint16_t link) {
  const LinkRow* row = find_link(link);
  return row == nullptr ? std::string_view() : row->name;
}

std::vector<LayerName> layer_names() {
  std::vector<LayerName> names;
  names.reserve(kLinkTypes.size());
  for (const LinkRow& row : kLinkTypes) names.push_back({"link type", row.number, false, row.name});
  append_names("EtherType", kEtherTypes, names);
  append_names("IP protocol", kIpProtocols, names);
  append_names("GRE protocol", kGreProtocols, names);
  append_names("PPP protocol", kPppProtocols, names);
  append_names("UDP port", kUdpPorts, names);
  for (const ByBytesRow& row : kUdpByBytes) names.push_back({"UDP port", 0, true, row.name});
  return names;
}

void dissect_packet_into(std::uint16_t link, ByteView bytes, std::uint32_t wire_length, DissectedPacket& out) {
  LayerInput in{bytes, at_least_captured(bytes, wire_length)};
  out.reason = Undecodable::none;
  out.more = out.reassembled = false;
  reset_link(out.packet.link);
  // The commonest frame, Ethernet with IPv4 and TCP, goes by direct calls; all others by the tables, to the same end.
  if (link == link_type::ethernet) [[likely]] {
    NextLayer next = dissect_ethernet(in, out);
    if (next.table == NextTable::ether_type && next.number == ether_type::ipv4) [[likely]] {
      next = dissect_ipv4(in, out);
      if (next.table == NextTable::ip_protocol && next.number == ip_protocol::tcp) [[likely]] {
        dissect_tcp(in, out);
        return;
      }
    }
    follow(next, in, out);
    return;
  }
  follow({NextTable::link_type, link}, in, out);
}

DissectedPacket dissect_packet(std::uint16_t link, ByteView bytes, std::uint32_t wire_length) {
  DissectedPacket out;
  dissect_packet_into(link, bytes, wire_length, out);
  return out;
}

void dissect_ip_into(ByteView bytes, std::uint32_t wire_length, DissectedPacket& out) {
  LayerInput in{bytes, at_least_captured(bytes, wire_length)};
  out.reason = Undecodable::none;
  out.more = false;
  out.reassembled = true;
  follow(dissect_ip_version(in, out), in, out);
}

bool dissect_next_into(DissectedPacket& out) {
  if (!out.more) return false;
  LayerInput in{out.rest.bytes, out.rest.wire_length};
  out.reason = Undecodable::none;
  out.more = false;
  restore_link(out.packet.link, out.rest);
  follow(dissect_amsdu_subframe(in, out), in, out);
  if (out.kind == PacketKind::fragment && out.reassembled) give_up(out, Undecodable::nesting_limit);
  return true;
}

bool is_known_ip_protocol(std::uint8_t protocol) { return find_row(kIpProtocols, protocol) != nullptr; }
bool is_known_ether_type(std::uint16_t type) { return find_row(kEtherTypes, type) != nullptr; }

}  // namespace handlens
