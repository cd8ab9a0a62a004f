#include "dissectors/teredo.h"

#include "dissectors/ipv6.h"
#include "dissectors/tunnel.h"

namespace handlens {
namespace {

constexpr std::size_t kAuthenticationLength = 4, kNonceAndConfirmation = 9, kOriginLength = 8;
constexpr std::uint16_t kAuthentication = 0x0001, kOrigin = 0x0000;
constexpr std::uint32_t kPrefix = 0x20010000;  // RFC 4380 §2.6
constexpr std::size_t kSource = 8, kDestination = 24;

// Past what a server puts before the IPv6 packet. False: the verdict is set.
bool skip_indications(LayerInput& in, DissectedPacket& out) {
  if (!has_header(in, out, kAuthenticationLength)) return false;
  if (read_u16(in.bytes.data()) == kAuthentication) {
    const std::size_t length = kAuthenticationLength + in.bytes[2] + in.bytes[3] + kNonceAndConfirmation;
    if (!has_header(in, out, length)) return false;
    in.advance(length);
  }
  if (!has_header(in, out, 2)) return false;
  if (read_u16(in.bytes.data()) == kOrigin) {
    if (!has_header(in, out, kOriginLength)) return false;
    in.advance(kOriginLength);
  }
  return true;
}

bool has_teredo_address(const std::uint8_t* ipv6) {
  return read_u32(ipv6 + kSource) == kPrefix || read_u32(ipv6 + kDestination) == kPrefix;
}

}  // namespace

NextLayer dissect_teredo(LayerInput& in, DissectedPacket& out) {
  if (!skip_indications(in, out)) return {};
  if (!has_header(in, out, kIpv6HeaderLength)) return {};
  // Whatever else uses this port: the packet fills the datagram, or one of its ends is a Teredo client (RFC 4380 §4),
  // before whose packet's end extensions may leave trailers (RFC 6081 §4).
  const bool is_filled = read_u16(in.bytes.data() + 4) + kIpv6HeaderLength == in.wire_length;
  if ((in.bytes[0] >> 4) != 6 || !looks_like_ip(in) || !(is_filled || has_teredo_address(in.bytes.data()))) {
    return finish(out, PacketKind::not_tcp);
  }
  if (!peel(out, Encapsulation::teredo)) return {};
  add_outer_pair(out.packet.link, Encapsulation::teredo, out.packet.ip);
  return {NextTable::ether_type, ether_type::ipv6};
}

bool looks_like_teredo(const LayerInput& in) {
  if (in.bytes.size() < kIpv6HeaderLength) return false;
  const std::uint8_t* p = in.bytes.data();
  if ((p[0] >> 4) != 6 || read_u16(p + 4) + kIpv6HeaderLength != in.wire_length) return false;
  return has_teredo_address(p);
}

}  // namespace handlens
