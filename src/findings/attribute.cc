#include "src/findings/attribute.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/findings/backlog.h"
#include "src/findings/benign.h"
#include "src/findings/clues.h"
#include "src/findings/ending.h"
#include "src/findings/flow_brief.h"
#include "src/findings/frame_copies.h"
#include "src/findings/judged_packet.h"
#include "src/findings/path_trace.h"
#include "src/findings/plain_answer.h"
#include "src/findings/silences.h"
#include "src/findings/silent_endings.h"
#include "src/findings/stories.h"
#include "src/findings/stray_reset.h"
#include "src/findings/telling.h"
#include "src/findings/unacknowledged.h"
#include "src/findings/unused_connection.h"
#include "src/findings/weigh.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {
namespace {

constexpr std::size_t kJudgedResets = 16;  // of one flow; the rest are like them

void apply(const Verdict& v, RstVerdict& out) {
  out.cause = v.judgement.cause;
  out.location = v.judgement.location;
  out.confidence = v.judgement.confidence;
  out.rules.clear();
  out.rules.reserve(v.signs.size() + 2);
  if (v.judgement.benign) {
    out.rules.emplace_back(v.judgement.benign->id);
    if (!v.judgement.benign->also.empty()) out.rules.emplace_back(v.judgement.benign->also);
  }
  for (const Sign& s : v.signs) {
    if (std::find(out.rules.begin(), out.rules.end(), s.rule) == out.rules.end()) out.rules.emplace_back(s.rule);
  }
}

void judge_resets(AnalyzedFlow& flow, const CaptureContext& context, std::vector<Verdict>& verdicts) {
  const auto& resets = flow.report.tcp.rst;
  for (std::size_t i = 0; i < resets.size() && i < kJudgedResets; ++i) {
    verdicts.push_back(judge(flow, context, resets[i], false));
    apply(verdicts.back(), flow.rst_verdicts[i]);
  }
}

// It may be the reset before it once more, captured twice: then it says nothing of its own.
bool may_be_copy(const std::vector<RstFact>& resets, std::size_t i) {
  const auto alike = [&b = resets[i]](const RstFact& a) {
    return a.frame < b.frame && a.from == b.from && a.raw_seq == b.raw_seq && a.raw_ack == b.raw_ack &&
           a.window == b.window && a.ip_id == b.ip_id && is_within(a.time.ns, b.time.ns, kCopies);
  };
  return std::any_of(resets.begin(), resets.end(), alike);
}

// The reset that ended the flow; of a burst that one which says most.
const Verdict* ending_verdict(const AnalyzedFlow& flow, const std::vector<Verdict>& verdicts) {
  const Verdict* best = nullptr;
  const auto& resets = flow.report.tcp.rst;
  std::optional<Side> from;
  std::int64_t at = 0;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (resets[i].frame == flow.outcome.ending_frame) {
      best = &verdicts[i];
      from = resets[i].from;
      at = resets[i].time.ns;
    }
  }
  if (best == nullptr) return nullptr;
  constexpr std::int64_t kBurst = 2'000'000'000;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (resets[i].from != *from || !is_within(at, resets[i].time.ns, kBurst) || may_be_copy(resets, i)) continue;
    const bool stronger = verdicts[i].judgement.sum > best->judgement.sum && !verdicts[i].judgement.benign &&
                          !best->judgement.benign && verdicts[i].judgement.cause == Cause::middlebox;
    if (stronger) best = &verdicts[i];
  }
  return best;
}

// It acknowledges what is not in the capture, perhaps the other side's FIN: then that side was first.
bool acknowledges_unseen(const FlowReport& flow, const RstFact& fin) {
  std::optional<std::uint32_t> end;
  for (const PacketNote& n : flow.packets) {
    if (n.frame > fin.frame || flow.side(n.from) == fin.from || n.is_rst()) continue;
    if (!end || seq_before(*end, n.end())) end = n.end();
  }
  return fin.ack_flag && end && seq_before(*end, fin.raw_ack);
}

// Something speaks against the side that the FIN names, though not enough to name another; or it brought an answer that
// is no TLS, as filters give, and nothing says that it comes from as far as the server.
bool is_doubtful_fin(const AnalyzedFlow& flow, const RstFact& fin, const Verdict& v) {
  if (!v.judgement.unlike.empty() || acknowledges_unseen(flow.report, fin)) return true;
  const auto has = [&v](const auto& is) { return std::any_of(v.signs.begin(), v.signs.end(), is); };
  if (has(speaks_against_host)) return true;
  if (has([](const Sign& s) { return s.toward == Toward::endpoint && s.weight <= Weight::medium; })) return false;
  const TlsFacts& tls = flow.report.tls;
  return fin.from == Side::server && fin.payload > 0 && tls.client_hello && !tls.server_hello;
}

