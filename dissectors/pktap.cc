#include "dissectors/pktap.h"

namespace handlens {
namespace {

constexpr std::size_t kFieldsRead = 12;
constexpr std::uint32_t kShortest = 108, kNoPacket = 0;

}  // namespace

NextLayer dissect_pktap(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kFieldsRead) return give_up(out, Undecodable::short_link_header);
  const std::uint8_t* p = in.bytes.data();
  // A length is a small number: where its zeros stand tells the byte order.
  const bool little_endian = read_u32_le(p) <= 0xffff;
  const auto number = [little_endian](const std::uint8_t* at) {
    return little_endian ? read_u32_le(at) : read_u32(at);
  };
  const std::uint32_t length = number(p), kind = number(p + 4), link = number(p + 8);
  if (length < kShortest || length > in.wire_length) return give_up(out, Undecodable::bad_link_header);
  if (length > in.bytes.size()) return give_up(out, Undecodable::short_link_header);
  if (!enter_layer(out, Encapsulation::pktap)) return {};
  if (kind == kNoPacket) return finish(out, PacketKind::not_tcp);
  if (link > 0xffff) return give_up(out, Undecodable::unsupported_link_type);
  in.advance(length);
  return {NextTable::link_type, static_cast<std::uint16_t>(link)};
}

}  // namespace handlens
