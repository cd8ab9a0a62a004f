// The facts of one finished connection: what the record of `handlens schema` is made from.
// Owned values only; immutable when it leaves the engine. Judgements stand beside it (findings/finding.h).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dissectors/direction.h"
#include "dissectors/packet.h"
#include "dissectors/tcp.h"
#include "dissectors/tls_stream.h"
#include "src/timeline/event.h"
#include "src/timeline/packet_note.h"

namespace handlens {

enum class Side : std::uint8_t { client = 0, server = 1 };
[[nodiscard]] std::string_view to_text(Side side);  // "client" | "server"
enum class ClientBy : std::uint8_t { syn, syn_ack, client_hello, port };
[[nodiscard]] std::string_view to_text(ClientBy by);  // "syn" | "syn-ack" | "client-hello" | "port"
enum class TcpState : std::uint8_t { syn_sent, syn_received, established, closing, closed, reset, midstream };
[[nodiscard]] std::string_view to_text(TcpState state);  // "syn-sent" ...
enum class CutShort : std::uint8_t { none, interrupted, evicted, memory_limit };
[[nodiscard]] std::string_view to_text(CutShort reason);  // "interrupted" ...

// How a host numbers its IP datagrams in one direction, as far as seen.
enum class IpIdPattern : std::uint8_t { unknown, zero, constant, incrementing, other };
[[nodiscard]] std::string_view to_text(IpIdPattern pattern);

// The kinds of the TCP options of a segment, in wire order.
class OptionKinds {
 public:
  OptionKinds() = default;
  OptionKinds(std::initializer_list<std::uint8_t> kinds) : OptionKinds(std::span(kinds.begin(), kinds.size())) {}
  explicit OptionKinds(std::span<const std::uint8_t> kinds)
      : count_(static_cast<std::uint8_t>(std::min(kinds.size(), kinds_.size()))) {
    std::copy_n(kinds.begin(), count_, kinds_.begin());
  }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] const std::uint8_t* begin() const { return kinds_.data(); }
  [[nodiscard]] const std::uint8_t* end() const { return kinds_.data() + count_; }

 private:
  std::array<std::uint8_t, TcpOptions::kMaxKinds> kinds_{};
  std::uint8_t count_ = 0;
};

// One direction's TCP and IP facts. Collected for every flow, judged elsewhere.
struct SideFacts {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  // TCP payload on the wire, retransmissions included
  std::optional<std::uint32_t> isn;
  std::optional<std::uint16_t> window;  // of the SYN or SYN-ACK, else of the first packet
  std::optional<std::uint16_t> mss;
  std::optional<std::uint8_t> window_scale;
  bool sack_permitted = false;
  bool timestamps = false;
  OptionKinds options;              // wire order, of the SYN or SYN-ACK
  std::optional<std::uint8_t> ttl;  // of the first packet; as ttl_min and ttl_max of one that is no RST, if any
  std::uint8_t ttl_min = 0, ttl_max = 0;
  std::optional<std::uint32_t> ip_id;  // of the first packet
  IpIdPattern ip_id_pattern = IpIdPattern::unknown;
  std::uint32_t retransmissions = 0;
  std::uint32_t out_of_order = 0;
  std::uint32_t duplicate_acks = 0;
  std::uint32_t keep_alives = 0;
  std::uint32_t challenge_acks = 0;  // RFC 5961: plain ACKs that answer a reset or SYN which did not fit
  std::uint32_t urgent = 0;          // packets with urgent data
  std::uint32_t zero_windows = 0;
  std::uint32_t overlaps_same = 0;           // overlapping segments with the same bytes
  std::uint32_t overlaps_conflicting = 0;    // ... with different bytes: the first stays
  std::uint64_t lost_bytes = 0;              // gaps the capture never filled
  std::uint32_t captured_twice = 0;          // packets that are in the capture twice: no repetitions
  std::uint32_t out_of_window = 0;           // not followed: implausibly far from their stream, or a SYN amid it
  std::optional<std::int64_t> acknowledged;  // highest number of the peer acknowledged, relative to the peer's ISN
  bool fast_open = false;                    // data in the SYN
  bool snaplen_cut = false;
  std::optional<MacAddress> mac;  // of the side itself, from its first packet
  // How its packets passed the interface, resets left out; unknown unless all agree.
  CaptureDirection seen_as = CaptureDirection::unknown;
};

