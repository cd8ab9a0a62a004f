#include "dissectors/ppi.h"

#include "dissectors/ieee80211.h"

namespace handlens {
namespace {

constexpr std::size_t kHeaderLength = 8, kFieldHeaderLength = 4;
constexpr std::uint8_t kAligned = 0x01;
constexpr std::uint16_t kWlanCommon = 2;
constexpr std::size_t kWlanFlagsAt = 8;
constexpr std::uint16_t kFcsAtEnd = 0x0001, kBadFcs = 0x0004, kBadSignal = 0x0008;

// The flags of the field "802.11-Common"; 0 if there is none.
std::uint16_t wlan_flags(ByteView header) {
  const bool aligned = (header[1] & kAligned) != 0;
  std::size_t at = kHeaderLength;
  while (at < header.size() && header.size() - at >= kFieldHeaderLength) {
    const std::uint8_t* p = header.data() + at;
    const std::size_t length = read_u16_le(p + 2);
    at += kFieldHeaderLength;
    if (length > header.size() - at) return 0;
    if (read_u16_le(p) == kWlanCommon && length >= kWlanFlagsAt + 2) {
      return read_u16_le(p + kFieldHeaderLength + kWlanFlagsAt);
    }
    at += aligned ? (length + 3) / 4 * 4 : length;
  }
  return 0;
}

}  // namespace

NextLayer dissect_ppi(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kHeaderLength) return give_up(out, Undecodable::short_link_header);
  const std::uint8_t* p = in.bytes.data();
  const std::size_t length = read_u16_le(p + 2);
  const std::uint32_t link = read_u32_le(p + 4);
  if (p[0] != 0 || length < kHeaderLength || length > in.wire_length) {
    return give_up(out, Undecodable::bad_link_header);
  }
  if (length > in.bytes.size()) return give_up(out, Undecodable::short_link_header);
  if (!enter_layer(out, Encapsulation::ppi)) return {};
  const ByteView header = in.bytes.first(length);
  in.advance(length);
  if (link > 0xffff) return give_up(out, Undecodable::unsupported_link_type);
  if (link != link_type::ieee80211) return {NextTable::link_type, static_cast<std::uint16_t>(link)};
  const std::uint16_t flags = wlan_flags(header);
  if ((flags & (kBadFcs | kBadSignal)) != 0) return give_up(out, Undecodable::bad_fcs);
  if ((flags & kFcsAtEnd) != 0) trim_wlan_fcs(in);
  return dissect_wlan_frame(in, out, false);
}

}  // namespace handlens
