#include "src/findings/near_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/findings/clues.h"
#include "src/findings/guards.h"
#include "src/findings/stories.h"
#include "src/findings/telling.h"
#include "src/tcp/elapsed.h"

namespace handlens {
namespace {

constexpr int kOtherPlace = 3;  // hops: as for resets (clues_header.cc)
constexpr std::int64_t kMillisecond = 1'000'000;

// What the server's address sent: what accepted the connection, and what answered the hello.
struct Answers {
  const PacketNote *syn_ack = nullptr, *hello = nullptr;  // of the client: its ClientHello
  const PacketNote* acked = nullptr;                      // the first that has got it
  const PacketNote* content = nullptr;                    // the first with data
  bool is_steady = true;                                  // all from `acked` on are as far as it
};

Answers read(const FlowReport& flow) {
  Answers a;
  for (const PacketNote& n : flow.packets) {
    if (n.is_rst()) continue;
    if (flow.side(n.from) == Side::client) {
      if (n.length > 0 && n.frame <= flow.tls.client_hello->stamp.number) a.hello = &n;
      continue;
    }
    if (n.has(tcp_flag::syn)) {
      if (a.syn_ack == nullptr) a.syn_ack = &n;
      continue;
    }
    if (a.acked == nullptr && a.hello != nullptr && n.has(tcp_flag::ack) && n.ack == a.hello->end()) a.acked = &n;
    if (a.content == nullptr && n.length > 0) a.content = &n;
    a.is_steady = a.is_steady && (a.acked == nullptr || hops(n.ttl) == hops(a.acked->ttl));
  }
  return a;
}

}  // namespace

bool may_be_near_answer(const FlowReport& flow) {
  const SideFacts& server = flow.facts(Side::server);
  if (!flow.tls.client_hello || !flow.tls.server_hello || flow.is_tls_reversed() || server.ttl_min == 0) return false;
  return hops(server.ttl_min) - hops(server.ttl_max) >= kOtherPlace ||
         hops(server.ttl_max) - hops(server.ttl_min) >= kOtherPlace;
}

std::optional<NearAnswer> find_near_answer(const FlowReport& flow, const Guards& g) {
  const TcpFacts& tcp = flow.tcp;
  if (g.local_nat || g.synthetic || g.one_way || g.midstream || !may_be_near_answer(flow)) return std::nullopt;
  if (!tcp.syn || !tcp.syn_ack || tcp.syn_retransmissions > 0 || tcp.simultaneous_open) return std::nullopt;
  const Answers a = read(flow);
  if (a.syn_ack == nullptr || a.acked == nullptr || a.content == nullptr || !a.is_steady) return std::nullopt;
  if (hops(a.syn_ack->ttl) - hops(a.acked->ttl) < kOtherPlace) return std::nullopt;
  const std::int64_t way = elapsed(tcp.syn->time.ns, tcp.syn_ack->time.ns);
  const std::int64_t after = elapsed(a.hello->time_ns, a.acked->time_ns);
  // One SYN-ACK may be late for reasons of its own: by half of it hardly.
  const auto margin = std::max<std::int64_t>({kMillisecond, way / 2, g.time_error()});
  if (after < 0 || after >= way - margin) return std::nullopt;
  return NearAnswer{
      a.syn_ack->frame, a.content->frame,
      fmt::format("the SYN-ACK (#{}) came after {} over about {} hops; the ClientHello (#{}) was "
                  "acknowledged {} after it (#{}), and this and the content came over about {} (TTL {} "
                  "instead of {})",
                  a.syn_ack->frame, milliseconds_text(way), hops(a.syn_ack->ttl), a.hello->frame,
                  milliseconds_text(after), a.acked->frame, hops(a.acked->ttl), a.acked->ttl, a.syn_ack->ttl)};
}

void tell_near_answer(AnalyzedFlow& flow, const CaptureContext& context) {
  if (!may_be_near_answer(flow.report)) return;
  auto found = find_near_answer(flow.report, flow_guards(flow.report, context.guards));
  if (!found) return;
  Verdict v;
  v.frame = found->answered;
  v.signs.push_back({"answer-from-nearer", ClueGroup::timing, Weight::strong, Toward::neither, found->answered,
                     std::move(found->text)});
  Finding finding;
  finding.id = "tls-terminating-proxy";
  const bool is_failed = flow.outcome.status == Status::failed;
  finding.severity = is_failed ? Severity::notice : Severity::info;
  finding.is_note = true;
  finding.confidence = Confidence::likely;
  finding.frames = {found->opened, found->answered};
  finding.sentence = fmt::format(
      "TLS was answered by something nearer than what accepted the connection: it fits a proxy on the way that opens "
      "TLS in the server's name{}.",
      is_failed ? ", and what failed, failed with it" : "");
  add_evidence(v, Side::server, finding);
  finding.against.emplace_back(card_of(finding.id)->alternatives);
  finding.next_steps = {
      "Look at the issuer of the certificate that the client was given: is it an authority of the network's own?"};
  flow.findings.push_back(std::move(finding));
}

}  // namespace handlens
