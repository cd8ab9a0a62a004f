#include "dissectors/frame_relay.h"

#include <algorithm>
#include <array>

#include "dissectors/ethernet.h"

namespace handlens {
namespace {

constexpr std::size_t kLongestAddress = 4;
constexpr std::uint8_t kUnnumberedInformation = 0x03;
constexpr std::uint8_t kNlpidIpv4 = 0xcc, kNlpidIpv6 = 0x8e, kNlpidSnap = 0x80;
constexpr std::size_t kSnapLength = 5;
constexpr std::uint32_t kOuiEtherType = 0x000000, kOuiBridged = 0x0080c2;
constexpr std::uint16_t kBridgedWithFcs = 1, kBridgedWithoutFcs = 7;

// 0: no address ends within the bytes there are.
std::size_t address_length(ByteView bytes) {
  for (std::size_t i = 0; i < std::min(bytes.size(), kLongestAddress); ++i) {
    if ((bytes[i] & 1) != 0) return i + 1;
  }
  return 0;
}

// The bits that name the circuit; the others (congestion, discard) may differ from frame to frame.
void keep_circuit(LinkFacts& link, ByteView address) {
  constexpr std::array<std::uint8_t, kLongestAddress> kMasks = {0xfc, 0xf0, 0xfe, 0xfc};
  std::array<std::uint8_t, kLongestAddress> circuit{};
  for (std::size_t i = 0; i < address.size(); ++i) circuit[i] = address[i] & kMasks[i];
  link.add_identity(Encapsulation::frame_relay, ByteView(circuit.data(), address.size()));
}

NextLayer dissect_snap(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kSnapLength) return give_up(out, Undecodable::short_link_header);
  const std::uint8_t* p = in.bytes.data();
  const std::uint32_t oui = read_u32(p) >> 8;
  const std::uint16_t type = read_u16(p + 3);
  in.advance(kSnapLength);
  if (oui == kOuiEtherType) return {NextTable::ether_type, type};
  if (oui == kOuiBridged && (type == kBridgedWithFcs || type == kBridgedWithoutFcs)) return dissect_ethernet(in, out);
  return finish(out, PacketKind::not_tcp);
}

NextLayer dissect_nlpid(LayerInput& in, DissectedPacket& out) {
  if (!in.bytes.empty() && in.bytes[0] == 0) in.advance(1);
  if (in.bytes.empty()) return give_up(out, Undecodable::short_link_header);
  const std::uint8_t nlpid = in.bytes[0];
  in.advance(1);
  switch (nlpid) {
    case kNlpidIpv4:
      return {NextTable::ether_type, ether_type::ipv4};
    case kNlpidIpv6:
      return {NextTable::ether_type, ether_type::ipv6};
    case kNlpidSnap:
      return dissect_snap(in, out);
    default:
      return finish(out, PacketKind::not_tcp);
  }
}

}  // namespace

NextLayer dissect_frame_relay(LayerInput& in, DissectedPacket& out) {
  const std::size_t length = address_length(in.bytes);
  if (length == 0 && in.bytes.size() < kLongestAddress) return give_up(out, Undecodable::short_link_header);
  if (length < 2) return give_up(out, Undecodable::bad_link_header);
  if (!enter_layer(out, Encapsulation::frame_relay)) return {};
  keep_circuit(out.packet.link, in.bytes.first(length));
  in.advance(length);
  if (in.bytes.empty()) return give_up(out, Undecodable::short_link_header);
  if (in.bytes[0] == kUnnumberedInformation) {
    in.advance(1);
    return dissect_nlpid(in, out);
  }
  if (in.bytes.size() < 2) return give_up(out, Undecodable::short_link_header);
  const std::uint16_t type = read_u16(in.bytes.data());
  if (type < ether_type::first) return finish(out, PacketKind::not_tcp);
  in.advance(2);
  return {NextTable::ether_type, type};
}

}  // namespace handlens
