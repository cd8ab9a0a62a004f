// One TCP connection as a passive observer sees it: two half streams, the handshake, and what each side's packets look
// like. Records facts; judges nothing.
//
// Threads: belongs to one shard. reset() makes it ready for another connection and keeps its memory.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "src/tcp/half_stream.h"
#include "src/tcp/reset_watch.h"
#include "src/tcp/segment.h"

namespace handlens {

// What TCP itself has to say about a segment.
enum class TcpFactKind : std::uint8_t {
  syn,
  syn_ack,
  handshake_ack,
  syn_retransmission,
  fin,
  rst,
  zero_window,
  retransmission,
  gap,
  window_overflow
};
enum class TcpFactNote : std::uint8_t {
  none,
  same_bytes,
  conflicting_bytes,
  fast_open,
  with_data,
  simultaneous_open,
  snaplen,
  unacknowledged  // gap: the receiver did not have these bytes either
};

class TcpObserver {
 public:
  virtual ~TcpObserver() = default;
  virtual void on_tcp_fact(TcpFactKind kind, Direction from, std::uint64_t size, TcpFactNote note) = 0;
  // As StreamConsumer, with the direction.
  virtual std::uint64_t on_stream_window(Direction from, ByteView window, std::size_t fresh,
                                         std::uint64_t first_frame) = 0;
  virtual void on_stream_gap(Direction from, std::uint64_t bytes) = 0;
  // No byte of this direction will come any more; `unconsumed` were never enough.
  virtual void on_stream_end(Direction from, ByteView unconsumed) = 0;
};

// Whether the IP-IDs of one direction follow a pattern, as far as seen.
struct IpIdTrace {
  std::optional<std::uint32_t> first;
  std::uint32_t last = 0;
  std::uint32_t seen = 0;
  bool all_zero = true, all_equal = true, all_rising = true;  // rising: by 1 to 256 modulo 2^16
  void add(std::uint32_t id);
};

// What the packets of one direction look like. Collected for every flow.
struct PathProfile {
  std::uint64_t packets = 0;
  std::uint64_t payload_bytes = 0;
  std::optional<std::uint32_t> isn;
  std::optional<std::uint16_t> window;  // of the SYN or SYN-ACK, else of the first packet
  // Resets do not count here, so that they can be held against it; only if there is nothing else.
  std::uint8_t first_ttl = 0, ttl_min = 255, ttl_max = 0;
  std::array<bool, 3> seen_as{};  // by CaptureDirection: some packet was
  IpIdTrace ip_id;
  std::uint8_t options_length = 0;  // of the SYN or SYN-ACK
  std::array<std::uint8_t, kMaxOptionBytes> options{};
  std::uint32_t retransmissions = 0;
  std::uint32_t out_of_order = 0;
  std::uint32_t duplicate_acks = 0;
  std::uint32_t keep_alives = 0;
  std::uint32_t challenge_acks = 0;
  std::uint32_t urgent = 0;
  std::uint32_t zero_windows = 0;
  std::uint32_t overlaps_same = 0, overlaps_conflicting = 0;
  std::uint32_t captured_twice = 0;  // packets that were seen before: the same, milliseconds ago; no retransmissions
  std::uint32_t out_of_window = 0;   // not followed: implausibly far from their stream, or a SYN amid a connection
  bool fast_open = false;
  bool snaplen_cut = false;
  bool fin_seen = false;
  bool has_mac = false;
  MacAddress mac{};
  // running state
  bool challenged = false;  // the peer sent a reset or SYN that did not fit: this side may answer with a challenge ACK
  bool last_window_zero = false;
  bool has_ack = false;
  std::int64_t last_ack_ns = 0;  // when it acknowledged last; not kept while everything is in order in bulk
  std::uint32_t highest_ack = 0;
  std::uint32_t first_seq = 0;           // of the first packet, RST excluded
  bool has_first_seq = false;            // also: a packet other than RST was seen
  std::optional<std::uint32_t> fin_seq;  // number of the FIN itself
  std::uint32_t last_ack = 0;
  std::uint16_t last_window = 0;
};

struct SeenRst {
  PacketStamp stamp;
  Direction from = Direction::forward;
  std::uint32_t seq = 0, ack = 0, payload = 0, ip_id = 0;
  std::uint16_t flags = 0, window = 0;
  std::uint8_t ttl = 0;
  bool has_ip_id = false, dont_fragment = false;
  // When it came: one past what each side had sent, and what each had acknowledged.
  std::optional<std::uint32_t> sender_next = {}, receiver_next = {}, sender_ack = {}, receiver_ack = {};
  std::optional<PacketStamp> outlived = {};  // the first packet which shows that the connection went on (ResetWatch)
};
struct SeenFin {
  PacketStamp stamp;
  Direction from = Direction::forward;
};

struct HandshakeFacts {
  std::optional<PacketStamp> syn, syn_ack, ack;
  Direction syn_from = Direction::forward, syn_ack_from = Direction::forward;
  std::uint32_t syn_retransmissions = 0;
  bool simultaneous_open = false;
  bool split_handshake = false;
};

// How far outside of what was seen a sequence number may lie and still be the connection's: what the capture missed,
// and what may be in flight (Linux sends at most 4 MiB ahead unless told otherwise).
inline constexpr std::int32_t kUnseenSequence = 4 * 1024 * 1024;

// By what a packet is known again when it was captured at two points of its way (mirror ports, the "any" device).
struct SeenPacket {
  std::int64_t time_ns = 0;
  std::uint32_t seq = 0, ack = 0, length = 0;
  std::uint16_t ip_id = 0, flags = 0, window = 0;  // ip_id 0: nothing is known
};
// The newest packets of one direction: copies come right behind, or with a few of the next in between.
struct RecentPackets {
  std::array<SeenPacket, 4> packets{};
  std::uint8_t at = 0;

