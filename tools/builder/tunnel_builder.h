// Puts packets into tunnels: bytes in, bytes out. What goes in is an IP packet (ip_packet,
// Conversation::ip_from_client) or an Ethernet frame (ethernet_frame); what comes out is again an IP packet, but for
// the few that say otherwise. So tunnels nest: wrap_vxlan(ethernet_frame(wrap_gtpu(packet, {...}, 7)), {...}, 42).
//
// Like the rest of the builder it shares no code with the analyzer. Formats: the RFCs named beside each function.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/builder/packet_builder.h"

namespace handlens::builder {

// The ends of a tunnel: who sends this packet, and to whom. Both IPv4 or both IPv6.
struct TunnelEnds {
  std::string source = "203.0.113.1", destination = "203.0.113.2";
  std::uint8_t ttl = 62;
  std::uint16_t id = 0;
};
// The same tunnel, seen from the other end.
[[nodiscard]] TunnelEnds reversed(const TunnelEnds& ends);

// EtherTypes and the numbers GRE shares with them.
inline constexpr std::uint16_t kTypeIpv4 = 0x0800, kTypeIpv6 = 0x86dd, kTypeMpls = 0x8847, kTypeBridging = 0x6558;
[[nodiscard]] Bytes ppp_frame(const Bytes& ip_packet, bool with_address = true);  // RFC 1661; FF 03 before it
[[nodiscard]] Bytes udp_packet(const Bytes& payload, std::uint16_t source_port, std::uint16_t destination_port,
                               const TunnelEnds& ends);

// A label stack before the payload (RFC 3032): what stands behind EtherType 0x8847. `control_word`: RFC 4385.
[[nodiscard]] Bytes wrap_mpls(const Bytes& payload, const std::vector<std::uint32_t>& labels = {16, 17},
                              bool control_word = false);

[[nodiscard]] Bytes wrap_mpls_in_ip(const Bytes& labelled, const TunnelEnds& ends = {});   // RFC 4023
[[nodiscard]] Bytes wrap_mpls_in_udp(const Bytes& labelled, const TunnelEnds& ends = {});  // RFC 7510

struct GreOptions {
  std::optional<std::uint32_t> key = {}, sequence = {};
  bool checksum = false;
  Bytes routes = {};  // RFC 1701 source route entries, with the empty one at the end
};
[[nodiscard]] Bytes wrap_gre(const Bytes& payload, std::uint16_t protocol, const TunnelEnds& ends = {},
                             const GreOptions& options = {});  // RFC 2784, 2890
[[nodiscard]] Bytes wrap_gre(const Bytes& ip_packet, const TunnelEnds& ends = {}, const GreOptions& options = {});
[[nodiscard]] Bytes wrap_nvgre(const Bytes& frame, const TunnelEnds& ends, std::uint32_t vsid,
                               std::uint8_t flow = 1);  // RFC 7637
[[nodiscard]] Bytes wrap_pptp(const Bytes& ppp, const TunnelEnds& ends = {}, std::uint16_t call = 9,
                              bool acknowledges = true);  // RFC 2637
[[nodiscard]] Bytes wrap_wccp(const Bytes& ip_packet, const TunnelEnds& ends = {}, bool redirect_header = true);
[[nodiscard]] Bytes wrap_erspan1(const Bytes& frame, const TunnelEnds& ends = {});
[[nodiscard]] Bytes wrap_erspan2(const Bytes& frame, const TunnelEnds& ends = {}, std::uint32_t sequence = 1);
[[nodiscard]] Bytes wrap_erspan3(const Bytes& frame, const TunnelEnds& ends = {}, bool platform = false,
                                 std::uint32_t sequence = 1);

[[nodiscard]] Bytes wrap_ipip(const Bytes& ip_packet,
                              const TunnelEnds& ends = {});  // any version in any: RFC 2003, 2473
[[nodiscard]] Bytes wrap_6in4(const Bytes& ip6_packet, const TunnelEnds& ends = {});  // RFC 4213
[[nodiscard]] Bytes wrap_ah(const Bytes& ip_packet);  // RFC 4302 transport mode: a header put into an IPv4 packet

[[nodiscard]] Bytes wrap_vxlan(const Bytes& frame, const TunnelEnds& ends = {}, std::uint32_t vni = 1,
                               std::uint16_t port = 4789);  // RFC 7348
enum class GpeNext : std::uint8_t { ipv4 = 1, ipv6 = 2, ethernet = 3, mpls = 5 };
[[nodiscard]] Bytes wrap_vxlan_gpe(const Bytes& payload, GpeNext next, const TunnelEnds& ends = {},
                                   std::uint32_t vni = 1);
[[nodiscard]] Bytes wrap_geneve(const Bytes& payload, std::uint16_t protocol, const TunnelEnds& ends = {},
                                std::uint32_t vni = 1, const Bytes& options = {});  // RFC 8926
[[nodiscard]] Bytes geneve_option(std::uint16_t option_class, std::uint8_t type, const Bytes& content);
[[nodiscard]] Bytes wrap_gtpu(const Bytes& ip_packet, const TunnelEnds& ends = {}, std::uint32_t teid = 1,
                              const std::vector<std::pair<std::uint8_t, Bytes>>& extensions = {});  // TS 29.281
// `indications`: authentication and origin before the packet, as a server sends them (RFC 4380).
[[nodiscard]] Bytes wrap_teredo(const Bytes& ip6_packet, const TunnelEnds& ends = {}, std::uint16_t source_port = 3544,
                                std::uint16_t destination_port = 50001, bool indications = false);
struct L2tpOptions {
  bool length = true, sequence = false;
  std::optional<std::uint16_t> offset = {};
  std::uint16_t tunnel = 5, session = 6;
};
[[nodiscard]] Bytes wrap_l2tp(const Bytes& ppp, const TunnelEnds& ends = {},
                              const L2tpOptions& options = {});  // RFC 2661
[[nodiscard]] Bytes wrap_l2tpv3(const Bytes& frame, const TunnelEnds& ends = {}, std::size_t before = 4,
                                bool over_udp = false);  // RFC 3931; `before`: cookie and sublayer
struct CapwapOptions {
  bool native = false;  // a frame of 802.11 instead of 802.3
  bool fragment = false;
  bool radio_mac = false;
};
[[nodiscard]] Bytes wrap_capwap(const Bytes& frame, const TunnelEnds& ends = {}, const CapwapOptions& options = {});

}  // namespace handlens::builder
