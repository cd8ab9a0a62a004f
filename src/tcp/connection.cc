#include "src/tcp/connection.h"

#include <algorithm>

#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {

namespace {

// Hands one direction's stream to the observer, which speaks of directions. What comes after the end (a FIN, and yet
// more data) is followed and compared like everything else, and told to nobody.
class DirectedConsumer final : public StreamConsumer {
 public:
  DirectedConsumer(Direction from, TcpObserver& observer, bool ended)
      : from_(from), observer_(observer), ended_(ended) {}
  std::uint64_t on_window(ByteView window, std::size_t fresh, std::uint64_t first_frame) override {
    return ended_ ? window.size() : observer_.on_stream_window(from_, window, fresh, first_frame);
  }
  void on_gap(std::uint64_t bytes, bool cut) override {
    if (ended_) return;
    observer_.on_tcp_fact(TcpFactKind::gap, from_, bytes, cut ? TcpFactNote::snaplen : TcpFactNote::none);
    observer_.on_stream_gap(from_, bytes);
  }
  void on_window_overflow() override {
    if (!ended_) observer_.on_tcp_fact(TcpFactKind::window_overflow, from_, 0, TcpFactNote::none);
  }

 private:
  Direction from_;
  TcpObserver& observer_;
  bool ended_;
};

}  // namespace

void IpIdTrace::add(std::uint32_t id) {
  if (!first) {
    first = id;
  } else {
    const std::uint32_t step = (id - last) & 0xffff;
    all_equal = all_equal && id == last;
    all_rising = all_rising && step >= 1 && step <= 256;
  }
  all_zero = all_zero && id == 0;
  last = id;
  ++seen;
}

void Connection::reset() {
  for (HalfStream& half : half_) half.reset();
  profile_ = {};
  hole_patience_ = {};
  hole_since_ = {};
  stream_ended_ = {};
  is_start_assumed_ = {};
  lost_at_end_ = {};
  handshake_ = {};
  syn_ack_seq_ = 0;
  other_syn_ack_.reset();
  last_opening_ = {};
  recent_ = {};
  bulk_ = false;
  rst_.clear();
  watches_.clear();
  watched_ = 0;
  fin_.clear();
  rst_total_ = fin_total_ = 0;
}

void Connection::on_segment(const Segment& s, TcpObserver& observer) {
  if (s.has(tcp_flag::syn) && may_be_foreign(s)) {
    // It says nothing of this side: neither its TTL nor its numbers.
    ++profile_[index(s.from)].packets;
    ++profile_[index(s.from)].out_of_window;
    note_challenge(s);
    return;
  }
  const bool copy = is_captured_twice(s);
  note_profile(s, copy);
  if (copy) {
    if (s.payload_length > 0) take_payload(s, copy, observer);
    return;
  }
  note_challenge(s);
  if (s.flags & (tcp_flag::syn | tcp_flag::rst | tcp_flag::fin) || !handshake_.ack) note_handshake(s, observer);
  if (!s.has(tcp_flag::rst)) {
    if (s.has(tcp_flag::ack)) note_acks(s, observer);
    if (s.payload_length > 0) take_payload(s, copy, observer);
  }
  if (s.flags & (tcp_flag::rst | tcp_flag::fin)) note_ending(s, observer);
  if (watched_ > 0 && !s.has(tcp_flag::rst)) note_after_resets(s);
  if (half_[0].has_holes() || half_[1].has_holes()) give_up_acknowledged_holes(observer);
}

bool Connection::may_have_sent(Direction from, std::uint32_t seq) const {
  const PathProfile& mine = profile_[index(from)];
  const PathProfile& peer = profile_[index(opposite(from))];
  const HalfStream& half = half_[index(from)];
  constexpr std::uint64_t kHalfTheNumbers = 0x7fff'ffffu - 2u * static_cast<std::uint32_t>(kUnseenSequence);
  if (half.next_offset() >= kHalfTheNumbers) return true;  // so much was sent that any number was the connection's
  std::optional<std::uint32_t> low, high;
  if (mine.has_first_seq) low = high = mine.isn.value_or(mine.first_seq);
  if (half.has_start()) high = half.next_seq();
  if (peer.has_ack && (!high || seq_before(*high, peer.highest_ack))) high = peer.highest_ack;
  if (high && seq_distance(*high, seq) > kUnseenSequence) return false;
  return !low || seq_distance(*low, seq) >= -kUnseenSequence;
}

