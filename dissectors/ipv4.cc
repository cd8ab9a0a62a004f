#include "dissectors/ipv4.h"

#include "dissectors/tunnel.h"

namespace handlens {
namespace {

constexpr std::uint16_t kMoreFragments = 0x2000;
constexpr std::uint16_t kOffsetMask = 0x1fff;

// RFC 791 §3.2: the offset counts units of 8 bytes. `in` is the datagram's payload.
NextLayer dissect_fragment(const LayerInput& in, DissectedPacket& out, ByteView header, std::uint16_t field) {
  if (!is_known_ip_protocol(out.packet.ip.protocol)) return finish(out, PacketKind::not_tcp);
  FragmentView& fragment = out.fragment;
  fragment.header = header;
  fragment.payload = in.bytes;
  fragment.length = in.wire_length;
  fragment.offset = static_cast<std::uint32_t>(field & kOffsetMask) * 8;
  fragment.more = (field & kMoreFragments) != 0;
  fragment.next_protocol = out.packet.ip.protocol;
  fragment.cut = in.is_cut();
  if (fragment.offset + fragment.length > kLongestDatagram) return give_up(out, Undecodable::bad_ip_length);
  return finish(out, PacketKind::fragment);
}

constexpr std::uint8_t kEndOfOptions = 0, kNoOperation = 1, kLooseSourceRoute = 0x83, kStrictSourceRoute = 0x89;
constexpr std::size_t kAddressLength = 4, kRouteAt = 3;

}  // namespace

void take_final_destination(ByteView header, IpFacts& facts) {
  for (std::size_t at = kIpv4HeaderLength; at < header.size() && header[at] != kEndOfOptions;) {
    if (header[at] == kNoOperation) {
      ++at;
      continue;
    }
    const std::size_t length = at + 1 < header.size() ? header[at + 1] : 0;
    if (length < 2 || length > header.size() - at) return;
    const bool is_route = header[at] == kLooseSourceRoute || header[at] == kStrictSourceRoute;
    if (is_route && length >= kRouteAt + kAddressLength) {
      const std::size_t pointer = header[at + 2];  // from 1; smallest 4
      const bool is_whole = (length - kRouteAt) % kAddressLength == 0 && pointer > kRouteAt && pointer % 4 == 0;
      if (is_whole && pointer < length)
        read_ipv4_address(header.data() + at + length - kAddressLength, facts.destination);
      return;
    }
    at += length;
  }
}

NextLayer dissect_ipv4(LayerInput& in, DissectedPacket& out) {
  const ByteView bytes = in.bytes;
  if (bytes.size() < kIpv4HeaderLength) return give_up(out, Undecodable::short_ip_header);
  const std::uint8_t* p = bytes.data();
  const std::uint32_t header_length = (p[0] & 0x0fu) * 4u;
  if ((p[0] >> 4) != 4 || header_length < kIpv4HeaderLength) return give_up(out, Undecodable::bad_ip_header);
  read_ipv4_facts(p, out.packet.ip);
  // 0: the capture saw the datagram before the card cut it into segments, its length did not fit or was not yet set.
  const std::uint32_t stated_length = read_u16(p + 2);
  const std::uint32_t total_length = stated_length == 0 ? in.wire_length : stated_length;
  if (total_length < header_length || !in.set_length(total_length)) return give_up(out, Undecodable::bad_ip_length);
  if (bytes.size() < header_length) return give_up(out, Undecodable::short_ip_header);
  if (header_length > kIpv4HeaderLength) [[unlikely]]
    take_final_destination(bytes.first(header_length), out.packet.ip);
  in.advance(header_length);
  const std::uint16_t fragment_field = read_u16(p + 6);
  if ((fragment_field & (kMoreFragments | kOffsetMask)) != 0) [[unlikely]] {
    return dissect_fragment(in, out, bytes.first(header_length), fragment_field);
  }
  return {NextTable::ip_protocol, p[9]};
}

NextLayer dissect_authentication(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < 12) return give_up(out, Undecodable::short_ip_header);
  // RFC 4302 §2.2: length in words, minus 2.
  const std::size_t length = (in.bytes[1] + std::size_t{2}) * 4;
  if (length < 12 || length > in.wire_length) return give_up(out, Undecodable::bad_ip_length);
  if (length > in.bytes.size()) return give_up(out, Undecodable::short_ip_header);
  const std::uint8_t next = in.bytes[0];
  if (!peel(out, Encapsulation::authentication)) return {};
  out.packet.ip.protocol = next;
  in.advance(length);
  return {NextTable::ip_protocol, next};
}

}  // namespace handlens
