#include "tools/middlebox/device.h"

#include <algorithm>
#include <utility>

#include "tools/middlebox/split.h"

namespace handlens::middlebox {

namespace {

bool name_matches(const std::string& pattern, const std::string& name) {
  if (pattern.empty()) return true;
  if (!pattern.starts_with("*.")) return name == pattern;
  const std::string suffix = pattern.substr(1);
  return name.size() > suffix.size() && name.ends_with(suffix);
}

bool hello_matches(const Rule& rule, const Flow& flow, const Sight& sight) {
  if (!sight.hello) return false;
  const bool whole = flow.hello.state == Hello::State::complete;
  // Its size stands in the first bytes; whether it has come whole is asked for by a name or by nothing else.
  const bool by_shape = rule.larger > 0 || rule.segments > 0;
  if (!by_shape || !rule.name.empty()) {
    if (!whole || !name_matches(rule.name, flow.hello.sni)) return false;
  }
  return flow.hello.size > rule.larger && flow.hello_packets > rule.segments;
}

bool contains(View payload, const std::string& keyword) {
  return std::search(payload.begin(), payload.end(), keyword.begin(), keyword.end(),
                     [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }) != payload.end();
}

bool trigger_matches(const Rule& rule, Flow& flow, const Sight& sight, Side from, const Packet& packet, View frame) {
  switch (rule.trigger) {
    case Trigger::any:
      return true;
    case Trigger::syn:
      return sight.syn;
    case Trigger::syn_ack:
      return sight.syn_ack;
    case Trigger::ack:
      return sight.ack;
    case Trigger::hello:
      return hello_matches(rule, flow, sight);
    case Trigger::client_data:
      return sight.data && from == Side::client;
    case Trigger::server_data:
      return sight.data && from == Side::server;
    case Trigger::first_server_data:
      return sight.first_server_data;
    case Trigger::keyword:
      return contains(packet.payload(frame), rule.keyword);
    case Trigger::fin:
      return (packet.flags & kFin) != 0;
    case Trigger::rst:
      return (packet.flags & kRst) != 0;
    case Trigger::idle:
      return sight.silence >= rule.silence;
    case Trigger::expire:
      return false;
  }
  return false;
}

}  // namespace

Address router_address(const Config& config, bool v6) {
  if (v6) return config.router6 ? *config.router6 : *address_from("2001:db8:ffff::1");
  return config.router4 ? *config.router4 : *address_from("203.0.113.1");
}

std::vector<Output> Device::on_frame(Side from, View frame, std::int64_t now) {
  ++counters_.seen;
  std::vector<Output> out;
  const Packet packet = parse(frame);
  if (!packet.tcp) {
    ++counters_.passed;
    out.push_back({0, other(from), Bytes(frame.begin(), frame.end())});
    return out;
  }
  const FlowKey key = key_of(packet, from);
  Flow& flow = flows_.at(key, packet, from, now);
  flow.fired.resize(config_.rules.size());
  const Sight sight = see(flow, from, packet, frame, now);
  Forger::Occasion occasion{&packet, frame, from, true};
  Verdict verdict;
  if (is_blocked(key, flow, occasion, now, verdict.extra)) verdict.pass = config_.on_path;
  verdict.stop = !verdict.pass;
  for (std::size_t i = 0; i < config_.rules.size() && !verdict.stop; ++i) {
    if (!matches(config_.rules[i], i, flow, sight, from, packet, frame, key)) continue;
    flow.fired[i] = true;
    run(config_.rules[i], key, flow, occasion, now, verdict);
  }
  if (flow.dropped || flow.blackholed[index(other(from))]) verdict.pass = false;
  pass(verdict, key, flow, occasion, out);
  std::move(verdict.extra.begin(), verdict.extra.end(), std::back_inserter(out));
  counters_.forged = forger_.made();
  return out;
}

void Device::pass(const Verdict& verdict, const FlowKey& key, Flow& flow, const Forger::Occasion& occasion,
                  std::vector<Output>& out) {
  const Side to = other(occasion.from);
  if (verdict.rewrite != nullptr) {
    Forger::Occasion replaced = occasion;
    replaced.passes = false;
    forger_.forge(*verdict.rewrite, key, flow, to, replaced, out);
    return;
  }
  if (!verdict.pass || too_big(occasion, out)) {
    ++counters_.dropped;
    return;
  }
  ++counters_.passed;
  if (config_.split.on) {
    pass_split(config_.split, key, flow, occasion.from, *occasion.packet, occasion.frame, forger_, out);
    return;
  }
  Bytes copy(occasion.frame.begin(), occasion.frame.end());
  if (config_.mss != 0 && (occasion.packet->flags & kSyn) != 0) clamp_mss(copy, config_.mss);
  if (!config_.strip.empty()) strip_options(copy, config_.strip);
  if (config_.mss != 0 || !config_.strip.empty()) fix_checksums(copy);
  out.push_back({verdict.hold, to, std::move(copy)});
}

bool Device::matches(const Rule& rule, std::size_t place, Flow& flow, const Sight& sight, Side from,
                     const Packet& packet, View frame, const FlowKey& key) {
  if (rule.once && flow.fired[place]) return false;
  if (rule.from && *rule.from != from) return false;
  if (rule.port && *rule.port != key.server_port) return false;
  if (rule.longer != 0 && packet.ip_size() <= rule.longer) return false;
  if (!trigger_matches(rule, flow, sight, from, packet, frame)) return false;
  return rule.chance >= 1.0 || forger_.share() < rule.chance;
}

void Device::run(const Rule& rule, const FlowKey& key, Flow& flow, const Forger::Occasion& occasion, std::int64_t now,
                 Verdict& verdict) {
  ++counters_.fired;
  // Whether the packet goes on decides the numbers of what is forged beside it, whichever the rule names first.
  Forger::Occasion known = occasion;
  for (const Action& action : rule.actions) {
    using Kind = Action::Kind;
    const bool swallowed = action.kind == Kind::drop || action.kind == Kind::drop_flow ||
                           action.kind == Kind::block_drop ||
                           (action.kind == Kind::blackhole && action.side != occasion.from);
    if (swallowed && !config_.on_path) known.passes = false;
  }
  for (const Action& action : rule.actions) act(action, key, flow, known, now, verdict);
}

void Device::act(const Action& action, const FlowKey& key, Flow& flow, const Forger::Occasion& occasion,
                 std::int64_t now, Verdict& verdict) {
  switch (action.kind) {
    case Action::Kind::pass:
      verdict.stop = true;
      break;
    case Action::Kind::drop:
      verdict.pass = false;
      break;
    case Action::Kind::drop_flow:
      flow.dropped = true;
      break;
    case Action::Kind::blackhole:
      flow.blackholed[index(action.side)] = true;
      break;
    case Action::Kind::forge:
      forge(action.forged, key, flow, occasion, verdict.extra);
      break;
    case Action::Kind::rewrite:
      verdict.rewrite = &action.forged;
      break;
    case Action::Kind::icmp:
      icmp(action.icmp, occasion, verdict.extra);
      break;
    case Action::Kind::block_drop:
      verdict.pass = false;
      [[fallthrough]];
    case Action::Kind::block_reset:
      block(action, key, now);
      break;
    case Action::Kind::hold:
      verdict.hold = action.time;
      break;
  }
}

void Device::forge(const Forged& forged, const FlowKey& key, Flow& flow, const Forger::Occasion& occasion,
                   std::vector<Output>& out) {
  if (forged.to_client) forger_.forge(forged, key, flow, Side::client, occasion, out);
  if (forged.to_server) forger_.forge(forged, key, flow, Side::server, occasion, out);
}

void Device::block(const Action& action, const FlowKey& key, std::int64_t now) {
  const BlockKey blocked{key.client, key.server, key.server_port};
  if (blocks_.size() >= kMaxBlocks && !blocks_.contains(blocked)) {
    ++counters_.blocks_refused;
    return;
  }
  blocks_[blocked] = {now + action.time, action.kind == Action::Kind::block_reset ? &action.forged : nullptr};
}

bool Device::is_blocked(const FlowKey& key, Flow& flow, const Forger::Occasion& occasion, std::int64_t now,
                        std::vector<Output>& out) {
  const auto found = blocks_.find({key.client, key.server, key.server_port});
  if (found == blocks_.end()) return false;
  if (now >= found->second.until) {
    blocks_.erase(found);
    return false;
  }
  if (found->second.reset == nullptr) return true;
  if (occasion.from == Side::client && (occasion.packet->flags & kRst) == 0) {
    Forger::Occasion dropped = occasion;
    dropped.passes = config_.on_path;
    forge(*found->second.reset, key, flow, dropped, out);
  }
  return true;
}

void Device::icmp(const Icmp& icmp, const Forger::Occasion& occasion, std::vector<Output>& out) {
  if (occasion.packet == nullptr) return;
  const bool v6 = occasion.packet->v6();
  IcmpFields fields;
  fields.from = icmp.from && (icmp.from->size == 16) == v6 ? *icmp.from : router_address(config_, v6);
  fields.from_mac = kDeviceMac;
  fields.type = v6 ? icmp.type6 : icmp.type4;
  fields.code = v6 ? icmp.code6 : icmp.code4;
  out.push_back({0, occasion.from, build_icmp_error(occasion.frame, fields)});
}

// RFC 1191, RFC 8201: the router that cannot forward says how large a packet may be; a black hole says nothing.
bool Device::too_big(const Forger::Occasion& occasion, std::vector<Output>& out) {
  const Leg& leg = config_.towards[index(other(occasion.from))];
  if (leg.mtu == 0 || occasion.packet->ip_size() <= leg.mtu) return false;
  ++counters_.too_big;
  if (leg.mtu_silent) return true;
  const bool v6 = occasion.packet->v6();
  IcmpFields fields{.from = router_address(config_, v6), .from_mac = kDeviceMac};
  fields.type = v6 ? 2 : 3;
  fields.code = v6 ? 0 : 4;
  fields.word = leg.mtu;
  out.push_back({0, occasion.from, build_icmp_error(occasion.frame, fields)});
  return true;
}

std::vector<Output> Device::on_time(std::int64_t now) {
  std::vector<Output> out;
  for (const Rule& rule : config_.rules) {
    if (rule.trigger != Trigger::expire) continue;
    for (auto& [key, flow] : flows_.all()) {
      if (flow.expired || !flow.open || now - flow.last < rule.silence) continue;
      if (rule.port && *rule.port != key.server_port) continue;
      flow.expired = true;
      Verdict verdict;
      run(rule, key, flow, {}, now, verdict);
      std::move(verdict.extra.begin(), verdict.extra.end(), std::back_inserter(out));
    }
  }
  counters_.forged = forger_.made();
  return out;
}

}  // namespace handlens::middlebox
