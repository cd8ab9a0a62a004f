#include "src/findings/plain_answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "dissectors/tls_names.h"
#include "src/findings/clue.h"
#include "src/findings/guards.h"
#include "src/findings/stories.h"

namespace handlens {
namespace {

std::string gave_up_with(const FlowReport& flow, const Outcome& o) {
  if (o.ended_by == EndedBy::rst) return "a reset";
  const auto alert = std::find_if(flow.events.begin(), flow.events.end(), [&o](const Event& e) {
    return e.kind == EventKind::alert && e.frame == o.ending_frame;
  });
  if (alert == flow.events.end()) return "an alert";
  return fmt::format("the alert {} ({})", tls::alert_name(alert->code_b), alert->code_b);
}

bool is_of_client(const FlowReport& flow, const Outcome& o) {
  const bool has_left = o.ended_by == EndedBy::alert || o.ended_by == EndedBy::rst;
  return has_left && o.status == Status::failed && o.stage == Stage::client_hello && o.ending_frame &&
         o.apparent_sender == flow.side(flow.tls_client()) && o.cause != Cause::middlebox;
}

}  // namespace

const Event* find_plain_answer(const FlowReport& flow, std::uint64_t end) {
  const TlsFacts& tls = flow.tls;
  if (!tls.client_hello || tls.server_hello || tls.hello_retry_request) return nullptr;
  const auto found = std::find_if(flow.events.begin(), flow.events.end(), [&](const Event& e) {
    return e.kind == EventKind::plaintext && e.tls_note != TlsEvent::Note::undecided && e.from != flow.tls_client() &&
           e.frame >= tls.client_hello->stamp.number;
  });
  return found == flow.events.end() || found->frame > end ? nullptr : &*found;
}

void forget_plain_answer(ResetCase& c) {
  const Event* answer = find_plain_answer(c.flow, c.rst.frame);
  if (answer == nullptr || c.flow.side(answer->from) != c.claimed) return;
  const auto is_of_it = [&](const PacketNote* n) { return n->frame >= answer->frame && n->frame < c.rst.frame; };
  c.own_before -= static_cast<std::size_t>(std::count_if(c.own.begin(), c.own.end(), is_of_it));
  std::erase_if(c.own, is_of_it);
}

void blame_plain_answer(AnalyzedFlow& flow) {
  Outcome& o = flow.outcome;
  if (!is_of_client(flow.report, o) || flow.findings.empty()) return;
  const Event* answer = find_plain_answer(flow.report, *o.ending_frame);
  if (answer == nullptr) return;
  const Side server = flow.report.side(answer->from);
  const std::string side(to_text(server));
  o.cause = server == Side::server ? Cause::server : Cause::client;
  o.location.reset();
  o.confidence = Confidence::likely;
  o.would_settle = {
      fmt::format("a capture taken on the {}'s host at the same time: did it send #{}?", side, answer->frame),
      "another attempt without TLS: which protocol is spoken there?"};
  Finding& finding = flow.findings.front();
  finding.confidence = o.confidence;
  finding.frames.insert(finding.frames.begin(), answer->frame);
  finding.sentence = fmt::format(
      "The ClientHello was answered with bytes that are not TLS, carrying the {0}'s address, and the client gave up "
      "with {1}. The {0} speaks something else on this port, or something answers in its place.",
      side, gave_up_with(flow.report, o));
  o.sentence = finding.sentence;
  const bool is_nearby = server == Side::server && flow_guards(flow.report, {}).answered_nearby;
  if (is_nearby) {
    o.cause = Cause::unknown;
    o.confidence = Confidence::undetermined;
    finding.sentence += fmt::format(" Which of them cannot be told: {}.", kAnsweredNearby);
    o.sentence = finding.sentence;
  }
  for (Evidence& e : finding.evidence) e.speaks_for.clear();  // of who gave up, not of whose fault it is
  const Sign sign{"plain-answer",
                  ClueGroup::protocol,
                  Weight::strong,
                  is_nearby ? Toward::neither : Toward::endpoint,
                  answer->frame,
                  fmt::format("#{} answered the ClientHello (#{}) with {} bytes that are not TLS", answer->frame,
                              flow.report.tls.client_hello->stamp.number, answer->size)};
  finding.evidence.insert(finding.evidence.begin(),
                          {std::string(sign.rule), sign.weight, is_nearby ? "" : side, sign.frame, sign.text});
  finding.against = {
      "A proxy, a portal or a filter on the way that answers in the server's name looks the same if its packets come "
      "from as far."};
  finding.next_steps = next_steps_for("plain-answer", flow.report, o);
}

}  // namespace handlens
