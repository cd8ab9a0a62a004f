#include "dissectors/llc_links.h"

#include <algorithm>

#include "dissectors/ethernet.h"
#include "dissectors/ppp.h"

namespace handlens {
namespace {

constexpr std::size_t kTokenRingLength = 14, kFddiLength = 13, kIpoibLength = 44, kNetanalyzerLength = 4;
constexpr std::size_t kBridgedLength = 10;  // LLC, SNAP and padding
// RFC 2364 §4: LLC for routed OSI protocols, and the number of PPP among them.
constexpr std::uint32_t kLlcOfPpp = 0xfefe03cf;
constexpr std::size_t kPppHeader = 4;
constexpr std::uint8_t kRouted = 0x80, kRoutingLengthMask = 0x1f;
constexpr std::uint32_t kFcsLength = 4;
constexpr std::uint8_t kDamaged = 0x07, kDigitalInput = 0x01, kWithPreamble = 0x02;  // netANALYZER

void keep_addresses(const std::uint8_t* destination, LinkFacts& link) {
  link.has_macs = true;
  std::copy_n(destination, 6, link.destination_mac.begin());
  std::copy_n(destination + 6, 6, link.source_mac.begin());
}

// RFC 2684 §5.2: LLC and SNAP with the OUI of IEEE 802.1, for an 802.3 frame.
bool is_bridged_ethernet(ByteView bytes) {
  if (bytes.size() < kBridgedLength) return false;
  const std::uint8_t* p = bytes.data();
  const std::uint16_t type = read_u16(p + 6);
  return read_u32(p) == 0xaaaa0300 && read_u16(p + 4) == 0x80c2 && (type == 1 || type == 7);
}

}  // namespace

NextLayer dissect_atm_llc(LayerInput& in, DissectedPacket& out) {
  if (!enter_layer(out, Encapsulation::atm)) return {};
  if (in.bytes.size() >= kPppHeader && read_u32(in.bytes.data()) == kLlcOfPpp) {
    in.advance(kPppHeader);
    return dissect_ppp(in, out);
  }
  if (!is_bridged_ethernet(in.bytes)) return dissect_llc(in, out);
  in.advance(kBridgedLength);
  return dissect_ethernet(in, out);
}

NextLayer dissect_token_ring(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kTokenRingLength) return give_up(out, Undecodable::short_link_header);
  if (!enter_layer(out, Encapsulation::token_ring)) return {};
  const std::uint8_t* p = in.bytes.data();
  LinkFacts& link = out.packet.link;
  keep_addresses(p + 2, link);
  const bool is_llc = (p[1] & 0xc0) == 0x40, is_routed = (p[8] & kRouted) != 0;
  link.source_mac[0] &= 0x7f;
  in.advance(kTokenRingLength);
  if (!is_llc) return finish(out, PacketKind::not_tcp);
  if (is_routed) {
    if (in.bytes.empty()) return give_up(out, Undecodable::short_link_header);
    const std::size_t length = in.bytes[0] & kRoutingLengthMask;
    if (length < 2 || length > in.wire_length) return give_up(out, Undecodable::bad_link_header);
    if (length > in.bytes.size()) return give_up(out, Undecodable::short_link_header);
    in.advance(length);
  }
  return dissect_llc(in, out);
}

NextLayer dissect_fddi(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kFddiLength) return give_up(out, Undecodable::short_link_header);
  if (!enter_layer(out, Encapsulation::fddi)) return {};
  const std::uint8_t* p = in.bytes.data();
  keep_addresses(p + 1, out.packet.link);
  in.advance(kFddiLength);
  if ((p[0] & 0x70) != 0x50) return finish(out, PacketKind::not_tcp);
  return dissect_llc(in, out);
}

NextLayer dissect_ipoib(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kIpoibLength) return give_up(out, Undecodable::short_link_header);
  if (!enter_layer(out, Encapsulation::infiniband)) return {};
  const std::uint16_t type = read_u16(in.bytes.data() + kIpoibLength - 4);
  in.advance(kIpoibLength);
  if (type < ether_type::first) return finish(out, PacketKind::not_tcp);
  return {NextTable::ether_type, type};
}

NextLayer dissect_netanalyzer(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kNetanalyzerLength) return give_up(out, Undecodable::short_link_header);
  if (!enter_layer(out, Encapsulation::netanalyzer)) return {};
  const std::uint8_t errors = in.bytes[0], mode = in.bytes[1];
  if ((mode & kDigitalInput) != 0) return finish(out, PacketKind::not_tcp);
  if ((mode & kWithPreamble) != 0) return give_up(out, Undecodable::bad_link_header);
  if ((errors & kDamaged) != 0) return give_up(out, Undecodable::bad_fcs);
  in.advance(kNetanalyzerLength);
  in.trim(in.wire_length - std::min(in.wire_length, kFcsLength));
  return dissect_ethernet(in, out);
}

}  // namespace handlens