bool Connection::take_in_bulk(Direction from, const PacketView& packet, const PacketStamp& stamp) {
  const TcpHeader& tcp = packet.tcp;
  const std::uint32_t payload_length = packet.payload_length;
  constexpr std::uint16_t kPlain = tcp_flag::ack | tcp_flag::psh;
  if (!bulk_ || (tcp.flags & ~kPlain) != 0 || (tcp.flags & tcp_flag::ack) == 0 || tcp.window == 0) return false;
  if (watched_ > 0 || half_[0].has_holes() || half_[1].has_holes()) return false;
  PathProfile& p = profile_[index(from)];
  if (p.packets == 0 || p.last_window_zero) return false;
  if (payload_length > 0 && !half_[index(from)].take_skipped(tcp.seq, payload_length)) return false;
  if (packet.ip.has_id) {
    recent_[index(from)].add({stamp.time.ns, tcp.seq, tcp.ack, payload_length, static_cast<std::uint16_t>(packet.ip.id),
                              tcp.flags, tcp.window});
  }
  ++p.packets;
  p.payload_bytes += payload_length;
  if (!p.has_ack || seq_before(p.highest_ack, tcp.ack)) p.highest_ack = tcp.ack;
  p.has_ack = true;
  p.last_ack = tcp.ack;
  p.last_window = tcp.window;
  return true;
}

void Connection::note_profile(const Segment& s, bool copy) {
  PathProfile& p = profile_[index(s.from)];
  if (copy) ++p.captured_twice;
  if (p.packets++ == 0) {
    p.first_ttl = s.ttl;
    p.window = s.window;
    if (s.mac != nullptr) {
      p.mac = *s.mac;
      p.has_mac = true;
    }
  }
  p.payload_bytes += s.payload_length;
  if (bulk_) return;
  if (s.payload.size() < s.payload_length) p.snaplen_cut = true;
  if (s.has(tcp_flag::urg) && s.urgent > 0) ++p.urgent;
  if (s.has(tcp_flag::rst)) return;
  if (!p.has_first_seq) {
    p.first_ttl = s.ttl;
    p.first_seq = s.seq;
    p.has_first_seq = true;
  }
  p.ttl_min = std::min(p.ttl_min, s.ttl);
  p.ttl_max = std::max(p.ttl_max, s.ttl);
  p.seen_as[static_cast<std::size_t>(s.seen_as)] = true;
  if (s.has_ip_id && !copy) p.ip_id.add(s.ip_id);
}

// RFC 5961 §3.2, §4.2: a host answers a reset that is not exactly at the sequence number it expects, and a SYN on an
// open connection, with an ACK of what it has.
void Connection::note_challenge(const Segment& s) {
  PathProfile& mine = profile_[index(s.from)];
  PathProfile& peer = profile_[index(opposite(s.from))];
  constexpr std::uint16_t kControl = tcp_flag::syn | tcp_flag::fin | tcp_flag::rst;
  const bool plain_ack = s.has(tcp_flag::ack) && (s.flags & kControl) == 0 && s.payload_length == 0;
  if (mine.challenged && plain_ack && mine.has_ack && s.ack == mine.last_ack) ++mine.challenge_acks;
  mine.challenged = false;
  if (!handshake_.ack || !peer.has_ack) return;
  const bool misplaced_reset = s.has(tcp_flag::rst) && s.seq != peer.highest_ack;
  const bool late_syn = s.has(tcp_flag::syn) && !s.has(tcp_flag::rst);
  if (misplaced_reset || late_syn) peer.challenged = true;
}

// Before it answers the SYN, a host can acknowledge nothing but what came with it; anything else belongs to an older
// connection of the same endpoints (RFC 9293 §3.5.1).
bool Connection::is_stray_ack(const Segment& s) const {
  if (!handshake_.syn || handshake_.syn_ack || s.from == handshake_.syn_from || s.has(tcp_flag::syn)) return false;
  const HalfStream& peer = half_[index(opposite(s.from))];
  return peer.has_start() && (seq_before(s.ack, peer.start()) || seq_before(peer.next_seq(), s.ack));
}

