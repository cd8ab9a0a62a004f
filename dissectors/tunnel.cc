#include "dissectors/tunnel.h"

#include <algorithm>
#include <array>

#include "dissectors/gre.h"
#include "dissectors/ipv4.h"
#include "dissectors/ipv6.h"

namespace handlens {
namespace {

constexpr std::size_t kEthernetLength = 14;

bool fits(const LayerInput& in, std::uint32_t length) { return length <= in.wire_length || in.mirrored; }

bool is_ipv4_header(const LayerInput& in) {
  if (in.bytes.size() < kIpv4HeaderLength) return false;
  const std::uint8_t* p = in.bytes.data();
  const std::uint32_t header_length = (p[0] & 0x0fu) * 4u;
  const std::uint32_t total_length = read_u16(p + 2);
  if ((p[0] >> 4) != 4 || header_length < kIpv4HeaderLength) return false;
  return total_length == 0 || (total_length >= header_length && fits(in, total_length));
}

bool is_ipv6_header(const LayerInput& in) {
  if (in.bytes.size() < kIpv6HeaderLength || (in.bytes[0] >> 4) != 6) return false;
  return fits(in, read_u16(in.bytes.data() + 4) + static_cast<std::uint32_t>(kIpv6HeaderLength));
}

}  // namespace

void add_outer_pair(LinkFacts& link, Encapsulation layer, const IpFacts& outer, ByteView id) {
  const bool v6 = outer.source.v6;
  const std::size_t length = v6 ? 16 : 4;
  const bool ordered = outer.source <= outer.destination;
  const IpAddress& low = ordered ? outer.source : outer.destination;
  const IpAddress& high = ordered ? outer.destination : outer.source;
  std::array<std::uint8_t, 1 + 32 + 8> bytes{};
  bytes[0] = v6 ? 6 : 4;
  auto at = std::copy_n(low.bytes.begin(), length, bytes.begin() + 1);
  at = std::copy_n(high.bytes.begin(), length, at);
  at = std::copy_n(id.begin(), std::min<std::size_t>(id.size(), 8), at);
  link.add_identity(layer, ByteView(bytes.begin(), at));
}

bool looks_like_payload(const LayerInput& in, std::size_t offset, std::uint16_t type) {
  if (type == gre_protocol::ethernet) return looks_like_ethernet(in, offset);
  if (in.bytes.size() < offset) return false;
  LayerInput inner = in;
  inner.advance(offset);
  return (type == ether_type::ipv4 && is_ipv4_header(inner)) || (type == ether_type::ipv6 && is_ipv6_header(inner));
}

bool looks_like_ip(const LayerInput& in) { return is_ipv4_header(in) || is_ipv6_header(in); }

bool looks_like_ethernet(const LayerInput& in, std::size_t offset) {
  if (in.bytes.size() < offset + kEthernetLength) return false;
  const std::uint8_t* p = in.bytes.data() + offset;
  if ((p[6] & 0x01) != 0) return false;  // IEEE 802.3 §3.2.3: a group address sends nothing
  const std::uint16_t type = read_u16(p + 12);
  if (type >= ether_type::first) return type == ether_type::arp || is_known_ether_type(type);
  if (type > in.wire_length - offset - kEthernetLength || in.bytes.size() < offset + kEthernetLength + 3) return false;
  const std::uint8_t* llc = p + kEthernetLength;
  return (llc[0] == 0xaa && llc[1] == 0xaa && llc[2] == 0x03) || (llc[0] == 0x06 && llc[1] == 0x06 && llc[2] == 0x03);
}

bool looks_like_ip_frame(const LayerInput& in, std::size_t offset) {
  if (!looks_like_ethernet(in, offset)) return false;
  LayerInput inner = in;
  inner.advance(offset + kEthernetLength);
  const std::uint16_t type = read_u16(inner.bytes.data() - 2);
  return (type == ether_type::ipv4 || type == ether_type::ipv6) && looks_like_ip(inner);
}

NextLayer next_by_ip_version(const LayerInput& in, DissectedPacket& out) {
  if (!has_header(in, out, 1)) return {};
  switch (in.bytes[0] >> 4) {
    case 4:
      return {NextTable::ether_type, ether_type::ipv4};
    case 6:
      return {NextTable::ether_type, ether_type::ipv6};
    default:
      return finish(out, PacketKind::not_tcp);
  }
}

}  // namespace handlens