struct RstFact {
  std::uint64_t frame = 0;
  Timestamp time;
  Side from = Side::client;
  bool ack_flag = false;
  std::int64_t seq = 0;             // relative to the sender's ISN when known, else raw
  std::optional<std::int64_t> ack;  // relative to the peer's ISN; only with the ACK flag
  std::uint32_t raw_seq = 0, raw_ack = 0;
  std::uint16_t window = 0;
  std::uint8_t ttl = 0;
  std::optional<std::uint32_t> ip_id;
  bool dont_fragment = false;
  std::uint32_t payload = 0;
  // Where the two streams stood when it came, raw numbers: one past the highest sequence number that the side whose
  // address it carries (`sender`) and the other one (`receiver`) had used, and what each had acknowledged.
  std::optional<std::uint32_t> sender_next, receiver_next, sender_ack, receiver_ack;
  // The first packet which shows that the connection went on after it: the reset did not take effect.
  std::optional<std::uint64_t> outlived_by;
};
struct FinFact {
  std::uint64_t frame = 0;
  Timestamp time;
  Side from = Side::client;
};

// Who sent an ICMP error about the flow; what it says is the event of the same frame.
struct IcmpFact {
  std::uint64_t frame = 0;
  IpAddress source;
  std::uint8_t ttl = 0;
  // Of the packet that it quotes.
  std::uint8_t quoted_ttl = 0;
  std::uint16_t quoted_ip_id = 0;  // IPv4
  std::uint32_t quoted_seq = 0;
};

struct TcpFacts {
  TcpState state = TcpState::midstream;
  std::optional<PacketStamp> syn, syn_ack, ack;  // ack: the one that completes the handshake
  std::uint32_t syn_retransmissions = 0;
  bool simultaneous_open = false;
  bool split_handshake = false;
  std::array<SideFacts, 2> sides;  // by Side
  std::vector<RstFact> rst;        // the first ones, and the newest
  std::vector<FinFact> fin;
  std::uint64_t rst_total = 0, fin_total = 0;  // beyond the kept ones
};

struct Endpoint {
  IpAddress ip;
  std::uint16_t port = 0;
};

struct FlowReport {
  std::uint64_t id = 0;  // 1-based, in order of first packets
  Endpoint client, server;
  ClientBy client_by = ClientBy::port;
  Direction client_direction = Direction::forward;  // Events speak of directions: this one is the client's
  LinkFacts link;                                   // of the first packet: vlans, encapsulations
  std::uint32_t interface_id = kNoInterface;        // pcapng with several interfaces: that of the first packet
  PacketStamp first, last;
  bool midstream = false;
  std::optional<Side> one_sided;  // the side never seen
  CutShort cut_short = CutShort::none;
  TcpFacts tcp;
  bool is_tls = false;
  TlsFacts tls;  // plaintext facts are filled even if it is not TLS
  std::vector<Event> events;
  std::uint64_t events_elided = 0;  // from the middle
  std::vector<IcmpFact> icmp;       // of the first errors
  // The first packets, those around resets and FINs, and the last ones; empty for a completed handshake without reset
  // and without anything odd in it (findings/notes.h).
  std::vector<PacketNote> packets;
  bool packets_elided = false;  // there were others between them
  // How long the capture goes on after the last packet of this flow; at most as long as the flow was waited for.
  std::int64_t quiet_ns = 0;
  bool capture_continues = false;  // ... for at least 3 s

  [[nodiscard]] Side side(Direction d) const { return d == client_direction ? Side::client : Side::server; }
  // Who acts as the client of TLS; usually, but not always (FTP), who opened TCP.
  [[nodiscard]] Direction tls_client() const { return tls.client.value_or(client_direction); }
  [[nodiscard]] bool is_tls_reversed() const { return tls_client() != client_direction; }
  [[nodiscard]] const SideFacts& facts(Side s) const { return tcp.sides[static_cast<std::size_t>(s)]; }
};

}  // namespace handlens
