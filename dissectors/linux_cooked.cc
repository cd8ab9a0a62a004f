#include "dissectors/linux_cooked.h"

#include <algorithm>

#include "dissectors/ethernet.h"

namespace handlens {
namespace {

constexpr std::size_t kSllLength = 16;
constexpr std::size_t kSll2Length = 20;
// ARPHRD_ values of Linux whose protocol field is no EtherType, or whose address is no station's.
constexpr std::uint16_t kArphrdLoopback = 772, kArphrdNetlink = 824;
// Those behind which a frame with its own link header stands.
constexpr std::uint16_t kArphrdFrameRelay = 770, kArphrdIeee80211 = 801, kArphrdPrism = 802, kArphrdRadiotap = 803;
constexpr std::uint16_t kProtocolLlc = 4;
// sll_pkttype of packet(7): to us, and sent by us; broadcasts and what goes to others tell neither.
constexpr std::uint16_t kToUs = 0, kOutgoing = 4;

struct CookedHeader {
  std::uint16_t arphrd = 0;
  std::uint16_t protocol = 0;
  std::uint16_t address_length = 0;
  const std::uint8_t* address = nullptr;
  std::uint16_t packet_type = 0;
  std::size_t length = 0;
};

NextLayer dissect_cooked(LayerInput& in, DissectedPacket& out, const CookedHeader& header) {
  LinkFacts& link = out.packet.link;
  if (header.address_length == 6 && header.arphrd != kArphrdLoopback) {
    link.has_macs = true;
    std::copy_n(header.address, 6, link.source_mac.begin());
    link.destination_mac = {};
  }
  if (header.packet_type == kToUs) link.seen_as = CaptureDirection::incoming;
  if (header.packet_type == kOutgoing) link.seen_as = CaptureDirection::outgoing;
  in.advance(header.length);
  switch (header.arphrd) {
    case kArphrdNetlink:
      return finish(out, PacketKind::not_tcp);
    case kArphrdFrameRelay:
      return {NextTable::link_type, link_type::frame_relay};
    case kArphrdIeee80211:
      return {NextTable::link_type, link_type::ieee80211};
    case kArphrdPrism:
      return {NextTable::link_type, link_type::prism};
    case kArphrdRadiotap:
      return {NextTable::link_type, link_type::radiotap};
    default:
      break;
  }
  if (header.protocol == kProtocolLlc) return dissect_llc(in, out);
  if (header.protocol < ether_type::first) return finish(out, PacketKind::not_tcp);
  return {NextTable::ether_type, header.protocol};
}

}  // namespace

NextLayer dissect_linux_sll(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kSllLength) return give_up(out, Undecodable::short_link_header);
  out.packet.link.add_encapsulation(Encapsulation::sll);
  const std::uint8_t* p = in.bytes.data();
  return dissect_cooked(in, out,
                        {.arphrd = read_u16(p + 2),
                         .protocol = read_u16(p + 14),
                         .address_length = read_u16(p + 4),
                         .address = p + 6,
                         .packet_type = read_u16(p),
                         .length = kSllLength});
}

NextLayer dissect_linux_sll2(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kSll2Length) return give_up(out, Undecodable::short_link_header);
  out.packet.link.add_encapsulation(Encapsulation::sll2);
  const std::uint8_t* p = in.bytes.data();
  return dissect_cooked(in, out,
                        {.arphrd = read_u16(p + 8),
                         .protocol = read_u16(p),
                         .address_length = p[11],
                         .address = p + 12,
                         .packet_type = p[10],
                         .length = kSll2Length});
}

}  // namespace handlens
