#include "dissectors/mpls.h"

#include "dissectors/tunnel.h"

namespace handlens {
namespace {

constexpr std::size_t kEntryLength = 4;
constexpr std::size_t kControlWordLength = 4;
constexpr std::uint32_t kBottom = 0x100;
constexpr std::uint32_t kEntropyIndicator = 7;  // RFC 6790 §4.2: the label behind it is an entropy label

NextLayer pseudowire(LayerInput& in, DissectedPacket& out, std::size_t before) {
  if (!peel(out, Encapsulation::pseudowire)) return {};
  in.advance(before);
  return next_ethernet();
}

NextLayer after_stack(LayerInput& in, DissectedPacket& out) {
  if (!has_header(in, out, 1)) return {};
  const int version = in.bytes[0] >> 4;
  // A MAC address may look like the beginning of an IP header; a whole frame of IP behind it does not by chance.
  if (looks_like_ip(in) && !looks_like_ip_frame(in)) return next_by_ip_version(in, out);
  // In this order: four bytes further, a tagged frame looks like another one behind a control word.
  if (looks_like_ethernet(in)) return pseudowire(in, out, 0);
  if (version == 0 && looks_like_ethernet(in, kControlWordLength)) return pseudowire(in, out, kControlWordLength);
  return next_by_ip_version(in, out);  // an IP header that is cut or wrong is to be named as such
}

// True if the stack ends within its bound and IP or Ethernet seems to follow.
bool looks_like_mpls(const LayerInput& in) {
  LayerInput rest = in;
  for (std::size_t labels = 0; labels < kMaxMplsLabels && rest.bytes.size() >= kEntryLength; ++labels) {
    const bool is_bottom = (rest.bytes[2] & 0x01) != 0;
    rest.advance(kEntryLength);
    if (!is_bottom) continue;
    return looks_like_ip(rest) || looks_like_ethernet(rest) || looks_like_ethernet(rest, kControlWordLength);
  }
  return false;
}

}  // namespace

NextLayer dissect_mpls_in_ip(LayerInput& in, DissectedPacket& out) {
  add_outer_pair(out.packet.link, Encapsulation::mpls, out.packet.ip);
  return dissect_mpls(in, out);
}

NextLayer dissect_mpls_in_udp(LayerInput& in, DissectedPacket& out) {
  return looks_like_mpls(in) ? dissect_mpls_in_ip(in, out) : finish(out, PacketKind::not_tcp);
}

NextLayer dissect_mpls(LayerInput& in, DissectedPacket& out) {
  if (!peel(out, Encapsulation::mpls)) return {};
  std::uint32_t before = 0;
  for (std::size_t labels = 0; labels < kMaxMplsLabels; ++labels) {
    if (!has_header(in, out, kEntryLength)) return {};
    const std::uint32_t entry = read_u32(in.bytes.data());
    const bool is_bottom = (entry & kBottom) != 0;
    const std::uint32_t label = entry >> 12;
    // Which of several ways a packet takes says nothing of its network.
    if (label != kEntropyIndicator && before != kEntropyIndicator) out.packet.link.add_label(label);
    before = label;
    in.advance(kEntryLength);
    if (is_bottom) return after_stack(in, out);
  }
  return give_up(out, Undecodable::nesting_limit);
}

}  // namespace handlens
