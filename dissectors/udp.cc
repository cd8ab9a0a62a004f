#include "dissectors/udp.h"

namespace handlens {
namespace {

constexpr std::size_t kHeaderLength = 8;

}  // namespace

NextLayer dissect_udp(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kHeaderLength) return finish(out, PacketKind::not_tcp);
  const std::uint8_t* p = in.bytes.data();
  const std::uint32_t length = read_u16(p + 4);
  if (length != 0) {
    if (length < kHeaderLength || length > in.wire_length) return finish(out, PacketKind::not_tcp);
    in.trim(length);
  }
  in.advance(kHeaderLength);
  in.udp_source_port = read_u16(p);
  return {NextTable::udp_port, read_u16(p + 2)};
}

}  // namespace handlens
