#include "src/findings/silent_endings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "dissectors/icmp.h"
#include "src/findings/backlog.h"
#include "src/findings/controls.h"
#include "src/findings/judged_packet.h"
#include "src/findings/path_trace.h"
#include "src/findings/rejection.h"
#include "src/findings/silences.h"
#include "src/findings/stories.h"
#include "src/findings/telling.h"
#include "src/tcp/elapsed.h"

namespace handlens {
namespace {

bool has(const Signs& signs, std::string_view rule) {
  return std::any_of(signs.begin(), signs.end(), [rule](const Sign& s) { return s.rule == rule; });
}

// A probe that ran out of its time to live, or was not answered.
void tell_trace(AnalyzedFlow& flow, std::string&& text) {
  Verdict v;
  v.frame = flow.outcome.ending_frame.value_or(flow.report.last.number);
  v.judgement.cause = Cause::none;
  v.judgement.confidence = Confidence::likely;
  v.judgement.benign = Benign{"path-trace", Cause::none, Confidence::likely, v.frame, std::move(text), "", true};
  tell(flow, v, Side::client, "");
}

// The size of what vanished is not the only thing that may be the reason.
bool may_be_content(const Signs& signs) {
  return std::any_of(signs.begin(), signs.end(),
                     [](const Sign& s) { return s.rule == "mtu-blackhole-suspect" && s.weight == Weight::medium; });
}

// What speaks for a device, for the host itself (the one that what was rejected was sent to), or for neither.
void weigh_signs(const Outcome& o, const Signs& signs, bool is_silence, bool has_loss, Side target, Judgement& j) {
  double device = 0;
  // What was acknowledged arrived somewhere: a program, a balancer or a proxy said nothing to it.
  const bool acked = has(signs, "acked-but-silent");
  for (const Sign& s : signs) {
    // What depends on the name or the size of a hello is decided by what reads it: on the path, if it drops.
    const bool depends = s.rule == "sni-control-differs" && is_silence && !acked;
    if (s.toward == Toward::middlebox || depends)
      device += s.weight == Weight::decisive ? 6 : s.weight == Weight::strong ? 3 : 1.5;
    if (s.toward == Toward::endpoint) {
      j.cause = target == Side::client ? Cause::client : Cause::server;
      j.confidence = Confidence::likely;
    }
  }
  // That nothing answered is what the host's own word explains.
  const bool is_explained = j.cause != Cause::unknown && device < 3;
  if (device < 1.5 || has_loss || is_explained) return;
  j.cause = Cause::middlebox;
  j.location = Location::somewhere;
  j.confidence = device >= 4 ? Confidence::likely : Confidence::possible;
  // An ICMP error that tells of a rule says so in words; it could be forged by whoever sees the packets.
  const bool is_told = is_silence && has(signs, "icmp-rejected");
  if (o.ended_by == EndedBy::icmp || is_told) j.confidence = device >= 3 ? Confidence::likely : Confidence::possible;
}

Judgement judgement_of(const Outcome& o, const Signs& signs, bool is_silence, bool has_loss, Side target) {
  Judgement j;
  if (o.ended_by == EndedBy::alert && !is_silence) {
    j.cause = o.cause;
    j.confidence = o.confidence;
  } else if (is_mtu_suspect(signs)) {
    j.cause = Cause::path;
    j.confidence = has_loss || may_be_content(signs) ? Confidence::possible : Confidence::likely;
  } else if (is_loop_suspect(signs)) {
    j.cause = Cause::path;
    j.confidence = Confidence::likely;
  } else {
    weigh_signs(o, signs, is_silence, has_loss, target, j);
  }
  return j;
}

std::string_view story_for(const FlowReport& flow, const Outcome& o, const Signs& signs, bool is_silence) {
  if (o.cause == Cause::path && is_silence) return "pmtu-blackhole";
  if (is_silence && o.stage == Stage::client_hello) return "handshake-timeout-after-clienthello";
  if (is_silence && o.stage != Stage::syn) return "handshake-timeout";
  const std::string_view story = story_of(flow, o);
  if (story.empty() && o.ended_by == EndedBy::alert && !signs.empty()) return "fatal-alert";  // one that can be read
  return story;
}

// All that the server's host sends is in the capture, which stands beside it and away from the client.
bool is_beside_server(const FlowReport& flow, const Guards& g) {
  const TcpFacts& tcp = flow.tcp;
  const SideFacts &server = flow.facts(Side::server), &client = flow.facts(Side::client);
  if (!tcp.syn || !tcp.syn_ack || !tcp.ack || tcp.syn_retransmissions > 0 || !server.ttl || !client.ttl) return false;
  if (g.loss || g.local_nat || g.one_way || g.midstream || g.clock || hops(server.ttl_min) != 0) return false;
  const std::int64_t to_client = elapsed(tcp.syn_ack->time.ns, tcp.ack->time.ns);
  return server.ttl_min == server.ttl_max && hops(*client.ttl) > 0 && to_client >= kBeside &&
         stands_beside(flow, Side::server);
}

// Then what took the ClientHello and said nothing is the server's side.
void look_beside_server(const FlowReport& flow, const Guards& g, Signs& signs) {
  if (!is_beside_server(flow, g)) return;
  for (Sign& s : signs) {
    if (s.rule != "acked-but-silent") continue;
    s.weight = Weight::medium;
    s.toward = Toward::endpoint;
    s.text += "; this capture stands next to it, and nothing more left it";
  }
}

// Who said in ICMP that it does not let the packets pass, and of how many.
std::string rejection_text(const FlowReport& flow, const Rejection& r) {
  const Endpoint& target = r.rejected_to == Side::server ? flow.server : flow.client;
  const Side sender = r.rejected_to == Side::server ? Side::client : Side::server;
  return fmt::format(" {}{} answered what the {}'s side sent with \"{}\" (ICMP, {} time{}).", to_text(r.fact->source),
                     r.fact->source == target.ip ? ", that host itself," : "", to_text(sender),
                     icmp_text(r.newest->icmp_v6, r.newest->code_a, r.newest->code_b), r.times,
                     r.times == 1 ? "" : "s");
}

// What the ending itself does not say.
std::string sentence_of(const Outcome& o, const Signs& signs, bool is_silence, const std::string& rejected) {
  std::string text = o.sentence;
  const bool server_gave_up = o.apparent_sender == Side::server;
  const bool answer_lost = has(signs, "answer-never-acknowledged");
  if (is_loop_suspect(signs)) text += " Most likely the packets went round in a routing loop.";
  if (answer_lost) text += " The server's answer, or a part of it, had never been acknowledged.";
  if (has(signs, "client-data-never-acknowledged")) text += " What the client sent last had never been acknowledged.";
  if (has(signs, "silent-after-clienthello") && server_gave_up) text += " The ClientHello had never been acknowledged.";
  if (is_silence && o.cause == Cause::server && rejected.empty()) {
    text +=
        " The server's side had taken the ClientHello and said nothing: its program, or what stands behind it, is slow "
        "or hangs.";
  }
  if (is_silence && o.cause == Cause::path && may_be_content(signs)) {
    text +=
        " The packet of full size that begins the ClientHello vanishes on the way and the smaller one behind it "
        "passes: it may be a path MTU black hole, or something that drops the ClientHello.";
  } else if (is_silence && o.cause == Cause::path) {
    text += " Packets of full size vanish on the way and smaller ones pass: a path MTU black hole.";
  }
  text += rejected;
  if (!is_silence || o.cause != Cause::middlebox) return text;
  if (!rejected.empty() && o.confidence != Confidence::possible) {
    return text + " Most likely a device on the path rejects it.";
  }
  if (o.confidence != Confidence::possible) return text + " Most likely a device on the path drops it.";
  return text + (server_gave_up || answer_lost  // then the server is there
                     ? " Something on the path may drop it; a loss of the path looks alike."
                     : " Something on the path may drop it; a loss of the path or a server that is gone look alike.");
}

// RFC 8446 §6.2: what cannot be read or does not belong there. Libraries say so of a connection that was closed early
// as well.
bool says_unreadable(std::uint8_t alert) {
  constexpr std::array<std::uint8_t, 6> kUnreadable = {10, 20, 21, 22, 50, 51};
  return std::find(kUnreadable.begin(), kUnreadable.end(), alert) != kUnreadable.end();
}
// What is wrong with a certificate, or that the user wants no more: of these the reason is in the word.
bool says_why(std::uint8_t alert) {
  constexpr std::array<std::uint8_t, 8> kWhy = {42, 43, 44, 45, 46, 48, 90, 113};
  return std::find(kWhy.begin(), kWhy.end(), alert) != kWhy.end();
}

// The alert answers something that is not in the capture: a client's before any answer to its ClientHello, a server's
// before any byte of the client's, or any behind its own ServerHello. Then it may be anybody's doing. A server may
// refuse what it does not like in a ClientHello that is not here either; that is told as the server's.
bool is_alert_unprompted(const FlowReport& flow, const Outcome& o) {
  const auto is_it = [&o](const Event& e) { return e.frame == o.ending_frame && e.kind == EventKind::alert; };
  const auto alert = std::find_if(flow.events.begin(), flow.events.end(), is_it);
  if (alert == flow.events.end() || flow.packets.empty() || flow.packets_elided) return false;
  const TlsFacts& tls = flow.tls;
  const bool is_clients = alert->from == flow.tls_client();
  if (says_why(alert->code_b) || (!is_clients && !says_unreadable(alert->code_b))) return false;
  if (is_clients && (tls.server_hello || tls.hello_retry_request)) return false;
  std::uint64_t asked = is_clients && tls.client_hello ? tls.client_hello->stamp.number : 0;
  // What a server cannot read behind its flight is not the ClientHello.
  if (!is_clients && tls.server_hello && tls.server_hello->stamp.number < alert->frame) {
    asked = tls.server_hello->stamp.number;
  }
  return std::none_of(flow.packets.begin(), flow.packets.end(), [&](const PacketNote& n) {
    return n.from != alert->from && n.length > 0 && n.frame > asked && n.frame < alert->frame;
  });
}

}  // namespace

void judge_silent_ending(AnalyzedFlow& flow, const CaptureContext& context, bool is_silence) {
  Outcome& o = flow.outcome;
  if (o.status != Status::failed) return;
  if (std::optional<std::string> trace = find_path_trace(flow.report, context)) {
    tell_trace(flow, std::move(*trace));
    return;
  }
  const Guards g = flow_guards(flow.report, context.guards);
  Verdict v;
  v.frame = o.ending_frame.value_or(flow.report.last.number);
  if (is_silence) add_silence_signs(flow.report, o, g, v.signs);
  if (auto full = is_silence ? find_full_backlog(flow.report, v.frame) : std::nullopt) {
    v.signs.push_back(std::move(*full));
  }
  if (o.ended_by == EndedBy::icmp) add_icmp_signs(flow.report, v.frame, v.signs);
  const std::uint64_t end = o.ending_frame.value_or(UINT64_MAX);
  const Rejection rejection = is_silence ? find_rejection(flow.report, end) : Rejection{};
  if (rejection.newest != nullptr) {
    add_icmp_signs(flow.report, rejection.newest->frame, v.signs);
  } else if (is_silence) {
    look_beside_server(flow.report, g, v.signs);
  }
  const bool is_alert = o.ended_by == EndedBy::alert && !is_silence;
  if (is_alert) add_alert_signs(flow.report, o, v.signs);
  if (context.is_known) add_control_signs(flow.report, o, context, v.frame, v.signs);
  if (is_alert) std::erase_if(v.signs, [](const Sign& s) { return s.rule == "large-clienthello-intolerant"; });
  const Side target = rejection.newest != nullptr ? rejection.rejected_to : Side::server;
  v.judgement = judgement_of(o, v.signs, is_silence, g.loss, target);
  const std::optional<Verdict> doubt = is_alert && !v.signs.empty() ? doubt_data(flow, context, v.frame) : std::nullopt;
  if (doubt) {
    for (Sign& sign : v.signs) sign.toward = Toward::neither;  // the words are not its word any more
    v.signs.insert(v.signs.end(), doubt->signs.begin(), doubt->signs.end());
    v.judgement = doubt->judgement;
  }
  const bool is_open = is_alert && !doubt && is_alert_unprompted(flow.report, o);
  if (is_open) {
    for (Sign& sign : v.signs) sign.toward = Toward::neither;
    v.judgement = {};
    v.judgement.open_question = "Nothing that it may answer is in this capture: whose doing it was cannot be told.";
  }
  // In one direction alone, or where the opening is missing and nothing else was said, nothing tells how far its sender
  // is.
  const bool is_blind = flow.report.one_sided || (!flow.report.tcp.syn && o.stage == Stage::client_hello);
  if (is_alert && is_blind && v.judgement.confidence < Confidence::possible) {
    v.judgement.confidence = Confidence::possible;
  }
  take_over(v.judgement, o);
  const std::string_view story = story_for(flow.report, o, v.signs, is_silence);
  if (story.empty()) return;
  Finding& finding = story_finding(flow, story);
  finding.confidence = o.confidence;
  if (finding.severity == Severity::info && is_alert) finding.severity = Severity::error;
  if (finding.frames.empty()) finding.frames = {v.frame};
  finding.sentence =
      sentence_of(o, v.signs, is_silence, rejection.newest != nullptr ? rejection_text(flow.report, rejection) : "");
  const Side claimed = is_alert ? o.apparent_sender.value_or(Side::server) : Side::server;
  if (doubt || is_open) finding.sentence += " " + who_text(v.judgement, claimed, "alert");
  add_evidence(v, claimed, finding);
  if (o.cause == Cause::middlebox) fill_against(v, claimed, finding);
  add_alternatives(finding);
  finding.next_steps = next_steps_for(story, flow.report, o);
  if (rejection.newest != nullptr && (o.cause == Cause::server || o.cause == Cause::client)) {
    finding.next_steps = {
        fmt::format("Owner of {}: which rule of its packet filter rejects this?", to_text(rejection.fact->source))};
  }
  if (may_be_content(v.signs)) {
    finding.next_steps.emplace_back(
        "Send another ClientHello of that size to the same server, with another name: if it passes, it is not the "
        "size.");
  }
  finding.seen_as = seen_as_for(story);
  if (doubt && o.confidence != Confidence::certain) {
    o.would_settle = {
        fmt::format("a capture taken on the {}'s host at the same time: did it send this packet?", to_text(claimed))};
  }
  if (!is_silence || o.stage == Stage::syn || o.confidence == Confidence::certain) return;
  if (o.cause == Cause::server && has(v.signs, "acked-but-silent")) {
    o.would_settle = {"the logs of the service and of what it asks in its turn, at this moment"};
    return;
  }
  o.would_settle = {has(v.signs, "answer-never-acknowledged")
                        ? "a capture taken on the client's host at the same time: does the server's answer arrive?"
                        : "a capture taken on the server's host at the same time: do the client's packets arrive?"};
}

}  // namespace handlens
