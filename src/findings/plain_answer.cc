#include "src/findings/plain_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "dissectors/tls_names.h"
#include "src/findings/judged_packet.h"
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

// What carries TLS's client's address and may be somebody else's is no giving up.
bool is_of_client(const AnalyzedFlow& flow) {
  const Outcome& o = flow.outcome;
  const bool has_left = o.ended_by == EndedBy::alert || o.ended_by == EndedBy::rst;
  if (!has_left || o.status != Status::failed || o.stage != Stage::client_hello || !o.ending_frame) return false;
  if (o.apparent_sender != flow.report.side(flow.report.tls_client()) || flow.findings.empty()) return false;
  const std::vector<Evidence>& evidence = flow.findings.front().evidence;
  return o.cause != Cause::middlebox && std::none_of(evidence.begin(), evidence.end(), [](const Evidence& e) {
           return e.speaks_for == to_text(Cause::middlebox) && e.weight <= Weight::medium;
         });
}

// Where clients usually begin without TLS: SSH, Telnet, databases, and what has STARTTLS.
bool is_usually_plain(std::uint16_t port) {
  constexpr std::array<std::uint16_t, 17> kPorts = {21,  22,  23,   25,   80,   110,  119,  143, 389,
                                                    587, 873, 3128, 3306, 5222, 5432, 6379, 8080};
  return std::binary_search(kPorts.begin(), kPorts.end(), port);
}

std::string giving_up(const FlowReport& flow, const Outcome& o, Side server) {
  const std::string who = server == Side::server ? "The client" : "The side that began TLS, with the server's address,";
  return fmt::format("{} gave up with {}: the answer to its ClientHello is not TLS and carries the {}'s address.", who,
                     gave_up_with(flow, o), to_text(server));
}

std::string reason(const FlowReport& flow, const Judgement& j, Side server) {
  if (j.cause != Cause::server && j.cause != Cause::client) return who_text(j, server, "answer");
  if (server == Side::client) return "The client speaks something else there, or something answers in its place.";
  if (j.confidence == Confidence::likely) {
    return "The server speaks something else on this port, or something answers in its place.";
  }
  return fmt::format(
      "Port {} is usually used without TLS at first: the client may mean another port, or something answers in the "
      "server's place.",
      flow.server.port);
}

// Who gave the answer, as far as its packet tells.
Verdict judge_answer(const AnalyzedFlow& flow, const CaptureContext& context, const Event& answer) {
  const Side server = flow.report.side(answer.from);
  std::optional<Verdict> doubt = doubt_data(flow, context, answer.frame);
  Verdict v = doubt ? std::move(*doubt) : Verdict();
  if (!doubt) {
    const bool is_port = server == Side::server && is_usually_plain(flow.report.server.port);
    v.judgement.cause = server == Side::server ? Cause::server : Cause::client;
    v.judgement.confidence = is_port ? Confidence::possible : Confidence::likely;
  }
  v.frame = answer.frame;
  v.signs.insert(v.signs.begin(), {"plain-answer", ClueGroup::protocol, Weight::strong,
                                   doubt ? Toward::neither : Toward::endpoint, answer.frame,
                                   fmt::format("#{} answered the ClientHello (#{}) with {} bytes that are not TLS",
                                               answer.frame, flow.report.tls.client_hello->stamp.number, answer.size)});
  return v;
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

void blame_plain_answer(AnalyzedFlow& flow, const CaptureContext& context) {
  if (!is_of_client(flow)) return;
  Outcome& o = flow.outcome;
  const Event* answer = find_plain_answer(flow.report, *o.ending_frame);
  if (answer == nullptr) return;
  const Side server = flow.report.side(answer->from);
  const Verdict v = judge_answer(flow, context, *answer);
  take_over(v.judgement, o);
  o.would_settle = {fmt::format("a capture taken on the {}'s host at the same time: did it send #{}?", to_text(server),
                                answer->frame),
                    "another attempt without TLS: which protocol is spoken there?"};
  Finding& finding = flow.findings.front();
  finding.confidence = o.confidence;
  finding.frames.insert(finding.frames.begin(), answer->frame);
  finding.sentence = fmt::format("{} {}", giving_up(flow.report, o, server), reason(flow.report, v.judgement, server));
  o.sentence = finding.sentence;
  const std::vector<Evidence> of_ending = std::exchange(finding.evidence, {});
  add_evidence(v, server, finding);
  for (Evidence e : of_ending) {
    e.speaks_for.clear();  // of who gave up, not of whose fault it is
    finding.evidence.push_back(std::move(e));
  }
  finding.against.clear();
  if (o.cause == Cause::middlebox) fill_against(v, server, finding);
  finding.against.emplace_back(find_clue("plain-answer")->alternatives);
  finding.next_steps = next_steps_for("plain-answer", flow.report, o);
}

}  // namespace handlens
