// The tables of layers below TCP, and the loop that follows them.
#include "dissectors/packet.h"

#include <algorithm>
#include <array>
#include <span>

#include "dissectors/ethernet.h"
#include "dissectors/icmp.h"
#include "dissectors/ipv4.h"
#include "dissectors/ipv6.h"
#include "dissectors/layer.h"
#include "dissectors/linux_cooked.h"
#include "dissectors/loopback.h"
#include "dissectors/tcp.h"

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
};

// What these do not list is not TCP.
struct LayerRow {
  std::uint16_t number;
  LayerFunction dissect;
};
constexpr std::array kEtherTypes = {
    LayerRow{ether_type::ipv4, dissect_ipv4},
    LayerRow{ether_type::ipv6, dissect_ipv6},
    LayerRow{ether_type::vlan, dissect_vlan_tag},
    LayerRow{ether_type::service_vlan, dissect_service_tag},
    LayerRow{ether_type::old_qinq_9100, dissect_service_tag},
    LayerRow{ether_type::old_qinq_9200, dissect_service_tag},
};
constexpr std::array kIpProtocols = {
    LayerRow{ip_protocol::tcp, dissect_tcp},
    LayerRow{ip_protocol::icmp, dissect_icmp},
    LayerRow{ip_protocol::icmpv6, dissect_icmpv6},
    LayerRow{ip_protocol::authentication, dissect_authentication},
};

// Turns of the loop: more layers than any honest frame has, few enough that a forged one costs nothing.
constexpr int kMaxLayers = 16;

LayerFunction find_layer(NextLayer next) {
  const std::span<const LayerRow> rows = next.table == NextTable::ether_type ? std::span<const LayerRow>(kEtherTypes)
                                                                             : std::span<const LayerRow>(kIpProtocols);
  for (const LayerRow& row : rows) {
    if (row.number == next.number) return row.dissect;
  }
  return nullptr;
}

void follow(NextLayer next, LayerInput& in, DissectedPacket& out) {
  for (int layers = 0; next.table != NextTable::none; ++layers) {
    if (layers == kMaxLayers) {
      give_up(out, Undecodable::nesting_limit);
      return;
    }
    const LayerFunction dissect = find_layer(next);
    if (dissect == nullptr) {
      finish(out, PacketKind::not_tcp);
      return;
    }
    next = dissect(in, out);
  }
}

const LinkRow* find_link(std::uint16_t link) {
  for (const LinkRow& row : kLinkTypes) {
    if (row.number == link) return &row;
  }
  return nullptr;
}

std::uint32_t at_least_captured(ByteView bytes, std::uint32_t wire_length) {
  return std::max(wire_length, static_cast<std::uint32_t>(bytes.size()));
}

// Only what readers look at without asking a count or a flag; everything else is written by the layer that has it.
void reset_link(LinkFacts& link) {
  link.has_macs = false;
  link.vlan_count = 0;
  link.encapsulation_count = 0;
  link.vlans = {};
}

}  // namespace

bool is_supported_link_type(std::uint16_t link) { return find_link(link) != nullptr; }

std::string_view link_type_name(std::uint16_t link) {
  const LinkRow* row = find_link(link);
  return row == nullptr ? std::string_view() : row->name;
}

void dissect_packet_into(std::uint16_t link, ByteView bytes, std::uint32_t wire_length, DissectedPacket& out) {
  LayerInput in{bytes, at_least_captured(bytes, wire_length)};
  out.reason = Undecodable::none;
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
  const LinkRow* row = find_link(link);
  if (row == nullptr) {
    give_up(out, Undecodable::unsupported_link_type);
    return;
  }
  follow(row->dissect(in, out), in, out);
}

DissectedPacket dissect_packet(std::uint16_t link, ByteView bytes, std::uint32_t wire_length) {
  DissectedPacket out;
  dissect_packet_into(link, bytes, wire_length, out);
  return out;
}

void dissect_ip_into(ByteView bytes, std::uint32_t wire_length, DissectedPacket& out) {
  LayerInput in{bytes, at_least_captured(bytes, wire_length)};
  out.reason = Undecodable::none;
  follow(dissect_ip_version(in, out), in, out);
  if (out.kind == PacketKind::fragment) give_up(out, Undecodable::nesting_limit);
}

bool is_known_ip_protocol(std::uint8_t protocol) { return find_layer({NextTable::ip_protocol, protocol}) != nullptr; }

}  // namespace handlens
