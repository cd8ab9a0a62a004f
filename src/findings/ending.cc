#include "src/findings/ending.h"

#include <algorithm>

#include "dissectors/tls_alert.h"
#include "dissectors/tls_names.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {

namespace {

constexpr std::uint8_t kCloseNotify = 0;
// A server judges a certificate at once, or asks somebody who does. After this it had accepted it, whatever it sends.
constexpr std::int64_t kLongestJudging = 10'000'000'000;  // ns

bool is_hard_icmp(const Event& e) {
  if (e.icmp_v6) return e.code_a == 1;    // RFC 4443 §3.1 destination unreachable
  return e.code_a == 3 && e.code_b != 4;  // RFC 792; code 4 only asks for smaller packets
}

bool is_kept(const FlowReport& flow, std::uint64_t rst_frame) {
  const auto& kept = flow.tcp.rst;
  return std::any_of(kept.begin(), kept.end(), [rst_frame](const RstFact& rst) { return rst.frame == rst_frame; });
}

// A readable alert before a handshake that was completed all the same: both cannot be true of one connection, and what
// came later counts.
bool is_overruled(const FlowReport& flow, const Event& e, bool established) {
  return established && flow.tls.established && e.kind == EventKind::alert && e.frame < flow.tls.established_at.number;
}

// A FIN with the server's address before the SYN-ACK, and TCP opened all the same: it belongs to nothing.
bool is_before_opening(const FlowReport& flow, const Event& e) {
  const TcpFacts& tcp = flow.tcp;
  return tcp.syn_ack && tcp.ack && e.frame < tcp.syn_ack->number && flow.side(e.from) == Side::server;
}

bool is_ending(const FlowReport& flow, const Event& e, bool established) {
  switch (e.kind) {
    case EventKind::rst:
      // Of very many resets the middle ones are only counted: the newest speaks for them.
      return is_kept(flow, e.frame) && !is_outlived(flow, e.frame);
    case EventKind::fin:
      return !is_before_opening(flow, e);
    case EventKind::alert:
      return !tls::is_passing_alert(e.code_a, e.code_b) && !(established && e.code_b == kCloseNotify) &&
             !is_overruled(flow, e, established);
    case EventKind::encrypted_alert:
      return !established;  // once established it is the ordinary way to say goodbye
    default:
      return false;
  }
}

const PacketNote* note_of(const FlowReport& flow, std::uint64_t frame) {
  const auto found =
      std::find_if(flow.packets.begin(), flow.packets.end(), [frame](const PacketNote& n) { return n.frame == frame; });
  return found == flow.packets.end() ? nullptr : &*found;
}

// Packets may be captured in another order than they were sent, or be captured only when they were sent again: an alert
// that stands in front of a side's FIN or reset in its stream was said before. nullptr: there is none.
const Event* find_alert_in_front(const FlowReport& flow, const Event& close, bool established) {
  if (close.kind != EventKind::fin && close.kind != EventKind::rst) return nullptr;
  const PacketNote* const closing = note_of(flow, close.frame);
  if (closing == nullptr) return nullptr;
  for (const Event& e : flow.events) {
    const bool is_alert = e.kind == EventKind::alert || e.kind == EventKind::encrypted_alert;
    if (!is_alert || e.from != close.from || e.frame <= close.frame || !is_ending(flow, e, established)) continue;
    const PacketNote* const said = note_of(flow, e.frame);
    if (said != nullptr && said->from == close.from && !seq_before(closing->end(), said->end())) return &e;
  }
  return nullptr;
}

bool is_repetition(const Event& e) {
  return e.kind == EventKind::retransmission || e.kind == EventKind::syn_retransmission ||
         e.kind == EventKind::icmp_unreachable;
}

bool is_goodbye(const Event& e) {
  return e.likely == TlsEvent::Likely::alert || e.likely == TlsEvent::Likely::close_notify;
}

bool is_certificate(const Event& e) {
  return e.likely == TlsEvent::Likely::empty_certificate || e.likely == TlsEvent::Likely::certificate;
}

bool is_close(const FlowReport& flow, const Event& e) {
  return e.kind == EventKind::fin || (e.kind == EventKind::rst && !is_outlived(flow, e.frame));
}

bool is_tls13(const FlowReport& flow) {
  return flow.tls.server_hello && tls::is_tls13_family(flow.tls.server_hello->hello.version);
}

}  // namespace