  void add(const SeenPacket& packet) {
    packets[at] = packet;
    at = static_cast<std::uint8_t>((at + 1) % packets.size());
  }
  [[nodiscard]] bool has(const SeenPacket& packet) const;
};

struct ConnectionLimits {
  StreamLimits stream;
  std::size_t kept_rst = 64;  // the first ones, and the newest
  std::size_t kept_fin = 32;
  HistoryBlocks* blocks = nullptr;  // see HalfStream
};

class Connection {
 public:
  explicit Connection(const ConnectionLimits& limits)
      : limits_(&limits), half_{HalfStream(limits.blocks), HalfStream(limits.blocks)} {}
  void reset();

  void on_segment(const Segment& segment, TcpObserver& observer);
  // True if the segment was one of the many after the handshake that bring nothing but counts: in order, unread by
  // anyone, no flag but ACK and PSH. Then it is done with; otherwise on_segment must take it.
  [[nodiscard]] bool take_in_bulk(Direction from, const PacketView& packet, const PacketStamp& stamp);
  // The flow is over: holes are given up, both directions end.
  void finish(TcpObserver& observer);
  // The handshake that matters is over: retransmissions are no events any more, delivered bytes are forgotten.
  void enter_bulk();
  void stop_stream(Direction from) { half_[index(from)].stop(); }

  // True if `segment` is a SYN that belongs to another, newer connection of the same endpoints.
  [[nodiscard]] bool starts_new_connection(const Segment& segment) const;
  // ... but may be nobody's: the connection is open, and nothing of it has ended. Only what follows can tell.
  // on_segment() counts such a SYN, and the answer to it, and does not follow it.
  [[nodiscard]] bool may_be_foreign(const Segment& segment) const;
  // False if a segment with this sequence number lies far outside of everything this side sent or the other one
  // acknowledged: somebody made it up. True also when nothing is known of the side.
  [[nodiscard]] bool may_have_sent(Direction from, std::uint32_t seq) const;

