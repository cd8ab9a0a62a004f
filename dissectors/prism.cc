#include "dissectors/prism.h"

#include "dissectors/ieee80211.h"

namespace handlens {
namespace {

constexpr std::size_t kHeadLength = 8;  // code or version, and length
constexpr std::uint32_t kPrismCode = 0x44, kOldPrismCode = 0x41;
constexpr std::uint32_t kAvsVersion1 = 0x80211001, kAvsVersion2 = 0x80211002;

bool is_prism_code(std::uint32_t code) { return code == kPrismCode || code == kOldPrismCode; }
bool is_avs_version(std::uint32_t version) { return version == kAvsVersion1 || version == kAvsVersion2; }

NextLayer pass_over(LayerInput& in, DissectedPacket& out, Encapsulation layer, std::uint32_t length) {
  if (length < kHeadLength || length > in.wire_length) return give_up(out, Undecodable::bad_link_header);
  if (length > in.bytes.size()) return give_up(out, Undecodable::short_link_header);
  if (!enter_layer(out, layer)) return {};
  in.advance(length);
  return dissect_wlan_frame(in, out, false);
}

}  // namespace

NextLayer dissect_prism(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kHeadLength) return give_up(out, Undecodable::short_link_header);
  const std::uint8_t* p = in.bytes.data();
  if (is_avs_version(read_u32(p))) return dissect_avs(in, out);
  if (is_prism_code(read_u32_le(p))) return pass_over(in, out, Encapsulation::prism, read_u32_le(p + 4));
  if (is_prism_code(read_u32(p))) return pass_over(in, out, Encapsulation::prism, read_u32(p + 4));
  return give_up(out, Undecodable::bad_link_header);
}

NextLayer dissect_avs(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kHeadLength) return give_up(out, Undecodable::short_link_header);
  const std::uint8_t* p = in.bytes.data();
  if (!is_avs_version(read_u32(p))) return give_up(out, Undecodable::bad_link_header);
  return pass_over(in, out, Encapsulation::avs, read_u32(p + 4));
}

}  // namespace handlens