bool is_outlived(const FlowReport& flow, std::uint64_t rst_frame) {
  const auto& kept = flow.tcp.rst;
  return std::any_of(kept.begin(), kept.end(),
                     [rst_frame](const RstFact& rst) { return rst.frame == rst_frame && rst.outlived_by.has_value(); });
}

const Event* find_ending(const FlowReport& flow, bool established) {
  const auto& events = flow.events;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& e = events[i];
    if (is_ending(flow, e, established)) {
      const Event* const before = find_alert_in_front(flow, e, established);
      return before != nullptr ? before : &e;
    }
    if (e.kind == EventKind::icmp_unreachable && is_hard_icmp(e) && !established &&
        std::all_of(events.begin() + static_cast<std::ptrdiff_t>(i) + 1, events.end(), is_repetition)) {
      return &e;
    }
  }
  return nullptr;
}

const Event* find_refusal_of_client(const FlowReport& flow) {
  if (!is_tls13(flow) || answer_to_finished(flow) == Answer::something) return nullptr;
  const Direction client = flow.tls_client();
  const Event* certificate = nullptr;
  const Event* alert_sized = nullptr;
  for (const Event& e : flow.events) {
    if (e.from == client) {
      if (is_certificate(e)) certificate = &e;
      if (is_close(flow, e) || is_goodbye(e)) return alert_sized;
      continue;
    }
    const bool is_reset = e.kind == EventKind::rst && is_close(flow, e);
    if (certificate == nullptr || !(is_goodbye(e) || is_close(flow, e))) continue;
    if (elapsed(certificate->time.ns, e.time.ns) > kLongestJudging) return alert_sized;
    if (is_goodbye(e)) {
      alert_sized = &e;
    } else {
      return alert_sized == nullptr && is_reset ? &e : alert_sized;
    }
  }
  return nullptr;
}

bool client_goes_on_unanswered(const FlowReport& flow) {
  if (flow.tcp.syn_ack) return false;
  const SideFacts& client = flow.facts(Side::client);
  std::uint64_t expected = 1 + flow.tcp.syn_retransmissions + client.captured_twice;
  for (const RstFact& rst : flow.tcp.rst) expected += rst.from == Side::client ? 1 : 0;
  return client.packets > expected;
}

bool is_only_syns(const FlowReport& flow) {
  return flow.tcp.syn && !flow.tcp.syn_ack && flow.facts(Side::server).bytes == 0 && !client_goes_on_unanswered(flow);
}

bool has_part_of_hello(const FlowReport& flow) {
  constexpr std::uint8_t kHandshake = 22, kClientHello = 1;
  const auto& cuts = flow.tls.cut;
  return !flow.tls.client_hello && std::any_of(cuts.begin(), cuts.end(), [](const TlsFacts::Cut& cut) {
    return cut.seen && cut.record_type == kHandshake && cut.handshake_type == kClientHello;
  });
}

Answer answer_to_finished(const FlowReport& flow) {
  const Direction server = opposite(flow.tls_client());
  if (!is_tls13(flow) || flow.tls.application_data[index(server)]) return Answer::something;
  Answer answer = Answer::none;
  bool finished = false;
  for (const Event& e : flow.events) {
    finished = finished || (flow.tls.established && e.frame >= flow.tls.established_at.number);
    if (e.from != server) {
      finished = finished || e.likely == TlsEvent::Likely::finished;
    } else if (finished && e.likely != TlsEvent::Likely::new_session_ticket && is_goodbye(e)) {
      answer = Answer::alert_sized;
    } else if (finished &&
               (e.likely == TlsEvent::Likely::new_session_ticket || e.kind == EventKind::encrypted_record)) {
      return Answer::something;
    }
  }
  return answer;
}

}  // namespace handlens
