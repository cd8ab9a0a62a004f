#include "src/findings/weigh.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "src/findings/clues.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {
namespace {

constexpr double value_of(Weight weight) {
  switch (weight) {
    case Weight::decisive:
      return 6;
    case Weight::strong:
      return 3;
    case Weight::medium:
      return 1.5;
    case Weight::weak:
      break;
  }
  return 0.5;
}

struct GroupSum {
  double device = 0, endpoint = 0;
  bool decisive = false;
};

constexpr std::array<double, 6> kCaps = {6, 4, 4, 8, 4, 4};  // by ClueGroup

double prior(const ResetCase& c) {
  if (c.after_fin) return -4;
  if (c.flow.tls.established && c.outcome.stage == Stage::established) return -3;
  if (c.after_data_both) return -2;
  if (c.after_data) return -1;
  return c.opened ? -1.5 : -2;
}

// The number of groups with something for a device that counts, and whether anything strong is among it.
struct Breadth {
  std::size_t groups = 0;
  bool strong = false;
};

Breadth breadth_of(const Signs& signs) {
  std::array<bool, 6> seen{};
  Breadth b;
  for (const Sign& s : signs) {
    if (s.toward != Toward::middlebox || s.weight == Weight::weak) continue;
    seen[static_cast<std::size_t>(s.group)] = true;
    b.strong = b.strong || s.weight <= Weight::strong;
  }
  b.groups = static_cast<std::size_t>(std::count(seen.begin(), seen.end(), true));
  return b;
}

const Sign* find(const Signs& signs, std::string_view rule) {
  const auto found = std::find_if(signs.begin(), signs.end(), [rule](const Sign& s) { return s.rule == rule; });
  return found == signs.end() ? nullptr : &*found;
}

// A window that is also the other side's may be chance: both may run the same system.
bool has_header_sign(const Signs& signs) {
  return std::any_of(signs.begin(), signs.end(), [](const Sign& s) {
    const bool is_window = s.rule == "rst-mirrors-trigger" && s.weight == Weight::medium;
    return s.group == ClueGroup::header && s.toward == Toward::middlebox && s.weight <= Weight::medium && !is_window;
  });
}

// What the client's own program does, by its system's stack: it looks like its host's other packets, and comes neither
// before its time nor behind data that was never sent.
bool is_of_a_program(const Benign& benign) {
  constexpr std::array<std::string_view, 6> kOfPrograms = {
      "client-cancel", "health-check", "port-test", "connect-scan", "happy-eyeballs-loser", "unused-connection"};
  return std::find(kOfPrograms.begin(), kOfPrograms.end(), benign.id) != kOfPrograms.end();
}
// A rhythm of checks is the host's own; a TTL that began elsewhere and has come as far is seen of hosts, too.
bool is_refuted(const Benign& benign, Signs signs) {
  if (benign.id == "health-check" && find(signs, "rst-same-place-other-stack") != nullptr) {
    std::erase_if(signs, [](const Sign& s) { return s.rule == "rst-initial-255"; });
  }
  return has_header_sign(signs) || std::any_of(signs.begin(), signs.end(), speaks_against_host);
}

// Nothing but SYN-ACKs came from the server's side: nothing says that a program has the connection.
bool may_be_queued(const ResetCase& c) {
  if (c.claimed != Side::server || c.after_data_both) return false;
  const SideFacts& own = c.own_facts();
  if (own.bytes > 0 || own.acknowledged.value_or(0) > 1) return false;
  return std::all_of(c.own.begin(), c.own.begin() + static_cast<std::ptrdiff_t>(c.own_before),
                     [](const PacketNote* n) { return n->has(tcp_flag::syn); });
}

// One hop more may be another route of the host's own; one hop less is what stands beside it.
bool is_nearer(const ResetCase& c, const Signs& signs) {
  if (find(signs, "rst-hop-mismatch") == nullptr || c.may_be_kernels || c.own.empty()) return false;
  return std::all_of(c.own.begin(), c.own.end(), [&c](const PacketNote* n) { return hops(c.rst.ttl) < hops(n->ttl); });
}

// Nothing if a strong sign speaks for the host.
std::string unlike_text(const ResetCase& c, const Signs& signs) {
  const auto is_strong = [](const Sign& s) { return s.toward == Toward::endpoint && s.weight <= Weight::strong; };
  if (std::any_of(signs.begin(), signs.end(), is_strong)) return {};
  const bool near = is_nearer(c, signs);
  if (!near && !has_header_sign(signs)) return {};
  return fmt::format("{1} the {0}'s other packets, as from {2}", to_text(c.claimed),
                     near ? "it comes from nearer than" : "its header is not like that of",
                     c.claimed == Side::server ? "something beside it, such as its load balancer or a filter"
                                               : "a firewall, a proxy or a VPN on its way");
}

Location nearer_end(bool at_claimed, Side claimed) {
  const bool client = at_claimed == (claimed == Side::client);
  return client ? Location::near_client : Location::near_server;
}

// Where the capture stands.
std::optional<Side> capture_end(const ResetCase& c) {
  using P = Vantage::Position;
  if (c.context.vantage.position == P::client) return Side::client;
  if (c.context.vantage.position == P::server) return Side::server;
  const bool client = stands_beside(c.flow, Side::client), server = stands_beside(c.flow, Side::server);
  if (client == server) return std::nullopt;
  return client ? Side::client : Side::server;
}

// The hops of the claimed host's other packets and of the reset. Only told where it is nearer.
struct Distances {
  int far = -1, reset = 0;
  bool tell = false;
};
Distances distances_of(const ResetCase& c, const Signs& signs, const Guards& g) {
  const auto own_ttl = c.own_facts().ttl;
  Distances d;
  d.far = own_ttl && !c.own.empty() ? hops(*own_ttl) : -1;
  d.reset = hops(c.rst.ttl);
  d.tell = find(signs, "rst-hop-mismatch") != nullptr && !g.local_nat && d.reset < d.far;
  return d;
}

// From the capture at the end `end` to the host that is away. Where time and hops contradict each other, the TTL is a
// copied or crafted one, and time counts if it is proved.
void locate_between(const ResetCase& c, const Signs& signs, const Guards& g, Side end, Judgement& j) {
  const Distances d = distances_of(c, signs, g);
  const std::optional<Share> share = share_of(c, signs);
  const bool may_tell = share && !c.may_rtt_be_less && (share->is_proved || !d.tell || d.reset * 2 <= d.far);
  if (may_tell && share->of_round_trip <= 0.25 && end == Side::client) {
    j.location = Location::near_client;
    j.location_text = fmt::format("its delay is {:.0f} % of that host's round trip, so its maker is at most that far",
                                  100 * share->of_round_trip);
    return;
  }
  if (!d.tell || !c.rtt) return;  // alone, it may be a copied or crafted TTL
  if (d.reset <= 3 && d.reset * 2 <= d.far) {
    j.location = nearer_end(false, c.claimed);
    j.location_text = fmt::format("it has travelled {} hop{} to the capture, which stands at the {}", d.reset,
                                  d.reset == 1 ? "" : "s", to_text(end));
    return;
  }
  const bool in_time = !share || share->of_round_trip >= 0.75;  // a packet from there takes as long
  if (d.far - d.reset > 3 || d.reset * 4 < d.far * 3 || !in_time) return;
  j.location = nearer_end(true, c.claimed);
  j.location_text = fmt::format("it has travelled {} of the {} hops from that side", d.reset, d.far);
}

// 3.3 of the rules: a device's distance by time, by hops, by the slope over many flows.
void locate(const ResetCase& c, const Signs& signs, const Guards& g, Judgement& j) {
  j.location = Location::somewhere;
  const ResetGroup* group = c.context.group_of(c.flow.id);
  const std::optional<Side> end = capture_end(c);
  if (find(signs, "timing-slope") != nullptr && group != nullptr && group->slope) {
    const bool at_host = *group->slope >= 0.8;
    if (at_host || (end && *end != c.claimed)) {
      j.location = nearer_end(at_host, c.claimed);
      j.location_text =
          fmt::format("by the slope {:.2f} of the resets' delays over the hosts' distances", told_slope(*group->slope));
      return;
    }
  }
  if (find(signs, "rst-direction-conflict") != nullptr || !end || *end == c.claimed) return;
  if (find(signs, "rst-instant-local") != nullptr && !c.may_rtt_be_less) {
    j.location = nearer_end(false, c.claimed);
    j.location_text = "it was made close to the capture";
    return;
  }
  locate_between(c, signs, g, *end, j);
}

// It came too soon to answer the client, of whose data it acknowledges nothing.
bool may_be_behind_syn_ack(const ResetCase& c, const Signs& signs) {
  const std::optional<std::uint32_t> isn = c.flow.facts(Side::client).isn;
  if (find(signs, "rst-faster-than-rtt") == nullptr || c.claimed != Side::server || !c.opened) return false;
  return !c.after_data_both && (!c.rst.ack_flag || (isn && c.rst.raw_ack == *isn + 1));
}
constexpr std::string_view kTooSoon =
    "it came sooner than an answer could, from something nearer, or from what resets right behind its own SYN-ACK, "
    "such as a load balancer that has no server";

// The server's address acknowledged the ClientHello before the reset that came instead of an answer. Null: no.
const PacketNote* took_hello(const ResetCase& c) {
  const auto& hello = c.flow.tls.client_hello;
  if (c.claimed != Side::server || !hello || c.after_data_both || c.others_before == 0) return nullptr;
  const std::uint32_t end = c.others[c.others_before - 1]->end();
  for (std::size_t i = 0; i < c.own_before; ++i) {
    const PacketNote& n = *c.own[i];
    if (n.frame > hello->stamp.number && n.has(tcp_flag::ack) && n.length == 0 && n.ack == end) return &n;
  }
  return nullptr;
}

// That the other went on says that it did not send the reset; who did may be another host with its address, or its own
// host behind a translator that has lost the connection: then the reset is a stack's, and comes from as far.
bool may_be_of_a_namesake(const Signs& signs) {
  if (find(signs, "rst-conforming") == nullptr || find(signs, "rst-same-ttl") == nullptr) return false;
  return std::none_of(signs.begin(), signs.end(), [](const Sign& s) {
    return s.toward == Toward::middlebox && s.weight <= Weight::medium && s.rule != "data-after-rst-same-sender";
  });
}

void judge_device(const ResetCase& c, const Signs& signs, const Guards& g, Judgement& j) {
  const Breadth breadth = breadth_of(signs);
  j.cause = Cause::middlebox;
  j.confidence = Confidence::possible;
  if (j.sum >= 2.5 && (breadth.strong || breadth.groups >= 2)) j.confidence = Confidence::likely;
  if (j.sum >= 5 && has_decisive(signs, Toward::middlebox) && !may_be_of_a_namesake(signs)) {
    j.confidence = Confidence::certain;
  }
  locate(c, signs, g, j);
}

// The last byte that it acknowledges is not in the capture.
bool answers_missing(const ResetCase& c) {
  if (!c.rst.ack_flag || !c.opened || c.flow.packets_elided) return false;
  const auto holds_last = [ack = c.rst.raw_ack](const PacketNote* n) {
    return seq_before(n->seq, ack) && !seq_before(n->end(), ack);
  };
  return std::none_of(c.others.begin(), c.others.end(), holds_last);
}

// The host is in the capture, and what would tell by its time whether the packet comes from there is not: how far it
// is, or what it answers.
bool misses_distance(const ResetCase& c) {
  if (c.rtt && !answers_missing(c)) return false;
  return c.own_before > 0 || c.context.host(c.claimed == Side::client ? c.flow.client.ip : c.flow.server.ip) != nullptr;
}

}  // namespace

