#include "src/findings/path_trace.h"

#include <fmt/format.h>

#include <bitset>

#include "src/findings/ending.h"
#include "src/findings/expired.h"
#include "src/tcp/elapsed.h"

namespace handlens {
namespace {

constexpr std::int64_t kOneTrace = 60'000'000'000;  // ns
// Wherever a trace is captured, it begins with what is about to run out there. Hosts that begin with 32 and come over
// several paths differ as well, but not down to this.
constexpr std::uint8_t kLowest = 2;
constexpr std::size_t kTtls = 3;

using Ttls = std::bitset<kMostTraceTtl + 1>;

bool is_ladder(const Ttls& ttls) {
  bool is_low = false;
  for (std::size_t i = 1; i <= kLowest; ++i) is_low = is_low || ttls[i];
  return is_low && ttls.count() >= kTtls;
}

std::string range_of(const Ttls& ttls) {
  std::size_t low = 0, high = 0;
  for (std::size_t i = 1; i < ttls.size(); ++i) {
    if (!ttls[i]) continue;
    if (low == 0) low = i;
    high = i;
  }
  return fmt::format("{} to {}", low, high);
}

std::string_view expired_text(bool any) {
  return any ? ", and routers said of some that they had run out on the way (ICMP time exceeded)" : "";
}

// The TTLs of the flow's SYNs, each as far as the one before or further; empty if they are no trace's. In a routing
// loop, or where one packet was captured at several places, one SYN comes by again and again.
Ttls within(const FlowReport& flow) {
  Ttls ttls;
  const PacketNote* last = nullptr;
  for (const PacketNote& n : flow.packets) {
    if (flow.side(n.from) != Side::client || !n.has(tcp_flag::syn)) continue;
    if (!is_trace_ttl(n.ttl) || (last != nullptr && n.ttl < last->ttl)) return {};
    const bool is_copy = last != nullptr && n.ttl != last->ttl && n.has_ip_id && n.ip_id != 0 && n.ip_id == last->ip_id;
    if (is_copy) return {};
    ttls.set(n.ttl);
    last = &n;
  }
  return is_ladder(ttls) ? ttls : Ttls{};
}

// What the client's other unused flows to that port say.
struct Neighbours {
  Ttls ttls;
  std::size_t flows = 0, longer = 0;  // of them; with a longer time to live, which no trace has
  bool any_expired = false, any_trace = false;
};
Neighbours neighbours_of(const FlowReport& flow, const CaptureContext& context) {
  Neighbours out;
  for (const std::uint32_t i : context.of_client(flow.client.ip, flow.id)) {
    const FlowBrief& b = context.briefs()[i];
    constexpr auto kClient = static_cast<std::size_t>(Side::client);
    if (b.id == flow.id || !b.is_unused || b.server != flow.server.ip || b.server_port != flow.server.port ||
        !is_within(b.start_ns, flow.first.time.ns, kOneTrace))
      continue;
    const std::uint8_t low = b.ttl_min[kClient], high = b.ttl_max[kClient];
    if (high > kMostTraceTtl) ++out.longer;
    if (!is_trace_ttl(low) || !is_trace_ttl(high) || (low != high && !b.is_trace)) continue;
    out.ttls.set(low);
    out.ttls.set(high);
    out.any_expired = out.any_expired || b.has_expired;
    out.any_trace = out.any_trace || b.is_trace;
    ++out.flows;
  }
  return out;
}

std::optional<std::string> among(const FlowReport& flow, const CaptureContext& context) {
  const SideFacts& client = flow.facts(Side::client);
  if (client.ttl_min != client.ttl_max) return std::nullopt;
  Neighbours n = neighbours_of(flow, context);
  n.ttls.set(client.ttl_max);
  n.any_expired = n.any_expired || has_expired(flow);
  ++n.flows;
  constexpr std::size_t kFew = 8;  // one of so many may be the scan beside the trace
  const bool is_refused = !flow.tcp.syn_ack && !flow.tcp.rst.empty();
  if (n.longer > n.flows / kFew + 1 || (is_refused && !n.any_expired)) return std::nullopt;
  if (!is_ladder(n.ttls) && !n.any_trace) return std::nullopt;
  return fmt::format(
      "its SYN has TTL {}; {} connections of this client to this port, opened within a minute and not used, have TTLs "
      "from {}{}: as traceroute does",
      client.ttl_max, n.flows, range_of(n.ttls), expired_text(n.any_expired));
}

}  // namespace

bool has_trace_ttl(const FlowReport& flow) {
  constexpr std::uint16_t kBgp = 179;
  const SideFacts& client = flow.facts(Side::client);
  return flow.tcp.syn && client.bytes == 0 && flow.facts(Side::server).bytes == 0 && is_trace_ttl(client.ttl_max) &&
         flow.server.port != kBgp;
}

bool is_trace_by_itself(const FlowReport& flow) { return has_trace_ttl(flow) && within(flow).any(); }

std::optional<std::string> find_path_trace(const FlowReport& flow, const CaptureContext& context) {
  if (!has_trace_ttl(flow)) return std::nullopt;
  if (const Ttls ttls = within(flow); ttls.any()) {
    return fmt::format("its SYN was sent with TTLs from {}, rising{}: as traceroute does", range_of(ttls),
                       expired_text(has_expired(flow)));
  }
  return context.is_known ? among(flow, context) : std::nullopt;
}

}  // namespace handlens
