#include "dissectors/gtpu.h"

#include "dissectors/tunnel.h"

namespace handlens {
namespace {

constexpr std::size_t kHeaderLength = 8, kOptionalLength = 4;
constexpr std::uint8_t kVersionAndType = 0x30, kFixedBits = 0xf8, kOptionalBits = 0x07, kExtension = 0x04;
constexpr std::uint8_t kDataUnit = 255;

// `next` is the type of the extension header at `in`, 0 for none. False: the verdict is set.
bool skip_extensions(LayerInput& in, DissectedPacket& out, std::uint8_t next) {
  for (std::size_t headers = 0; next != 0; ++headers) {
    if (headers == kMaxGtpExtensions) {
      give_up(out, Undecodable::nesting_limit);
      return false;
    }
    if (!has_header(in, out, 1)) return false;
    const std::size_t length = in.bytes[0] * std::size_t{4};
    if (length == 0) {
      finish(out, PacketKind::not_tcp);
      return false;
    }
    if (!has_header(in, out, length)) return false;
    next = in.bytes[length - 1];
    in.advance(length);
  }
  return true;
}

// A MAC address may begin like an IP header; a whole frame of IP behind it does not by chance.
bool is_frame(const LayerInput& in) {
  if (in.bytes.empty()) return false;
  const int version = in.bytes[0] >> 4;
  return version == 4 || version == 6 ? looks_like_ip_frame(in) : looks_like_ethernet(in);
}

}  // namespace

NextLayer dissect_gtpu(LayerInput& in, DissectedPacket& out) {
  if (!has_header(in, out, kHeaderLength)) return {};
  const std::uint8_t* p = in.bytes.data();
  const std::uint32_t length = read_u16(p + 2);
  const bool fits = length <= in.wire_length - kHeaderLength;
  if ((p[0] & kFixedBits) != kVersionAndType || p[1] != kDataUnit || !fits) return finish(out, PacketKind::not_tcp);
  const std::uint8_t flags = p[0];
  const std::uint32_t teid = read_u32(p + 4);
  in.advance(kHeaderLength);
  in.trim(length);
  if ((flags & kOptionalBits) != 0) {
    if (!has_header(in, out, kOptionalLength)) return {};
    const std::uint8_t next = (flags & kExtension) != 0 ? in.bytes[3] : std::uint8_t{0};
    in.advance(kOptionalLength);
    if (!skip_extensions(in, out, next)) return {};
  }
  if (!peel(out, Encapsulation::gtp)) return {};
  add_outer_pair(out.packet.link, Encapsulation::gtp, out.packet.ip);
  out.packet.link.add_label(teid);
  return is_frame(in) ? next_ethernet() : next_by_ip_version(in, out);
}

}  // namespace handlens
