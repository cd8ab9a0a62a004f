#include "src/findings/flow_brief.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "src/findings/ending.h"
#include "src/findings/expired.h"
#include "src/findings/path_trace.h"
#include "src/findings/reset_case.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {
namespace {

constexpr std::uint32_t kScannerId = 54321;  // ZMap's
constexpr std::int64_t kMillisecond = 1'000'000;

// Only to be compared with others of this run; never 0.
std::uint64_t digest(std::string_view text) {
  const std::uint64_t h = std::hash<std::string_view>()(text);
  return h == 0 ? 1 : h;
}

void combine(std::uint64_t& h, std::uint64_t value) { h = (h ^ (value + 0x9e3779b97f4a7c15u)) * 1099511628211u; }

void fill_side(const FlowReport& flow, Side side, FlowBrief& b) {
  const SideFacts& facts = flow.facts(side);
  const auto s = static_cast<std::size_t>(side);
  std::uint64_t resets = 0;
  for (const RstFact& rst : flow.tcp.rst) resets += rst.from == side ? 1 : 0;
  if (facts.packets <= resets) return;  // what is known is of resets
  b.ttl_min[s] = facts.ttl_min;
  b.ttl_max[s] = facts.ttl_max;
  b.seen_as[s] = facts.seen_as;
  if (facts.mac) {
    b.mac[s] = *facts.mac;
    b.has_mac[s] = true;
  }
}

bool spoke_before(const FlowReport& flow, Side side, std::uint64_t frame) {
  return std::any_of(flow.packets.begin(), flow.packets.end(),
                     [&](const PacketNote& n) { return flow.side(n.from) == side && n.length > 0 && n.frame < frame; });
}

FlowShape shape_of(const FlowReport& flow, const Outcome& o) {
  if (is_closed_unused(flow, o)) return FlowShape::closed;
  if (flow.facts(Side::client).bytes + flow.facts(Side::server).bytes > 0) return FlowShape::other;
  // A SYN-ACK tells of a SYN that the capture missed.
  if (!flow.tcp.syn && !flow.tcp.syn_ack) return FlowShape::other;
  const bool client = o.apparent_sender == Side::client;
  if (o.ended_by != EndedBy::rst) return FlowShape::other;
  if (!flow.tcp.syn_ack) return client ? FlowShape::other : FlowShape::refused;
  if (!client) return FlowShape::other;
  const bool acked = flow.tcp.ack && o.ending_frame && flow.tcp.ack->number < *o.ending_frame;
  return acked ? FlowShape::connect : FlowShape::half_open;
}

// A handshake without repetitions: its times are round trips.
void fill_round_trips(const FlowReport& flow, FlowBrief& b) {
  const TcpFacts& tcp = flow.tcp;
  if (!tcp.syn || !tcp.syn_ack || tcp.syn_retransmissions > 0 || tcp.simultaneous_open || tcp.split_handshake) return;
  const std::uint64_t open_at = tcp.ack ? tcp.ack->number : UINT64_MAX;  // what came after it changes no time
  const bool repeated = std::any_of(flow.events.begin(), flow.events.end(), [open_at](const Event& e) {
    return e.kind == EventKind::syn_retransmission && e.frame < open_at;
  });
  if (repeated) return;
  const std::int64_t there = elapsed(tcp.syn->time.ns, tcp.syn_ack->time.ns);
  if (there >= 0) b.rtt_server = there;
  if (!tcp.ack) return;
  const std::int64_t back = elapsed(tcp.syn_ack->time.ns, tcp.ack->time.ns);
  if (back >= 0) b.rtt_client = back;
}

void fill_hello(const FlowReport& flow, FlowBrief& b) {
  const TlsFacts& tls = flow.tls;
  if (tls.client_hello) {
    b.hello_size = static_cast<std::uint32_t>(tls.client_hello->size);
    b.hello_segments = static_cast<std::uint16_t>(std::min<std::size_t>(tls.client_hello->segments, 0xffff));
    if (tls.client_hello->hello.server_name) b.name = digest(*tls.client_hello->hello.server_name);
  }
  b.answered_hello = tls.server_hello || tls.hello_retry_request;
  b.established = tls.established;
  // Of a handshake that went well: each side spoke for itself.
  if (!tls.established || !tls.client_hello || !tls.server_hello) return;
  const PacketStamp& answered = tls.server_hello->stamp;
  const Direction client = flow.tls_client();
  b.answer[static_cast<std::size_t>(flow.side(opposite(client)))] =
      elapsed(tls.client_hello->stamp.time.ns, answered.time.ns);
  b.answer[static_cast<std::size_t>(flow.side(client))] = elapsed(answered.time.ns, tls.established_at.time.ns);
}

// The fields that the maker of a reset chooses freely and a TCP stack does not: equal in many flows, they are one
// maker's. Where all of them are as every stack has them there is no fingerprint.
std::uint64_t fingerprint_of(const ResetCase& c) {
  const RstFact& rst = c.rst;
  const bool odd_window = !rst.ack_flag && rst.window != 0;
  const std::int32_t ahead = rst.sender_next ? seq_distance(*rst.sender_next, rst.raw_seq) : 0;
  const std::uint32_t step = c.burst.size() > 1 ? c.burst[1]->raw_seq - c.burst[0]->raw_seq : 0;
  const SideFacts& own = c.own_facts();
  const bool known = !c.own.empty() && own.ttl;
  const bool device_ttl = known && initial_ttl(rst.ttl) == 255 && initial_ttl(*own.ttl) != 255;
  const bool far = known && (hops(rst.ttl) - hops(*own.ttl) >= 3 || hops(*own.ttl) - hops(rst.ttl) >= 3);
  if (!odd_window && ahead == 0 && step == 0 && c.burst.size() < 3 && !device_ttl && !far) return 0;
  std::uint64_t h = 14695981039346656037u;
  combine(h, static_cast<std::uint64_t>(c.claimed) * 2 + (rst.ack_flag ? 1 : 0));
  combine(h, rst.window);
  combine(h, static_cast<std::uint64_t>(static_cast<std::int64_t>(ahead)));
  combine(h, step);
  combine(h, c.burst.size());
  combine(h, static_cast<std::uint64_t>(initial_ttl(rst.ttl)));
  return h == 0 ? 1 : h;
}

void fill_reset(const FlowReport& flow, const Outcome& o, FlowBrief& b) {
  if (flow.tcp.rst.empty() || o.status == Status::ok) return;
  const RstFact* chosen = nullptr;
  for (const RstFact& rst : flow.tcp.rst) {
    if (chosen == nullptr) chosen = &rst;
    if (o.ending_frame == rst.frame) chosen = &rst;
  }
  // The first of its burst speaks for all.
  for (const RstFact& rst : flow.tcp.rst) {
    if (rst.from == chosen->from) {
      chosen = &rst;
      break;
    }
  }
  static const CaptureContext nothing;
  const ResetCase c = make_case(flow, o, nothing, *chosen, false);
  if (c.after_fin) return;
  b.has_reset = true;
  b.reset_from = chosen->from;
  b.reset_ttl = chosen->ttl;
  b.reset_has_ack = chosen->ack_flag;
  b.reset_has_window = chosen->window != 0;
  if (const Elicitor e = find_elicitor(c); e.packet != nullptr) b.reset_delay = e.delay;
  b.fingerprint = fingerprint_of(c);
}

void look_at_packets(const FlowReport& flow, FlowBrief& b) {
  b.has_duplicates =
      has_copies(flow) || flow.facts(Side::client).captured_twice + flow.facts(Side::server).captured_twice > 0;
  bool crafted = !flow.packets.empty();
  b.whole_milliseconds = flow.first.time.ns % kMillisecond == 0 && flow.last.time.ns % kMillisecond == 0;
  for (const PacketNote& note : flow.packets) {
    crafted = crafted && note.has_ip_id && note.ip_id <= 1 && note.window == 8192 && note.ttl == 64;
    b.whole_milliseconds = b.whole_milliseconds && note.time_ns % kMillisecond == 0;
    const Side peer = flow.side(note.from) == Side::client ? Side::server : Side::client;
    const auto mss = flow.facts(peer).mss;
    b.has_offload = b.has_offload || (mss && note.length > *mss);
  }
  b.is_synthetic = crafted;
}

void fill_identity(const FlowReport& flow, FlowBrief& b) {
  b.network = network_digest(flow.link);
  for (const Side side : {Side::client, Side::server}) {
    const auto s = static_cast<std::size_t>(side);
    const SideFacts& facts = flow.facts(side);
    b.has_isn[s] = facts.isn.has_value();
    b.isn[s] = facts.isn.value_or(0);
    b.sent[s] = static_cast<std::uint32_t>(std::min<std::uint64_t>(facts.bytes, 0x7fff'ffff));
  }
  for (const FinFact& fin : flow.tcp.fin) b.closing_ns = std::min(b.closing_ns, fin.time.ns);
  for (const RstFact& rst : flow.tcp.rst) {
    b.closing_ns = std::min(b.closing_ns, rst.time.ns);
    const auto s = static_cast<std::size_t>(rst.from);
    if (b.resets[s]++ == 0) b.reset_ns[s] = rst.time.ns;
  }
  b.first_frame = flow.first.number;
  const auto& chain = flow.tls.chains[index(opposite(flow.tls_client()))].certificates;
  if (!chain.empty() && chain.front()->decoded) b.issuer = digest(chain.front()->issuer);
}

// What the client's side sent newest that asks for an answer. What it sends in giving up is no try any more.
void fill_last_try(const FlowReport& flow, const Outcome& o, FlowBrief& b) {
  b.is_silence = is_silence(o);
  b.last_try_ns = b.start_ns;
  const std::uint64_t end = o.ending_frame.value_or(UINT64_MAX);
  const auto newest = std::find_if(flow.packets.rbegin(), flow.packets.rend(), [&](const PacketNote& n) {
    const bool asks = n.length > 0 || n.has(tcp_flag::syn);
    return flow.side(n.from) == Side::client && asks && !n.is_rst() && n.frame < end;
  });
  if (newest != flow.packets.rend()) b.last_try_ns = newest->time_ns;
}

}  // namespace

bool is_silence(const Outcome& o) {
  return o.ended_by == EndedBy::timeout || (o.ended_by != EndedBy::alert && o.apparent_sender == Side::client);
}

bool stands_beside(const FlowReport& flow, Side side) {
  const TcpFacts& tcp = flow.tcp;
  const std::optional<std::uint8_t> ttl = flow.facts(side).ttl;
  const std::optional<PacketStamp>& asked = side == Side::client ? tcp.syn_ack : tcp.syn;
  const std::optional<PacketStamp>& answered = side == Side::client ? tcp.ack : tcp.syn_ack;
  return ttl && hops(*ttl) == 0 && asked && answered && elapsed(asked->time.ns, answered->time.ns) < kBeside;
}

bool is_closed_unused(const FlowReport& flow, const Outcome& o) {
  return o.ended_by == EndedBy::fin && o.apparent_sender == Side::client && o.ending_frame && flow.tcp.ack &&
         flow.facts(Side::client).bytes == 0 && !spoke_before(flow, Side::server, *o.ending_frame);
}

bool is_same_connection(const FlowBrief& a, const FlowBrief& b) {
  return a.id != b.id && a.client == b.client && a.server == b.server && a.client_port == b.client_port &&
         a.server_port == b.server_port && a.has_isn[0] && a.has_isn[1] && b.has_isn[0] && b.has_isn[1] &&
         a.isn[0] == b.isn[0] && a.isn[1] == b.isn[1];
}

std::uint32_t network_digest(const LinkFacts& link) {
  const auto vlans = std::span(link.vlans).first(link.vlan_count);
  const bool has_vlan = std::any_of(vlans.begin(), vlans.end(), [](std::uint16_t id) { return id != 0; });
  if (!has_vlan && link.identity_length == 0) return 0;
  std::uint64_t h = 14695981039346656037u;
  for (const std::uint16_t id : vlans) {
    if (id != 0) combine(h, id);  // 0 only carries a priority
  }
  for (const std::uint8_t byte : link.identity_bytes()) combine(h, 0x1'0000u + byte);
  const auto folded = static_cast<std::uint32_t>(h ^ (h >> 32));
  return folded == 0 ? 1 : folded;
}

FlowBrief brief_of(const AnalyzedFlow& analyzed) {
  const FlowReport& flow = analyzed.report;
  const Outcome& o = analyzed.outcome;
  FlowBrief b;
  b.id = flow.id;
  b.start_ns = flow.first.time.ns;
  b.end_ns = flow.last.time.ns;
  b.client = flow.client.ip;
  b.server = flow.server.ip;
  b.client_port = flow.client.port;
  b.server_port = flow.server.port;
  b.status = o.status;
  b.stage = o.stage;
  b.ended_by = o.ended_by;
  b.one_sided = flow.one_sided.has_value();
  b.is_unused = flow.facts(Side::client).bytes + flow.facts(Side::server).bytes == 0;
  b.has_expired = has_expired(flow);
  b.is_trace = is_trace_by_itself(flow);
  b.is_complete = !flow.midstream && flow.cut_short == CutShort::none;
  b.shape = shape_of(flow, o);
  fill_side(flow, Side::client, b);
  fill_side(flow, Side::server, b);
  fill_round_trips(flow, b);
  fill_hello(flow, b);
  fill_identity(flow, b);
  const SideFacts& client = flow.facts(Side::client);
  b.odd_syn = flow.tcp.syn && (client.options.empty() || client.ip_id == kScannerId);
  b.has_loss = client.lost_bytes + flow.facts(Side::server).lost_bytes > 0;
  b.is_raw_ip = flow.link.encapsulation_count > 0 && flow.link.encapsulations[0] == Encapsulation::raw;
  look_at_packets(flow, b);
  fill_reset(flow, o, b);
  fill_last_try(flow, o, b);
  return b;
}

bool is_worth_keeping(const FlowBrief& b) { return !b.one_sided || b.has_reset || b.has_expired || b.is_trace; }

}  // namespace handlens
