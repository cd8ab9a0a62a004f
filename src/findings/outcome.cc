// What is plain from the facts: the stage, the first abnormal event (ending.cc), whose address it carries.
#include <algorithm>
#include <array>

#include "dissectors/tls_names.h"
#include "src/findings/analyze.h"
#include "src/findings/ending.h"
#include "src/findings/expired.h"
#include "src/findings/outcome_words.h"
#include "src/findings/unacknowledged.h"
#include "src/tcp/elapsed.h"

namespace handlens {

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
// RFC 6298 §2.1: the first retransmission of a SYN comes after 1 s, the second 2 s later; 3 s without an answer and
// without one is no slow answer any more on any path a capture is taken on.
constexpr std::int64_t kUnansweredSynNs = 3 * kSecondNs;
// Within a handshake a host may compute, look up or ask a person: silence says something only much later.
constexpr std::int64_t kStalledHandshakeNs = 10 * kSecondNs;
// Shorter pauses than hosts leave between two attempts (RFC 6298 §2.1: 1 s) are those of copies, not of repetitions.
constexpr std::int64_t kShortestRetryNs = kSecondNs / 2;

bool is_established(const FlowReport& flow) { return flow.is_tls && flow.tls.established; }

// An unreadable record of the client that is more than a goodbye: part of its answer to the server's flight.
bool client_answered(const FlowReport& flow, std::uint64_t until_frame) {
  const TlsFacts& tls = flow.tls;
  if (!tls.server_hello) return false;
  const bool tls13 = tls::is_tls13_family(tls.server_hello->hello.version);
  for (const Event& e : flow.events) {
    if (e.from != flow.tls_client() || e.frame < tls.server_hello->stamp.number || e.frame > until_frame) continue;
    const bool goodbye = e.likely == TlsEvent::Likely::alert || e.likely == TlsEvent::Likely::close_notify;
    if (e.kind == EventKind::client_key_exchange) return true;
    if (e.kind == EventKind::encrypted_record && !goodbye) return true;
    if (!tls13 && (e.kind == EventKind::change_cipher_spec || e.kind == EventKind::encrypted_handshake)) return true;
  }
  return false;
}

bool has_data(const FlowReport& flow) { return flow.facts(Side::client).bytes + flow.facts(Side::server).bytes > 0; }

// Bytes were sent that are not in the capture.
bool is_missing_data(const FlowReport& flow) {
  return flow.facts(Side::client).lost_bytes + flow.facts(Side::server).lost_bytes > 0;
}

// Bytes that are not TLS were read from the start of a direction on. Without them nothing is known of what was spoken:
// the snap length may have cut every byte of it.
bool is_read_as_other(const FlowReport& flow) {
  std::array<bool, 2> gap{};
  for (const Event& e : flow.events) {
    if (e.kind == EventKind::gap) gap[index(e.from)] = true;
    const bool other =
        e.kind == EventKind::plaintext || e.kind == EventKind::starttls || e.kind == EventKind::proxy_connect;
    if (other && e.tls_note != TlsEvent::Note::undecided && !gap[index(e.from)]) return true;
  }
  return false;
}

// The last stage that was reached by packet `until_frame`: what came after the end changes nothing any more.
Stage stage_of(const FlowReport& flow, std::uint64_t until_frame) {
  const TlsFacts& tls = flow.tls;
  const auto in_time = [until_frame](const auto& seen) { return seen && seen->stamp.number <= until_frame; };
  if (is_only_syns(flow)) return Stage::syn;
  if (flow.is_tls) {
    if (in_time(tls.server_hello) && client_answered(flow, until_frame)) return Stage::client_finish;
    if (in_time(tls.server_hello) || in_time(tls.hello_retry_request)) return Stage::server_flight;
    if (in_time(tls.client_hello) || (has_part_of_hello(flow) && tls.start_frame <= until_frame)) {
      return Stage::client_hello;
    }
  }
  if (flow.midstream || (flow.tcp.ack && flow.tcp.ack->number <= until_frame)) return Stage::tcp_open;
  const bool answered = flow.tcp.syn_ack && flow.tcp.syn_ack->number <= until_frame;
  return answered && has_data(flow) ? Stage::tcp_open : Stage::syn;
}

EndedBy ended_by_of(const Event& e) {
  switch (e.kind) {
    case EventKind::rst:
      return EndedBy::rst;
    case EventKind::fin:
      return EndedBy::fin;
    case EventKind::icmp_unreachable:
      return EndedBy::icmp;
    default:
      return EndedBy::alert;
  }
}

// The side asked again for an answer, and again after a while.
bool is_attempt_repeated(const FlowReport& flow, Side side, const PacketStamp& first) {
  return std::any_of(flow.events.begin(), flow.events.end(), [&](const Event& e) {
    return e.kind == EventKind::syn_retransmission && flow.side(e.from) == side &&
           elapsed(first.time.ns, e.time.ns) >= kShortestRetryNs;
  });
}

// How long a side must be silent, at this stage, before silence is an ending.
bool fell_silent(const FlowReport& flow, Stage stage) {
  if (stage == Stage::syn) {
    if (!flow.tcp.syn || flow.one_sided == Side::client || client_goes_on_unanswered(flow)) return false;
    if (flow.quiet_ns >= kUnansweredSynNs) return true;
    return flow.tcp.syn_ack ? is_attempt_repeated(flow, Side::server, *flow.tcp.syn_ack)
                            : is_attempt_repeated(flow, Side::client, *flow.tcp.syn);
  }
  return flow.is_tls && !flow.one_sided && !flow.midstream && flow.quiet_ns >= kStalledHandshakeNs;
}

Status status_of(const FlowReport& flow, const Outcome& o, const Event* ending) {
  if (o.stage == Stage::established) return Status::ok;
  if (flow.is_tls && o.stage != Stage::syn) {
    // One direction missing, or the beginning: whether the handshake was completed cannot be told.
    const bool blind =
        flow.one_sided || (flow.midstream && !flow.tls.client_hello) || misses_handshake(flow, o.ending_frame);
    if (blind && !(ending != nullptr && ending->kind == EventKind::alert)) return Status::incomplete;
    const bool ended = ending != nullptr || o.ended_by == EndedBy::timeout;
    return ended ? Status::failed : Status::incomplete;
  }
  if (o.stage == Stage::syn) {
    if (flow.one_sided == Side::client || client_goes_on_unanswered(flow)) return Status::incomplete;
    return ending != nullptr || o.ended_by == EndedBy::timeout ? Status::failed : Status::incomplete;
  }
  if (flow.midstream) return Status::incomplete;
  if (has_data(flow)) return is_read_as_other(flow) ? Status::not_tls : Status::incomplete;
  if (is_missing_data(flow)) return Status::incomplete;
  if (ending == nullptr) return Status::incomplete;
  if (ending->kind != EventKind::fin) return Status::failed;
  return flow.one_sided ? Status::incomplete : Status::not_tls;  // the other side may have sent something
}

// RST after the same flow's FIN or a goodbye in TLS is how many stacks close; it is no event of its own.
bool is_ordinary_close(const FlowReport& flow, const Event& ending) {
  const auto is_before = [&](std::uint64_t frame) {
    return frame > ending.frame && !is_sent_behind(flow, ending.frame, frame);
  };
  // One that came before the handshake was complete is a question, unless it only seems so: a gap is noticed late.
  const bool early = flow.tls.established && !flow.tls.gap && is_before(flow.tls.established_at.number);
  if (ending.kind == EventKind::fin) return !early;
  for (const TlsAlertFact& alert : flow.tls.alerts) {
    if (alert.encrypted && !is_before(alert.stamp.number)) return true;
  }
  return false;
}

// Up to TLS 1.2 both sides' ChangeCipherSpec and Finished are on the wire. In TLS 1.3 the client's Finished is known by
// its size and place only; data from both sides after it is the proof.
Confidence confidence_in_completion(const FlowReport& flow) {
  const TlsFacts& tls = flow.tls;
  if (!tls.server_hello || flow.one_sided) return Confidence::likely;
  const bool proved =
      !tls::is_tls13_family(tls.server_hello->hello.version) || (tls.application_data[0] && tls.application_data[1]);
  return proved ? Confidence::certain : Confidence::likely;
}

// The server never confirmed the client's Finished, and it was not the client that left: how it went is open.
bool is_unconfirmed(const FlowReport& flow, const Event* ending) {
  const Answer answer = answer_to_finished(flow);
  if (answer == Answer::something || ending == nullptr) return answer == Answer::alert_sized;
  return answer == Answer::alert_sized || ending->from != flow.tls_client();
}

// TLS 1.3: the client believes to be done, and what it said last was sent again and again and never acknowledged: the
// server did not hear of it.
bool is_finished_lost(const FlowReport& flow) {
  if (!may_be_unheard(flow) || flow.one_sided || flow.packets_elided || answer_to_finished(flow) == Answer::something)
    return false;
  const Unacknowledged lost = find_unacknowledged(flow, flow.side(flow.tls_client()));
  return lost.times >= kNeverArrived && lost.first->frame <= flow.tls.established_at.number;
}

void fill_cause(const FlowReport& flow, const Event* ending, Outcome& o) {
  o.cause = Cause::unknown;
  o.confidence = Confidence::undetermined;
  if (o.status == Status::ok && is_unconfirmed(flow, ending)) return;
  if (o.status == Status::ok || o.status == Status::not_tls) {
    if (ending == nullptr || is_ordinary_close(flow, *ending)) {
      o.cause = Cause::none;
      // Of a side that was not captured nothing is certain: it may have agreed to TLS, or refused it.
      const Confidence in_other = flow.one_sided ? Confidence::likely : Confidence::certain;
      o.confidence = o.status == Status::ok ? confidence_in_completion(flow) : in_other;
    }
    return;
  }
  if (o.status == Status::failed && ending != nullptr && ending->kind == EventKind::alert) {
    // The words of the alert are certain; that nobody wrote them in the sender's name is only likely.
    o.cause = o.apparent_sender == Side::client ? Cause::client : Cause::server;
    o.confidence = Confidence::likely;
  }
}

void fill_would_settle(const FlowReport& flow, Outcome& o) {
  if (o.status != Status::failed || o.cause != Cause::unknown) return;
  const bool client_address = o.apparent_sender == Side::client;
  o.would_settle.emplace_back(client_address ? "a capture taken on the client's host at the same time"
                                             : "a capture taken on the server's host at the same time");
  if (flow.one_sided) o.would_settle.emplace_back("a capture that holds both directions");
}

}  // namespace

Outcome plain_outcome(const FlowReport& flow) {
  Outcome o;
  const bool completed = is_established(flow);
  const Event* refusal = completed ? find_refusal_of_client(flow) : nullptr;
  const bool established = completed && refusal == nullptr && !is_finished_lost(flow);
  const Event* ending = refusal != nullptr ? refusal : find_ending(flow, established);
  o.stage = established ? Stage::established : stage_of(flow, ending != nullptr ? ending->frame : UINT64_MAX);
  const bool is_silent = ending == nullptr && !established && fell_silent(flow, o.stage);
  if (is_silent) ending = find_expired_ending(flow);
  if (ending != nullptr) {
    o.ended_by = ended_by_of(*ending);
    o.ending_frame = ending->frame;
    if (ending->kind != EventKind::icmp_unreachable) o.apparent_sender = flow.side(ending->from);
  } else if (is_silent) {
    o.ended_by = EndedBy::timeout;
  }
  o.status = status_of(flow, o, ending);
  fill_cause(flow, ending, o);
  fill_would_settle(flow, o);
  o.sentence = sentence_for(flow, o, ending);
  o.ooni_failure = ooni_failure_for(flow, o, ending);
  return o;
}

}  // namespace handlens
