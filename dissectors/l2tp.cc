#include "dissectors/l2tp.h"

#include <initializer_list>

#include "dissectors/tunnel.h"

namespace handlens {
namespace {

constexpr std::uint16_t kControl = 0x8000, kLength = 0x4000, kSequence = 0x0800, kOffset = 0x0200;
constexpr std::uint16_t kVersion = 0x000f, kReserved = 0x34f0;
constexpr std::size_t kFieldLength = 2, kSessionLength = 4;

// The frame of a version 3 session: behind a cookie and a sublayer of unknown sizes.
NextLayer find_frame(LayerInput& in, DissectedPacket& out, std::uint32_t session) {
  if (!peel(out, Encapsulation::l2tpv3)) return {};
  add_outer_pair(out.packet.link, Encapsulation::l2tpv3, out.packet.ip);
  out.packet.link.add_label(session);
  for (const std::size_t before : std::initializer_list<std::size_t>{0, 4, 8, 12}) {
    if (!looks_like_ethernet(in, before)) continue;
    in.advance(before);
    return next_ethernet();
  }
  for (const std::size_t before : std::initializer_list<std::size_t>{0, 4, 8, 12}) {
    if (in.bytes.size() < before) break;
    LayerInput inner = in;
    inner.advance(before);
    if (!looks_like_ip(inner)) continue;
    in = inner;
    return next_by_ip_version(in, out);
  }
  return finish(out, PacketKind::not_tcp);
}

NextLayer dissect_version_two(LayerInput& in, DissectedPacket& out, std::uint16_t flags) {
  std::size_t length = kFieldLength;
  const std::size_t length_at = length;
  if ((flags & kLength) != 0) length += kFieldLength;
  const std::size_t tunnel_at = length;
  length += 2 * kFieldLength;  // tunnel and session
  if ((flags & kSequence) != 0) length += 2 * kFieldLength;
  const std::size_t offset_at = length;
  if ((flags & kOffset) != 0) length += kFieldLength;
  if (!has_header(in, out, length)) return {};
  const std::uint8_t* p = in.bytes.data();
  if ((flags & kLength) != 0) {
    const std::uint32_t stated = read_u16(p + length_at);
    if (stated < length || stated > in.wire_length) return finish(out, PacketKind::not_tcp);
    in.trim(stated);
  }
  if ((flags & kOffset) != 0) length += read_u16(p + offset_at);
  if (!has_header(in, out, length)) return {};
  const std::uint32_t tunnel_and_session = read_u32(p + tunnel_at);
  in.advance(length);
  if (!peel(out, Encapsulation::l2tp)) return {};
  add_outer_pair(out.packet.link, Encapsulation::l2tp, out.packet.ip);
  out.packet.link.add_label(tunnel_and_session);
  return {NextTable::link_type, link_type::ppp};
}

}  // namespace

NextLayer dissect_l2tp_over_udp(LayerInput& in, DissectedPacket& out) {
  if (!has_header(in, out, kFieldLength)) return {};
  const std::uint16_t flags = read_u16(in.bytes.data());
  if ((flags & (kControl | kReserved)) != 0) return finish(out, PacketKind::not_tcp);
  if ((flags & kVersion) == 2) return dissect_version_two(in, out, flags);
  if (flags != 3) return finish(out, PacketKind::not_tcp);
  if (!has_header(in, out, 2 * kFieldLength)) return {};
  in.advance(2 * kFieldLength);
  return dissect_l2tp_over_ip(in, out);
}

NextLayer dissect_l2tp_over_ip(LayerInput& in, DissectedPacket& out) {
  if (!has_header(in, out, kSessionLength)) return {};
  const std::uint32_t session = read_u32(in.bytes.data());
  if (session == 0) return finish(out, PacketKind::not_tcp);  // control
  in.advance(kSessionLength);
  return find_frame(in, out, session);
}

}  // namespace handlens
