#include "dissectors/vxlan.h"

#include "dissectors/tunnel.h"

namespace handlens {
namespace {

constexpr std::size_t kHeaderLength = 8;
constexpr std::uint8_t kValidVni = 0x08, kNextProtocol = 0x04, kBroadcast = 0x02, kPolicy = 0x80;
constexpr std::uint8_t kPolicyFlags = 0x48;

constexpr std::size_t kEthernetLength = 14;

// As senders must write it. REQUIRES: kHeaderLength bytes exist.
bool is_vxlan_header(const std::uint8_t* p) {
  if (p[7] != 0) return false;
  if (p[0] == (kValidVni | kPolicy)) return (p[1] & ~kPolicyFlags) == 0;
  return p[0] == kValidVni && p[1] == 0 && p[2] == 0 && p[3] == 0;
}

NextLayer gpe_payload(const LayerInput& in, DissectedPacket& out, unsigned next_protocol) {
  switch (next_protocol) {
    case 1:
    case 2:
      return next_by_ip_version(in, out);
    case 3:
      return next_ethernet();
    case 5:
      return {NextTable::ether_type, ether_type::mpls};
    default:
      return finish(out, PacketKind::not_tcp);
  }
}

}  // namespace

NextLayer dissect_vxlan(LayerInput& in, DissectedPacket& out) {
  if (!has_header(in, out, kHeaderLength)) return {};
  if (!is_vxlan_header(in.bytes.data())) {
    // RFC 7348 §5: receivers ignore reserved bits. What else may use the port does not: then the frame has to speak.
    if ((in.bytes[0] & kValidVni) == 0) return finish(out, PacketKind::not_tcp);
    if (!has_header(in, out, kHeaderLength + kEthernetLength)) return {};
    if (!looks_like_ethernet(in, kHeaderLength)) return finish(out, PacketKind::not_tcp);
  }
  if (!peel(out, Encapsulation::vxlan)) return {};
  out.packet.link.add_identity(Encapsulation::vxlan, in.bytes.subspan(4, 3));
  in.advance(kHeaderLength);
  in.mirrored = true;
  return next_ethernet();
}

NextLayer dissect_vxlan_gpe(LayerInput& in, DissectedPacket& out) {
  if (!has_header(in, out, kHeaderLength)) return {};
  const std::uint8_t* p = in.bytes.data();
  const bool names_next = (p[0] & kNextProtocol) != 0;
  const bool is_known = (p[0] & ~(kValidVni | kNextProtocol | kBroadcast)) == 0 && (p[0] & kValidVni) != 0;
  if (!is_known || p[1] != 0 || p[2] != 0 || p[7] != 0 || (!names_next && p[3] != 0)) {
    return finish(out, PacketKind::not_tcp);
  }
  if (!peel(out, Encapsulation::vxlan_gpe)) return {};
  out.packet.link.add_identity(Encapsulation::vxlan_gpe, in.bytes.subspan(4, 3));
  const unsigned next_protocol = names_next ? p[3] : 3u;
  in.advance(kHeaderLength);
  return gpe_payload(in, out, next_protocol);
}

bool looks_like_vxlan(const LayerInput& in) {
  return in.bytes.size() >= kHeaderLength && is_vxlan_header(in.bytes.data()) && looks_like_ip_frame(in, kHeaderLength);
}

}  // namespace handlens
