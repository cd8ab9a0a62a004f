#include "src/findings/guards.h"

#include <algorithm>
#include <initializer_list>
#include <set>

#include "src/findings/flow_brief.h"
#include "src/tcp/elapsed.h"

namespace handlens {
namespace {

constexpr std::size_t kFewFlows = 3;     // from so many on a rule over all flows means something
constexpr std::size_t kFarNetworks = 3;  // hosts in so many networks are not all equally far
constexpr std::int64_t kMillisecond = 1'000'000;

// The user-mode network of virtual machines gives its guests 10.0.2.0/24 and speaks for all hosts itself.
bool is_user_mode_guest(const IpAddress& ip) {
  return !ip.v6 && ip.bytes[0] == 10 && ip.bytes[1] == 0 && ip.bytes[2] == 2;
}

// RFC 1918, RFC 6598, RFC 3927; RFC 4193, RFC 4291 §2.5.6.
bool is_private(const IpAddress& ip) {
  const auto a = ip.bytes[0], b = ip.bytes[1];
  if (ip.v6) return (a & 0xfe) == 0xfc || (a == 0xfe && (b & 0xc0) == 0x80);
  return a == 10 || (a == 172 && (b & 0xf0) == 16) || (a == 192 && b == 168) || (a == 100 && (b & 0xc0) == 64) ||
         (a == 169 && b == 254);
}
// Addresses for examples and for measurements may stand anywhere (RFC 5737, RFC 3849, RFC 2544).
bool is_for_examples(const IpAddress& ip) {
  const auto starts = [&ip](std::initializer_list<std::uint8_t> prefix) {
    return std::equal(prefix.begin(), prefix.end(), ip.bytes.begin());
  };
  if (ip.v6) return starts({0x20, 0x01, 0x0d, 0xb8});
  return starts({192, 0, 2}) || starts({198, 51, 100}) || starts({203, 0, 113}) || starts({198, 18}) ||
         starts({198, 19});
}
bool is_loopback(const IpAddress& ip) {
  if (!ip.v6) return ip.bytes[0] == 127;
  return std::all_of(ip.bytes.begin(), ip.bytes.end() - 1, [](std::uint8_t b) { return b == 0; });
}

// A client with a private address has no neighbour with a public one: between the two a router lowers the TTL.
bool is_answered_nearby(const FlowReport& flow) {
  const SideFacts &client = flow.facts(Side::client), &server = flow.facts(Side::server);
  if (!client.ttl || !server.ttl || hops(*client.ttl) != 0 || hops(*server.ttl) != 0) return false;
  const IpAddress& ip = flow.server.ip;
  if (!is_private(flow.client.ip) || is_private(ip) || is_loopback(ip) || is_for_examples(ip)) return false;
  const auto is_whole = [](const SideFacts& s) { return hops(s.ttl_min) == 0 && hops(s.ttl_max) == 0; };
  return is_whole(client) && is_whole(server);
}

// All servers in several networks show one and the same TTL: it is not theirs.
bool looks_rewritten(const std::vector<FlowBrief>& briefs) {
  std::set<std::uint64_t> networks;
  std::set<std::uint8_t> ttls;
  std::size_t guests = 0, flows = 0;
  for (const FlowBrief& b : briefs) {
    if (b.ttl_min[1] == 0) continue;
    ++flows;
    guests += is_user_mode_guest(b.client) && hops(b.ttl_min[1]) == 0 ? 1u : 0u;
    networks.insert(network_of(b.server));
    ttls.insert(b.ttl_min[1]);
    ttls.insert(b.ttl_max[1]);
  }
  if (flows > 0 && guests == flows) return true;
  return networks.size() >= kFarNetworks && ttls.size() == 1;
}

// The client's first data came a retransmission timeout after its ACK, and its IP-ID skips a number: the first
// transmission is not in the capture.
bool misses_first_data(const FlowReport& flow) {
  constexpr std::int64_t kShortestTimeout = 150'000'000;  // ns: RFC 6298 §2.4 says a second, hosts use less
  const PacketNote* before = nullptr;
  for (const PacketNote& note : flow.packets) {
    if (flow.side(note.from) != Side::client || note.is_rst()) continue;
    if (note.length == 0) {
      before = &note;
      continue;
    }
    if (before == nullptr || !before->has_ip_id || !note.has_ip_id || before->ip_id == 0) return false;
    const std::uint32_t step = (note.ip_id - before->ip_id) & 0xffff;
    return elapsed(before->time_ns, note.time_ns) >= kShortestTimeout && step >= 2 && step <= 4;
  }
  return false;
}

}  // namespace

std::vector<std::string_view> Guards::words() const {
  std::vector<std::string_view> out;
  const auto add = [&out](bool is_set, std::string_view word) {
    if (is_set) out.push_back(word);
  };
  add(one_way, "one-way");
  add(loss, "loss");
  add(offload, "offload");
  add(local_nat, "local-nat");
  add(duplicates, "duplicates");
  add(clock, "clock");
  add(synthetic, "synthetic");
  add(anonymised, "anonymised");
  add(tunnel, "tunnel");
  return out;
}

Guards capture_guards(const std::vector<FlowBrief>& briefs, const CaptureCounters& counters) {
  Guards g;
  std::size_t whole = 0, one_sided = 0, synthetic = 0, raw = 0, blank = 0, with_macs = 0;
  for (const FlowBrief& b : briefs) {
    whole += b.whole_milliseconds ? 1u : 0u;
    one_sided += b.one_sided ? 1u : 0u;
    synthetic += b.is_synthetic ? 1u : 0u;
    raw += b.is_raw_ip ? 1u : 0u;
    g.loss = g.loss || b.has_loss;
    g.offload = g.offload || b.has_offload;
    g.duplicates = g.duplicates || b.has_duplicates;
    for (const std::size_t side : {0u, 1u}) {
      with_macs += b.has_mac[side] ? 1u : 0u;
      blank += b.has_mac[side] && b.mac[side] == MacAddress{} ? 1u : 0u;
    }
  }
  const std::size_t all = briefs.size();
  g.one_way = all > 0 && one_sided * 10 >= all * 9;
  g.synthetic = all > 0 && synthetic == all;
  g.tunnel = all > 0 && raw == all;
  g.anonymised = with_macs > 0 && blank == with_macs;
  g.local_nat = looks_rewritten(briefs);
  if (all >= kFewFlows && whole == all) g.resolution_ns = kMillisecond;
  g.clock = counters.time_backwards > 0 || g.resolution_ns >= kMillisecond;
  g.drops = counters.dropped_kernel.value_or(0) + counters.dropped_interface.value_or(0) > 0;
  for (const InputFile& file : counters.files) g.drops = g.drops || file.dropped > 0;
  g.loss = g.loss || g.drops;
  return g;
}

Guards flow_guards(const FlowReport& flow, const Guards& of_capture) {
  Guards g = of_capture;
  g.one_way = flow.one_sided.has_value();
  g.midstream = flow.midstream;
  g.loss = of_capture.drops || flow.facts(Side::client).lost_bytes + flow.facts(Side::server).lost_bytes > 0 ||
           misses_first_data(flow);
  bool whole = flow.packets.size() >= 4, crafted = !flow.packets.empty();
  std::int64_t latest = INT64_MIN;
  for (const PacketNote& note : flow.packets) {
    whole = whole && note.time_ns % kMillisecond == 0;
    if (note.time_ns < latest) g.backstep_ns = std::max(g.backstep_ns, elapsed(note.time_ns, latest));
    latest = std::max(latest, note.time_ns);
    crafted = crafted && note.has_ip_id && note.ip_id <= 1 && note.window == 8192 && note.ttl == 64;
  }
  if (whole) g.resolution_ns = std::max(g.resolution_ns, kMillisecond);
  g.clock = g.backstep_ns > 0 || g.resolution_ns >= kMillisecond;
  g.synthetic = g.synthetic || crafted;
  g.answered_nearby = is_answered_nearby(flow);
  g.local_nat = g.local_nat || (is_user_mode_guest(flow.client.ip) && flow.facts(Side::server).ttl &&
                                hops(*flow.facts(Side::server).ttl) == 0);
  return g;
}

}  // namespace handlens