void Connection::note_acks(const Segment& s, TcpObserver& observer) {
  if (is_stray_ack(s)) return;
  PathProfile& p = profile_[index(s.from)];
  const bool control = (s.flags & (tcp_flag::syn | tcp_flag::fin)) != 0;
  if (!bulk_) {
    if (p.has_ack && s.payload_length == 0 && !control && s.ack == p.last_ack && s.window == p.last_window) {
      ++p.duplicate_acks;  // RFC 5681 §2, without the test for outstanding data
    }
    // RFC 9293 §3.8.4: a probe one byte before the next sequence number.
    const HalfStream& half = half_[index(s.from)];
    if (!control && s.payload_length <= 1 && half.has_start() && handshake_.ack && s.seq + 1 == half.next_seq()) {
      ++p.keep_alives;
    }
  }
  if (s.window == 0 && !control) {
    if (!p.last_window_zero) {
      ++p.zero_windows;
      observer.on_tcp_fact(TcpFactKind::zero_window, s.from, 0, TcpFactNote::none);
    }
    p.last_window_zero = true;
  } else {
    p.last_window_zero = false;
  }
  if (!p.has_ack || seq_before(p.highest_ack, s.ack)) p.highest_ack = s.ack;
  p.has_ack = true;
  p.last_ack_ns = s.stamp.time.ns;
  p.last_ack = s.ack;
  p.last_window = s.window;
}

void Connection::take_payload(const Segment& s, bool copy, TcpObserver& observer) {
  HalfStream& half = half_[index(s.from)];
  DirectedConsumer consumer(s.from, observer, stream_ended_[index(s.from)]);
  // RFC 9293 §3.4: the SYN takes the first sequence number; data in it starts one later (RFC 7413).
  const std::uint32_t seq = s.seq + (s.has(tcp_flag::syn) ? 1u : 0u);
  if (is_start_assumed_[index(s.from)] && seq_before(seq, half.next_seq())) half.set_start(seq);
  const bool probe = s.payload_length == 1 && half.has_start() && seq + 1 == half.next_seq();
  const bool had_hole = half.has_holes();
  const std::uint64_t next_before = half.next_offset();
  HalfStream::Accepted accepted =
      half.accept(seq, s.payload, s.payload_length, s.stamp.number, limits_->stream, consumer);
  PathProfile& p = profile_[index(s.from)];
  if (accepted.out_of_window) {
    const PathProfile& peer = profile_[index(opposite(s.from))];
    if (peer.has_ack && half.resume_at(seq, peer.highest_ack, limits_->stream, consumer)) {
      accepted = half.accept(seq, s.payload, s.payload_length, s.stamp.number, limits_->stream, consumer);
    } else {
      ++p.out_of_window;
    }
  }
  if (half.has_holes() && (!had_hole || half.next_offset() != next_before)) {
    hole_since_[index(s.from)] = s.stamp.time.ns;
  }
  if (copy && accepted.new_bytes == 0 && accepted.conflicting_bytes == 0) return;
  if (copy) --p.captured_twice;  // it only looked like one
  if (accepted.out_of_order) ++p.out_of_order;
  if (!probe) report_overlap(s, accepted, observer);
}

void Connection::report_overlap(const Segment& s, const HalfStream::Accepted& accepted, TcpObserver& observer) {
  const std::uint32_t compared = accepted.same_bytes + accepted.conflicting_bytes;
  if (accepted.old_bytes == 0 && compared == 0) return;
  PathProfile& p = profile_[index(s.from)];
  ++p.retransmissions;
  if (accepted.conflicting_bytes > 0)
    ++p.overlaps_conflicting;
  else if (accepted.same_bytes > 0)
    ++p.overlaps_same;
  if (bulk_ && accepted.conflicting_bytes == 0) return;
  TcpFactNote note = TcpFactNote::none;
  if (accepted.conflicting_bytes > 0)
    note = TcpFactNote::conflicting_bytes;
  else if (accepted.same_bytes > 0)
    note = TcpFactNote::same_bytes;
  observer.on_tcp_fact(TcpFactKind::retransmission, s.from, s.payload_length, note);
}

