#include "src/findings/expired.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "dissectors/icmp.h"
#include "src/findings/path_trace.h"
#include "src/tcp/elapsed.h"

namespace handlens {
namespace {

constexpr std::int64_t kAnotherAttempt = 500'000'000;  // ns: hosts send nothing again sooner (RFC 6298 §2.4)

// A packet that goes round may take long; without a number of its own it could be the next attempt.
bool is_same_packet(const PacketNote& a, const PacketNote& b) {
  constexpr std::int64_t kLongestWay = 10'000'000'000;  // ns
  return a.from == b.from && a.seq == b.seq && a.length == b.length && a.ip_id == b.ip_id &&
         is_within(a.time_ns, b.time_ns, a.ip_id != 0 ? kLongestWay : kAnotherAttempt);
}

bool is_quoted(const FlowReport& flow, const PacketNote& n, const Event& error, const IcmpFact& fact) {
  return n.frame < error.frame && n.seq == fact.quoted_seq && flow.side(n.from) == quoted_side(flow, error) &&
         (!n.has_ip_id || n.ip_id == fact.quoted_ip_id);
}

// The newest packet that the error can be about, as it came by first.
Expired match(const FlowReport& flow, const Event& error, const IcmpFact& fact) {
  Expired out{.error = &error, .fact = &fact};
  const auto newest = std::find_if(flow.packets.rbegin(), flow.packets.rend(),
                                   [&](const PacketNote& n) { return is_quoted(flow, n, error, fact); });
  if (newest == flow.packets.rend()) return out;
  out.packet = &*std::find_if(flow.packets.begin(), flow.packets.end(),
                              [&newest](const PacketNote& n) { return is_same_packet(n, *newest); });
  out.ttl = std::max(out.packet->ttl, newest->ttl);
  return out;
}

// Hosts begin with 64 or more, and no ordinary path has 48 routers behind the capture. A router quotes what it got: a
// packet with one hop left (RFC 1812 §5.3.1).
bool is_used_up(const FlowReport& flow, const Expired& e) {
  constexpr std::uint8_t kLoopTtl = 48;
  const IpAddress& target = quoted_side(flow, *e.error) == Side::client ? flow.server.ip : flow.client.ip;
  return e.packet != nullptr && e.ttl >= kLoopTtl && e.fact->quoted_ttl <= 1 && e.fact->source != target;
}

// The ending and an attempt before it, both used up.
bool is_loop(const FlowReport& flow, const std::vector<Expired>& all, const Expired& ending) {
  return is_used_up(flow, ending) && std::any_of(all.begin(), all.end(), [&](const Expired& e) {
           return is_used_up(flow, e) && e.packet->from == ending.packet->from &&
                  elapsed(e.packet->time_ns, ending.packet->time_ns) >= kAnotherAttempt;
         });
}

}  // namespace

bool says_expired(const Event& e) {
  constexpr std::uint8_t kExceededV4 = 11, kExceededV6 = 3, kInTransit = 0;
  return e.kind == EventKind::icmp_unreachable && e.code_a == (e.icmp_v6 ? kExceededV6 : kExceededV4) &&
         e.code_b == kInTransit;
}

bool has_expired(const FlowReport& flow) { return std::any_of(flow.events.begin(), flow.events.end(), says_expired); }

Side quoted_side(const FlowReport& flow, const Event& e) {
  return flow.side(e.from) == Side::server ? Side::client : Side::server;
}

std::vector<Expired> expired_packets(const FlowReport& flow) {
  std::vector<Expired> out;
  for (const Event& e : flow.events) {
    if (!says_expired(e)) continue;
    const auto fact =
        std::find_if(flow.icmp.begin(), flow.icmp.end(), [&e](const IcmpFact& i) { return i.frame == e.frame; });
    if (fact != flow.icmp.end()) out.push_back(match(flow, e, *fact));
  }
  return out;
}

const Event* find_expired_ending(const FlowReport& flow) {
  if (!has_expired(flow) || flow.packets.empty()) return nullptr;
  const std::vector<Expired> all = expired_packets(flow);
  if (all.empty() || all.back().packet == nullptr) return nullptr;
  const PacketNote& newest = flow.packets.back();
  const bool is_about_it = newest.frame < all.back().error->frame && is_same_packet(*all.back().packet, newest);
  return is_about_it ? all.back().error : nullptr;
}

std::size_t count_expired(const FlowReport& flow, Side sender, std::uint32_t seq) {
  if (!has_expired(flow)) return 0;
  std::vector<const PacketNote*> counted;
  for (const Expired& e : expired_packets(flow)) {
    if (e.packet == nullptr || flow.side(e.packet->from) != sender || e.packet->seq != seq || is_trace_ttl(e.ttl))
      continue;
    if (std::find(counted.begin(), counted.end(), e.packet) == counted.end()) counted.push_back(e.packet);
  }
  return counted.size();
}

void add_expired_sign(const FlowReport& flow, const Event& ending, Signs& out) {
  const std::vector<Expired> all = expired_packets(flow);
  const auto found =
      std::find_if(all.begin(), all.end(), [&ending](const Expired& e) { return e.error->frame == ending.frame; });
  if (found == all.end()) return;
  const bool loops = is_loop(flow, all, *found);
  std::string more;
  if (found->packet != nullptr) {
    more = fmt::format("; the packet (#{}) had a TTL of {} where it was captured", found->packet->frame, found->ttl);
    if (loops) more += ", as others had before it: no ordinary path has so many routers";
    if (is_trace_ttl(found->ttl)) more += ": so little is meant for a neighbour or for a trace of the path";
  }
  out.push_back({"icmp-expired", ClueGroup::protocol, loops ? Weight::strong : Weight::weak, Toward::neither,
                 ending.frame,
                 fmt::format("{} sent \"{}\" about it{}", to_text(found->fact->source),
                             icmp_text(ending.icmp_v6, ending.code_a, ending.code_b), more)});
}

}  // namespace handlens
