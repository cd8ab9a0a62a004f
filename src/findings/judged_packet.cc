#include "src/findings/judged_packet.h"

#include <algorithm>
#include <utility>

#include "src/findings/backlog.h"
#include "src/findings/benign.h"
#include "src/findings/clues.h"
#include "src/findings/plain_answer.h"
#include "src/tcp/seq.h"

namespace handlens {
namespace {

// The reset is the kernel's, the SYN the tool's: they need not look alike.
bool is_of_a_tool(const std::optional<Benign>& benign) {
  return benign && (benign->id == "half-open-scan" || benign->id == "path-trace");
}

void forget_headers(Signs& signs) {
  std::erase_if(signs, [](const Sign& s) { return s.group == ClueGroup::header && s.toward == Toward::middlebox; });
}

// Of what carries data, and may stand anywhere in a stream, numbers and bursts say nothing.
Signs collect_of_data(const ResetCase& c, const Guards& g) {
  Signs signs;
  add_header_signs(c, g, signs);
  add_id_signs(c, g, signs);
  add_timing_signs(c, g, signs);
  add_link_signs(c, g, signs);
  // A first packet is often slower than the next ones, by a millisecond next door: what sets up the way, wakes the
  // host.
  constexpr std::int64_t kShortest = 2'000'000;  // ns
  const bool is_far = c.rtt && *c.rtt >= kShortest && c.own_facts().ttl && hops(*c.own_facts().ttl) > 0;
  std::erase_if(signs, [is_far](const Sign& s) {
    return s.rule == "rst-after-idle" || s.rule == "rst-instant-after-ack" ||
           (s.group == ClueGroup::timing && s.toward == Toward::middlebox && !is_far);
  });
  return signs;
}

// If the clock had not gone back, its time would speak strongly against its host.
constexpr std::string_view kSpoilt = "the clock of this capture runs backwards, and its time may say anything";
bool is_time_spoilt(const ResetCase& c, const Guards& g) {
  if (!g.runs_backwards()) return false;
  Guards steady = g;
  steady.backstep_ns = 0;
  Signs signs;
  add_sequence_signs(c, steady, signs);
  add_timing_signs(c, steady, signs);
  return std::any_of(signs.begin(), signs.end(),
                     [](const Sign& s) { return s.group == ClueGroup::timing && speaks_against_host(s); });
}

// What speaks strongly against its host. A host that answers in less time than it took before may just be quicker now;
// in less than half of it hardly.
std::string contradiction(const ResetCase& c, const Guards& g, const Signs& signs) {
  if (is_time_spoilt(c, g)) return std::string(kSpoilt);
  const std::optional<Share> share = share_of(c, signs);
  const bool is_much_sooner = share && share->of_round_trip < 0.5;
  for (const Sign& s : signs) {
    if (!speaks_against_host(s)) continue;
    if (s.group != ClueGroup::timing || is_much_sooner) return s.text;
  }
  return {};
}

}  // namespace

Signs signs_of_reset(const ResetCase& c, const Guards& g) {
  constexpr std::size_t kUsual = 8;
  Signs signs;
  signs.reserve(kUsual);
  add_sequence_signs(c, g, signs);
  add_burst_signs(c, g, signs);
  add_header_signs(c, g, signs);
  add_id_signs(c, g, signs);
  add_timing_signs(c, g, signs);
  add_link_signs(c, g, signs);
  add_vantage_signs(c, g, signs);
  add_cross_flow_signs(c, g, signs);
  return signs;
}

std::optional<RstFact> packet_as_case(const FlowReport& flow, std::uint64_t frame, bool (*is_it)(const PacketNote&)) {
  const PacketNote* note = nullptr;
  std::optional<std::uint32_t> next, acked;
  for (const PacketNote& n : flow.packets) {
    if (n.frame == frame && is_it(n)) note = &n;
  }
  if (note == nullptr) return std::nullopt;
  for (const PacketNote& n : flow.packets) {
    if (n.frame >= frame || n.from != note->from || n.is_rst()) continue;
    if (!next || seq_before(*next, n.end())) next = n.end();
    if (n.has(tcp_flag::ack) && (!acked || seq_before(*acked, n.ack))) acked = n.ack;
  }
  RstFact r;
  r.frame = note->frame;
  r.time = {note->time_ns};
  r.from = flow.side(note->from);
  r.ack_flag = note->has(tcp_flag::ack);
  r.raw_seq = note->seq;
  r.raw_ack = note->ack;
  r.window = note->window;
  r.ttl = note->ttl;
  if (note->has_ip_id) r.ip_id = note->ip_id;
  r.dont_fragment = note->dont_fragment;
  r.payload = note->length;
  r.sender_next = next;
  r.sender_ack = acked;
  return r;
}

Verdict judge(const AnalyzedFlow& flow, const CaptureContext& context, const RstFact& rst, bool is_fin) {
  const Guards g = flow_guards(flow.report, context.guards);
  ResetCase c = make_case(flow.report, flow.outcome, context, rst, is_fin);
  forget_plain_answer(c);
  Verdict v;
  v.frame = rst.frame;
  v.signs = signs_of_reset(c, g);
  std::optional<Benign> benign = is_fin ? find_benign_fin(c) : find_benign(c);
  if (is_of_a_tool(benign)) forget_headers(v.signs);
  v.judgement = weigh(c, v.signs, g, std::move(benign));
  if (!is_fin && v.judgement.cause != Cause::middlebox) {  // it names nobody, and is no reason of a device's
    if (auto full = find_full_backlog(c)) v.signs.push_back(std::move(*full));
  }
  if (is_fin && v.judgement.unlike.empty() && is_time_spoilt(c, g)) v.judgement.unlike = kSpoilt;
  return v;
}

std::optional<Verdict> doubt_data(const AnalyzedFlow& flow, const CaptureContext& context, std::uint64_t frame) {
  const auto has_data = [](const PacketNote& n) { return n.length > 0; };
  const std::optional<RstFact> fact = packet_as_case(flow.report, frame, has_data);
  if (!fact) return std::nullopt;
  const Guards g = flow_guards(flow.report, context.guards);
  ResetCase c = make_case(flow.report, flow.outcome, context, *fact, true);
  // What closes behind it, in whatever order they were captured, may be its maker's as well.
  std::erase_if(c.own, [&fact](const PacketNote* n) {
    return !n->has(tcp_flag::syn) && (n->frame > fact->frame || n->has(tcp_flag::fin));
  });
  c.own_before = c.own.size();
  Verdict v;
  v.frame = fact->frame;
  v.signs = collect_of_data(c, g);
  v.judgement = weigh(c, v.signs, g, std::nullopt);
  const bool is_device = v.judgement.cause == Cause::middlebox;
  const bool is_alone = c.own.empty();
  if (v.judgement.unlike.empty()) v.judgement.unlike = contradiction(c, g, v.signs);
  if (v.judgement.unlike.empty() && g.answered_nearby && c.claimed == Side::server) {
    v.judgement.unlike = kAnsweredNearby;
  }
  if (!is_device && v.judgement.unlike.empty() && !is_alone) return std::nullopt;
  // What comes from farther away than the rest may be the host itself, behind what accepted the connection for it; and
  // that may take longer to accept than to answer.
  const SideFacts& own = c.own_facts();
  const bool is_nearer = !is_alone && own.ttl && hops(fact->ttl) < hops(*own.ttl);
  if (is_device && v.judgement.confidence <= Confidence::likely && is_nearer) return v;
  if (is_alone) v.signs.clear();  // what is known of that host is this packet
  Judgement nobody;
  nobody.guard =
      is_alone ? "no other packet of that side is in the capture to compare it with" : std::move(v.judgement.unlike);
  v.judgement = std::move(nobody);
  return v;
}

}  // namespace handlens
