// What the moment of the reset says: who could have sent it so soon, and what was due.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "src/findings/clues.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000, kSecond = 1'000'000'000;
constexpr std::int64_t kInstant = 200'000;  // ns
constexpr std::int64_t kAway = 300'000;     // ns: a round trip beyond one host or switch
constexpr std::int64_t kIdle = 30 * kSecond;
// After how many seconds devices forget connections, and how exactly they keep to it.
constexpr std::array<std::int64_t, 9> kTimers = {60, 120, 240, 300, 350, 600, 900, 1800, 3600};
constexpr std::int64_t kTimerSlack = 2 * kSecond;

std::int64_t margin_of(const ResetCase& c, const Guards& g) {
  return std::max<std::int64_t>({500'000, *c.rtt / 20, 5 * (g.resolution_ns >= kMillisecond ? g.resolution_ns : 0)});
}

// The other side's packets that the claimed host has not answered yet: one of them made it reset, or its own decision.
// The earliest of them that could have reached it in time speaks for it.
struct Waiting {
  std::int64_t shortest = INT64_MAX, longest = -1;  // ns before the reset
  const PacketNote* newest = nullptr;
};

Waiting unanswered(const ResetCase& c) {
  std::optional<std::uint32_t> acked;
  for (std::size_t i = 0; i < c.own_before; ++i) {
    if (c.own[i]->has(tcp_flag::ack) && (!acked || seq_before(*acked, c.own[i]->ack))) acked = c.own[i]->ack;
  }
  Waiting w;
  for (std::size_t i = c.others_before; i > 0; --i) {
    const PacketNote& n = *c.others[i - 1];
    const bool is_answered = acked && n.end() != n.seq && !seq_before(*acked, n.end());
    if (is_answered) break;
    const std::int64_t before = c.since(n);
    if (before < 0) continue;
    w.longest = std::max(w.longest, before);
    if (before < w.shortest) {
      w.shortest = before;
      w.newest = &n;
    }
  }
  return w;
}

bool answers(const RstFact& rst, const PacketNote& n) {
  return rst.ack_flag ? rst.raw_ack == n.end() : n.has(tcp_flag::ack) && rst.raw_seq == n.ack;
}

// T1, T3, and the opposite: it came when the host's own answer would.
void against_distance(const ResetCase& c, const Guards& g, Signs& out) {
  if (g.one_way || !c.rtt || *c.rtt <= 0 || c.after_fin) return;
  const Waiting w = unanswered(c);
  if (w.newest == nullptr) return;
  const std::int64_t margin = margin_of(c, g);
  const std::string arithmetic = fmt::format("it came {} after #{}, and the host with that address is {} away",
                                             milliseconds_text(w.shortest), w.newest->frame, milliseconds_text(*c.rtt));
  if (w.longest < *c.rtt - margin) {
    // A client may give up at any moment of its own will; a server does not before it has heard something.
    const bool may_act_alone = c.claimed == Side::client;
    if (may_act_alone && !answers(c.rst, *w.newest)) return;
    if (may_act_alone && (w.newest->end() == w.newest->seq || !c.rst.ack_flag)) return;
    const bool plain = c.rtt_samples >= 3 && w.longest < *c.rtt / 2;
    out.push_back({"rst-faster-than-rtt", ClueGroup::timing, plain ? Weight::decisive : Weight::strong,
                   Toward::middlebox, c.rst.frame, arithmetic + ": its answer could not be here yet"});
    return;
  }
  if (w.shortest * 100 >= *c.rtt * 97 && w.shortest<2 * *c.rtt + 20 * kMillisecond&& * c.rtt> 5 * g.resolution_ns &&
      *c.rtt > kMillisecond) {
    out.push_back({"rst-at-distance", ClueGroup::timing, Weight::medium, Toward::endpoint, c.rst.frame,
                   arithmetic + ": it came when that host's own answer would"});
  }
}

// T3: an answer to this very packet, from next door.
void instant(const ResetCase& c, const Guards& g, Signs& out) {
  if (g.clock || !c.rtt || *c.rtt < kAway || c.trigger == nullptr) return;
  const std::int64_t after = c.since(*c.trigger);
  if (after < 0 || after > kInstant || *c.rtt < 5 * after || !answers(c.rst, *c.trigger)) return;
  // That number may also be the one it had before.
  const bool is_of_this_packet = c.rst.ack_flag ? c.trigger->end() != c.trigger->seq : true;
  const bool client_acts_alone = c.claimed == Side::client && !c.after_fin && !is_of_this_packet;
  if (client_acts_alone) return;
  out.push_back(
      {"rst-instant-local", ClueGroup::timing, c.after_fin || is_of_this_packet ? Weight::decisive : Weight::strong,
       Toward::middlebox, c.rst.frame,
       fmt::format("it answered #{} within {:.0f} µs, and that host is {} away: it was made next to the capture",
                   c.trigger->frame, static_cast<double>(after) / 1e3, milliseconds_text(*c.rtt))});
}

// The founding story from the server's side: whoever sent it waited for no answer.
void without_waiting(const ResetCase& c, const Signs& so_far, const Guards& g, Signs& out) {
  const bool unseen =
      std::any_of(so_far.begin(), so_far.end(), [](const Sign& s) { return s.rule == "rst-seq-reveals-unseen-data"; });
  if (!unseen || c.claimed != Side::client || !c.rtt || c.own_before == 0 || g.clock) return;
  const PacketNote& last = *c.own[c.own_before - 1];
  const std::int64_t after = c.since(last);
  if (after < 0 || after >= *c.rtt - margin_of(c, g)) return;
  out.push_back({"rst-faster-than-rtt", ClueGroup::timing, Weight::medium, Toward::middlebox, c.rst.frame,
                 fmt::format("it came {} after #{}, and that client is {} away: no answer to the unseen bytes can have "
                             "reached it, and clients wait for one",
                             milliseconds_text(after), last.frame, milliseconds_text(*c.rtt))});
}

// T4: somebody's timer ran out.
void after_idle(const ResetCase& c, Signs& out) {
  std::int64_t previous = INT64_MIN, last = INT64_MIN;
  for (const auto* side : {&c.own, &c.others}) {
    const std::size_t before = side == &c.own ? c.own_before : c.others_before;
    for (std::size_t i = 0; i < before; ++i) {
      const std::int64_t t = (*side)[i]->time_ns;
      if (t >= last) {
        previous = last;
        last = t;
      } else {
        previous = std::max(previous, t);
      }
    }
  }
  if (last == INT64_MIN) return;
  const std::int64_t now = c.rst.time.ns;
  std::int64_t idle = elapsed(last, now);
  bool at_once = idle >= kIdle;
  if (!at_once && previous != INT64_MIN && elapsed(last, now) < 2 * kSecond) idle = elapsed(previous, last);
  if (idle < kIdle) return;
  const bool round = std::any_of(kTimers.begin(), kTimers.end(), [idle](std::int64_t seconds) {
    return idle >= seconds * kSecond - kTimerSlack && idle <= seconds * kSecond + kTimerSlack;
  });
  const bool both = std::any_of(c.flow.tcp.rst.begin(), c.flow.tcp.rst.end(), [&](const RstFact& other) {
    return other.from != c.claimed && std::abs(elapsed(c.rst.time.ns, other.time.ns)) < kSecond;
  });
  if (!round && !both) return;
  out.push_back(
      {"rst-after-idle", ClueGroup::timing, Weight::medium, Toward::middlebox, c.rst.frame,
       fmt::format("{} {} of silence{}{}: as when the state of a translator, firewall or load balancer expires",
                   at_once ? "it came after" : "it answered the first packet after", milliseconds_text(idle),
                   round ? ", a usual timer" : "", both ? ", with a reset to the other side as well" : "")});
}

// T5: the program beside the capture closed what it had opened.
void right_after_own_ack(const ResetCase& c, const Guards& g, Signs& out) {
  const HostFacts* host = c.context.host(c.flow.client.ip);
  const std::optional<std::int64_t> rtt = host != nullptr && host->rtt ? host->rtt : c.rtt;
  const TcpFacts& tcp = c.flow.tcp;
  if (c.claimed != Side::client || !c.opened || c.after_data || !rtt || *rtt > 300'000 || g.clock) return;
  const SideFacts& client = c.flow.facts(Side::client);
  if (!client.ttl || hops(*client.ttl) != 0 || c.rst.ttl != *client.ttl) return;
  const std::int64_t after = elapsed(tcp.ack->time.ns, c.rst.time.ns);
  if (after < 0 || after >= kMillisecond) return;
  out.push_back({"rst-instant-after-ack", ClueGroup::timing, Weight::strong, Toward::endpoint, c.rst.frame,
                 fmt::format("it came {:.0f} µs after the handshake's ACK, from a client that is next to the capture",
                             static_cast<double>(after) / 1e3)});
}

}  // namespace

std::string milliseconds_text(std::int64_t ns) {
  const auto value = static_cast<double>(ns);
  if (ns >= 10 * kSecond) return fmt::format("{:.1f} s", value / 1e9);
  return ns < kMillisecond ? fmt::format("{:.2f} ms", value / 1e6) : fmt::format("{:.1f} ms", value / 1e6);
}

std::string address_text(Side side) { return side == Side::client ? "the client's address" : "the server's address"; }

void add_timing_signs(const ResetCase& c, const Guards& g, Signs& out) {
  against_distance(c, g, out);
  instant(c, g, out);
  without_waiting(c, Signs(out), g, out);
  after_idle(c, out);
  right_after_own_ack(c, g, out);
}

}  // namespace handlens
