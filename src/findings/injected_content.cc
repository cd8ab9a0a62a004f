#include "src/findings/injected_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "src/findings/clues.h"
#include "src/findings/frame_copies.h"
#include "src/findings/guards.h"
#include "src/findings/plain_answer.h"
#include "src/findings/stories.h"
#include "src/findings/telling.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"
#include "src/timeline/packet_log.h"

namespace handlens {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr int kOtherPlace = 3;  // hops: as for resets (clues_header.cc)

const PacketNote* note_of_frame(const FlowReport& flow, std::uint64_t frame, Direction from) {
  const auto found = std::find_if(flow.packets.begin(), flow.packets.end(), [&](const PacketNote& n) {
    return n.frame == frame && n.from == from && n.length > 0;
  });
  return found == flow.packets.end() ? nullptr : &*found;
}

bool do_overlap(const PacketNote& a, const PacketNote& b) {
  return seq_before(a.seq, b.seq + b.length) && seq_before(b.seq, a.seq + a.length);
}

// What it contradicts. Not a second copy of one frame which something rewrote on the way.
const PacketNote* contradicted_by(const FlowReport& flow, const PacketNote& later) {
  for (const PacketNote& n : flow.packets) {
    if (n.frame >= later.frame) break;
    if (n.from != later.from || n.length == 0 || n.is_rst() || !do_overlap(n, later)) continue;
    const bool has_its_number = n.has_ip_id && later.has_ip_id && n.ip_id == later.ip_id && n.ip_id != 0;
    return has_its_number ? nullptr : &n;
  }
  return nullptr;
}

// How many hops a packet lies off the side's others, beyond what these differ among themselves.
struct Distance {
  int hops_off = 0;
  int usual = 0;
};
std::optional<Distance> distance_of(const FlowReport& flow, const PacketNote& note, const PacketNote* rival) {
  int low = 256, high = -1;
  for (const PacketNote& n : flow.packets) {
    // Without a second content, what follows the first may be its maker's as well.
    if (rival == nullptr && n.frame >= note.frame) break;
    if (n.from != note.from || n.is_rst() || is_copy(n, note) || (rival != nullptr && is_copy(n, *rival))) continue;
    low = std::min(low, hops(n.ttl));
    high = std::max(high, hops(n.ttl));
  }
  if (high < 0) return std::nullopt;
  const int own = hops(note.ttl), off = own < low ? low - own : std::max(0, own - high);
  return Distance{std::max(0, off - (high - low)), low};
}

// The shortest known round trip to that side, of the handshake.
std::optional<std::int64_t> round_trip(const FlowReport& flow, Side side) {
  const TcpFacts& tcp = flow.tcp;
  if (!tcp.syn || !tcp.syn_ack || !tcp.ack || tcp.syn_retransmissions > 0) return std::nullopt;
  const PacketStamp &asked = side == Side::server ? *tcp.syn : *tcp.syn_ack,
                    &answered = side == Side::server ? *tcp.syn_ack : *tcp.ack;
  const std::int64_t rtt = elapsed(asked.time.ns, answered.time.ns);
  return rtt > 0 ? std::optional(rtt) : std::nullopt;
}

// Text that it came sooner than an answer could; "" if it did not. Only of the first packets, all of which are kept.
std::string too_soon(const FlowReport& flow, const PacketNote& note, const Guards& g) {
  const auto rtt = round_trip(flow, flow.side(note.from));
  const auto at = static_cast<std::size_t>(&note - flow.packets.data());
  if (!rtt || g.one_way || g.midstream || at >= PacketLog::kHead || !note.has(tcp_flag::ack)) return "";
  const auto end = flow.packets.begin() + static_cast<std::ptrdiff_t>(at);
  const auto answered = std::find_if(flow.packets.begin(), end, [&note](const PacketNote& n) {
    return n.from != note.from && n.length > 0 && n.end() == note.ack;
  });
  if (answered == end) return "";
  const std::int64_t since = elapsed(answered->time_ns, note.time_ns);
  const auto margin = std::max<std::int64_t>({kMillisecond, *rtt / 10, g.time_error()});
  if (since < 0 || since >= *rtt - margin) return "";
  return fmt::format("#{} acknowledges #{} {} after it, and that host is {} away", note.frame, answered->frame,
                     milliseconds_text(since), milliseconds_text(*rtt));
}

std::string from_elsewhere(const FlowReport& flow, const PacketNote& note, const PacketNote* rival, const Guards& g) {
  if (g.local_nat || g.synthetic) return "";
  const auto own = distance_of(flow, note, rival);
  if (!own || own->hops_off < kOtherPlace) return "";
  // Of two contents one must be where that side's other packets are: else its route has changed.
  if (rival != nullptr && distance_of(flow, *rival, &note)->hops_off != 0) return "";
  return fmt::format("#{} has TTL {}: about {} hops, the other packets with that address {}", note.frame, note.ttl,
                     hops(note.ttl), own->usual);
}

std::string joined(const std::string& a, const std::string& b) { return a.empty() || b.empty() ? a + b : a + "; " + b; }

void look_at_conflicts(const FlowReport& flow, const Guards& g, InjectedContent& out) {
  for (const Event& e : flow.events) {
    if (e.kind != EventKind::retransmission || e.note != Event::Note::conflicting_bytes) continue;
    const PacketNote* later = note_of_frame(flow, e.frame, e.from);
    const PacketNote* earlier = later != nullptr ? contradicted_by(flow, *later) : nullptr;
    if (earlier == nullptr) continue;
    for (const PacketNote* one : {earlier, later}) {
      const PacketNote* other = one == earlier ? later : earlier;
      // Time alone is not enough: one slow SYN-ACK makes every answer look early.
      const std::string far = from_elsewhere(flow, *one, other, g);
      if (far.empty()) continue;
      const std::string why = joined(one == earlier ? too_soon(flow, *one, g) : "", far);
      out.foreign = one;
      out.came_first = one == earlier;
      out.signs.push_back({"conflicting-content", ClueGroup::protocol, Weight::decisive, Toward::middlebox, one->frame,
                           fmt::format("#{} and #{} carry {} and different bytes for one place of its stream, and {}",
                                       earlier->frame, later->frame, address_text(flow.side(e.from)), why)});
      return;
    }
  }
}

// No second content came: whoever answered so quickly, or from so near, may have kept the other one back.
void look_at_plain_answer(const FlowReport& flow, const Outcome& outcome, const Guards& g, InjectedContent& out) {
  const Event* answer = find_plain_answer(flow, UINT64_MAX);
  if (answer == nullptr || answer->frame == outcome.ending_frame) return;  // a FIN that brings it is judged itself
  const PacketNote* note = note_of_frame(flow, answer->frame, answer->from);
  if (note == nullptr) return;
  // Time and distance are both held against the same SYN-ACK: together they are one sign.
  const std::string far = from_elsewhere(flow, *note, nullptr, g);
  if (far.empty()) return;
  out.foreign = note;
  out.came_first = out.is_plain_answer = true;
  out.signs.push_back({"content-from-elsewhere", ClueGroup::protocol, Weight::strong, Toward::middlebox, answer->frame,
                       fmt::format("the ClientHello was answered with {} bytes that are no TLS, and {}", note->length,
                                   joined(too_soon(flow, *note, g), far))});
}

}  // namespace

