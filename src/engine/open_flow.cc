#include "src/engine/open_flow.h"

#include <algorithm>

#include "src/engine/elapsed.h"
#include "src/engine/report_builder.h"
#include "src/findings/notes.h"

namespace handlens {

namespace {

EventKind to_event_kind(TcpFactKind kind) {
  switch (kind) {
    case TcpFactKind::syn:
      return EventKind::syn;
    case TcpFactKind::syn_ack:
      return EventKind::syn_ack;
    case TcpFactKind::handshake_ack:
      return EventKind::ack;
    case TcpFactKind::syn_retransmission:
      return EventKind::syn_retransmission;
    case TcpFactKind::fin:
      return EventKind::fin;
    case TcpFactKind::rst:
      return EventKind::rst;
    case TcpFactKind::zero_window:
      return EventKind::zero_window;
    case TcpFactKind::retransmission:
      return EventKind::retransmission;
    case TcpFactKind::gap:
      return EventKind::gap;
    case TcpFactKind::window_overflow:
      return EventKind::limit_reached;
  }
  return EventKind::limit_reached;
}

Event::Note to_event_note(TcpFactNote note) {
  switch (note) {
    case TcpFactNote::none:
      return Event::Note::none;
    case TcpFactNote::same_bytes:
      return Event::Note::same_bytes;
    case TcpFactNote::conflicting_bytes:
      return Event::Note::conflicting_bytes;
    case TcpFactNote::fast_open:
      return Event::Note::fast_open;
    case TcpFactNote::with_data:
      return Event::Note::with_data;
    case TcpFactNote::simultaneous_open:
      return Event::Note::simultaneous_open;
    case TcpFactNote::snaplen:
      return Event::Note::snaplen;
    case TcpFactNote::unacknowledged:
      return Event::Note::unacknowledged;
  }
  return Event::Note::none;
}

std::uint32_t clamp32(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, 0xffff'ffffu));
}

}  // namespace

OpenFlow::OpenFlow(const Limits& limits, const ConnectionLimits& connection_limits)
    : connection_(connection_limits),
      tls_(limits.tls),
      timeline_(limits.events_head, limits.events_tail),
      limits_(&limits) {}

void OpenFlow::start(const LinkFacts& link, std::uint32_t interface_id) {
  connection_.reset();
  tls_.reset();
  timeline_.clear();
  log_.clear();
  icmp_.clear();
  held_syn_ = {};
  link_ = link;
  interface_id_ = interface_id;
  any_packet_ = bulk_ = false;
}

void OpenFlow::on_segment(const Segment& segment) {
  now_ = segment.stamp;
  if (!any_packet_) first_ = now_;
  any_packet_ = true;
  last_ = now_;
  connection_.on_segment(segment, *this);
  log_.add(segment);
}

void OpenFlow::on_icmp_error(const IcmpErrorView& icmp, Direction quoted_from, const PacketStamp& stamp,
                             const IpFacts& outer) {
  icmp_.push_back({stamp.number, outer.source, outer.ttl, icmp.quoted_ip.ttl,
                   static_cast<std::uint16_t>(icmp.quoted_ip.id), icmp.quoted_seq});
  // The first ones and the newest stay.
  if (icmp_.size() > limits_->kept_icmp) icmp_.erase(icmp_.begin() + static_cast<std::ptrdiff_t>(icmp_.size() / 2));
  Event& event = timeline_.add(EventKind::icmp_unreachable);
  event.frame = stamp.number;
  event.time = stamp.time;
  event.from = opposite(quoted_from);  // it comes from where the quoted packet went
  event.code_a = icmp.type;
  event.code_b = icmp.code;
  event.icmp_v6 = icmp.v6;
  event.size = icmp.mtu;
}

void OpenFlow::on_tcp_fact(TcpFactKind kind, Direction from, std::uint64_t size, TcpFactNote note) {
  Event& event = timeline_.add(to_event_kind(kind));
  event.frame = now_.number;
  event.time = now_.time;
  event.from = from;
  event.size = clamp32(size);
  event.note = to_event_note(note);
}

std::uint64_t OpenFlow::on_stream_window(Direction from, ByteView window, std::size_t fresh,
                                         std::uint64_t first_frame) {
  const std::uint64_t consumed = tls_.on_bytes(from, window, fresh, first_frame, now_, *this);
  update_bulk();
  return consumed;
}

void OpenFlow::on_stream_gap(Direction from, std::uint64_t bytes) {
  tls_.on_gap(from, bytes, now_, *this);
  update_bulk();
}

void OpenFlow::on_stream_end(Direction from, ByteView unconsumed) { tls_.on_end(from, unconsumed, now_, *this); }

void OpenFlow::on_tls_event(Direction from, const TlsEvent& tls) {
  Event& event = timeline_.add(tls.kind);
  event.frame = now_.number;
  event.time = now_.time;
  event.from = from;
  event.size = tls.size;
  event.code_a = tls.alert_level;
  event.code_b = tls.alert_code;
  event.likely = tls.likely;
  event.tls_note = tls.note;
  event.decode_failed = tls.decode_failed;
}

// Once the handshake's question is answered, or there is nothing to ask, the stream is only followed.
void OpenFlow::update_bulk() {
  const bool done_forward = tls_.is_done(Direction::forward);
  const bool done_reverse = tls_.is_done(Direction::reverse);
  if (done_forward) connection_.stop_stream(Direction::forward);
  if (done_reverse) connection_.stop_stream(Direction::reverse);
  if (bulk_ || !(tls_.facts().established || (done_forward && done_reverse))) return;
  bulk_ = true;
  connection_.enter_bulk();
}

std::size_t OpenFlow::held_bytes() const {
  constexpr std::size_t kTlsFacts = 4096;  // two hellos and a chain of certificates, as they usually are
  return sizeof(OpenFlow) + connection_.held_bytes() + timeline_.size() * sizeof(Event) + tls_.held_bytes() +
         log_.held_bytes() + (tls_.is_tls() ? kTlsFacts : 0);
}

FlowReport OpenFlow::finish(const FlowRecord& record, std::int64_t now_ns, CutShort cut_short) {
  connection_.finish(*this);
  FlowReport report;
  report.id = record.number;
  report.link = link_;
  report.interface_id = interface_id_;
  report.first = first_;
  report.last = last_;
  report.cut_short = cut_short;
  report.quiet_ns = std::max<std::int64_t>(0, elapsed(record.last_ns, now_ns));
  report.capture_continues = report.quiet_ns >= 3 * kSecond;
  report.is_tls = tls_.is_tls();
  report.tls = tls_.take_facts();
  report.events = timeline_.to_vector();
  report.events_elided = timeline_.elided();
  report.icmp = icmp_;
  fill_endpoints(record, connection_, report);
  fill_tcp_facts(connection_, report);
  // Of a handshake that was completed and not reset nobody asks who ended it.
  if (!report.tls.established || !report.tcp.rst.empty() || has_packets_to_look_at(report)) {
    report.packets = log_.to_vector();
    report.packets_elided = log_.has_elided();
  }
  return report;
}

}  // namespace handlens
