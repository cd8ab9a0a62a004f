#include "src/findings/rejection.h"

#include <algorithm>
#include <optional>

#include "src/tcp/seq.h"

namespace handlens {
namespace {

const IcmpFact* fact_of(const FlowReport& flow, const Event& error) {
  const auto found =
      std::find_if(flow.icmp.begin(), flow.icmp.end(), [&error](const IcmpFact& i) { return i.frame == error.frame; });
  return found == flow.icmp.end() ? nullptr : &*found;
}

}  // namespace

// RFC 4443 §3.1; RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1
bool says_prohibited(const Event& e) {
  if (e.icmp_v6) return e.code_a == 1 && e.code_b == 1;
  return e.code_a == 3 && (e.code_b == 9 || e.code_b == 10 || e.code_b == 13);
}

bool is_overcome(const FlowReport& flow, const Event& error, std::uint64_t end) {
  const IcmpFact* fact = fact_of(flow, error);
  if (fact == nullptr) return false;
  const Side target = flow.side(error.from);
  std::optional<std::uint32_t> next;  // that the target would send
  for (const PacketNote& n : flow.packets) {
    if (n.frame >= end) break;
    if (flow.side(n.from) != target || n.is_rst()) continue;
    if (n.frame > error.frame) {
      const bool acknowledges = n.has(tcp_flag::ack) && seq_before(fact->quoted_seq, n.ack);
      const bool is_new = n.length > 0 && (!next || seq_before(*next, n.end()));
      if (acknowledges || is_new) return true;
    }
    if (!next || seq_before(*next, n.end())) next = n.end();
  }
  return false;
}

Rejection find_rejection(const FlowReport& flow, std::uint64_t end) {
  Rejection out;
  for (auto e = flow.events.rbegin(); e != flow.events.rend(); ++e) {
    if (e->kind != EventKind::icmp_unreachable || e->frame >= end || !says_prohibited(*e)) continue;
    const IcmpFact* fact = fact_of(flow, *e);
    if (fact == nullptr || is_overcome(flow, *e, end)) continue;
    if (out.newest == nullptr) out = {&*e, fact, 0, flow.side(e->from)};
    if (fact->source == out.fact->source && flow.side(e->from) == out.rejected_to) ++out.times;
  }
  return out;
}

}  // namespace handlens