void Connection::note_ending(const Segment& s, TcpObserver& observer) {
  PathProfile& p = profile_[index(s.from)];
  if (s.has(tcp_flag::rst)) {
    note_reset(s);
    const TcpFactNote note = s.payload_length > 0 ? TcpFactNote::with_data : TcpFactNote::none;
    observer.on_tcp_fact(TcpFactKind::rst, s.from, s.payload_length, note);
    return;
  }
  if (fin_.capacity() == 0) fin_.reserve(2);  // one of each side
  if (fin_total_++ < limits_->kept_fin) fin_.push_back({s.stamp, s.from});
  observer.on_tcp_fact(TcpFactKind::fin, s.from, s.payload_length, TcpFactNote::none);
  const HalfStream& half = half_[index(s.from)];
  // Before it answered the SYN a host has no stream that could end. (An answer that was not captured shows by the other
  // side's acknowledgements.)
  const bool answering = handshake_.syn && !handshake_.syn_ack && s.from != handshake_.syn_from;
  if (answering && !half.has_start() && !profile_[index(opposite(s.from))].has_ack) return;
  const std::uint32_t last = s.seq + s.payload_length + (s.has(tcp_flag::syn) ? 1u : 0u);
  p.fin_seen = true;
  p.fin_seq = last;
  if (!half.has_holes() && (!half.has_start() || half.next_seq() == last)) end_stream(s.from, observer);
}

void Connection::note_reset(const Segment& s) {
  ++rst_total_;
  if (limits_->kept_rst == 0) return;
  if (rst_.size() >= limits_->kept_rst) {  // the newest takes the last place
    if (!rst_.back().outlived) --watched_;
    rst_.pop_back();
    watches_.pop_back();
  }
  const Direction receiver = opposite(s.from);
  const PathProfile& mine = profile_[index(s.from)];
  const PathProfile& peer = profile_[index(receiver)];
  ResetWatch::Before before;
  before.sender_next = sent_next(s.from);
  before.receiver_next = sent_next(receiver);
  if (peer.has_ack) before.receiver_ack = peer.highest_ack;
  before.open = handshake_.ack.has_value();
  before.receiver_rtt = round_trip(receiver);
  rst_.push_back({s.stamp, s.from, s.seq, s.ack, s.payload_length, s.ip_id, s.flags, s.window, s.ttl, s.has_ip_id,
                  s.dont_fragment, before.sender_next, before.receiver_next,
                  mine.has_ack ? std::optional(mine.highest_ack) : std::nullopt, before.receiver_ack});
  watches_.emplace_back(s, before);
  ++watched_;
}

void Connection::note_after_resets(const Segment& s) {
  for (std::size_t i = 0; i < rst_.size(); ++i) {
    if (rst_[i].outlived || !watches_[i].on_segment(s)) continue;
    rst_[i].outlived = s.stamp;
    --watched_;
  }
}

// One past the highest sequence number seen from this side.
std::optional<std::uint32_t> Connection::sent_next(Direction d) const {
  const PathProfile& p = profile_[index(d)];
  const HalfStream& half = half_[index(d)];
  if (!half.has_start()) return p.has_first_seq ? std::optional(p.first_seq) : std::nullopt;
  const std::uint32_t highest = half.highest_seq();
  return p.fin_seq && seq_before(highest, *p.fin_seq + 1) ? *p.fin_seq + 1 : highest;
}

// From the capture point to this side and back, as the handshake showed it; 0: not known.
std::int64_t Connection::round_trip(Direction to) const {
  const bool to_opener = to != handshake_.syn_ack_from;
  const std::optional<PacketStamp>& asked = to_opener ? handshake_.syn_ack : handshake_.syn;
  const std::optional<PacketStamp>& answered = to_opener ? handshake_.ack : handshake_.syn_ack;
  if (!asked || !answered) return 0;
  return std::max<std::int64_t>(0, elapsed(asked->time.ns, answered->time.ns));
}

