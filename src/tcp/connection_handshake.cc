// How a connection opens: SYN, SYN-ACK and the ACK that completes them, in every order that RFC 9293 allows, and when a
// SYN begins another connection.
#include <algorithm>

#include "src/tcp/connection.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {

bool Connection::starts_new_connection(const Segment& s) const {
  if (!s.has(tcp_flag::syn) || s.has(tcp_flag::rst)) return false;
  const PathProfile& mine = profile_[index(s.from)];
  if (s.has(tcp_flag::ack)) {
    // A SYN-ACK with another number after the end: the SYN of the newer connection was not captured.
    return mine.isn && *mine.isn != s.seq && is_closed();
  }
  // A SYN that was refused and comes again is another attempt at the same connection (Windows makes three).
  const bool only_refused = handshake_.syn && !handshake_.syn_ack && !has_payload();
  if (mine.isn) return *mine.isn != s.seq || (is_closed() && !only_refused);
  if (is_closed()) return true;
  // The other side's SYN is unanswered: a simultaneous open, or a handshake in four parts.
  if (handshake_.syn && !handshake_.syn_ack && !has_payload()) return false;
  // No SYN was seen from this side. If what was seen fits this number, the SYN was only captured late.
  const PathProfile& peer = profile_[index(opposite(s.from))];
  if (!mine.has_first_seq && !peer.has_ack) return false;
  const std::int32_t ahead = seq_distance(s.seq, mine.has_first_seq ? mine.first_seq : peer.highest_ack);
  return ahead < 0 || ahead > 65536;
}

bool Connection::may_be_foreign(const Segment& s) const {
  if (!s.has(tcp_flag::syn) || s.has(tcp_flag::ack)) return false;
  if (!is_under_way() || is_closed() || profile_[0].fin_seen || profile_[1].fin_seen) return false;
  return starts_new_connection(s);
}

void Connection::note_handshake(const Segment& s, TcpObserver& observer) {
  if (s.has(tcp_flag::rst)) return;
  if (s.has(tcp_flag::syn)) {
    PathProfile& p = profile_[index(s.from)];
    if (!p.isn) begin_stream(s);
    if (s.payload_length > 0) p.fast_open = true;
    s.has(tcp_flag::ack) ? note_syn_ack(s, observer) : note_syn(s, observer);
    if (s.has(tcp_flag::ack) && !handshake_.syn) begin_unseen_stream(opposite(s.from), s.ack);
    return;
  }
  // By its number it is of this connection: an older one between the same ends may end late.
  const bool is_own = profile_[index(s.from)].isn && s.seq == *profile_[index(s.from)].isn + 1;
  if (handshake_.syn && !handshake_.syn_ack && is_own && s.has(tcp_flag::ack) && s.from == handshake_.syn_from) {
    begin_unseen_stream(opposite(s.from), s.ack);
  }
  if (completes_handshake(s)) {
    handshake_.ack = s.stamp;
    const TcpFactNote note = s.payload_length > 0 ? TcpFactNote::with_data : TcpFactNote::none;
    observer.on_tcp_fact(TcpFactKind::handshake_ack, s.from, s.payload_length, note);
  }
}

void Connection::begin_stream(const Segment& syn) {
  PathProfile& p = profile_[index(syn.from)];
  p.isn = syn.seq;
  p.window = syn.window;
  p.options = syn.options;
  p.options_length = syn.options_length;
  half_[index(syn.from)].set_start(syn.seq + 1);
  is_start_assumed_[index(syn.from)] = false;
}

// The SYN or SYN-ACK of that side is not in the capture, but what acknowledges it is: its first byte comes next. A SYN
// that was only captured late says so itself, and so does a byte in front of what was taken for the first one.
void Connection::begin_unseen_stream(Direction from, std::uint32_t next) {
  HalfStream& half = half_[index(from)];
  if (half.has_start()) return;
  half.set_start(next);
  is_start_assumed_[index(from)] = true;
}

bool Connection::completes_handshake(const Segment& s) {
  if (!handshake_.syn_ack || handshake_.ack || !s.has(tcp_flag::ack) || s.from == handshake_.syn_ack_from) return false;
  if (s.ack == syn_ack_seq_ + 1) return true;
  if (!other_syn_ack_ || s.ack != other_syn_ack_->seq + 1) return false;
  handshake_.syn_ack = other_syn_ack_->stamp;
  syn_ack_seq_ = other_syn_ack_->seq;
  begin_stream(*other_syn_ack_);
  return true;
}

void Connection::note_syn(const Segment& s, TcpObserver& observer) {
  const TcpFactNote data = s.payload_length > 0 ? TcpFactNote::fast_open : TcpFactNote::none;
  if (!handshake_.syn) {
    handshake_.syn = s.stamp;
    handshake_.syn_from = s.from;
    observer.on_tcp_fact(TcpFactKind::syn, s.from, s.payload_length, data);
    return;
  }
  if (s.from == handshake_.syn_from) {
    ++handshake_.syn_retransmissions;
    observer.on_tcp_fact(TcpFactKind::syn_retransmission, s.from, s.payload_length, data);
    return;
  }
  // RFC 9293 §3.5: both sides open, or the answer to the SYN comes in two parts (ACK, then SYN).
  const bool answered = profile_[index(s.from)].has_ack;
  (answered ? handshake_.split_handshake : handshake_.simultaneous_open) = true;
  observer.on_tcp_fact(TcpFactKind::syn, s.from, s.payload_length, answered ? data : TcpFactNote::simultaneous_open);
}

void Connection::note_syn_ack(const Segment& s, TcpObserver& observer) {
  const bool own =
      handshake_.syn && s.from == handshake_.syn_from && !handshake_.simultaneous_open && !handshake_.split_handshake;
  if (!handshake_.syn_ack && !own) {
    handshake_.syn_ack = s.stamp;
    handshake_.syn_ack_from = s.from;
    syn_ack_seq_ = s.seq;
    observer.on_tcp_fact(TcpFactKind::syn_ack, s.from, s.payload_length, TcpFactNote::none);
    return;
  }
  if (handshake_.syn_ack && s.from == handshake_.syn_ack_from) {
    if (s.seq != syn_ack_seq_ && !handshake_.ack) {
      other_syn_ack_ = s;
      other_syn_ack_->payload = {};
      other_syn_ack_->mac = nullptr;
      observer.on_tcp_fact(TcpFactKind::syn_ack, s.from, s.payload_length, TcpFactNote::none);
      return;
    }
    observer.on_tcp_fact(TcpFactKind::syn_retransmission, s.from, s.payload_length, TcpFactNote::none);
    return;
  }
  // The other half of a simultaneous open; or a SYN-ACK out of place, which answers nothing.
  const TcpFactNote note = handshake_.simultaneous_open ? TcpFactNote::simultaneous_open : TcpFactNote::none;
  // It acknowledges the first one's SYN: the connection is open, and no ACK follows (RFC 9293 §3.5, figure 7).
  if (handshake_.simultaneous_open && handshake_.syn_ack && !handshake_.ack && s.ack == syn_ack_seq_ + 1) {
    handshake_.ack = s.stamp;
  }
  observer.on_tcp_fact(TcpFactKind::syn_ack, s.from, s.payload_length, note);
}

}  // namespace handlens
