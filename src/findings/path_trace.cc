#include "src/findings/path_trace.h"

#include <fmt/format.h>

#include <bitset>

#include "src/findings/ending.h"
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

// SYNs of one flow, each as far as the one before or further. In a routing loop, one SYN comes by again and again with
// less.
std::optional<std::string> within(const FlowReport& flow) {
  Ttls ttls;
  std::uint8_t last = 0;
  for (const PacketNote& n : flow.packets) {
    if (flow.side(n.from) != Side::client || !n.has(tcp_flag::syn)) continue;
    if (!is_trace_ttl(n.ttl) || n.ttl < last) return std::nullopt;
    ttls.set(last = n.ttl);
  }
  if (!is_ladder(ttls)) return std::nullopt;
  return fmt::format("its SYN was sent with TTLs from {}, rising{}: as traceroute does", range_of(ttls),
                     expired_text(has_expired(flow)));
}

std::optional<std::string> among(const FlowReport& flow, const CaptureContext& context) {
  Ttls ttls;
  const std::uint8_t own = flow.facts(Side::client).ttl_max;
  ttls.set(own);
  bool any_expired = has_expired(flow);
  std::size_t flows = 1;
  for (const std::uint32_t i : context.of_client(flow.client.ip, flow.id)) {
    const FlowBrief& b = context.briefs()[i];
    constexpr auto kClient = static_cast<std::size_t>(Side::client);
    if (b.id == flow.id || !b.is_unused || !is_trace_ttl(b.ttl_max[kClient]) || b.server != flow.server.ip ||
        b.server_port != flow.server.port || !is_within(b.start_ns, flow.first.time.ns, kOneTrace))
      continue;
    for (const std::uint8_t ttl : {b.ttl_min[kClient], b.ttl_max[kClient]}) {
      if (is_trace_ttl(ttl)) ttls.set(ttl);
    }
    any_expired = any_expired || b.has_expired;
    ++flows;
  }
  if (!is_ladder(ttls)) return std::nullopt;
  return fmt::format(
      "its SYN has TTL {}; {} connections of this client to this port, opened within a minute and not "
      "used, have TTLs from {}{}: as traceroute does",
      own, flows, range_of(ttls), expired_text(any_expired));
}

}  // namespace

bool has_trace_ttl(const FlowReport& flow) {
  const SideFacts& client = flow.facts(Side::client);
  return flow.tcp.syn && client.bytes == 0 && flow.facts(Side::server).bytes == 0 && is_trace_ttl(client.ttl_max);
}

std::optional<std::string> find_path_trace(const FlowReport& flow, const CaptureContext& context) {
  if (!has_trace_ttl(flow)) return std::nullopt;
  if (auto found = within(flow)) return found;
  return context.is_known ? among(flow, context) : std::nullopt;
}

}  // namespace handlens
