#include "src/findings/stray_reset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "src/findings/clues.h"
#include "src/findings/telling.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kCopied = 20'000'000;  // ns: two copies of one packet are closer
constexpr int kRoutedCopy = 2;                // hops: what routers between both networks take off

// Nothing but resets, with one side's address.
bool is_only_resets(const FlowReport& flow) {
  const std::uint64_t client = flow.facts(Side::client).packets, server = flow.facts(Side::server).packets;
  return !flow.tcp.rst.empty() && client + server == flow.tcp.rst_total && (client == 0 || server == 0) &&
         flow.tcp.rst_total == flow.tcp.rst.size();
}

struct End {
  const IpAddress& ip;
  std::uint16_t port;
  bool operator==(const End& other) const { return ip == other.ip && port == other.port; }
};
End end_of(const FlowBrief& b, Side side) {
  return side == Side::client ? End{b.client, b.client_port} : End{b.server, b.server_port};
}

// The side of `b` whose address the resets of `flow` carry; none if it is another connection.
std::optional<Side> claimed_side(const FlowReport& flow, const FlowBrief& b) {
  const bool by_client = flow.tcp.rst.front().from == Side::client;
  const Endpoint &sender = by_client ? flow.client : flow.server, &receiver = by_client ? flow.server : flow.client;
  const End from{sender.ip, sender.port}, to{receiver.ip, receiver.port};
  if (end_of(b, Side::client) == from && end_of(b, Side::server) == to) return Side::client;
  if (end_of(b, Side::server) == from && end_of(b, Side::client) == to) return Side::server;
  return std::nullopt;
}

// The connection was open, and its number is one that the stream had come to.
bool fits(const FlowReport& flow, const FlowBrief& b, Side claimed) {
  const auto s = static_cast<std::size_t>(claimed);
  const std::int64_t at = flow.tcp.rst.front().time.ns;
  const bool both_sides = b.ttl_min[0] != 0 && b.ttl_min[1] != 0;
  if (!both_sides || !b.has_isn[s] || at < b.start_ns || elapsed(b.end_ns, at) > kSecond) return false;
  // Its own reset or FIN about then: this is a copy of it, or clean-up.
  if (b.closing_ns != INT64_MAX && elapsed(b.closing_ns, at) > -kCopied) return false;
  const std::int32_t offset = seq_distance(b.isn[s], flow.tcp.rst.front().raw_seq);
  return offset >= 1 && static_cast<std::uint32_t>(offset) <= b.sent[s] + 2;
}

// Ordinary packets with the address pass this network too.
bool passes_here(const End& end, std::uint32_t network, const CaptureContext& context, std::uint64_t around) {
  const auto does = [&](const FlowBrief& b) {
    const bool client = b.client == end.ip && b.ttl_min[0] != 0, server = b.server == end.ip && b.ttl_min[1] != 0;
    return b.network == network && (client || server);
  };
  const auto any = [&](std::span<const std::uint32_t> flows) {
    return std::any_of(flows.begin(), flows.end(), [&](std::uint32_t i) { return does(context.briefs()[i]); });
  };
  const auto near = context.neighbours(around);
  return std::any_of(near.begin(), near.end(), does) || any(context.of_client(end.ip, around)) ||
         any(context.of_server(end.ip, end.port, around));
}

}  // namespace

std::optional<StrayReset> find_stray_reset(const FlowReport& flow, const CaptureContext& context) {
  if (!context.is_known || !is_only_resets(flow)) return std::nullopt;
  const RstFact& rst = flow.tcp.rst.front();
  const Endpoint& sender = rst.from == Side::client ? flow.client : flow.server;
  const std::uint32_t network = network_digest(flow.link);
  if (passes_here({sender.ip, sender.port}, network, context, flow.id)) return std::nullopt;
  const FlowBrief* connection = nullptr;
  std::optional<Side> claimed;
  for (const IpAddress* client : {&flow.client.ip, &flow.server.ip}) {
    for (const std::uint32_t i : context.of_client(*client, flow.id)) {
      const FlowBrief& b = context.briefs()[i];
      const std::optional<Side> side = b.network != network ? claimed_side(flow, b) : std::nullopt;
      if (!side || !fits(flow, b, *side)) continue;
      if (connection != nullptr) return std::nullopt;  // seen in several networks: which is its own cannot be told
      connection = &b;
      claimed = side;
    }
  }
  if (connection == nullptr) return std::nullopt;
  const auto s = static_cast<std::size_t>(*claimed);
  const int apart = std::min(std::abs(hops(rst.ttl) - hops(connection->ttl_min[s])),
                             std::abs(hops(rst.ttl) - hops(connection->ttl_max[s])));
  if (context.guards.local_nat || apart <= kRoutedCopy) return std::nullopt;
  // Only the flows around it were looked at: of a large capture, others may show that the address belongs there.
  const bool knows_all = context.briefs().size() <= CaptureContext::kNearby;
  return StrayReset{connection->id, *claimed, apart, knows_all};
}

void tell_stray_reset(const StrayReset& stray, AnalyzedFlow& flow) {
  const RstFact& rst = flow.report.tcp.rst.front();
  Verdict v;
  v.frame = rst.frame;
  v.signs.push_back(
      {"rst-encap-mismatch", ClueGroup::link, Weight::strong, Toward::middlebox, rst.frame,
       fmt::format("it came in another VLAN or tunnel than flow #{}, whose ends and numbers it bears; no other packet "
                   "with that address was seen there{}",
                   stray.connection, stray.knows_all ? "" : " in the flows around it")});
  v.signs.push_back({"rst-hop-mismatch", ClueGroup::header, Weight::strong, Toward::middlebox, rst.frame,
                     fmt::format("its TTL is {}: it has travelled {} hops more or fewer than the packets with the "
                                 "same address in flow #{}",
                                 rst.ttl, stray.hops_apart, stray.connection)});
  v.judgement.cause = Cause::middlebox;
  v.judgement.location = Location::somewhere;
  v.judgement.confidence = stray.knows_all ? Confidence::likely : Confidence::possible;
  take_over(v.judgement, flow.outcome);
  for (RstVerdict& verdict : flow.rst_verdicts) {
    verdict.cause = v.judgement.cause;
    verdict.location = v.judgement.location;
    verdict.confidence = v.judgement.confidence;
    for (const Sign& s : v.signs) {
      if (std::find(verdict.rules.begin(), verdict.rules.end(), s.rule) == verdict.rules.end())
        verdict.rules.emplace_back(s.rule);
    }
  }
  Finding& finding = story_finding(flow, "reset-in-another-network");
  finding.confidence = v.judgement.confidence;
  finding.frames = {rst.frame};
  finding.sentence = fmt::format(
      "A reset carrying the address of the {} of flow #{} came in another VLAN or tunnel than that "
      "connection, and from another distance. {} a device on the path sent it.",
      to_text(stray.claimed), stray.connection, stray.knows_all ? "Most likely" : "Possibly");
  add_evidence(v, rst.from, finding);
  fill_against(v, rst.from, finding);
  finding.against.emplace_back(card_of("reset-in-another-network")->alternatives);
  finding.next_steps = {
      "Network team: which networks does this connection pass, and is that VLAN or tunnel one of them?"};
}

}  // namespace handlens
