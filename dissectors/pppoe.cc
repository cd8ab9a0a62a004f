#include "dissectors/pppoe.h"

#include "dissectors/ppp.h"

namespace handlens {
namespace {

constexpr std::size_t kHeaderLength = 6;
constexpr std::uint8_t kVersionAndType = 0x11, kSessionData = 0;

}  // namespace

NextLayer dissect_pppoe(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kHeaderLength) return give_up(out, Undecodable::short_link_header);
  const std::uint8_t* p = in.bytes.data();
  if (p[0] != kVersionAndType) return give_up(out, Undecodable::bad_link_header);
  if (p[1] != kSessionData) return finish(out, PacketKind::not_tcp);
  if (!enter_layer(out, Encapsulation::pppoe)) return {};
  const std::uint16_t length = read_u16(p + 4);
  in.advance(kHeaderLength);
  if (!in.set_length(length)) return give_up(out, Undecodable::bad_link_header);
  out.packet.link.add_identity(Encapsulation::pppoe, ByteView(p + 2, 2));
  return dissect_ppp(in, out);
}

}  // namespace handlens
