#include "dissectors/ppp.h"

#include "dissectors/chdlc.h"

namespace handlens {
namespace {

constexpr std::uint8_t kAllStations = 0xff, kUnnumberedInformation = 0x03;
constexpr std::size_t kAddressLength = 2;  // with the control byte

NextLayer read_protocol(LayerInput& in, DissectedPacket& out) {
  if (!enter_layer(out, Encapsulation::ppp)) return {};
  if (in.bytes.empty()) return give_up(out, Undecodable::short_link_header);
  const std::uint8_t* p = in.bytes.data();
  if ((p[0] & 1) != 0) {
    in.advance(1);
    return {NextTable::ppp, p[0]};
  }
  if (in.bytes.size() < 2) return give_up(out, Undecodable::short_link_header);
  in.advance(2);
  return {NextTable::ppp, read_u16(p)};
}

}  // namespace

NextLayer dissect_ppp(LayerInput& in, DissectedPacket& out) {
  const ByteView bytes = in.bytes;
  if (!bytes.empty() && bytes[0] == kAllStations) {  // no protocol begins so
    if (bytes.size() < kAddressLength) return give_up(out, Undecodable::short_link_header);
    if (bytes[1] != kUnnumberedInformation) return give_up(out, Undecodable::bad_link_header);
    in.advance(kAddressLength);
  }
  return read_protocol(in, out);
}

NextLayer dissect_ppp_hdlc(LayerInput& in, DissectedPacket& out) {
  if (!in.bytes.empty() && is_chdlc_address(in.bytes[0])) return dissect_chdlc(in, out);
  return dissect_ppp(in, out);
}

NextLayer dissect_ppp_pppd(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kAddressLength) return give_up(out, Undecodable::short_link_header);
  if (in.bytes[0] > 1 || in.bytes[1] != kUnnumberedInformation) return dissect_ppp(in, out);
  in.advance(kAddressLength);
  return read_protocol(in, out);
}

NextLayer dissect_ppp_with_direction(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.empty()) return give_up(out, Undecodable::short_link_header);
  in.advance(1);
  return dissect_ppp(in, out);
}

NextLayer dissect_ppp_compressed(LayerInput& /*in*/, DissectedPacket& out) {
  return give_up(out, Undecodable::ppp_compressed);
}

NextLayer dissect_ppp_multilink(LayerInput& /*in*/, DissectedPacket& out) {
  return give_up(out, Undecodable::ppp_multilink);
}

}  // namespace handlens
