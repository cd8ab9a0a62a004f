#include "dissectors/erspan.h"

#include "dissectors/tunnel.h"

namespace handlens {
namespace {

constexpr std::size_t kTypeTwoLength = 8, kTypeThreeLength = 12, kPlatformLength = 8;
constexpr unsigned kEthernetFrame = 0, kIpPacket = 2;

NextLayer dissect_type_three(LayerInput& in, DissectedPacket& out) {
  if (!has_header(in, out, kTypeThreeLength)) return {};
  const std::uint16_t last = read_u16(in.bytes.data() + 10);
  const unsigned frame_type = (last >> 10) & 0x1f;
  const std::size_t length = kTypeThreeLength + ((last & 1) != 0 ? kPlatformLength : 0u);
  if (!has_header(in, out, length)) return {};
  in.advance(length);
  if (frame_type == kEthernetFrame) return next_ethernet();
  return frame_type == kIpPacket ? next_by_ip_version(in, out) : finish(out, PacketKind::not_tcp);
}

}  // namespace

NextLayer dissect_erspan(LayerInput& in, DissectedPacket& out) {
  if (!peel(out, Encapsulation::erspan) || !has_header(in, out, 1)) return {};
  in.mirrored = true;
  const int version = in.bytes[0] >> 4;
  if (version == 2) return dissect_type_three(in, out);
  if (version != 1) return finish(out, PacketKind::not_tcp);
  if (!has_header(in, out, kTypeTwoLength)) return {};
  in.advance(kTypeTwoLength);
  return next_ethernet();
}

}  // namespace handlens
