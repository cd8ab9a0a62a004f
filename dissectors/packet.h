// One captured frame, from its link header to its TCP header.
//
// dissect_packet peels the link layer, VLAN tags, tunnels and IP, and finds the innermost TCP. It copies nothing: a
// PacketView borrows the frame's bytes and dies with them. Everything is bounded by the captured bytes; what a header
// claims beyond them is kept as a number (payload_length), never read.
//
// Times are nanoseconds since the Unix epoch, as the capture gives them. Threads: pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dissectors/byte_reader.h"

namespace handlens {

// Nanoseconds since 1970-01-01T00:00:00Z, from the capture. Sources keep them within half the range of 64 bits, so that
// differences fit.
struct Timestamp {
  std::int64_t ns = 0;
  auto operator<=>(const Timestamp&) const = default;  // NOLINT(modernize-use-nullptr): the checker sees its expansion
};

// A packet's identity after capture: its 1-based number in the input (as Wireshark shows it) and its time.
struct PacketStamp {
  std::uint64_t number = 0;
  Timestamp time;
};

// Which way a packet passed the interface it was captured on, where the capture says so (packet type of the Linux
// cooked headers, epb_flags of pcapng). Of the capturing host: `outgoing` is what that host sent.
enum class CaptureDirection : std::uint8_t { unknown, incoming, outgoing };

// In the place of an interface's number: the capture does not tell interfaces apart.
inline constexpr std::uint32_t kNoInterface = 0xffff'ffff;

// An IPv4 or IPv6 address. An IPv4 address stands in bytes[0..3], the rest is zero.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  bool v6 = false;
  auto operator<=>(const IpAddress&) const = default;  // NOLINT(modernize-use-nullptr): as above
};
// "192.0.2.1" or RFC 5952 text ("2001:db8::1").
[[nodiscard]] std::string to_text(const IpAddress& address);
// The same, written to `out`, which has kIpTextRoom bytes; returns its end.
[[nodiscard]] char* put_text(const IpAddress& address, char* out);
inline constexpr std::size_t kIpTextRoom = 48;

using MacAddress = std::array<std::uint8_t, 6>;
[[nodiscard]] std::string to_text(const MacAddress& mac);  // "02:00:00:00:00:01"
[[nodiscard]] char* put_text(const MacAddress& mac, char* out);
inline constexpr std::size_t kMacTextRoom = 17;

// What was peeled off before the innermost IP header; names as in `flow.encapsulation`.
// Plain Ethernet II carrying IP directly is not listed.
enum class Encapsulation : std::uint8_t {
  vlan,
  qinq,
  sll,
  sll2,
  null_loopback,
  loop,
  raw,
  ppp,
  pppoe,
  chdlc,
  frame_relay,
  ieee80211,
  radiotap,
  prism,
  avs,
  ppi,
  nflog,
  provider_backbone,
  vntag,
  etag,
  cisco_metadata,
  macsec,
  hsr,
  pktap,
  atm,
  token_ring,
  fddi,
  infiniband,
  netanalyzer,
  mpls,
  pseudowire,  // Ethernet behind MPLS labels
  gre,
  nvgre,
  erspan,
  wccp,
  ipip,
  sixin4,
  fourin6,
  sixin6,
  authentication,
  vxlan,
  vxlan_gpe,
  geneve,
  gtp,
  l2tp,
  l2tpv3,
  teredo,
  capwap,
};
[[nodiscard]] std::string_view to_text(Encapsulation layer);  // "unknown" behind the last of them

inline constexpr std::size_t kMaxEncapsulations = 8;
inline constexpr std::size_t kMaxVlanTags = kMaxEncapsulations;  // each tag is one of them
inline constexpr std::size_t kMaxIdentityBytes = 96;
// Packets that one captured frame may hold (802.11 A-MSDU); what is behind them is nesting_limit.
inline constexpr std::uint8_t kMaxFramePackets = 64;

// RFC 9293 §3.1 control bits, plus AE/NS in bit 8.
namespace tcp_flag {
inline constexpr std::uint16_t fin = 0x001, syn = 0x002, rst = 0x004, psh = 0x008, ack = 0x010, urg = 0x020,
                               ece = 0x040, cwr = 0x080;
}

struct TcpHeader {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;  // the raw field, also when the ACK flag is clear
  std::uint16_t flags = 0;
  std::uint16_t window = 0;  // unscaled
  std::uint16_t urgent = 0;
  ByteView options;  // as captured; may be cut by the snap length
  bool options_cut = false;

