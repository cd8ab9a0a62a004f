// What the capture's other flows say about this reset: its like elsewhere, and what the same hosts did otherwise.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "src/findings/clues.h"
#include "src/findings/controls.h"
#include "src/tcp/elapsed.h"

namespace handlens {
namespace {

bool speaks_for_device(const Signs& signs, Weight at_least) {
  return std::any_of(signs.begin(), signs.end(), [at_least](const Sign& s) {
    return s.toward == Toward::middlebox && s.weight <= at_least && s.group != ClueGroup::protocol;
  });
}

std::string range_text(std::int64_t least, std::int64_t most) {
  const std::string from = milliseconds_text(least), to = milliseconds_text(most);
  return from == to ? from : fmt::format("{} to {}", from, to);
}

// X1, X3, X4, X5, T8
void company(const ResetCase& c, Signs& out) {
  const ResetGroup* group = c.context.group_of(c.flow.id);
  if (group == nullptr || group->from != c.claimed || c.after_fin) return;
  const std::size_t n = group->flows.size();
  // Found in this flow itself, before the others are asked: what they add must not speak for itself.
  const bool is_odd = speaks_for_device(out, Weight::strong), is_somewhat_odd = speaks_for_device(out, Weight::medium);
  const bool located = group->slope && group->points >= 5 && group->fit >= 0.8;
  if (located && (*group->slope <= 0.2 || *group->slope >= 0.8)) {
    const bool at_host = *group->slope >= 0.8;
    // It says where, not who: only what else is odd about the reset tells a device from the host.
    const bool counts = is_odd;
    const Weight weight = group->points >= 15 ? Weight::decisive : Weight::strong;
    out.push_back({"timing-slope", ClueGroup::timing, counts ? weight : Weight::weak,
                   counts ? Toward::middlebox : Toward::neither, c.rst.frame,
                   fmt::format("in {} flows alike the resets came {} after their triggers while the hosts are {} "
                               "away (slope {:.2f}): their maker is {}",
                               group->points, range_text(group->delay_min, group->delay_max),
                               range_text(group->rtt_min, group->rtt_max), told_slope(*group->slope),
                               at_host ? "about as far as the hosts" : "equally near in all of them")});
  }
  const std::size_t hosts = group->from == Side::server ? group->servers : group->clients;
  if (!is_somewhat_odd || hosts < 3 || group->networks < 2) return;
  out.push_back({"same-fingerprint-many-flows", ClueGroup::protocol, Weight::medium, Toward::middlebox, c.rst.frame,
                 fmt::format("{} flows with {} hosts were reset by packets with the same peculiarities", n, hosts)});
  if (group->clients == 1 && group->servers >= 3 && group->networks >= 3) {
    const bool near = (group->slope && *group->slope <= 0.2) ||
                      (group->reset_hops_min == group->reset_hops_max && group->host_hops_min != group->host_hops_max);
    out.push_back(
        {"fan-out", ClueGroup::protocol, near ? Weight::medium : Weight::weak,
         near ? Toward::middlebox : Toward::neither, c.rst.frame,
         fmt::format("one client, {} servers in {} networks: the client's side is what they have in common, or a "
                     "policy in many places",
                     group->servers, group->networks)});
  }
  if (group->servers == 1 && group->clients >= 3) {
    out.push_back(
        {"fan-in", ClueGroup::protocol, Weight::weak, Toward::neither, c.rst.frame,
         fmt::format("{} clients, one server: the server's side is what they have in common", group->clients)});
  }
  if (group->reset_hops_min == group->reset_hops_max && group->host_hops_max - group->host_hops_min >= 2 && n >= 3) {
    out.push_back({"hop-constancy", ClueGroup::header, Weight::strong, Toward::middlebox, c.rst.frame,
                   fmt::format("all {} resets have travelled {} hops, the hosts' packets {} to {}", n,
                               group->reset_hops_min, group->host_hops_min, group->host_hops_max)});
  }
}

bool is_reset_after_hello(const FlowBrief& b) {
  return b.has_reset && b.reset_from == Side::server && b.ended_by == EndedBy::rst && b.status == Status::failed &&
         b.stage == Stage::client_hello && b.hello_size > 0 && !b.answered_hello;
}

// X3 where every reset fits its server: one server may refuse a client, but hardly all that it asks in their several
// networks. Something that they share is the reason, and a device that writes resets in place of the servers' answers
// keeps their times, distances and numbers.
void most_servers_alike(const ResetCase& c, Signs& out) {
  constexpr std::int64_t kComparable = 600'000'000'000;  // ns, as for the other comparisons
  constexpr std::size_t kServers = 3, kDistances = 2;
  const FlowBrief* self = c.context.brief(c.flow.id);
  if (self == nullptr || c.is_fin || c.claimed != Side::server || !is_reset_after_hello(*self)) return;
  std::set<IpAddress> alike, others;
  std::set<std::uint64_t> networks;
  std::set<int> distances;
  for (const std::uint32_t i : c.context.of_client(self->client, self->id)) {
    const FlowBrief& b = c.context.briefs()[i];
    if (b.hello_size == 0 || !is_within(self->start_ns, b.start_ns, kComparable)) continue;
    const bool is_alike = is_reset_after_hello(b) && b.reset_has_ack == self->reset_has_ack &&
                          b.reset_has_window == self->reset_has_window;
    (is_alike ? alike : others).insert(b.server);
    if (!is_alike) continue;
    networks.insert(network_of(b.server));
    if (b.ttl_min[1] != 0) distances.insert(hops(b.ttl_min[1]));
  }
  std::size_t asked = alike.size();
  for (const IpAddress& server : others) asked += alike.count(server) == 0 ? 1u : 0u;
  if (alike.size() < kServers || networks.size() < kServers || distances.size() < kDistances) return;
  if (alike.size() * 2 <= asked) return;
  out.push_back(
      {"fan-out", ClueGroup::protocol, Weight::weak, Toward::neither, c.rst.frame,
       fmt::format("{} of {} servers that this client asked, in {} networks, reset it alike: they share the client, "
                   "what it sends and its way to them, where something may reset in their place",
                   alike.size(), asked, networks.size())});
}

// X2: the same host answers on another port from another distance.
void other_port(const ResetCase& c, const Guards& g, Signs& out) {
  if (!c.answers_syn || g.local_nat || !c.own.empty()) return;
  const HostFacts* host = c.context.host(c.flow.server.ip);
  if (host == nullptr || host->ttl_max == 0) return;
  const int difference =
      std::min(std::abs(hops(c.rst.ttl) - hops(host->ttl_min)), std::abs(hops(c.rst.ttl) - hops(host->ttl_max)));
  if (difference < 3) return;
  out.push_back({"control-pair", ClueGroup::header, Weight::medium, Toward::middlebox, c.rst.frame,
                 "the same host answers on another port, from another distance"});
}

}  // namespace

void add_cross_flow_signs(const ResetCase& c, const Guards& g, Signs& out) {
  if (c.claimed == Side::server && c.outcome.stage == Stage::client_hello && !c.is_fin &&
      c.outcome.status == Status::failed) {
    out.push_back({"rst-after-clienthello", ClueGroup::protocol, Weight::weak, Toward::middlebox, c.rst.frame,
                   "it came after the complete ClientHello and before any answer to it"});
  }
  if (!c.context.is_known) return;
  company(c, out);
  const bool is_told = std::any_of(out.begin(), out.end(), [](const Sign& s) { return s.rule == "fan-out"; });
  if (!is_told) most_servers_alike(c, out);
  other_port(c, g, out);
  add_control_signs(c.flow, c.outcome, c.context, c.rst.frame, out);
}

}  // namespace handlens