std::optional<Share> share_of(const ResetCase& c, const Signs& signs) {
  if (find(signs, "rst-faster-than-rtt") == nullptr || !c.rtt || *c.rtt <= 0) return std::nullopt;
  const Elicitor e = find_elicitor(c);
  const std::int64_t delay = e.packet != nullptr ? e.delay : c.trigger != nullptr ? c.since(*c.trigger) : *c.rtt / 2;
  return Share{static_cast<double>(delay) / static_cast<double>(*c.rtt), e.packet != nullptr};
}

bool speaks_against_host(const Sign& sign) {
  const bool is_too_soon = sign.rule == "rst-faster-than-rtt" || sign.rule == "rst-ack-causality";
  return sign.toward == Toward::middlebox && sign.weight <= (is_too_soon ? Weight::medium : Weight::strong);
}

bool has_decisive(const Signs& signs, Toward toward) {
  return std::any_of(signs.begin(), signs.end(),
                     [toward](const Sign& s) { return s.toward == toward && s.weight == Weight::decisive; });
}

Judgement weigh(const ResetCase& c, const Signs& signs, const Guards& g, std::optional<Benign> benign) {
  Judgement j;
  std::array<GroupSum, 6> sums{};
  for (const Sign& s : signs) {
    GroupSum& sum = sums[static_cast<std::size_t>(s.group)];
    if (s.toward == Toward::middlebox) sum.device += value_of(s.weight);
    if (s.toward == Toward::endpoint) sum.endpoint += value_of(s.weight);
    sum.decisive = sum.decisive || s.weight == Weight::decisive;
  }
  j.sum = prior(c);
  j.unlike = unlike_text(c, signs);
  double endpoint = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const double cap = sums[i].decisive ? std::max(kCaps[i], 6.0) : kCaps[i];
    j.sum += std::min(sums[i].device, cap) - std::min(sums[i].endpoint, cap);
    endpoint += std::min(sums[i].endpoint, cap);
  }
  const bool device_decisive = has_decisive(signs, Toward::middlebox);
  const Cause host = c.claimed == Side::client ? Cause::client : Cause::server;
  if (has_decisive(signs, Toward::endpoint) && !device_decisive) {
    j.cause = host;
    j.confidence = Confidence::certain;
    j.benign = std::move(benign);
    return j;
  }
  // Where the host had ended the connection itself, who cleans up behind it does not matter; only what a host cannot do
  // at all is held against that.
  const bool is_impossible = std::any_of(signs.begin(), signs.end(), [](const Sign& s) {
    return s.rule == "multi-rst-seq-guesses" || s.rule == "rst-direction-conflict" || s.rule == "rst-window-sequence" ||
           s.rule == "data-after-rst-same-sender";
  });
  const bool is_clean_up = benign && (c.after_fin || (c.own_reset_before && !is_impossible));
  if (benign && is_of_a_program(*benign) && !c.may_be_kernels && is_refuted(*benign, signs)) benign.reset();
  if (benign && (!device_decisive || is_clean_up)) {
    j.cause = benign->cause;
    j.confidence = benign->confidence;
    j.benign = std::move(benign);
    return j;
  }
  if (c.flow.one_sided) {
    j.guard = "only one direction is in the capture";
    return j;
  }
  // A capture that shows less accuses no more: had it shown how far the host is, the time might have spoken for it.
  const double untimed = misses_distance(c) ? value_of(Weight::medium) : 0;
  if (j.sum - untimed >= 1) {
    j.sum -= untimed;
    judge_device(c, signs, g, j);
    return j;
  }
  if (j.sum >= 1) {
    j.guard = "how far away that host is, or what it answers, is not in this capture";
    return j;
  }
  const bool is_soon = may_be_behind_syn_ack(c, signs);
  if (is_soon) j.guard = kTooSoon;
  if (j.sum > -1) return j;
  // A program that aborts makes its host send RST, ACK. One that answers as if it had never had the connection has lost
  // it before: it was reset out of this capture's sight, or a filter answers in its place.
  if (c.opened && !c.rst.ack_flag && !c.after_fin && !c.own_reset_before) {
    if (is_soon) return j;
    const bool is_whole = c.flow.tcp.syn && c.flow.tcp.syn_ack;
    j.guard = fmt::format(
        "it has the form in which a host answers that no longer has the connection{}, and a filter that refuses "
        "packets makes the same{}",
        may_be_queued(c) ? ", or whose queue of new ones is full" : "",
        is_whole ? "" : "; what came before is not in this capture");
    return j;
  }
  // Conforming numbers and an equal TTL are what a device copies first: they name nobody.
  if (endpoint < value_of(Weight::medium)) {
    if (const PacketNote* took = took_hello(c); took != nullptr && !is_soon) {
      j.guard = fmt::format(
          "the ClientHello had been acknowledged with that address (#{}), and the reset stands where "
          "the answer to it would: the server may refuse it, or something on the way writes it in "
          "the answer's place",
          took->frame);
    }
    if (g.clock) j.guard = "the clock of this capture is too coarse, or runs backwards";
    if (g.answered_nearby && c.claimed == Side::server) j.guard = kAnsweredNearby;
    return j;
  }
  // It fits the host in one respect and not in the other: what stands beside a host and answers in its name does, too.
  if (!j.unlike.empty()) {
    j.guard = j.unlike;
    return j;
  }
  // It fits the host, and the like of it fits every other one that this client asked.
  if (const Sign* many = find(signs, "fan-out"); many != nullptr && c.claimed == Side::server) {
    j.guard = many->text;
    return j;
  }
  j.guard.clear();
  j.cause = host;
  j.confidence = j.sum <= -2.5 ? Confidence::likely : Confidence::possible;
  // Whatever opened the connection may have been a proxy that then found no server: nothing was said yet.
  if (c.claimed == Side::server && c.opened && !c.after_data) j.confidence = Confidence::possible;
  return j;
}

}  // namespace handlens
