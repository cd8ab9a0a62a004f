#include "dissectors/ieee80211.h"

#include <algorithm>

#include "dissectors/ethernet.h"

namespace handlens {
namespace {

constexpr std::size_t kControlLength = 2;
constexpr std::size_t kHeaderLength = 24, kAddress4Length = 6, kQosLength = 2, kHtLength = 4;
constexpr std::size_t kSubframeLength = 14;
constexpr std::uint32_t kFcsLength = 4;
constexpr std::uint8_t kTypeData = 2;
constexpr std::uint8_t kNoData = 0x4, kQos = 0x8;  // of the subtype
constexpr std::uint8_t kToDs = 0x01, kFromDs = 0x02, kMoreFragments = 0x04, kProtected = 0x40, kOrder = 0x80;
constexpr std::uint8_t kMeshControl = 0x01;  // in the second byte of QoS control
constexpr std::size_t kMeshControlLength = 6, kMacLength = 6;
constexpr std::uint8_t kAmsdu = 0x80, kFragmentNumber = 0x0f;

struct FrameControl {
  std::uint8_t version, type, subtype, flags;
  [[nodiscard]] bool has(std::uint8_t bit) const { return (flags & bit) != 0; }
  [[nodiscard]] bool is_qos() const { return (subtype & kQos) != 0; }
  [[nodiscard]] bool has_address4() const { return has(kToDs) && has(kFromDs); }
};

FrameControl read_control(std::uint8_t kind, std::uint8_t flags) {
  return {.version = static_cast<std::uint8_t>(kind & 3),
          .type = static_cast<std::uint8_t>((kind >> 2) & 3),
          .subtype = static_cast<std::uint8_t>(kind >> 4),
          .flags = flags};
}

std::size_t header_length(const FrameControl& control) {
  std::size_t length = kHeaderLength;
  if (control.has_address4()) length += kAddress4Length;
  if (control.is_qos()) length += kQosLength;
  if (control.is_qos() && control.has(kOrder)) length += kHtLength;
  return length;
}

void keep_addresses(const FrameControl& control, const std::uint8_t* p, LinkFacts& link) {
  constexpr std::size_t kAddress1 = 4, kAddress2 = 10, kAddress3 = 16, kAddress4 = 24;
  const std::size_t source = control.has_address4() ? kAddress4 : control.has(kFromDs) ? kAddress3 : kAddress2;
  const std::size_t destination = control.has(kToDs) ? kAddress3 : kAddress1;
  link.has_macs = true;
  std::copy_n(p + source, 6, link.source_mac.begin());
  std::copy_n(p + destination, 6, link.destination_mac.begin());
}

NextLayer dissect_amsdu(LayerInput& in, DissectedPacket& out) {
  if (out.more) return give_up(out, Undecodable::nesting_limit);
  const LinkFacts& link = out.packet.link;
  out.rest.packets = 0;
  out.rest.vlan_count = link.vlan_count;
  out.rest.encapsulation_count = link.encapsulation_count;
  out.rest.identity_length = link.identity_length;
  out.rest.labels = link.labels;
  return dissect_amsdu_subframe(in, out);
}

bool is_snap_at(ByteView bytes, std::size_t at) {
  return bytes.size() >= at + 3 && bytes[at] == 0xaa && bytes[at + 1] == 0xaa && bytes[at + 2] == 0x03;
}

// Passes over mesh control, if it stands here; its addresses are those of who is outside of the mesh.
void skip_mesh_control(LayerInput& in, LinkFacts& link) {
  if (in.bytes.empty() || in.bytes[0] > 2) return;
  const std::size_t addresses = in.bytes[0], length = kMeshControlLength + addresses * kMacLength;
  if (!is_snap_at(in.bytes, length)) return;
  const std::uint8_t* p = in.bytes.data() + length;
  if (addresses > 0) std::copy_n(p - kMacLength, kMacLength, link.source_mac.begin());
  if (addresses > 1) std::copy_n(p - 2 * kMacLength, kMacLength, link.destination_mac.begin());
  in.advance(length);
}

// Of a frame whose frame control is there.
NextLayer dissect_frame(LayerInput& in, DissectedPacket& out, const FrameControl& control, bool padded) {
  if (!enter_layer(out, Encapsulation::ieee80211)) return {};
  const std::uint8_t* p = in.bytes.data();
  if (control.version != 0) return give_up(out, Undecodable::bad_link_header);
  if (control.type != kTypeData || (control.subtype & kNoData) != 0) return finish(out, PacketKind::not_tcp);
  const std::size_t length = header_length(control);
  const std::size_t whole = padded ? (length + 3) / 4 * 4 : length;
  if (in.bytes.size() < whole) return give_up(out, Undecodable::short_link_header);
  keep_addresses(control, p, out.packet.link);
  if (control.has(kProtected)) return give_up(out, Undecodable::wlan_encrypted);
  if (control.has(kMoreFragments) || (p[22] & kFragmentNumber) != 0) return give_up(out, Undecodable::wlan_fragment);
  const std::size_t qos_at = kHeaderLength + (control.has_address4() ? kAddress4Length : 0);
  const bool is_amsdu = control.is_qos() && (p[qos_at] & kAmsdu) != 0;
  const bool may_be_mesh = control.is_qos() && control.has(kFromDs) && (p[qos_at + 1] & kMeshControl) != 0;
  in.advance(whole);
  if (is_amsdu) return dissect_amsdu(in, out);
  if (may_be_mesh) skip_mesh_control(in, out.packet.link);
  return dissect_llc(in, out);
}

}  // namespace

void trim_wlan_fcs(LayerInput& in) { in.trim(in.wire_length - std::min(in.wire_length, kFcsLength)); }

NextLayer dissect_ieee80211(LayerInput& in, DissectedPacket& out) { return dissect_wlan_frame(in, out, false); }

NextLayer dissect_wlan_frame(LayerInput& in, DissectedPacket& out, bool padded) {
  if (in.bytes.size() < kControlLength) return give_up(out, Undecodable::short_link_header);
  return dissect_frame(in, out, read_control(in.bytes[0], in.bytes[1]), padded);
}

bool is_frame_control_exchanged(const LayerInput& in) {
  if (in.bytes.size() < kControlLength || read_control(in.bytes[0], in.bytes[1]).version == 0) return false;
  const FrameControl exchanged = read_control(in.bytes[1], in.bytes[0]);
  return exchanged.version == 0 && exchanged.type == kTypeData;
}

NextLayer dissect_wlan_exchanged(LayerInput& in, DissectedPacket& out) {
  return dissect_frame(in, out, read_control(in.bytes[1], in.bytes[0]), false);
}

NextLayer dissect_amsdu_subframe(LayerInput& in, DissectedPacket& out) {
  FrameRest& rest = out.rest;
  if (rest.packets == kMaxFramePackets) return give_up(out, Undecodable::nesting_limit);
  if (in.bytes.size() < kSubframeLength) return give_up(out, Undecodable::short_link_header);
  ++rest.packets;
  const std::uint8_t* p = in.bytes.data();
  LinkFacts& link = out.packet.link;
  link.has_macs = true;
  std::copy_n(p, 6, link.destination_mac.begin());
  std::copy_n(p + 6, 6, link.source_mac.begin());
  const std::uint32_t length = read_u16(p + 12);
  in.advance(kSubframeLength);
  if (length > in.wire_length) return give_up(out, Undecodable::bad_link_header);
  // The last subframe is not padded. What is left and holds no header is padding or a check sequence.
  const std::uint32_t padding = (4 - (kSubframeLength + length) % 4) % 4;
  const std::uint32_t end = std::min(length + padding, in.wire_length);
  if (in.wire_length - end >= kSubframeLength) {
    out.more = true;
    rest.wire_length = in.wire_length - end;
    rest.bytes = in.bytes.size() > end ? in.bytes.subspan(end) : ByteView{};
  }
  in.trim(length);
  return dissect_llc(in, out);
}

}  // namespace handlens