// A peer that acknowledged bytes we never saw has them: the capture lost them. Packets that were only captured out of
// order get some patience.
void Connection::give_up_acknowledged_holes(TcpObserver& observer) {
  for (const Direction d : {Direction::forward, Direction::reverse}) {
    HalfStream& half = half_[index(d)];
    if (!half.has_holes()) {
      hole_patience_[index(d)] = 0;
      continue;
    }
    const PathProfile& peer = profile_[index(opposite(d))];
    if (!peer.has_ack || !half.hole_acknowledged(peer.highest_ack)) continue;
    if (++hole_patience_[index(d)] < limits_->stream.gap_patience_packets) continue;
    hole_patience_[index(d)] = 0;
    DirectedConsumer consumer(d, observer, stream_ended_[index(d)]);
    half.give_up_hole(limits_->stream, consumer);
    hole_since_[index(d)] = INT64_MAX;
  }
}

void Connection::enter_bulk() {
  bulk_ = true;
  for (HalfStream& half : half_) half.drop_history();
}

// Nothing came after the last bytes of a direction, so no hole showed: its own FIN or the peer's acknowledgement tell.
void Connection::note_lost_tail(Direction from, TcpObserver& observer) {
  HalfStream& half = half_[index(from)];
  const PathProfile& mine = profile_[index(from)];
  const PathProfile& peer = profile_[index(opposite(from))];
  if (!half.has_start() || mine.packets == 0) return;
  DirectedConsumer consumer(from, observer, stream_ended_[index(from)]);
  if (mine.fin_seq) {
    half.give_up_tail(*mine.fin_seq, consumer);
  } else if (peer.has_ack && seq_distance(half.next_seq(), peer.highest_ack) > 1) {  // 1 may be a FIN that was not seen
    half.give_up_tail(peer.highest_ack, consumer);
  }
}

void Connection::end_stream(Direction from, TcpObserver& observer) {
  if (stream_ended_[index(from)]) return;
  stream_ended_[index(from)] = true;
  lost_at_end_[index(from)] = half_[index(from)].lost_bytes();
  observer.on_stream_end(from, half_[index(from)].window());
}

// False: the receiver was heard after the hole had shown and its answer had had the time to come, and acknowledged
// nothing beyond what was captured in order (RFC 9293 §3.10.7.4: it acknowledges what it has in order).
bool Connection::may_have_received_more(Direction from) const {
  const Direction receiver = opposite(from);
  const PathProfile& peer = profile_[index(receiver)];
  const std::uint32_t next = half_[index(from)].next_seq();
  if (!peer.has_ack || seq_before(next, peer.highest_ack)) return true;
  const std::int64_t heard = elapsed(hole_since_[index(from)], peer.last_ack_ns);
  if (heard <= 0 || heard < round_trip(receiver)) return true;
  return std::any_of(rst_.begin(), rst_.end(), [&](const SeenRst& rst) {
    return rst.from == receiver && (rst.flags & tcp_flag::ack) != 0 && seq_before(next, rst.ack);
  });
}

// At the end. What the receiver never had was lost on the path, not by the capture, and what lies behind it was never
// read by anyone: that is told, and the stream ends where it ended for its receiver.
void Connection::give_up_holes(Direction from, TcpObserver& observer) {
  HalfStream& half = half_[index(from)];
  DirectedConsumer consumer(from, observer, stream_ended_[index(from)]);
  while (half.has_holes()) {
    if (!may_have_received_more(from)) {
      if (stream_ended_[index(from)]) return;
      observer.on_tcp_fact(TcpFactKind::gap, from, half.hole_bytes(), TcpFactNote::unacknowledged);
      return;
    }
    half.give_up_hole(limits_->stream, consumer);
    hole_since_[index(from)] = INT64_MAX;  // of the next one nothing is known
  }
}

void Connection::finish(TcpObserver& observer) {
  for (const Direction d : {Direction::forward, Direction::reverse}) {
    give_up_holes(d, observer);
    if (!half_[index(d)].has_holes()) note_lost_tail(d, observer);
    end_stream(d, observer);
  }
}

}  // namespace handlens
