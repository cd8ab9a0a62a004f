#include "dissectors/chdlc.h"

#include "dissectors/ppp.h"

namespace handlens {
namespace {

constexpr std::size_t kHeaderLength = 4;

}  // namespace

NextLayer dissect_chdlc(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kHeaderLength) return give_up(out, Undecodable::short_link_header);
  const std::uint8_t* p = in.bytes.data();
  if (p[0] == 0xff && p[1] == 0x03) return dissect_ppp(in, out);
  if (!is_chdlc_address(p[0])) return give_up(out, Undecodable::bad_link_header);
  if (!enter_layer(out, Encapsulation::chdlc)) return {};
  const std::uint16_t type = read_u16(p + 2);
  in.advance(kHeaderLength);
  if (type < ether_type::first) return finish(out, PacketKind::not_tcp);
  return {NextTable::ether_type, type};
}

}  // namespace handlens
