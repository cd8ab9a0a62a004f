#include "dissectors/capwap.h"

#include "dissectors/ieee80211.h"
#include "dissectors/tunnel.h"

namespace handlens {
namespace {

constexpr std::size_t kHeaderLength = 8;
constexpr std::uint32_t kNative = 0x100, kFragment = 0x80, kLast = 0x40, kKeepAlive = 0x08, kReserved = 0x07;
constexpr std::uint32_t kBindingIeee80211 = 1;

}  // namespace

NextLayer dissect_capwap(LayerInput& in, DissectedPacket& out) {
  if (!has_header(in, out, kHeaderLength)) return {};
  const std::uint8_t* p = in.bytes.data();
  if (p[0] != 0) return finish(out, PacketKind::not_tcp);  // DTLS has a 1 here
  const std::uint32_t fields = read_u32(p);
  const std::size_t length = ((fields >> 19) & 0x1f) * 4;
  const std::uint32_t binding = (fields >> 9) & 0x1f;
  const bool is_fragment = (fields & kFragment) != 0;
  const bool is_wrong = length < kHeaderLength || (fields & kReserved) != 0 || (p[7] & 0x07) != 0 ||
                        (!is_fragment && ((fields & kLast) != 0 || read_u16(p + 6) != 0));
  if (is_wrong || (fields & kKeepAlive) != 0) return finish(out, PacketKind::not_tcp);
  if (!has_header(in, out, length)) return {};
  if (is_fragment) return give_up(out, Undecodable::tunnel_fragment);
  if (!peel(out, Encapsulation::capwap)) return {};
  add_outer_pair(out.packet.link, Encapsulation::capwap, out.packet.ip);
  in.advance(length);
  if ((fields & kNative) == 0) return next_ethernet();
  if (binding != kBindingIeee80211) return finish(out, PacketKind::not_tcp);
  if (is_frame_control_exchanged(in)) return dissect_wlan_exchanged(in, out);
  return {NextTable::link_type, link_type::ieee80211};
}

}  // namespace handlens
