#include "dissectors/icmp.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "dissectors/ipv4.h"
#include "dissectors/ipv6.h"

namespace handlens {
namespace {

constexpr std::size_t kHeaderLength = 8;
constexpr std::size_t kQuotedTcpLength = 8;  // ports and sequence number

namespace icmp {
constexpr std::uint8_t unreachable = 3, source_quench = 4, time_exceeded = 11, parameter_problem = 12;
constexpr std::uint8_t code_fragmentation_needed = 4;
}  // namespace icmp
namespace icmpv6 {
constexpr std::uint8_t unreachable = 1, packet_too_big = 2, time_exceeded = 3, parameter_problem = 4;
}

struct TextRow {
  std::uint8_t type;
  std::uint8_t code;
  const char* text;
};
constexpr std::array kTexts = {
    TextRow{3, 0, "network unreachable"},
    TextRow{3, 1, "host unreachable"},
    TextRow{3, 2, "protocol unreachable"},
    TextRow{3, 3, "port unreachable"},
    TextRow{3, 4, "fragmentation needed"},
    TextRow{3, 5, "source route failed"},
    TextRow{3, 6, "network unknown"},
    TextRow{3, 7, "host unknown"},
    TextRow{3, 8, "source host isolated"},
    TextRow{3, 9, "network administratively prohibited"},
    TextRow{3, 10, "host administratively prohibited"},
    TextRow{3, 11, "network unreachable for type of service"},
    TextRow{3, 12, "host unreachable for type of service"},
    TextRow{3, 13, "administratively prohibited"},
    TextRow{3, 14, "host precedence violation"},
    TextRow{3, 15, "precedence cutoff in effect"},
    TextRow{4, 0, "source quench"},
    TextRow{11, 0, "time exceeded in transit"},
    TextRow{11, 1, "fragment reassembly time exceeded"},
    TextRow{12, 0, "parameter problem"},
    TextRow{12, 1, "required option missing"},
    TextRow{12, 2, "bad header length"},
};
constexpr std::array kTextsV6 = {
    TextRow{1, 0, "no route to destination"},
    TextRow{1, 1, "administratively prohibited"},
    TextRow{1, 2, "beyond scope of source address"},
    TextRow{1, 3, "address unreachable"},
    TextRow{1, 4, "port unreachable"},
    TextRow{1, 5, "source address failed policy"},
    TextRow{1, 6, "reject route to destination"},
    TextRow{1, 7, "error in source routing header"},
    TextRow{1, 8, "headers too long"},
    TextRow{2, 0, "packet too big"},
    TextRow{3, 0, "hop limit exceeded in transit"},
    TextRow{3, 1, "fragment reassembly time exceeded"},
    TextRow{4, 0, "erroneous header field"},
    TextRow{4, 1, "unrecognized next header"},
    TextRow{4, 2, "unrecognized option"},
    TextRow{4, 3, "incomplete header chain in first fragment"},
};

// A type without a code we know.
const char* type_text(bool v6, std::uint8_t type) {
  if (v6) {
    switch (type) {
      case icmpv6::unreachable:
        return "destination unreachable";
      case icmpv6::packet_too_big:
        return "packet too big";
      case icmpv6::time_exceeded:
        return "time exceeded";
      case icmpv6::parameter_problem:
        return "parameter problem";
      default:
        return "";
    }
  }
  switch (type) {
    case icmp::unreachable:
      return "destination unreachable";
    case icmp::source_quench:
      return "source quench";
    case icmp::time_exceeded:
      return "time exceeded";
    case icmp::parameter_problem:
      return "parameter problem";
    default:
      return "";
  }
}

bool is_error(bool v6, std::uint8_t type) { return *type_text(v6, type) != '\0'; }

std::uint32_t mtu_of(bool v6, const std::uint8_t* p) {
  if (v6) return p[0] == icmpv6::packet_too_big ? read_u32(p + 4) : 0;
  const bool needed = p[0] == icmp::unreachable && p[1] == icmp::code_fragmentation_needed;
  return needed ? read_u16(p + 6) : 0;
}

// What follows the quoted IP header. `first` is false if that is no beginning of anything, as far as one can tell.
struct Quote {
  bool first = false;
  std::uint8_t protocol = 0;
  ByteView transport;
};
// The outermost quoted length is not believed: what stands inside may be as long as it says.
constexpr std::uint32_t kUnknownLength = kLongestDatagram;

Quote read_quoted_ipv4(ByteView bytes, IpFacts& facts) {
  if (bytes.size() < kIpv4HeaderLength) return {};
  const std::uint8_t* p = bytes.data();
  const std::size_t header_length = (p[0] & 0x0fu) * 4u;
  if ((p[0] >> 4) != 4 || header_length < kIpv4HeaderLength || header_length > bytes.size()) return {};
  read_ipv4_facts(p, facts);
  if (header_length > kIpv4HeaderLength) take_final_destination(bytes.first(header_length), facts);
  const bool later_fragment = (read_u16(p + 6) & 0x1fff) != 0;
  return {.first = !later_fragment, .protocol = facts.protocol, .transport = bytes.subspan(header_length)};
}

Quote read_quoted_ipv6(ByteView bytes, IpFacts& facts) {
  if (bytes.size() < kIpv6HeaderLength || (bytes[0] >> 4) != 6) return {};
  read_ipv6_facts(bytes.data(), facts);
  // The quote's own length bounds the chain: lengths inside it speak of the whole packet.
  const auto length = static_cast<std::uint32_t>(bytes.size());
  int budget = static_cast<int>(kMaxExtensionHeaders);
  Ipv6Chain chain = ipv6_chain_start(bytes);
  for (;;) {
    chain = follow_ipv6_chain(bytes, length, chain, budget);
    if (chain.problem != Undecodable::none) return {};
    facts.protocol = chain.next;
    take_final_addresses(bytes, chain, facts);
    if (chain.next != ip_protocol::fragment) break;
    if (--budget < 0 || bytes.size() - chain.end < Ipv6Fragment::kLength) return {};
    const Ipv6Fragment fragment = read_ipv6_fragment(bytes.data() + chain.end);
    facts.has_id = true;
    facts.id = fragment.id;
    if (fragment.offset != 0) return {};
    chain.next = fragment.next;
    chain.next_at = chain.end;
    chain.end += Ipv6Fragment::kLength;
  }
  return {.first = true, .protocol = chain.next, .transport = bytes.subspan(chain.end)};
}

// The beginning of a TCP header: enough to name the flow and the place in it.
void read_quoted_tcp(const std::uint8_t* p, IcmpErrorView& error) {
  error.quoted_source_port = read_u16(p);
  error.quoted_destination_port = read_u16(p + 2);
  error.quoted_seq = read_u32(p + 4);
}

NextLayer dissect_quoted_tcp(LayerInput& in, DissectedPacket& out) {
  if (in.bytes.size() < kQuotedTcpLength) return give_up(out, Undecodable::short_tcp_header);
  read_quoted_tcp(in.bytes.data(), out.icmp);
  return finish(out, PacketKind::icmp_error);
}

NextLayer dissect_error(LayerInput& in, DissectedPacket& out, bool v6) {
  const ByteView bytes = in.bytes;
  // An ICMP number in the other version's header means nothing (RFC 4443 §1).
  if (out.packet.ip.source.v6 != v6) return finish(out, PacketKind::not_tcp);
  if (bytes.size() < kHeaderLength || !is_error(v6, bytes[0])) return finish(out, PacketKind::not_tcp);
  IcmpErrorView& error = out.icmp;
  error.v6 = v6;
  error.type = bytes[0];
  error.code = bytes[1];
  error.mtu = mtu_of(v6, bytes.data());
  const ByteView quoted = bytes.subspan(kHeaderLength);
  const Quote quote = v6 ? read_quoted_ipv6(quoted, error.quoted_ip) : read_quoted_ipv4(quoted, error.quoted_ip);
  if (!quote.first) return finish(out, PacketKind::not_tcp);
  if (quote.protocol != ip_protocol::tcp) {
    std::swap(error.quoted_ip, out.packet.ip);
    const auto captured = static_cast<std::uint32_t>(quote.transport.size());
    in = {.bytes = quote.transport, .wire_length = std::max(kUnknownLength, captured), .quoted = true};
    return {NextTable::ip_protocol, quote.protocol};
  }
  if (quote.transport.size() < kQuotedTcpLength) return give_up(out, Undecodable::short_tcp_header);
  read_quoted_tcp(quote.transport.data(), error);
  return finish(out, PacketKind::icmp_error);
}

}  // namespace

NextLayer dissect_icmp(LayerInput& in, DissectedPacket& out) { return dissect_error(in, out, false); }
NextLayer dissect_icmpv6(LayerInput& in, DissectedPacket& out) { return dissect_error(in, out, true); }

LayerFunction in_quote(std::uint16_t protocol, LayerFunction dissect) {
  if (protocol == ip_protocol::tcp) return dissect_quoted_tcp;
  return protocol == ip_protocol::icmp || protocol == ip_protocol::icmpv6 ? nullptr : dissect;
}

void end_quote(DissectedPacket& out) {
  out.more = false;  // what follows in a quoted aggregate is quoted too
  std::swap(out.icmp.quoted_ip, out.packet.ip);
  if (out.kind == PacketKind::icmp_error) return;
  out.kind = PacketKind::not_tcp;
  out.reason = Undecodable::none;
}

std::string icmp_text(bool v6, std::uint8_t type, std::uint8_t code) {
  const std::span<const TextRow> rows = v6 ? std::span<const TextRow>(kTextsV6) : std::span<const TextRow>(kTexts);
  for (const TextRow& row : rows) {
    if (row.type == type && row.code == code) return row.text;
  }
  const std::string known = type_text(v6, type);
  const std::string code_words = "code " + std::to_string(code);
  if (!known.empty()) return known + ", " + code_words;
  return (v6 ? "ICMPv6 type " : "ICMP type ") + std::to_string(type) + ", " + code_words;
}

}  // namespace handlens
