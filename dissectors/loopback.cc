#include "dissectors/loopback.h"

namespace handlens {
namespace {

constexpr std::size_t kFamilyLength = 4;

NextLayer after_family(LayerInput& in, DissectedPacket& out, std::uint32_t family) {
  in.advance(kFamilyLength);
  switch (family) {
    case 2:
      return {NextTable::ether_type, ether_type::ipv4};
    case 10:
    case 24:
    case 28:
    case 30:
      return {NextTable::ether_type, ether_type::ipv6};
    default:
      break;
  }
  return family > 0xffff ? give_up(out, Undecodable::bad_link_header) : finish(out, PacketKind::not_tcp);
}

}  // namespace

NextLayer dissect_null_loopback(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kFamilyLength) return give_up(out, Undecodable::short_link_header);
  out.packet.link.add_encapsulation(Encapsulation::null_loopback);
  const std::uint8_t* p = in.bytes.data();
  const std::uint32_t big = read_u32(p);
  // Families are small numbers: bytes in the upper half only mean that the host was little-endian.
  const bool little_endian = (big & 0xffff) == 0;
  const auto little = static_cast<std::uint32_t>(p[0] | (p[1] << 8));
  return after_family(in, out, little_endian ? little : big);
}

NextLayer dissect_loop(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kFamilyLength) return give_up(out, Undecodable::short_link_header);
  out.packet.link.add_encapsulation(Encapsulation::loop);
  return after_family(in, out, read_u32(in.bytes.data()));
}

NextLayer dissect_ip_version(const LayerInput& in, DissectedPacket& out) {
  if (in.bytes.empty()) return give_up(out, Undecodable::short_ip_header);
  switch (in.bytes[0] >> 4) {
    case 4:
      return {NextTable::ether_type, ether_type::ipv4};
    case 6:
      return {NextTable::ether_type, ether_type::ipv6};
    default:
      return give_up(out, Undecodable::bad_ip_header);
  }
}

NextLayer dissect_raw(LayerInput& in, DissectedPacket& out) {
  out.packet.link.add_encapsulation(Encapsulation::raw);
  return dissect_ip_version(in, out);
}

NextLayer dissect_raw_ipv4(LayerInput& /*in*/, DissectedPacket& out) {
  out.packet.link.add_encapsulation(Encapsulation::raw);
  return {NextTable::ether_type, ether_type::ipv4};
}

NextLayer dissect_raw_ipv6(LayerInput& /*in*/, DissectedPacket& out) {
  out.packet.link.add_encapsulation(Encapsulation::raw);
  return {NextTable::ether_type, ether_type::ipv6};
}

}  // namespace handlens
