// Builds captures out of TCP conversations told in a few readable lines, byte for byte the same on every run.
// It shares no code with the analyzer: what it says of a packet is a second opinion.
//
//   Capture capture;                                    // Ethernet, starts 2026-01-15 12:00:00 UTC
//   Conversation talk(capture, {.ip = "192.0.2.10", .port = 51602, .ttl = 128}, {.ip = "198.51.100.7"});
//   talk.open(milliseconds(12));                        // SYN; 12 ms later SYN-ACK, and ACK
//   capture.wait(microseconds(900));
//   talk.from_client({.flags = kRst | kAck});
//   write_file("example.pcap", capture.pcap());
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/builder/bytes.h"
#include "tools/builder/capture_writer.h"

namespace handlens::builder {

constexpr std::int64_t microseconds(std::int64_t count) { return count * 1'000; }
constexpr std::int64_t milliseconds(std::int64_t count) { return count * 1'000'000; }
constexpr std::int64_t seconds(std::int64_t count) { return count * 1'000'000'000; }
inline constexpr std::int64_t kStart = seconds(1'768'478'400);  // 2026-01-15 12:00:00 UTC

enum TcpFlag : std::uint8_t { kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16, kUrg = 32, kEce = 64, kCwr = 128 };

[[nodiscard]] Bytes ip_address(const std::string& text);            // 4 or 16 bytes; throws std::invalid_argument
[[nodiscard]] std::uint16_t internet_checksum(const Bytes& bytes);  // RFC 1071

// TCP options, to be joined with concat(); the builder pads the sum to 32 bits with end-of-options.
[[nodiscard]] Bytes option_mss(std::uint16_t size);
[[nodiscard]] Bytes option_window_scale(std::uint8_t shift);
[[nodiscard]] Bytes option_sack_permitted();
[[nodiscard]] Bytes option_sack(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& blocks);
[[nodiscard]] Bytes option_timestamps(std::uint32_t value, std::uint32_t echo);
[[nodiscard]] Bytes option_fast_open(const Bytes& cookie);
[[nodiscard]] Bytes option_nop();
[[nodiscard]] Bytes usual_syn_options(std::uint16_t mss = 1460);  // MSS, SACK permitted, window scale 7

// One TCP segment as fields; the checksum needs the addresses of the IP header around it.
struct TcpFields {
  std::uint16_t source_port = 0, destination_port = 0;
  std::uint32_t seq = 0, ack = 0;
  std::uint8_t flags = 0;
  std::uint16_t window = 65535, urgent = 0;
  Bytes options = {}, payload = {};
};
[[nodiscard]] Bytes tcp_segment(const TcpFields& fields, const Bytes& source_ip, const Bytes& destination_ip);

struct IpFields {
  Bytes source = {}, destination = {};  // both 4 or both 16 bytes
  std::uint8_t protocol = 6;            // 6 TCP, 1 ICMP, 58 ICMPv6
  std::uint8_t ttl = 64, tos = 0;
  std::uint16_t id = 0;  // IPv4 only, like the next two
  bool dont_fragment = true;
  Bytes options = {};                                                  // a multiple of four bytes
  std::vector<std::pair<std::uint8_t, Bytes>> extension_headers = {};  // IPv6: type and its bytes from the third on
};
[[nodiscard]] Bytes ip_packet(const IpFields& fields, const Bytes& payload);
// IPv4 fragments of `unit` payload bytes (a multiple of eight) each, in order.
[[nodiscard]] std::vector<Bytes> fragment_ipv4(const Bytes& packet, std::size_t unit);
// IPv6 fragments (RFC 8200 section 4.5); a packet without extension headers is expected.
[[nodiscard]] std::vector<Bytes> fragment_ipv6(const Bytes& packet, std::size_t unit, std::uint32_t id);
// An ICMP or ICMPv6 error from `router` to the sender of `quoted`, quoting its first `quote` bytes. `mtu` as the type
// says.
struct IcmpError {
  std::string router = {};
  std::uint8_t type = 3, code = 13;
  Bytes quoted = {};
  std::size_t quote = 28;
  std::uint32_t mtu = 0;
  std::uint8_t ttl = 64;
};
[[nodiscard]] Bytes icmp_error(const IcmpError& error);

struct VlanTag {
  std::uint16_t id = 0;
  std::uint16_t type = 0x8100;  // 0x88a8 for the outer tag of QinQ
};
struct LinkFields {
  Bytes source_mac = from_hex("020000000001"), destination_mac = from_hex("020000000002");
  std::vector<VlanTag> vlans = {};
  bool outgoing = true;  // only SLL and SLL2 say it
};
[[nodiscard]] std::uint16_t ether_type_of(const Bytes& ip_packet);  // by its version
// An Ethernet frame, with the VLAN tags of `link`.
[[nodiscard]] Bytes ethernet_frame(const Bytes& payload, std::uint16_t type, const LinkFields& link = {});
[[nodiscard]] Bytes ethernet_frame(const Bytes& ip_packet, const LinkFields& link = {});
// Puts an IP packet into a frame of the link type (those of link_builder.h, too). VLAN tags exist on Ethernet only.
[[nodiscard]] Bytes link_frame(LinkType link, const LinkFields& fields, const Bytes& ip_packet);

// Frames of one link type, and the clock by which they are stamped.
class Capture {
 public:
  explicit Capture(LinkType link = LinkType::ethernet) : link_(link) {}
  Capture& wait(std::int64_t nanoseconds) { return now_ += nanoseconds, *this; }
  Capture& at(std::int64_t nanoseconds) { return now_ = kStart + nanoseconds, *this; }  // since the start
  Capture& add_frame(const Bytes& frame);                                               // raw
  Capture& add_ip(const Bytes& packet, const LinkFields& link = {});
  Capture& cut(std::size_t size);  // the last frame was captured only up to here (snaplen)
  [[nodiscard]] LinkType link() const { return link_; }
  [[nodiscard]] std::int64_t now() const { return now_; }
  [[nodiscard]] std::vector<Frame>& frames() { return frames_; }
  [[nodiscard]] const std::vector<Frame>& frames() const { return frames_; }
  [[nodiscard]] Bytes pcap(const PcapFormat& format = {}) const { return pcap_file(link_, frames_, format); }

 private:
  LinkType link_;
  std::int64_t now_ = kStart;
  std::vector<Frame> frames_;
};

// What is constant about one end of a conversation, as the capture sees it.
struct Host {
  std::string ip = "192.0.2.10";
  std::uint16_t port = 443;
  std::uint32_t isn = 1000;
  std::uint8_t ttl = 64;
  std::uint16_t ip_id = 1;       // of its first packet
  std::uint16_t ip_id_step = 1;  // 0: constant
  std::uint16_t window = 64240;
  std::string mac = {};  // ""; the client gets 02:00:00:00:00:01, the server ...:02
};

// What one segment does otherwise than usual. Sequence numbers are relative to the sender's ISN (0 is its SYN); left
// out, they are the next in order, and the ACK covers everything the other side sent so far.
struct Segment {
  std::uint8_t flags = kAck;
  Bytes payload = {};
  std::optional<std::int64_t> seq = {}, ack = {};
  std::optional<std::uint8_t> ttl = {};
  std::optional<std::uint16_t> ip_id = {}, window = {};
  std::optional<std::string> mac = {};
  Bytes options = {};
  std::uint16_t urgent = 0;
  std::uint8_t tos = 0;
  bool dont_fragment = true;
  bool foreign = false;  // forged: the sender's own counters do not move
  bool unseen = false;   // sent, but not captured
  std::vector<std::pair<std::uint8_t, Bytes>> extension_headers = {};
};

class Conversation {
 public:
  Conversation(Capture& capture, Host client, Host server, std::vector<VlanTag> vlans = {});
  Conversation& from_client(const Segment& segment) { return send(0, segment); }
  Conversation& from_server(const Segment& segment) { return send(1, segment); }
  // The three-way handshake with the usual options; the capture is taken at the client.
  Conversation& open(std::int64_t round_trip = milliseconds(10));
  Conversation& client_data(const Bytes& payload) { return send(0, {.flags = kPsh | kAck, .payload = payload}); }
  Conversation& server_data(const Bytes& payload) { return send(1, {.flags = kPsh | kAck, .payload = payload}); }
  Conversation& wait(std::int64_t nanoseconds) { return capture_.wait(nanoseconds), *this; }
  // FIN, FIN-ACK and ACK; the client begins.
  Conversation& close(std::int64_t round_trip = milliseconds(10));
  // The IP packet that send() would add; it counts as sent. For fragments, tunnels and quotes in ICMP errors.
  [[nodiscard]] Bytes ip_from_client(const Segment& segment) { return build(0, segment); }
  [[nodiscard]] Bytes ip_from_server(const Segment& segment) { return build(1, segment); }
  [[nodiscard]] LinkFields link_from_client() const { return link(0, std::nullopt); }
  [[nodiscard]] LinkFields link_from_server() const { return link(1, std::nullopt); }

 private:
  struct Side {
    Host host;
    Bytes ip, mac;
    std::uint32_t next = 0;  // sequence number of the next byte
    std::uint16_t ip_id = 0;
  };
  Conversation& send(std::size_t from, const Segment& segment);
  Bytes build(std::size_t from, const Segment& segment);
  [[nodiscard]] LinkFields link(std::size_t from, const std::optional<std::string>& mac) const;
  Capture& capture_;
  Side sides_[2];
  std::vector<VlanTag> vlans_;
};

}  // namespace handlens::builder