// Whether nothing of the client's data had been acknowledged when the server's side closed.
bool has_heard_nothing(const FlowReport& flow, const RstFact& fin) {
  const std::optional<std::uint32_t> isn = flow.facts(Side::client).isn;
  if (!isn) return flow.facts(Side::client).bytes == 0;
  const auto is_behind = [first = *isn + 1](std::uint32_t ack) { return !seq_before(first, ack); };
  return (!fin.ack_flag || is_behind(fin.raw_ack)) && (!fin.sender_ack || is_behind(*fin.sender_ack));
}

// The server's side closed after it had waited for a request. How long it did; nothing if that is not the case.
std::optional<std::int64_t> waited_in_vain(const FlowReport& flow, const RstFact& fin) {
  constexpr std::int64_t kPatience = 3'000'000'000;  // ns: whoever refuses a client closes sooner
  const std::optional<PacketStamp>& opened = flow.tcp.ack ? flow.tcp.ack : flow.tcp.syn_ack;
  if (fin.from != Side::server || !opened || !has_heard_nothing(flow, fin)) return std::nullopt;
  const std::int64_t waited = elapsed(opened->time.ns, fin.time.ns);
  return waited >= kPatience ? std::optional(waited) : std::nullopt;
}

// That it had sent the same again and again, to no avail, when it reset. Nothing if that is not the case.
std::optional<std::string> gave_up_sending(const FlowReport& flow, const RstFact& fact) {
  if (flow.one_sided) return std::nullopt;
  constexpr std::int64_t kPatience = 1'000'000'000;  // ns; sooner its acknowledgement may be on the way
  const auto was_patient = [&fact](const PacketNote& first) {
    return elapsed(first.time_ns, fact.time.ns) >= kPatience;
  };
  const Unacknowledged lost = find_unacknowledged(flow, fact.from, fact.frame);
  if (lost.times >= kNeverArrived && was_patient(*lost.first)) {
    return fmt::format(
        "The {}'s side had sent {} bytes (#{}) {} times and they were never acknowledged: it gave up, and what stopped "
        "them or their acknowledgements cannot be told from this capture.",
        to_text(fact.from), lost.first->length, lost.first->frame, lost.times);
  }
  const UnansweredProbes asked = find_unanswered_probes(flow, fact.from, fact.frame);
  if (asked.times < kNeverArrived || !was_patient(*asked.first)) return std::nullopt;
  const Side peer = fact.from == Side::client ? Side::server : Side::client;
  return fmt::format(
      "The {}'s side had sent {} {} (from #{} on) and none was answered: it gave up, and whether the {} was gone or "
      "something stopped them or the answers cannot be told from this capture.",
      to_text(fact.from), asked.times, asked.first->has(tcp_flag::syn) ? "SYN-ACKs" : "keep-alives", asked.first->frame,
      to_text(peer));
}

Judgement of_nobody(std::string&& open_question) {
  Judgement nobody;
  nobody.open_question = std::move(open_question);
  return nobody;
}

void judge_fin(AnalyzedFlow& flow, const CaptureContext& context) {
  Outcome& o = flow.outcome;
  const std::string_view story = story_of(flow.report, o);
  if (story.empty() || !o.ending_frame || !o.apparent_sender) return;
  const auto is_fin = [](const PacketNote& n) { return n.has(tcp_flag::fin); };
  const std::optional<RstFact> fact = packet_as_case(flow.report, *o.ending_frame, is_fin);
  if (!fact) return;
  Verdict v = judge(flow, context, *fact, true);
  const bool forged = v.judgement.cause == Cause::middlebox && v.judgement.confidence <= Confidence::likely;
  const bool is_nearby = fact->from == Side::server && flow_guards(flow.report, context.guards).answered_nearby;
  if (forged) {
    v.signs.push_back({"fin-injection", ClueGroup::protocol, Weight::strong, Toward::middlebox, fact->frame,
                       fmt::format("a FIN{} that closes in the other's name",
                                   fact->payload > 0 ? fmt::format(" with {} bytes of data", fact->payload) : "")});
  } else if (v.judgement.benign) {
    // It says all there is to say.
  } else if (is_doubtful_fin(flow, *fact, v) || is_nearby) {
    Judgement nobody;
    nobody.guard = std::move(v.judgement.unlike);
    if (nobody.guard.empty() && is_nearby) nobody.guard = kAnsweredNearby;
    v.judgement = std::move(nobody);
  } else if (const auto waited = waited_in_vain(flow.report, *fact)) {
    v.judgement = of_nobody(fmt::format(
        "The server's side had waited {:.1f} s for data of the client and acknowledged none: whether any reached it "
        "cannot be told from this capture.",
        static_cast<double>(*waited) / 1e9));
  } else {
    // A FIN needs the connection's state: few devices forge it, and nothing here says so.
    v.judgement = {};
    v.judgement.cause = fact->from == Side::client ? Cause::client : Cause::server;
    // Why a client leaves without a word, its FIN does not say.
    const bool wordless = story == "client-closed-before-hello";
    v.judgement.confidence = flow.report.one_sided || wordless ? Confidence::possible : Confidence::likely;
    if (auto full = find_full_backlog(flow.report, fact->frame)) {
      v.judgement.cause = Cause::server;
      v.judgement.confidence = Confidence::possible;
      v.signs.push_back(std::move(*full));
    }
    const bool no_data = flow.report.facts(Side::client).bytes + flow.report.facts(Side::server).bytes == 0;
    std::erase_if(v.signs, [](const Sign& s) { return s.toward == Toward::middlebox; });
    v.signs.push_back({fact->from == Side::server && (no_data || story == "server-closed-before-hello")
                           ? "accept-then-close"
                           : "orderly-close",
                       ClueGroup::protocol, Weight::medium, Toward::endpoint, fact->frame,
                       fmt::format("a FIN with {} closed in order", address_text(fact->from))});
  }
  tell(flow, v, fact->from, "FIN");
}

