#include "dissectors/gre.h"

#include "dissectors/tunnel.h"

namespace handlens {
namespace {

constexpr std::uint16_t kChecksum = 0x8000, kRouting = 0x4000, kKey = 0x2000, kSequence = 0x1000,
                        kAcknowledgment = 0x0080, kVersion = 0x0007;
constexpr std::size_t kFixedLength = 4, kFieldLength = 4, kPptpLength = 8;
constexpr std::uint32_t kFirstVsid = 0x001000;  // RFC 7637 §3.2
// Virtual machines of the hypervisor whose virtual networks NVGRE was made for have addresses of this range.
constexpr std::uint32_t kHypervisorOui = 0x00155d;
constexpr std::size_t kAddressesLength = 12;

struct Header {
  std::uint16_t flags = 0;
  std::uint16_t protocol = 0;
  ByteView key;  // four bytes, or none
};

// Entries of RFC 1701's source routes, up to the empty one. False: the verdict is set.
bool skip_routes(LayerInput& in, DissectedPacket& out) {
  for (std::size_t entries = 0; entries < kMaxGreRoutes; ++entries) {
    if (!has_header(in, out, kFieldLength)) return false;
    const std::size_t length = in.bytes[3];
    const bool is_end = read_u16(in.bytes.data()) == 0 && length == 0;
    in.advance(kFieldLength);
    if (is_end) return true;
    if (!has_header(in, out, length)) return false;
    in.advance(length);
  }
  give_up(out, Undecodable::nesting_limit);
  return false;
}

bool is_of_hypervisor(const std::uint8_t* mac) { return read_u32(mac) >> 8 == kHypervisorOui; }

// Any key may be one: the header alone proves nothing.
bool is_nvgre(const Header& header, const LayerInput& in) {
  const bool only_key = (header.flags & (kChecksum | kRouting | kKey | kSequence)) == kKey;
  if (header.protocol != gre_protocol::ethernet || !only_key || in.bytes.size() < kAddressesLength) return false;
  if ((read_u32(header.key.data()) >> 8) < kFirstVsid) return false;
  return is_of_hypervisor(in.bytes.data()) || is_of_hypervisor(in.bytes.data() + kAddressesLength / 2);
}

bool is_taken_from_outside(std::uint16_t protocol) {
  return protocol == gre_protocol::erspan || protocol == gre_protocol::erspan_iii || protocol == gre_protocol::wccp;
}

NextLayer after_header(LayerInput& in, DissectedPacket& out, const Header& header) {
  LinkFacts& link = out.packet.link;
  const bool nvgre = is_nvgre(header, in);
  if (!peel(out, nvgre ? Encapsulation::nvgre : Encapsulation::gre)) return {};
  if (nvgre) {
    link.add_identity(Encapsulation::nvgre, header.key.first(3));
  } else if (!is_taken_from_outside(header.protocol)) {
    add_outer_pair(link, Encapsulation::gre, out.packet.ip, header.key);
  }
  if (header.protocol == gre_protocol::erspan && (header.flags & kSequence) == 0) {
    // ERSPAN type I: without a sequence number there is no header either.
    if (!peel(out, Encapsulation::erspan)) return {};
    in.mirrored = true;
    return has_header(in, out, 1) ? next_ethernet() : NextLayer{};
  }
  return {NextTable::gre_protocol, header.protocol};
}

// Version 1; `in` still at the flags.
NextLayer dissect_pptp(LayerInput& in, DissectedPacket& out, const Header& header) {
  if (header.protocol != gre_protocol::ppp || (header.flags & kKey) == 0) return finish(out, PacketKind::not_tcp);
  const bool carries_data = (header.flags & kSequence) != 0;
  const std::size_t length =
      kPptpLength + (carries_data ? kFieldLength : 0u) + ((header.flags & kAcknowledgment) != 0 ? kFieldLength : 0u);
  if (!has_header(in, out, length)) return {};
  const std::uint32_t payload_length = read_u16(in.bytes.data() + 4);
  const std::uint32_t call = read_u16(in.bytes.data() + 6);
  if (!carries_data || payload_length == 0 || payload_length > in.wire_length - length) {
    return finish(out, PacketKind::not_tcp);
  }
  in.advance(length);
  in.trim(payload_length);
  if (!peel(out, Encapsulation::gre)) return {};
  add_outer_pair(out.packet.link, Encapsulation::gre, out.packet.ip);
  out.packet.link.add_label(call);
  return {NextTable::gre_protocol, header.protocol};
}

}  // namespace

NextLayer dissect_gre(LayerInput& in, DissectedPacket& out) {
  if (!has_header(in, out, kFixedLength)) return {};
  Header header{.flags = read_u16(in.bytes.data()), .protocol = read_u16(in.bytes.data() + 2), .key = {}};
  const unsigned version = header.flags & kVersion;
  if (version == 1) return dissect_pptp(in, out, header);
  if (version != 0) return finish(out, PacketKind::not_tcp);
  in.advance(kFixedLength);
  const bool has_checksum = (header.flags & (kChecksum | kRouting)) != 0;
  const bool has_key = (header.flags & kKey) != 0;
  const std::size_t before_key = has_checksum ? kFieldLength : 0;
  const std::size_t length =
      before_key + (has_key ? kFieldLength : 0u) + ((header.flags & kSequence) != 0 ? kFieldLength : 0u);
  if (!has_header(in, out, length)) return {};
  if (has_key) header.key = in.bytes.subspan(before_key, kFieldLength);
  in.advance(length);
  if ((header.flags & kRouting) != 0 && !skip_routes(in, out)) return {};
  return after_header(in, out, header);
}

NextLayer dissect_gre_ethernet(LayerInput& in, DissectedPacket& /*out*/) {
  in.mirrored = true;
  return next_ethernet();
}

NextLayer dissect_gre_ppp(LayerInput& /*in*/, DissectedPacket& /*out*/) {
  return {NextTable::link_type, link_type::ppp};
}

NextLayer dissect_gre_wccp(LayerInput& in, DissectedPacket& out) {
  if (!peel(out, Encapsulation::wccp) || !has_header(in, out, 1)) return {};
  const bool is_ip = (in.bytes[0] >> 4) == 4;  // the redirect header starts with a small number: the service's type
  if (!is_ip) {
    if (!has_header(in, out, kFieldLength)) return {};
    in.advance(kFieldLength);
  }
  return next_by_ip_version(in, out);
}

}  // namespace handlens