  [[nodiscard]] const HandshakeFacts& handshake() const { return handshake_; }
  [[nodiscard]] const PathProfile& profile(Direction d) const { return profile_[index(d)]; }
  [[nodiscard]] const std::vector<SeenRst>& resets() const { return rst_; }
  [[nodiscard]] const std::vector<SeenFin>& fins() const { return fin_; }
  [[nodiscard]] std::uint64_t rst_total() const { return rst_total_; }
  [[nodiscard]] std::uint64_t fin_total() const { return fin_total_; }
  // Up to the end of the direction: a hole beyond its FIN is not missing data.
  [[nodiscard]] std::uint64_t lost_bytes(Direction d) const {
    return stream_ended_[index(d)] ? lost_at_end_[index(d)] : half_[index(d)].lost_bytes();
  }
  // A reset came, and nothing shows that the connection went on after it.
  [[nodiscard]] bool is_reset() const { return watched_ > 0; }
  // Bytes of both streams and entries of the lists that are kept.
  [[nodiscard]] std::size_t held_bytes() const {
    return half_[0].held_bytes() + half_[1].held_bytes() + rst_.size() * sizeof(SeenRst) +
           fin_.size() * sizeof(SeenFin);
  }
  // Nothing but late packets is expected: a reset, or FINs from both sides.
  [[nodiscard]] bool is_closed() const { return is_reset() || (profile_[0].fin_seen && profile_[1].fin_seen); }
  // More than attempts to open it was seen: data, the completing ACK, or both sides in the middle of something.
  [[nodiscard]] bool is_under_way() const {
    if (handshake_.ack || has_payload()) return true;
    return !handshake_.syn && !handshake_.syn_ack && profile_[0].packets > 0 && profile_[1].packets > 0;
  }
  // This side completed the handshake, or sent data.
  [[nodiscard]] bool has_answered(Direction d) const {
    const PathProfile& mine = profile_[index(d)];
    return (mine.payload_bytes > 0 && !mine.fast_open) || (handshake_.ack && handshake_.syn_from == d);
  }
  [[nodiscard]] bool has_payload() const { return profile_[0].payload_bytes + profile_[1].payload_bytes > 0; }

 private:
  void note_profile(const Segment& s, bool copy);
  void note_handshake(const Segment& s, TcpObserver& observer);
  [[nodiscard]] bool is_captured_twice(const Segment& s);
  [[nodiscard]] bool is_opening_again(const Segment& s);
  void note_syn(const Segment& s, TcpObserver& observer);
  void note_syn_ack(const Segment& s, TcpObserver& observer);
  void begin_stream(const Segment& syn);
  void begin_unseen_stream(Direction from, std::uint32_t next);
  [[nodiscard]] bool completes_handshake(const Segment& s);
  void note_challenge(const Segment& s);
  [[nodiscard]] bool is_stray_ack(const Segment& s) const;
  void note_acks(const Segment& s, TcpObserver& observer);
  void take_payload(const Segment& s, bool copy, TcpObserver& observer);
  void report_overlap(const Segment& s, const HalfStream::Accepted& accepted, TcpObserver& observer);
  void note_ending(const Segment& s, TcpObserver& observer);
  void note_reset(const Segment& s);
  void note_after_resets(const Segment& s);
  [[nodiscard]] std::optional<std::uint32_t> sent_next(Direction d) const;
  [[nodiscard]] std::int64_t round_trip(Direction to) const;
  void give_up_acknowledged_holes(TcpObserver& observer);
  [[nodiscard]] bool may_have_received_more(Direction from) const;
  void give_up_holes(Direction from, TcpObserver& observer);
  void note_lost_tail(Direction from, TcpObserver& observer);
  void end_stream(Direction from, TcpObserver& observer);

  const ConnectionLimits* limits_;
  std::array<HalfStream, 2> half_;
  std::array<PathProfile, 2> profile_;
  std::array<std::uint32_t, 2> hole_patience_{};
  std::array<std::int64_t, 2> hole_since_{};  // when the lowest hole showed; INT64_MAX: not known
  std::array<bool, 2> stream_ended_{};
  std::array<bool, 2> is_start_assumed_{};  // by what the other side acknowledged
  std::array<std::uint64_t, 2> lost_at_end_{};
  HandshakeFacts handshake_;
  std::uint32_t syn_ack_seq_ = 0;
  // A SYN-ACK with another number, before the handshake's ACK: which one counts, the ACK decides.
  std::optional<Segment> other_syn_ack_;
  std::array<std::optional<Segment>, 2> last_opening_;  // SYN or SYN-ACK, without what it borrows
  std::array<RecentPackets, 2> recent_;
  bool bulk_ = false;
  std::vector<SeenRst> rst_;
  std::vector<ResetWatch> watches_;  // one for each of rst_
  std::size_t watched_ = 0;          // of rst_: those that nothing outlived so far
  std::vector<SeenFin> fin_;
  std::uint64_t rst_total_ = 0, fin_total_ = 0;
};

}  // namespace handlens
