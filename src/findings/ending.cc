#include "src/findings/ending.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "dissectors/tls_alert.h"
#include "dissectors/tls_names.h"
#include "src/findings/expired.h"
#include "src/findings/path_trace.h"
#include "src/findings/rejection.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {

namespace {

constexpr std::uint8_t kCloseNotify = 0;
// A server judges a certificate at once, or asks somebody who does. After this it had accepted it, whatever it sends.
constexpr std::int64_t kLongestJudging = 10'000'000'000;  // ns

// The packet was not delivered and none like it will be. Not those that only ask for smaller packets; of those whose
// time to live ran out only such as never have more of it.
bool is_undelivered(const FlowReport& flow, const Event& e) {
  if (says_expired(e)) return is_trace_ttl(flow.facts(quoted_side(flow, e)).ttl_max);
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

// A host that has reset a connection sends nothing again: its packets were only captured in another order.
constexpr std::int64_t kLate = 1'000'000'000;  // ns

// One past the highest sequence number of a side, resets left out; nothing without notes of its packets.
std::optional<std::uint32_t> end_of_stream(const FlowReport& flow, Direction from) {
  std::optional<std::uint32_t> end;
  for (const PacketNote& n : flow.packets) {
    if (n.from == from && !n.is_rst() && (!end || seq_before(*end, n.end()))) end = n.end();
  }
  return end;
}

// A FIN stands behind all that its side sent. So does a host's own reset: its number says so (RFC 9293 §3.10.5), and it
// comes from where the others come.
bool is_last_of_stream(const FlowReport& flow, const Event& close) {
  if (close.kind == EventKind::fin) return true;
  if (close.kind != EventKind::rst) return false;
  const auto& kept = flow.tcp.rst;
  const auto fact = std::find_if(kept.begin(), kept.end(), [&](const RstFact& r) { return r.frame == close.frame; });
  if (fact == kept.end() || fact->outlived_by || fact->raw_seq != end_of_stream(flow, close.from)) return false;
  const SideFacts& own = flow.facts(fact->from);
  return own.ttl && fact->ttl >= own.ttl_min && fact->ttl <= own.ttl_max;
}

// What a side's stream carries, and its FIN.
bool is_in_stream(const Event& e) {
  switch (e.kind) {
    case EventKind::syn:
    case EventKind::syn_ack:
    case EventKind::ack:
    case EventKind::syn_retransmission:
    case EventKind::rst:
    case EventKind::icmp_unreachable:
    case EventKind::zero_window:
    case EventKind::retransmission:
    case EventKind::gap:
    case EventKind::limit_reached:
      return false;
    default:
      return true;
  }
}

// The events as each side sent them: what was captured behind the FIN or reset that followed it stands before it.
std::vector<const Event*> in_order_of_sending(const FlowReport& flow) {
  std::vector<const Event*> out(flow.events.size());
  std::transform(flow.events.begin(), flow.events.end(), out.begin(), [](const Event& e) { return &e; });
  for (auto at = out.begin(); at != out.end();) {
    const Event& close = **at;
    const auto came_late = [&close](const Event* e) {
      return e->from == close.from && is_in_stream(*e) && e->kind != close.kind &&
             (close.kind == EventKind::fin || is_within(close.time.ns, e->time.ns, kLate));
    };
    const bool is_close = close.kind == EventKind::fin || close.kind == EventKind::rst;
    if (is_close && std::any_of(at + 1, out.end(), came_late) && is_last_of_stream(flow, close)) {
      std::stable_partition(at, out.end(), came_late);  // what comes here now may be a FIN with the like behind it
    } else {
      ++at;
    }
  }
  return out;
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

bool is_sent_behind(const FlowReport& flow, std::uint64_t close_frame, std::uint64_t frame) {
  for (const Event* e : in_order_of_sending(flow)) {
    if (e->frame == close_frame && (e->kind == EventKind::rst || e->kind == EventKind::fin)) return false;
    if (e->frame == frame) return true;
  }
  return false;
}

const Event* find_ending(const FlowReport& flow, bool established) {
  const std::vector<const Event*> events = in_order_of_sending(flow);
  const auto repeats = [](const Event* e) { return is_repetition(*e); };
  for (auto at = events.begin(); at != events.end(); ++at) {
    const Event& e = **at;
    if (is_ending(flow, e, established)) return &e;
    if (e.kind == EventKind::icmp_unreachable && is_undelivered(flow, e) && !established &&
        std::all_of(at + 1, events.end(), repeats) && !is_overcome(flow, e)) {
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
  for (const Event* event : in_order_of_sending(flow)) {
    const Event& e = *event;
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

namespace {

// Of a side whose SYN is not in the capture: it had sent more than what was taken for its first bytes, by its own
// numbers or by what the other side had got before them. A keep-alive's number lies one below the next.
bool began_earlier(const FlowReport& flow, Side side) {
  if (flow.facts(side).isn) return false;
  if (flow.facts(side == Side::client ? Side::server : Side::client).fast_open) return true;  // it may speak at once
  const PacketNote* first = nullptr;
  for (const PacketNote& n : flow.packets) {
    if (flow.side(n.from) == side && n.length > 0 && !n.is_rst()) {
      first = &n;
      break;
    }
  }
  if (first == nullptr) return false;
  return std::any_of(flow.packets.begin(), flow.packets.end(), [&](const PacketNote& n) {
    if (n.is_rst()) return false;
    if (flow.side(n.from) == side) return seq_before(n.seq, first->seq - 1);
    return n.frame < first->frame && n.has(tcp_flag::ack) && seq_before(n.ack, first->seq);
  });
}

}  // namespace

bool misses_handshake(const FlowReport& flow, std::optional<std::uint64_t> end) {
  const TlsFacts& tls = flow.tls;
  if (tls.gap) return true;
  const Side server = flow.side(opposite(flow.tls_client()));
  if (tls.server_hello) {
    return end && tls.server_hello->stamp.number > *end && flow.facts(server).lost_bytes > 0;
  }
  return began_earlier(flow, server);
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
