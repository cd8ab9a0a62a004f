#include "src/findings/split_rtt.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "src/findings/clues.h"
#include "src/findings/guards.h"
#include "src/findings/telling.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kLate = 100 * kMillisecond;  // and five times the SYN-ACK's delay

// Another place, or another stack at the same one. One hop may be a route that changes.
bool is_other_origin(std::uint8_t a, std::uint8_t b) {
  return std::abs(hops(a) - hops(b)) >= 2 || initial_ttl(a) != initial_ttl(b);
}

std::optional<std::int64_t> syn_ack_delay(const FlowReport& flow) {
  const TcpFacts& tcp = flow.tcp;
  if (!tcp.syn || !tcp.syn_ack || tcp.syn_retransmissions > 0 || flow.midstream) return std::nullopt;
  const std::int64_t delay = elapsed(tcp.syn->time.ns, tcp.syn_ack->time.ns);
  return delay > 0 ? std::optional(delay) : std::nullopt;
}

bool is_late(std::int64_t content, std::int64_t syn_ack) { return content >= kLate && content / 5 >= syn_ack; }

// What the server's address sent up to its first content: the bare acknowledgements, and the content.
struct Series {
  const PacketNote* acked = nullptr;  // the first bare ACK of data
  const PacketNote* asked = nullptr;  // what it acknowledged
  const PacketNote* content = nullptr;
  bool is_steady = true;  // all before the content have one TTL, all content has one
};

Series read_series(const std::vector<const PacketNote*>& packets, const FlowReport& flow) {
  Series s;
  std::optional<std::uint8_t> near;
  for (const PacketNote* n : packets) {
    if (n->is_rst() || flow.side(n->from) != Side::server) continue;
    if (n->length > 0) {
      if (s.content == nullptr) s.content = n;
      s.is_steady = s.is_steady && n->ttl == s.content->ttl;
      continue;
    }
    if (s.content != nullptr) continue;
    s.is_steady = s.is_steady && n->ttl == near.value_or(n->ttl);
    near = n->ttl;
    if (s.acked != nullptr || n->has(tcp_flag::syn) || n->has(tcp_flag::fin)) continue;
    for (const PacketNote* asked : packets) {
      const bool is_it = asked->frame < n->frame && asked->length > 0 && asked->end() == n->ack &&
                         flow.side(asked->from) == Side::client;
      if (!is_it) continue;
      s.acked = n;
      s.asked = asked;
      break;
    }
  }
  return s;
}

}  // namespace

bool is_late_answer(const FlowReport& flow) {
  const auto delay = syn_ack_delay(flow);
  const TlsFacts& tls = flow.tls;
  if (!delay || !tls.client_hello || !tls.server_hello || flow.is_tls_reversed()) return false;
  return is_late(elapsed(tls.client_hello->stamp.time.ns, tls.server_hello->stamp.time.ns), *delay);
}

std::optional<SplitRtt> find_split_rtt(const FlowReport& flow, const Guards& g) {
  if (g.local_nat || g.synthetic || g.one_way || !is_late_answer(flow)) return std::nullopt;
  bool copies = false;
  const Series s = read_series(distinct_packets(flow, copies), flow);
  if (s.acked == nullptr || s.content == nullptr || !s.is_steady) return std::nullopt;
  const std::int64_t delay = *syn_ack_delay(flow);
  const std::int64_t acked_after = elapsed(s.asked->time_ns, s.acked->time_ns);
  const std::int64_t content_after = elapsed(s.asked->time_ns, s.content->time_ns);
  // A delayed acknowledgement tells nothing of the distance.
  if (acked_after < delay / 2 || acked_after > 2 * delay + kMillisecond || !is_late(content_after, delay))
    return std::nullopt;
  if (!is_other_origin(s.acked->ttl, s.content->ttl)) return std::nullopt;
  return SplitRtt{
      s.acked->frame, s.content->frame,
      fmt::format("the SYN-ACK came after {} and the acknowledgement of #{} after {}, both with TTL {}; the "
                  "content (#{}) came after {}, with TTL {}",
                  milliseconds_text(delay), s.asked->frame, milliseconds_text(acked_after), s.acked->ttl,
                  s.content->frame, milliseconds_text(content_after), s.content->ttl)};
}

void tell_split_rtt(AnalyzedFlow& flow, const CaptureContext& context) {
  const auto found = find_split_rtt(flow.report, flow_guards(flow.report, context.guards));
  if (!found) return;
  Verdict v;
  v.frame = found->content;
  v.signs.push_back({"split-rtt", ClueGroup::timing, Weight::medium, Toward::neither, found->content, found->text});
  Finding finding;
  finding.id = "tcp-terminating-proxy";
  finding.severity = Severity::info;
  finding.is_note = true;
  finding.confidence = Confidence::possible;
  finding.frames = {found->ack, found->content};
  finding.sentence =
      "What accepted the connection and acknowledged the ClientHello may be another host than the one the content came "
      "from: it fits a proxy on the path that ends TCP in the server's name. That is no fault by itself.";
  add_evidence(v, Side::server, finding);
  finding.against.emplace_back(card_of(finding.id)->alternatives);
  flow.findings.push_back(std::move(finding));
}

}  // namespace handlens
