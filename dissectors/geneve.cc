#include "dissectors/geneve.h"

#include "dissectors/tunnel.h"

namespace handlens {
namespace {

constexpr std::size_t kHeaderLength = 8, kOptionLength = 4;
constexpr std::uint8_t kControl = 0x80, kReserved = 0x3f;

bool are_options(ByteView options) {
  while (!options.empty()) {
    if (options.size() < kOptionLength) return false;
    const std::size_t length = kOptionLength + (options[3] & 0x1fu) * 4u;
    if (length > options.size()) return false;
    options = options.subspan(length);
  }
  return true;
}

}  // namespace

NextLayer dissect_geneve(LayerInput& in, DissectedPacket& out) {
  if (!has_header(in, out, kHeaderLength)) return {};
  const std::uint8_t* p = in.bytes.data();
  const bool is_data = (p[0] >> 6) == 0 && (p[1] & kControl) == 0;
  if (!is_data) return finish(out, PacketKind::not_tcp);
  const std::size_t options_length = (p[0] & 0x3fu) * 4u;
  if (!has_header(in, out, kHeaderLength + options_length)) return {};
  if (!are_options(in.bytes.subspan(kHeaderLength, options_length))) return finish(out, PacketKind::not_tcp);
  const std::uint16_t protocol = read_u16(p + 2);
  // RFC 8926 §3.4: receivers ignore reserved bits. With some of them set, what stands inside has to speak for it.
  const bool is_clean = (p[1] & kReserved) == 0 && p[7] == 0;
  if (!is_clean && !looks_like_payload(in, kHeaderLength + options_length, protocol)) {
    return finish(out, PacketKind::not_tcp);
  }
  if (!peel(out, Encapsulation::geneve)) return {};
  out.packet.link.add_identity(Encapsulation::geneve, in.bytes.subspan(4, 3));
  in.advance(kHeaderLength + options_length);
  return {NextTable::gre_protocol, protocol};  // RFC 8926 §3.4: the same numbers
}

}  // namespace handlens
