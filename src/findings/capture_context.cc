#include "src/findings/capture_context.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <random>
#include <set>

#include "src/tcp/elapsed.h"

namespace handlens {
namespace {

constexpr std::size_t kSameMaker = 3;  // so many flows with one fingerprint are no accident

const IpAddress& address_of(const FlowBrief& b, Side side) { return side == Side::client ? b.client : b.server; }

// Least squares of y over x: the slope, and how much of y's spread it explains.
void fit_line(const std::vector<std::pair<double, double>>& points, ResetGroup& group) {
  double mean_x = 0, mean_y = 0;
  for (const auto& [x, y] : points) {
    mean_x += x;
    mean_y += y;
  }
  const auto n = static_cast<double>(points.size());
  mean_x /= n;
  mean_y /= n;
  double xx = 0, xy = 0, yy = 0;
  for (const auto& [x, y] : points) {
    xx += (x - mean_x) * (x - mean_x);
    xy += (x - mean_x) * (y - mean_y);
    yy += (y - mean_y) * (y - mean_y);
  }
  if (xx <= 0) return;
  group.slope = xy / xx;
  // A flat line explains no spread because there is none to explain: then the residue counts.
  const double residue = yy - *group.slope * xy;
  const double flat = std::abs(*group.slope) <= 0.2 && yy <= 0.04 * xx ? 1.0 : 0.0;
  group.fit = yy > 0 ? std::max(flat, 1 - residue / yy) : 1.0;
}

Vantage vantage_of(const std::vector<FlowBrief>& briefs);

}  // namespace

std::string_view to_text(Vantage::Position position) {
  switch (position) {
    case Vantage::Position::unknown:
      return "unknown";
    case Vantage::Position::client:
      return "client";
    case Vantage::Position::server:
      return "server";
    case Vantage::Position::middle:
      return "middle";
    case Vantage::Position::same_host:
      return "same-host";
  }
  return "";
}

namespace {

// Of this run, so that no capture can be made whose addresses all fall together.
struct HashSeed {
  std::uint64_t high = 0, low = 0, port = 0;
};
HashSeed random_seed() {
  std::random_device device;
  const auto odd = [&device] { return std::uint64_t{device()} << 32 | device() | 1; };
  return {odd(), odd(), odd()};
}
const HashSeed kSeed = random_seed();

// Multiplication by a random odd number; its upper bits depend on all that came in.
std::uint64_t hash_address(const IpAddress& address) {
  std::uint64_t high = 0, low = 0;
  std::memcpy(&high, address.bytes.data(), sizeof(high));
  std::memcpy(&low, address.bytes.data() + sizeof(high), sizeof(low));
  const std::uint64_t sum = (high ^ high >> 32) * kSeed.high + (low ^ low >> 32) * kSeed.low;
  return sum ^ sum >> 32;
}

}  // namespace

std::size_t CaptureContext::KeyHash::operator()(const IpAddress& address) const { return hash_address(address); }
std::size_t CaptureContext::KeyHash::operator()(const ServerKey& key) const {
  const std::uint64_t sum = hash_address(key.address) + key.port * kSeed.port;
  return sum ^ sum >> 32;
}

CaptureContext::CaptureContext(std::vector<FlowBrief> briefs, const CaptureCounters& counters)
    : is_known(true), briefs_(std::move(briefs)) {
  take_in(counters, true);
}

CaptureContext::CaptureContext(std::vector<FlowBrief> briefs, const CaptureCounters& counters,
                               std::span<const AskedFor> asked, std::shared_ptr<const CapturePlaces> places)
    : is_known(true), briefs_(std::move(briefs)), places_(std::move(places)) {
  asked_.resize(2 * asked.size());
  for (const AskedFor& one : asked) {
    for (const Endpoint& end : {one.client, one.server}) {
      asked_.add(hash_address(end.ip));
      hosts_.try_emplace(end.ip);
      clients_.try_emplace(end.ip);
      servers_.try_emplace({end.ip, end.port});
    }
  }
  take_in(counters, false);
}

// At most one address in sixteen that nobody asks for is looked up in vain.
void CaptureContext::Filter::resize(std::size_t addresses) {
  constexpr std::size_t kBits = 16;  // for each
  words_.assign(std::bit_ceil(addresses * kBits / 64 + 1), 0);
}

void CaptureContext::take_in(const CaptureCounters& counters, bool index_all) {
  guards = capture_guards(briefs_, counters);
  for (std::uint32_t i = 0; i < briefs_.size(); ++i) index(i, index_all);
  vantage = vantage_of(briefs_);
  group_resets();
}

void CaptureContext::index(std::uint32_t number, bool index_all) {
  const FlowBrief& b = briefs_[number];
  const auto add = [index_all, number](auto& lists, const auto& key) {
    const auto at = index_all ? lists.try_emplace(key).first : lists.find(key);
    if (at != lists.end()) at->second.push_back(number);
  };
  if (index_all || asked_.may_hold(hash_address(b.client))) {
    add_host(b, Side::client, index_all);
    add(clients_, b.client);
  }
  if (index_all || asked_.may_hold(hash_address(b.server))) {
    add_host(b, Side::server, index_all);
    add(servers_, ServerKey{b.server, b.server_port});
  }
}

void CaptureContext::add_host(const FlowBrief& b, Side side, bool index_all) {
  const auto s = static_cast<std::size_t>(side);
  if (b.ttl_min[s] == 0) return;
  const auto at = index_all ? hosts_.try_emplace(address_of(b, side)).first : hosts_.find(address_of(b, side));
  if (at == hosts_.end()) return;
  HostFacts& host = at->second;
  ++host.flows;
  host.ttl_min = std::min(host.ttl_min, b.ttl_min[s]);
  host.ttl_max = std::max(host.ttl_max, b.ttl_max[s]);
  host.outgoing += b.seen_as[s] == CaptureDirection::outgoing ? 1u : 0u;
  host.incoming += b.seen_as[s] == CaptureDirection::incoming ? 1u : 0u;
  const bool known = std::find(host.macs.begin(), host.macs.end(), b.mac[s]) != host.macs.end();
  if (b.has_mac[s] && !known && host.macs.size() < HostFacts::kMostMacs) host.macs.push_back(b.mac[s]);
  const std::int64_t handshake = side == Side::client ? b.rtt_client : b.rtt_server;
  const bool is_sooner = b.answer[s] > 0 && b.answer[s] < handshake;
  host.round_trips.add(is_sooner ? b.answer[s] : handshake, b.start_ns);  // one of each flow; when, is near enough
}

const HostFacts* CaptureContext::host(const IpAddress& address) const {
  const auto found = hosts_.find(address);
  return found == hosts_.end() || found->second.flows == 0 ? nullptr : &found->second;
}

std::span<const std::uint32_t> CaptureContext::slice(const std::vector<std::uint32_t>& list,
                                                     std::uint64_t around) const {
  const auto at = std::lower_bound(list.begin(), list.end(), around,
                                   [this](std::uint32_t i, std::uint64_t id) { return briefs_[i].id < id; });
  const auto place = static_cast<std::size_t>(at - list.begin());
  const std::size_t first = place > kNearby ? place - kNearby : 0;
  const std::size_t last = std::min(list.size(), place + kNearby + 1);
  return std::span(list).subspan(first, last - first);
}

std::span<const std::uint32_t> CaptureContext::of_client(const IpAddress& client, std::uint64_t around) const {
  const auto found = clients_.find(client);
  return found == clients_.end() ? std::span<const std::uint32_t>() : slice(found->second, around);
}

std::span<const std::uint32_t> CaptureContext::of_server(const IpAddress& server, std::uint16_t port,
                                                         std::uint64_t around) const {
  const auto found = servers_.find({server, port});
  return found == servers_.end() ? std::span<const std::uint32_t>() : slice(found->second, around);
}

std::span<const FlowBrief> CaptureContext::neighbours(std::uint64_t around) const {
  const auto at = std::lower_bound(briefs_.begin(), briefs_.end(), around,
                                   [](const FlowBrief& b, std::uint64_t id) { return b.id < id; });
  const auto place = static_cast<std::size_t>(at - briefs_.begin());
  const std::size_t first = place > kNearby ? place - kNearby : 0;
  const std::size_t last = std::min(briefs_.size(), place + kNearby + 1);
  return std::span(briefs_).subspan(first, last - first);
}

const FlowBrief* CaptureContext::brief(std::uint64_t id) const {
  const auto found = std::lower_bound(briefs_.begin(), briefs_.end(), id,
                                      [](const FlowBrief& b, std::uint64_t wanted) { return b.id < wanted; });
  return found == briefs_.end() || found->id != id ? nullptr : &*found;
}

const ResetGroup* CaptureContext::group_of(std::uint64_t flow) const {
  const auto found = group_of_.find(flow);
  return found == group_of_.end() ? nullptr : &groups_[found->second];
}

// Resets with one fingerprint, by the side whose address they carry.
void CaptureContext::group_resets() {
  std::map<std::uint64_t, std::vector<std::uint32_t>> by_print;
  for (std::uint32_t i = 0; i < briefs_.size(); ++i) {
    if (briefs_[i].has_reset && briefs_[i].fingerprint != 0) by_print[briefs_[i].fingerprint].push_back(i);
  }
  for (const auto& [print, members] : by_print) {
    if (members.size() < kSameMaker) continue;
    ResetGroup group;
    group.from = briefs_[members.front()].reset_from;
    std::set<IpAddress> clients, servers;
    std::set<std::uint64_t> networks;
    std::vector<std::pair<double, double>> points;
    group.delay_min = group.rtt_min = INT64_MAX;
    for (const std::uint32_t i : members) {
      const FlowBrief& b = briefs_[i];
      group.flows.push_back(b.id);
      clients.insert(b.client);
      servers.insert(b.server);
      networks.insert(network_of(address_of(b, group.from)));
      group.reset_hops_min = std::min(group.reset_hops_min, hops(b.reset_ttl));
      group.reset_hops_max = std::max(group.reset_hops_max, hops(b.reset_ttl));
      const auto side = static_cast<std::size_t>(group.from);
      if (b.ttl_min[side] != 0) {
        group.host_hops_min = std::min(group.host_hops_min, hops(b.ttl_min[side]));
        group.host_hops_max = std::max(group.host_hops_max, hops(b.ttl_min[side]));
      }
      const std::int64_t rtt = group.from == Side::client ? b.rtt_client : b.rtt_server;
      if (rtt <= 0 || b.reset_delay == FlowBrief::kUnknown) continue;
      points.emplace_back(static_cast<double>(rtt), static_cast<double>(b.reset_delay));
      group.rtt_min = std::min(group.rtt_min, rtt);
      group.rtt_max = std::max(group.rtt_max, rtt);
      group.delay_min = std::min(group.delay_min, b.reset_delay);
      group.delay_max = std::max(group.delay_max, b.reset_delay);
    }
    group.clients = clients.size();
    group.servers = servers.size();
    group.networks = networks.size();
    group.points = points.size();
    const bool is_spread =
        group.points >= 5 && static_cast<double>(group.rtt_max) >= 1.3 * static_cast<double>(group.rtt_min);
    if (is_spread) fit_line(points, group);
    const auto number = static_cast<std::uint32_t>(groups_.size());
    for (const std::uint64_t id : group.flows) group_of_[id] = number;
    groups_.push_back(std::move(group));
  }
}

namespace {

constexpr std::int64_t kNear = 300'000;      // ns: a round trip on one host or one switch
constexpr std::int64_t kOnTheHost = 60'000;  // ns: ... on one host
constexpr double kMost = 0.95;               // of the packets, or flows

// Of the flows with a measured handshake: what each says about the place of the capture.
struct Count {
  std::size_t flows = 0, client = 0, server = 0, both = 0, middle = 0;
  std::size_t client_by_link = 0, server_by_link = 0, linked = 0;
  std::int64_t client_rtt = INT64_MAX, server_rtt = INT64_MAX;
  double share = 0;  // of the way, sum
};

bool is_undecremented(const FlowBrief& b, Side side) {
  const auto s = static_cast<std::size_t>(side);
  return b.ttl_min[s] != 0 && hops(b.ttl_min[s]) == 0;
}

Count count(const std::vector<FlowBrief>& briefs) {
  Count c;
  for (const FlowBrief& b : briefs) {
    const bool client_out = b.seen_as[0] == CaptureDirection::outgoing && b.seen_as[1] == CaptureDirection::incoming;
    const bool server_out = b.seen_as[1] == CaptureDirection::outgoing && b.seen_as[0] == CaptureDirection::incoming;
    c.linked += client_out || server_out ? 1u : 0u;
    c.client_by_link += client_out ? 1u : 0u;
    c.server_by_link += server_out ? 1u : 0u;
    if (b.rtt_client == FlowBrief::kUnknown || b.rtt_server == FlowBrief::kUnknown) continue;
    ++c.flows;
    c.client_rtt = std::min(c.client_rtt, b.rtt_client);
    c.server_rtt = std::min(c.server_rtt, b.rtt_server);
    const bool client = is_undecremented(b, Side::client) && b.rtt_client < kNear;
    const bool server = is_undecremented(b, Side::server) && b.rtt_server < kNear;
    if (client && server) {
      ++c.both;
    } else if (client) {
      ++c.client;
    } else if (server) {
      ++c.server;
    } else if (b.rtt_client > kNear && b.rtt_server > kNear) {
      ++c.middle;
      c.share +=
          static_cast<double>(b.rtt_client) / (static_cast<double>(b.rtt_client) + static_cast<double>(b.rtt_server));
    }
  }
  return c;
}

bool most(std::size_t part, std::size_t all) {
  return all > 0 && static_cast<double>(part) >= kMost * static_cast<double>(all);
}

std::string ms(std::int64_t ns) { return fmt::format("{:.2f} ms", static_cast<double>(ns) / 1e6); }

Vantage vantage_of(const std::vector<FlowBrief>& briefs) {
  using P = Vantage::Position;
  const Count c = count(briefs);
  if (c.linked > 0 && most(c.client_by_link, c.linked)) {
    return {P::client, Confidence::certain, "the link layer marks the clients' packets as sent by the capturing host"};
  }
  if (c.linked > 0 && most(c.server_by_link, c.linked)) {
    return {P::server, Confidence::certain, "the link layer marks the servers' packets as sent by the capturing host"};
  }
  if (c.flows == 0) return {P::unknown, Confidence::undetermined, "no handshake was captured whole"};
  if (most(c.both, c.flows)) {
    return {
        P::same_host, Confidence::likely,
        fmt::format("both sides answer within {} and no router has lowered their TTL: one host, one segment or a lab",
                    ms(std::max(c.client_rtt, c.server_rtt)))};
  }
  if (most(c.client, c.flows)) {
    return {P::client, c.client_rtt < kOnTheHost ? Confidence::certain : Confidence::likely,
            fmt::format("the clients answer within {} and no router has lowered their TTL", ms(c.client_rtt))};
  }
  if (most(c.server, c.flows)) {
    return {P::server, Confidence::likely,
            fmt::format("the servers answer within {} and no router has lowered their TTL", ms(c.server_rtt))};
  }
  if (most(c.middle, c.flows)) {
    const double share = c.share / static_cast<double>(c.middle);
    return {P::middle, Confidence::likely,
            fmt::format("both sides are away: about {:.0f} % of the way from the clients, by the handshakes' times",
                        100 * share)};
  }
  return {P::unknown, Confidence::undetermined, "the flows do not agree on a place"};
}

}  // namespace

}  // namespace handlens
