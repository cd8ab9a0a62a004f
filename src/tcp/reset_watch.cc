#include "src/tcp/reset_watch.h"

#include <algorithm>

#include "src/tcp/disorder.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {

namespace {

// Packets of one host that were captured in another order than they were sent are this close together.
constexpr std::int64_t kReordered = 10'000'000;  // ns
// How long packets sent before the reset arrived may still come: two measured round trips, at least this long.
constexpr std::int64_t kShortestFlight = 1'000'000'000;  // ns
// RFC 9293 §3.10.7.4 wants a reset inside the receive window, which is not known exactly: windows in use end far below
// this, and a reset may answer a segment somewhat older than the newest.
constexpr std::int32_t kLargestWindow = 16 * 1024 * 1024;
constexpr std::int32_t kOlderSegment = 65536;

bool is_acceptable(std::uint32_t seq, const ResetWatch::Before& before) {
  if (!before.open || !before.receiver_ack) return true;
  const std::int32_t ahead = seq_distance(*before.receiver_ack, seq);
  return ahead >= -kOlderSegment && ahead <= kLargestWindow;
}

bool is_beyond(std::uint32_t number, const std::optional<std::uint32_t>& known) {
  return !known || seq_before(*known, number);
}

}  // namespace

ResetWatch::ResetWatch(const Segment& reset, const Before& before)
    : before_(before),
      from_(reset.from),
      time_(reset.stamp.time.ns),
      flight_(std::max(kShortestFlight, before.receiver_rtt < INT64_MAX / 2 ? 2 * before.receiver_rtt : INT64_MAX)),
      seq_(reset.seq),
      acceptable_(is_acceptable(reset.seq, before)) {}

bool ResetWatch::on_segment(const Segment& s) {
  const std::int64_t since = elapsed(time_, s.stamp.time.ns);
  if (s.has(tcp_flag::syn)) return on_opening(s, since);
  return s.from == from_ ? on_sender(s, since) : on_receiver(s, since);
}

// A SYN this soon was only captured out of order; a SYN-ACK alone was under way already.
bool ResetWatch::on_opening(const Segment& s, std::int64_t since) {
  if (!s.has(tcp_flag::ack)) {
    if (since >= kReordered) syn_since_[index(s.from)] = true;
    return false;
  }
  if (syn_since_[index(opposite(s.from))]) return true;
  if (s.from == from_) note_sent(s.seq + s.sequence_length());
  return false;
}

void ResetWatch::note_sent(std::uint32_t end) {
  if (is_beyond(end, before_.sender_next) && is_beyond(end, sent_since_)) sent_since_ = end;
}

bool ResetWatch::on_sender(const Segment& s, std::int64_t since) {
  const std::uint32_t end = s.seq + s.sequence_length();
  const bool fresh = s.sequence_length() > 0 && is_beyond(end, before_.sender_next);
  // It answers what the receiver sent since the reset: no disorder of the capture does that.
  const bool answers = since >= kDisorder && s.has(tcp_flag::ack) && before_.receiver_next && received_since_ &&
                       seq_before(*before_.receiver_next, s.ack) && !seq_before(*received_since_, s.ack);
  if (since < kReordered && !answers) {
    // A host's own reset stands behind all that it sent: what comes right after it, and belongs before it, was sent
    // before it.
    if (fresh && before_.sender_next && !seq_before(seq_, end)) before_.sender_next = end;
    if (!fresh || before_.sender_next == end) return false;
  }
  sender_spoke_ = true;
  if (!fresh) return false;
  note_sent(end);
  return !acceptable_;
}

bool ResetWatch::on_receiver(const Segment& s, std::int64_t since) {
  const bool ack = s.has(tcp_flag::ack);
  if (ack && sent_since_ && is_beyond(s.ack, before_.sender_next) && !seq_before(*sent_since_, s.ack)) return true;
  const std::uint32_t end = s.seq + s.sequence_length();
  const bool fresh = s.sequence_length() > 0 && is_beyond(end, before_.receiver_next);
  if (fresh && !acceptable_) return true;
  if (fresh && (!received_since_ || seq_before(*received_since_, end))) received_since_ = end;
  if (since <= flight_) return false;
  if (ack && before_.receiver_ack && seq_before(*before_.receiver_ack, s.ack)) return true;
  return sender_spoke_ && (fresh || s.payload_length == 0);
}

}  // namespace handlens
