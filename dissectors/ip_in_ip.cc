#include "dissectors/ip_in_ip.h"

#include "dissectors/ipv6.h"
#include "dissectors/tunnel.h"

namespace handlens {
namespace {

// RFC 3056 §2: 2002::/16. `in` is at the inner header.
bool is_6to4(const LayerInput& in) {
  if (in.bytes.size() < kIpv6HeaderLength) return false;
  constexpr std::size_t kSource = 8, kDestination = 24;
  constexpr std::uint16_t kPrefix = 0x2002;
  return read_u16(in.bytes.data() + kSource) == kPrefix || read_u16(in.bytes.data() + kDestination) == kPrefix;
}

}  // namespace

NextLayer dissect_ipv4_in_ip(LayerInput& /*in*/, DissectedPacket& out) {
  const Encapsulation name = out.packet.ip.source.v6 ? Encapsulation::fourin6 : Encapsulation::ipip;
  if (!peel(out, name)) return {};
  add_outer_pair(out.packet.link, name, out.packet.ip);
  return {NextTable::ether_type, ether_type::ipv4};
}

NextLayer dissect_ipv6_in_ip(LayerInput& in, DissectedPacket& out) {
  const Encapsulation name = out.packet.ip.source.v6 ? Encapsulation::sixin6 : Encapsulation::sixin4;
  if (!peel(out, name)) return {};
  if (name == Encapsulation::sixin6 || !is_6to4(in)) add_outer_pair(out.packet.link, name, out.packet.ip);
  return {NextTable::ether_type, ether_type::ipv6};
}

}  // namespace handlens