  [[nodiscard]] bool has(std::uint16_t bit) const { return (flags & bit) != 0; }
};

// The IP facts of a packet; filled before TCP is looked at.
struct IpFacts {
  IpAddress source;
  IpAddress destination;
  std::uint8_t ttl = 0;  // IPv6: hop limit
  std::uint8_t protocol = 0;
  std::uint8_t tos = 0;  // IPv4: DSCP and ECN (RFC 2474, RFC 3168); IPv6: traffic class
  bool has_id = false;   // IPv4, or IPv6 with a fragment header
  bool dont_fragment = false;
  std::uint32_t id = 0;  // 16 bits in IPv4, 32 in an IPv6 fragment header
};

// The link facts of a packet. MAC addresses are those of the innermost Ethernet header: a tunnel that carries Ethernet
// shows the hosts' own ones, one that carries IP leaves those of the frame outside.
struct LinkFacts {
  bool has_macs = false;  // SLL and SLL2 carry only the sender's address: destination is then all zero
  MacAddress source_mac{};
  MacAddress destination_mac{};
  CaptureDirection seen_as = CaptureDirection::unknown;
  std::uint8_t vlan_count = 0;
  std::uint8_t encapsulation_count = 0;
  std::array<std::uint16_t, kMaxVlanTags> vlans{};  // outermost first, 12-bit identifiers
  std::array<Encapsulation, kMaxEncapsulations> encapsulations{};
  // Which of several networks that may use the same addresses this is, outermost first: for each tunnel that tells
  // networks apart its Encapsulation and then its own bytes. Nothing in it differs between the directions of one
  // connection. VLAN ids stand in `vlans`; those inside a tunnel stand here too, as they are another network's than the
  // same ids outside.
  std::uint8_t identity_length = 0;
  std::array<std::uint8_t, kMaxIdentityBytes> identity{};

  // A digest of the numbers that each direction of a connection has of its own: labels, TEIDs, call and session ids. 0:
  // there is none. What becomes of them: src/engine/labelled_ends.h
  std::uint32_t labels = 0;

  void add_encapsulation(Encapsulation layer) {
    if (encapsulation_count < encapsulations.size()) encapsulations[encapsulation_count++] = layer;
  }
  // One byte for the layer, then `id`; dropped whole when there is no room for it.
  void add_identity(Encapsulation layer, ByteView id) {
    if (id.size() + 1 > identity.size() - identity_length) return;
    identity[identity_length++] = static_cast<std::uint8_t>(layer);
    for (const std::uint8_t byte : id) identity[identity_length++] = byte;
  }
  void add_label(std::uint32_t label) {
    labels = (labels ^ label) * 0x9e37'79b1u;
    labels = (labels ^ labels >> 15) | 1;
  }
  [[nodiscard]] ByteView identity_bytes() const { return ByteView(identity).first(identity_length); }
};

// One TCP packet. Borrowed: valid as long as the frame's bytes.
struct PacketView {
  LinkFacts link;
  IpFacts ip;
  TcpHeader tcp;
  ByteView payload;                  // the captured part
  std::uint32_t payload_length = 0;  // on the wire, from the IP length (offload: from the frame length)
};

// One IP fragment, to be handed to the fragment table. Borrowed.
struct FragmentView {
  ByteView header;           // the IPv4 header, or the IPv6 headers before the fragment header
  ByteView payload;          // the captured part
  std::uint32_t length = 0;  // of the payload on the wire
  std::uint32_t offset = 0;  // bytes
  bool more = false;
  std::uint8_t next_protocol = 0;  // IPv6: the fragment header's next header; IPv4: protocol
  bool cut = false;                // the snap length removed some of it
};

// An ICMP or ICMPv6 error that quotes a TCP header (RFC 792, RFC 4443), if need be inside a quoted tunnel. Borrowed.
struct IcmpErrorView {
  bool v6 = false;
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t mtu = 0;  // fragmentation needed / packet too big; else 0
  IpFacts quoted_ip;      // the quoted packet's own addresses, the innermost ones
  std::uint16_t quoted_source_port = 0;
  std::uint16_t quoted_destination_port = 0;
  std::uint32_t quoted_seq = 0;
};

enum class PacketKind : std::uint8_t { tcp, fragment, icmp_error, not_tcp, undecodable };

