#include "dissectors/ipv6.h"

#include <algorithm>

#include "dissectors/ipv4.h"
#include "dissectors/tunnel.h"

namespace handlens {
namespace {

// Length of an extension header from its second byte; 0: not an extension header we pass over.
std::size_t extension_length(std::uint8_t kind, std::uint8_t length) {
  switch (kind) {
    case ip_protocol::hop_by_hop:
    case ip_protocol::routing:
    case ip_protocol::destination_options:
      return (length + std::size_t{1}) * 8;
    case ip_protocol::authentication:
      return (length + std::size_t{2}) * 4;
    default:
      return 0;
  }
}

bool is_passed_over(std::uint8_t kind) { return extension_length(kind, 0) != 0; }

constexpr std::size_t kAddressLength = 16, kAddressesAt = 8;

// Where in a routing header the final destination stands; 0: nowhere, or the packet has got there.
std::size_t final_destination_at(ByteView header) {
  constexpr std::uint8_t kSourceRoute = 0, kMobile = 2, kSegments = 4;
  const std::uint8_t type = header[2], segments_left = header[3];
  const std::size_t addresses = (header.size() - kAddressesAt) / kAddressLength;
  if (segments_left == 0 || addresses == 0) return 0;
  if (type == kSegments) {  // the list may leave out the first segment, and options may stand behind it
    return header[4] < addresses && segments_left <= header[4] + 1 ? kAddressesAt : 0;
  }
  const bool is_filled = kAddressesAt + addresses * kAddressLength == header.size();
  if ((type != kSourceRoute && type != kMobile) || !is_filled || segments_left > addresses) return 0;
  return header.size() - kAddressLength;
}

// Where in destination options a home address stands; 0: nowhere.
std::size_t home_address_at(ByteView header) {
  constexpr std::uint8_t kPad1 = 0, kHomeAddress = 0xc9;
  for (std::size_t at = 2; at + 2 <= header.size();) {
    if (header[at] == kPad1) {
      ++at;
      continue;
    }
    const std::size_t length = header[at + 1], end = at + 2 + length;
    if (end > header.size()) return 0;
    if (header[at] == kHomeAddress && length == kAddressLength) return at + 2;
    at = end;
  }
  return 0;
}

// `header` stands at chain.end and is of the kind chain.next.
void note_addresses(ByteView header, Ipv6Chain& chain) {
  if (chain.next == ip_protocol::routing) {
    if (const std::size_t at = final_destination_at(header)) chain.destination_at = chain.end + at;
  } else if (chain.next == ip_protocol::destination_options) {
    if (const std::size_t at = home_address_at(header)) chain.source_at = chain.end + at;
  }
}

NextLayer dissect_fragment(LayerInput& in, DissectedPacket& out, const Ipv6Chain& chain, const Ipv6Fragment& header) {
  FragmentView& fragment = out.fragment;
  fragment.header = in.bytes.first(chain.end);
  in.advance(chain.end + Ipv6Fragment::kLength);
  fragment.payload = in.bytes;
  fragment.length = in.wire_length;
  fragment.offset = header.offset;
  fragment.more = header.more;
  fragment.next_protocol = header.next;
  fragment.cut = in.is_cut();
  if (fragment.offset + fragment.length > kLongestDatagram) return give_up(out, Undecodable::bad_ip_length);
  return finish(out, PacketKind::fragment);
}

// The chain, with `in` still at the IPv6 header and trimmed to the datagram.
NextLayer dissect_chain(LayerInput& in, DissectedPacket& out) {
  Ipv6Chain chain = ipv6_chain_start(in.bytes);
  int budget = static_cast<int>(kMaxExtensionHeaders);
  for (;;) {
    chain = follow_ipv6_chain(in.bytes, in.wire_length, chain, budget);
    if (chain.problem != Undecodable::none) return give_up(out, chain.problem);
    out.packet.ip.protocol = chain.next;
    take_final_addresses(in.bytes, chain, out.packet.ip);
    if (chain.next != ip_protocol::fragment) break;
    if (--budget < 0) return give_up(out, Undecodable::extension_header_limit);
    if (in.wire_length - chain.end < Ipv6Fragment::kLength) return give_up(out, Undecodable::bad_ip_length);
    if (in.bytes.size() - chain.end < Ipv6Fragment::kLength) return give_up(out, Undecodable::short_ip_header);
    const Ipv6Fragment header = read_ipv6_fragment(in.bytes.data() + chain.end);
    out.packet.ip.has_id = true;
    out.packet.ip.id = header.id;
    out.packet.ip.protocol = header.next;
    if (header.offset != 0 || header.more) return dissect_fragment(in, out, chain, header);
    chain.next = header.next;
    chain.next_at = chain.end;
    chain.end += Ipv6Fragment::kLength;
  }
  for (std::uint8_t i = 0; i < chain.authentications; ++i) {
    if (!peel(out, Encapsulation::authentication)) return {};
  }
  in.advance(chain.end);
  return {NextTable::ip_protocol, chain.next};
}

}  // namespace

void read_ipv6_facts(const std::uint8_t* p, IpFacts& facts) {
  std::copy_n(p + 8, 16, facts.source.bytes.begin());
  std::copy_n(p + 24, 16, facts.destination.bytes.begin());
  facts.source.v6 = true;
  facts.destination.v6 = true;
  facts.ttl = p[7];
  facts.tos = static_cast<std::uint8_t>((p[0] << 4) | (p[1] >> 4));
  facts.protocol = p[6];
  facts.has_id = false;
  facts.dont_fragment = false;
  facts.id = 0;
}

void take_final_addresses(ByteView bytes, const Ipv6Chain& chain, IpFacts& facts) {
  if (chain.destination_at != 0) {
    std::copy_n(bytes.data() + chain.destination_at, kAddressLength, facts.destination.bytes.begin());
  }
  if (chain.source_at != 0) std::copy_n(bytes.data() + chain.source_at, kAddressLength, facts.source.bytes.begin());
}

Ipv6Fragment read_ipv6_fragment(const std::uint8_t* p) {
  const std::uint16_t field = read_u16(p + 2);
  return {.next = p[0],
          .offset = static_cast<std::uint32_t>(field & 0xfff8),
          .more = (field & 1) != 0,
          .id = read_u32(p + 4)};
}

Ipv6Chain follow_ipv6_chain(ByteView bytes, std::uint32_t wire_length, Ipv6Chain at, int& budget) {
  while (is_passed_over(at.next)) {
    if (--budget < 0) {
      at.problem = Undecodable::extension_header_limit;
      return at;
    }
    // The shortest extension header has 8 bytes.
    const bool length_known = bytes.size() - at.end >= 2;
    const std::size_t length = length_known ? extension_length(at.next, bytes[at.end + 1]) : 8;
    if (length > wire_length - at.end) {
      at.problem = Undecodable::bad_ip_length;
      return at;
    }
    if (length > bytes.size() - at.end) {
      at.problem = Undecodable::short_ip_header;
      return at;
    }
    if (at.next == ip_protocol::authentication) ++at.authentications;
    note_addresses(bytes.subspan(at.end, length), at);
    at.next = bytes[at.end];
    at.next_at = at.end;
    at.end += length;
  }
  return at;
}

NextLayer dissect_ipv6(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kIpv6HeaderLength) return give_up(out, Undecodable::short_ip_header);
  const std::uint8_t* p = in.bytes.data();
  if ((p[0] >> 4) != 6) return give_up(out, Undecodable::bad_ip_header);
  read_ipv6_facts(p, out.packet.ip);
  const std::uint32_t payload_length = read_u16(p + 4);
  const auto header_length = static_cast<std::uint32_t>(kIpv6HeaderLength);
  const std::uint32_t total_length = payload_length == 0 ? in.wire_length : header_length + payload_length;
  if (!in.set_length(total_length)) return give_up(out, Undecodable::bad_ip_length);
  if (p[6] == ip_protocol::tcp) [[likely]] {
    in.advance(kIpv6HeaderLength);
    return {NextTable::ip_protocol, ip_protocol::tcp};
  }
  return dissect_chain(in, out);
}

}  // namespace handlens
