#include "dissectors/macsec.h"

#include "dissectors/ethernet.h"

namespace handlens {
namespace {

constexpr std::size_t kTagLength = 6, kSciLength = 8, kTypeLength = 2;
constexpr std::uint32_t kCheckValueLength = 16;
constexpr std::uint8_t kVersion = 0x80, kHasSci = 0x20, kEncrypted = 0x08, kChanged = 0x04;
constexpr std::uint8_t kShortLengthMask = 0x3f;

}  // namespace

NextLayer dissect_macsec(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kTagLength) return give_up(out, Undecodable::short_link_header);
  const std::uint8_t control = in.bytes[0];
  const std::uint8_t short_length = in.bytes[1] & kShortLengthMask;
  if ((control & kVersion) != 0) return give_up(out, Undecodable::bad_link_header);
  if (!enter_layer(out, Encapsulation::macsec)) return {};
  if ((control & (kEncrypted | kChanged)) != 0) return give_up(out, Undecodable::macsec_encrypted);
  const std::size_t length = kTagLength + ((control & kHasSci) != 0 ? kSciLength : 0);
  if (in.bytes.size() < length) return give_up(out, Undecodable::short_link_header);
  in.advance(length);
  if (in.wire_length < kCheckValueLength + kTypeLength) return give_up(out, Undecodable::bad_link_header);
  in.trim(in.wire_length - kCheckValueLength);
  if (short_length != 0) in.trim(short_length);
  if (in.bytes.size() < kTypeLength) return give_up(out, Undecodable::short_link_header);
  const std::uint16_t type = read_u16(in.bytes.data());
  in.advance(kTypeLength);
  return follow_type(in, out, type);
}

}  // namespace handlens
