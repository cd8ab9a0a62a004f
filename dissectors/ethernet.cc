#include "dissectors/ethernet.h"

#include <algorithm>
#include <array>

namespace handlens {
namespace {

constexpr std::size_t kHeaderLength = 14;
constexpr std::size_t kTagLength = 4;  // VLAN id field and the type behind it
constexpr std::size_t kLlcLength = 3;
constexpr std::size_t kSnapLength = 5;
constexpr std::uint8_t kSnapSap = 0xaa, kIpSap = 0x06, kUnnumberedInformation = 0x03;
constexpr std::uint32_t kOuiEtherType = 0x000000, kOuiBridgedAppleTalk = 0x0000f8;  // both carry EtherTypes

NextLayer dissect_tag(LayerInput& in, DissectedPacket& out, Encapsulation name) {
  if (in.bytes.size() < kTagLength) return give_up(out, Undecodable::short_link_header);
  LinkFacts& link = out.packet.link;
  const std::uint16_t id = read_u16(in.bytes.data()) & 0x0fff;
  if (link.encapsulation_count >= kMaxEncapsulations) return give_up(out, Undecodable::nesting_limit);
  link.add_encapsulation(name);
  if (id != 0) {
    link.vlans[link.vlan_count++] = id;  // there is room: each tag is an encapsulation
    if (link.identity_length != 0) {
      const std::array<std::uint8_t, 2> bytes = {static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
      link.add_identity(Encapsulation::vlan, bytes);
    }
  }
  const std::uint16_t type = read_u16(in.bytes.data() + 2);
  in.advance(kTagLength);
  return follow_type(in, out, type);
}

}  // namespace

NextLayer follow_type(LayerInput& in, DissectedPacket& out, std::uint16_t type) {
  if (type >= ether_type::first) return {NextTable::ether_type, type};
  if (type > ether_type::longest_length) return give_up(out, Undecodable::bad_link_header);
  in.trim(type);
  return dissect_llc(in, out);
}

NextLayer dissect_ethernet(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kHeaderLength) return give_up(out, Undecodable::short_link_header);
  const std::uint8_t* p = in.bytes.data();
  LinkFacts& link = out.packet.link;
  link.has_macs = true;
  std::copy_n(p, 6, link.destination_mac.begin());
  std::copy_n(p + 6, 6, link.source_mac.begin());
  const std::uint16_t type = read_u16(p + 12);
  in.advance(kHeaderLength);
  return follow_type(in, out, type);
}

NextLayer dissect_vlan_tag(LayerInput& in, DissectedPacket& out) { return dissect_tag(in, out, Encapsulation::vlan); }

NextLayer dissect_service_tag(LayerInput& in, DissectedPacket& out) {
  return dissect_tag(in, out, Encapsulation::qinq);
}

NextLayer dissect_llc(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kLlcLength) return give_up(out, Undecodable::short_link_header);
  const std::uint8_t* p = in.bytes.data();
  if (p[2] != kUnnumberedInformation) return finish(out, PacketKind::not_tcp);
  if (p[0] == kIpSap && p[1] == kIpSap) {
    in.advance(kLlcLength);
    return {NextTable::ether_type, ether_type::ipv4};
  }
  if (p[0] != kSnapSap || p[1] != kSnapSap) return finish(out, PacketKind::not_tcp);
  if (in.bytes.size() < kLlcLength + kSnapLength) return give_up(out, Undecodable::short_link_header);
  const std::uint32_t oui = read_u32(p + kLlcLength) >> 8;
  if (oui != kOuiEtherType && oui != kOuiBridgedAppleTalk) return finish(out, PacketKind::not_tcp);
  const std::uint16_t type = read_u16(p + kLlcLength + 3);
  in.advance(kLlcLength + kSnapLength);
  return {NextTable::ether_type, type};
}

}  // namespace handlens