// A side gave up because nothing reached it, or nothing answered it: the silence came first.
bool gave_up_waiting(const AnalyzedFlow& flow, const CaptureContext& context) {
  const Outcome& o = flow.outcome;
  if (o.status != Status::failed || !o.apparent_sender) return false;
  if (o.ended_by != EndedBy::rst && o.ended_by != EndedBy::fin && o.ended_by != EndedBy::alert) return false;
  const bool is_client = o.apparent_sender == Side::client;
  const Guards g = flow_guards(flow.report, context.guards);
  Signs signs;
  add_silence_signs(flow.report, o, g, signs);
  if (g.loss && is_mtu_suspect(signs)) return false;  // what is missing may only be missing here
  return std::any_of(signs.begin(), signs.end(), [&o, is_client](const Sign& s) {
    if (s.weight <= Weight::medium) return true;  // data was sent again and again and did not arrive
    return is_client && o.ended_by != EndedBy::alert &&
           (s.rule == "acked-but-silent" || s.rule == "silent-after-clienthello");
  });
}

// The silence ended it: the FIN, reset or alert of who had waited long enough is its consequence, and stays the packet
// that is cited.
void end_in_silence(AnalyzedFlow& flow) {
  for (RstVerdict& verdict : flow.rst_verdicts) {
    if (verdict.role == RstRole::cause) verdict.role = RstRole::consequence;
  }
  Outcome& o = flow.outcome;
  o.ended_by = EndedBy::timeout;
  if (o.status == Status::failed && o.apparent_sender == Side::client) o.ooni_failure = "generic_timeout_error";
}

}  // namespace

bool needs_context(const AnalyzedFlow& flow) {
  if (flow.report.packets.empty()) return false;
  const bool only_syns =
      flow.outcome.stage == Stage::syn && flow.outcome.ended_by == EndedBy::timeout && !flow.report.tcp.syn_ack;
  if (only_syns) return false;  // floods are made of them, and nothing else tells more about one
  if (is_closed_unused(flow.report, flow.outcome) || may_be_unused_connection(flow.report, flow.outcome)) return true;
  if (flow.outcome.ended_by == EndedBy::fin && has_trace_ttl(flow.report)) return true;
  return flow.outcome.status == Status::failed || (!flow.report.tcp.rst.empty() && flow.outcome.status != Status::ok);
}

void attribute(AnalyzedFlow& flow, const CaptureContext& context) {
  std::vector<Verdict> verdicts;
  judge_resets(flow, context, verdicts);
  const Verdict* ending = flow.outcome.ended_by == EndedBy::rst ? ending_verdict(flow, verdicts) : nullptr;
  const bool device = ending != nullptr && ending->judgement.cause == Cause::middlebox;
  bool has_given_up = !device && gave_up_waiting(flow, context);
  if (has_given_up) {
    judge_silent_ending(flow, context, true);
  } else if (ending != nullptr) {
    const RstFact& rst = flow.report.tcp.rst[static_cast<std::size_t>(ending - verdicts.data())];
    Verdict told = *ending;
    // Only a reset that is believed to be its host's.
    const Judgement& j = told.judgement;
    const bool is_its_own = j.cause == (rst.from == Side::client ? Cause::client : Cause::server) &&
                            (!j.benign || j.benign->id == "client-cancel");
    if (auto gave_up = gave_up_sending(flow.report, rst); gave_up && is_its_own) {
      told.judgement = of_nobody(std::move(*gave_up));
      has_given_up = flow.outcome.cause != Cause::none;
    }
    if (flow.outcome.cause == Cause::none) {
      // A goodbye before it: nothing failed.
    } else if (flow.outcome.status != Status::incomplete || device) {
      tell(flow, told, rst.from, "reset");
    } else {
      take_over(told.judgement, flow.outcome);
    }
  } else if (flow.outcome.ended_by == EndedBy::fin) {
    judge_fin(flow, context);
  } else if (flow.outcome.ended_by != EndedBy::rst) {
    judge_silent_ending(flow, context, flow.outcome.ended_by == EndedBy::timeout);
  }
  blame_plain_answer(flow, context);
  tell_ignored(flow, verdicts);
  if (const auto stray = find_stray_reset(flow.report, context)) tell_stray_reset(*stray, flow);
  if (has_given_up) end_in_silence(flow);
}

}  // namespace handlens
