#include "dissectors/radiotap.h"

#include "dissectors/ieee80211.h"

namespace handlens {
namespace {

constexpr std::size_t kHeaderLength = 8;
constexpr std::uint32_t kHasTime = 1u << 0, kHasFlags = 1u << 1, kAnotherWord = 1u << 31;
constexpr std::uint8_t kFcsAtEnd = 0x10, kPadded = 0x20, kBadFcs = 0x40;

// The flags field; 0 if there is none.
std::uint8_t flags_of(ByteView header) {
  const std::uint32_t present = read_u32_le(header.data() + 4);
  std::size_t at = kHeaderLength;
  for (std::uint32_t word = present; (word & kAnotherWord) != 0; at += 4) {
    if (header.size() - at < 4) return 0;
    word = read_u32_le(header.data() + at);
  }
  if ((present & kHasFlags) == 0) return 0;
  if ((present & kHasTime) != 0) at = (at + 7) / 8 * 8 + 8;
  return at < header.size() ? header[at] : std::uint8_t{0};
}

}  // namespace

NextLayer dissect_radiotap(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kHeaderLength) return give_up(out, Undecodable::short_link_header);
  const std::uint8_t* p = in.bytes.data();
  const std::size_t length = read_u16_le(p + 2);
  if (p[0] != 0 || length < kHeaderLength || length > in.wire_length) {
    return give_up(out, Undecodable::bad_link_header);
  }
  if (length > in.bytes.size()) return give_up(out, Undecodable::short_link_header);
  if (!enter_layer(out, Encapsulation::radiotap)) return {};
  const std::uint8_t flags = flags_of(in.bytes.first(length));
  in.advance(length);
  if ((flags & kBadFcs) != 0) return give_up(out, Undecodable::bad_fcs);
  if ((flags & kFcsAtEnd) != 0) trim_wlan_fcs(in);
  return dissect_wlan_frame(in, out, (flags & kPadded) != 0);
}

}  // namespace handlens