InjectedContent find_injected_content(const FlowReport& flow, const Outcome& outcome, const Guards& g) {
  InjectedContent out;
  look_at_conflicts(flow, g, out);
  if (out.foreign == nullptr) look_at_plain_answer(flow, outcome, g, out);
  return out;
}

void tell_injected_content(AnalyzedFlow& flow, const CaptureContext& context) {
  const Guards g = flow_guards(flow.report, context.guards);
  const InjectedContent found = find_injected_content(flow.report, flow.outcome, g);
  if (found.foreign == nullptr) return;
  Outcome& o = flow.outcome;
  const Side claimed = flow.report.side(found.foreign->from);
  Verdict v;
  v.frame = found.foreign->frame;
  v.signs = found.signs;
  v.judgement.cause = Cause::middlebox;
  v.judgement.location = Location::somewhere;
  v.judgement.confidence = Confidence::possible;
  if (has_decisive(found.signs, Toward::middlebox)) v.judgement.confidence = Confidence::certain;
  const bool is_said = o.cause == Cause::middlebox && o.confidence <= v.judgement.confidence;
  if (o.status == Status::failed && is_said && !flow.findings.empty()) {
    add_evidence(v, claimed, flow.findings.front());
    return;
  }
  // What came second was not taken, and what came after the answer is no reason for its failing.
  // Nor does a possibility take the place of what is likely.
  const bool is_blamed = found.is_plain_answer && o.cause == Cause::server;  // for this content
  const bool is_outdone = o.cause != Cause::unknown && o.confidence < v.judgement.confidence && !is_blamed;
  const bool explains = o.status == Status::failed && found.came_first && claimed == Side::server && !is_outdone &&
                        o.stage == Stage::client_hello && v.frame <= o.ending_frame.value_or(UINT64_MAX);
  const std::string base = o.sentence;
  Finding finding;
  finding.id = "injected-content";
  finding.severity = explains ? Severity::error : Severity::notice;
  finding.is_note = !explains;
  finding.confidence = v.judgement.confidence;
  finding.frames = {v.frame};
  const std::string_view told =
      v.judgement.confidence == Confidence::certain
          ? "did not come from where that side's packets come from: a device on the path sent it."
          : "may not come from where that side's other packets come from: possibly a device on the path sent it, such "
            "as a proxy that answers for the server.";
  finding.sentence = fmt::format("{}Content carrying {} {}", explains ? base + " " : "", address_text(claimed), told);
  add_evidence(v, claimed, finding);
  fill_against(v, claimed, finding);
  finding.against.emplace_back(card_of(finding.id)->alternatives);
  if (!explains) {
    flow.findings.push_back(std::move(finding));
    return;
  }
  take_over(v.judgement, o);
  finding.next_steps = next_steps_for(finding.id, flow.report, o);
  flow.findings.insert(flow.findings.begin(), std::move(finding));
}

}  // namespace handlens