// Why a frame could not be taken to TCP; counted by name in `capture.undecodable`.
enum class Undecodable : std::uint8_t {
  none,
  unsupported_link_type,
  short_link_header,
  bad_link_header,
  short_ip_header,
  bad_ip_header,
  bad_ip_length,
  extension_header_limit,
  short_tcp_header,
  bad_tcp_header,
  fragment_incomplete,  // given by the fragment table
  fragment_limit,       // given by the fragment table
  nesting_limit,
  wlan_encrypted,
  wlan_fragment,
  bad_fcs,  // whoever captured says that the frame came in damaged
  macsec_encrypted,
  ppp_compressed,  // or encrypted: the two share a protocol number
  ppp_multilink,
  short_tunnel_header,
  tunnel_fragment,  // of a tunnel that fragments by itself (CAPWAP); those are not reassembled
  count_
};
[[nodiscard]] std::string_view to_text(Undecodable reason);  // kebab-case

// What stands in a frame behind its packet: more packets of an aggregate (802.11 A-MSDU). Borrowed.
struct FrameRest {
  ByteView bytes;
  std::uint32_t wire_length = 0;
  std::uint8_t packets = 0;  // already handed out
  // Of the LinkFacts: what lies around the aggregate and counts for each of its packets.
  std::uint8_t vlan_count = 0, encapsulation_count = 0, identity_length = 0;
  std::uint32_t labels = 0;
};

struct DissectedPacket {
  PacketKind kind = PacketKind::not_tcp;
  Undecodable reason = Undecodable::none;
  bool more = false;         // the frame holds another packet: dissect_next_into
  bool reassembled = false;  // of a datagram that was joined: no fragment comes out of it
  PacketView packet;         // link and ip are filled for every kind that reached IP; tcp and payload for tcp
  FragmentView fragment;     // kind == fragment
  IcmpErrorView icmp;        // kind == icmp_error; packet.ip is the outer header (who sent the error)
  FrameRest rest;            // more
};

// LINKTYPE_ values of pcap files (not DLT_), https://www.tcpdump.org/linktypes.html
namespace link_type {
inline constexpr std::uint16_t null = 0, ethernet = 1, token_ring = 6, ppp = 9, fddi = 10, raw_bsd = 12,
                               raw_openbsd = 14, ppp_hdlc = 50, ppp_ether = 51, atm_rfc1483 = 100, raw = 101,
                               c_hdlc = 104, ieee80211 = 105, frame_relay = 107, loop = 108, linux_sll = 113,
                               prism = 119, radiotap = 127, avs = 163, ppp_pppd = 166, ppi = 192,
                               ppp_with_direction = 204, mpls = 219, ipv4 = 228, ipv6 = 229, nflog = 239,
                               netanalyzer = 240, ipoib = 242, pktap = 258, linux_sll2 = 276;
}
// True if dissect_packet knows the link type; its name ("EN10MB") or "" if not.
[[nodiscard]] bool is_supported_link_type(std::uint16_t link);
[[nodiscard]] std::string_view link_type_name(std::uint16_t link);

// The rows of the tables that dissect_packet follows, as people want to read them: `handlens --list-links`.
struct LayerName {
  std::string_view table;  // "link type", "EtherType", "IP protocol", ...
  std::uint16_t number = 0;
  bool any_number = false;  // told by its bytes alone
  std::string_view name;
};
[[nodiscard]] std::vector<LayerName> layer_names();

// Dissects one frame. `wire_length` is its length on the wire, at least bytes.size().
// Never fails: what cannot be decoded comes back as PacketKind::undecodable with its reason.
[[nodiscard]] DissectedPacket dissect_packet(std::uint16_t link, ByteView bytes, std::uint32_t wire_length);
// As dissect_packet, but fills `out` in place (the hot path reuses it).
void dissect_packet_into(std::uint16_t link, ByteView bytes, std::uint32_t wire_length, DissectedPacket& out);
// The frame's next packet, in place of the one that `out` holds; false if there is none. REQUIRES that the frame's
// bytes still live. At most kMaxFramePackets turns.
[[nodiscard]] bool dissect_next_into(DissectedPacket& out);
// Dissects a bare IP datagram (a reassembled one); `out.packet.link` is kept as it is. A datagram that is once more a
// fragment is undecodable (nesting_limit), so reassembly never feeds itself.
void dissect_ip_into(ByteView bytes, std::uint32_t wire_length, DissectedPacket& out);

}  // namespace handlens
