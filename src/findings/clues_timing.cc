// What the moment of the reset says: who could have sent it so soon, and what was due.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "src/findings/clues.h"
#include "src/tcp/disorder.h"
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
  // The only measure is the handshake's ACK, and that came behind: they may have changed places on the way.
  constexpr std::int64_t kReordered = 2'000'000;  // ns
  const bool is_measured_behind =
      c.claimed == Side::client && c.rtt_samples < 2 && c.flow.tcp.ack && c.flow.tcp.ack->number > c.rst.frame;
  return std::max<std::int64_t>({500'000, *c.rtt / 20, g.time_error(), is_measured_behind ? kReordered : 0});
}

// T1 and the opposite: it came before, or when, the host's own answer could be here.
void against_distance(const ResetCase& c, const Guards& g, Signs& out) {
  if (g.one_way || g.local_nat || !c.rtt || c.after_fin || c.own_reset_before) return;
  const std::int64_t margin = margin_of(c, g);
  Elicitor e = find_elicitor(c);
  const bool proven = e.packet != nullptr;
  if (!proven && c.claimed == Side::server && c.opened && c.flow.tcp.syn) {
    // It answers nothing that was captured; but a server that has not even got the handshake's ACK has no reason to.
    for (std::size_t i = 0; i < c.others_before; ++i) {
      if (c.others[i]->frame == c.flow.tcp.ack->number) e = {c.others[i], c.since(*c.others[i])};
    }
  }
  if (e.packet == nullptr || e.delay < -kDisorder) return;  // the clock went back in between
  const auto arithmetic = [&] {
    return fmt::format("it came {} after #{}, and {}", milliseconds_text(e.delay), e.packet->frame,
                       away_text(c, "the host with that address"));
  };
  if (e.delay < *c.rtt - margin) {
    // A client may close at any moment of its own will: only data that it acknowledges must have reached it.
    if (c.claimed == Side::client && !c.rst.ack_flag) return;
    const bool plain = proven && c.rtt_samples >= 3 && e.delay < *c.rtt / 2;
    out.push_back(
        {"rst-faster-than-rtt", ClueGroup::timing,
         plain               ? Weight::decisive
         : c.may_rtt_be_less ? Weight::medium
                             : Weight::strong,
         Toward::middlebox, c.rst.frame,
         arithmetic() + (plain ? ": its answer could not be here yet" : ": its answer would hardly be here yet")});
    return;
  }
  const bool in_time = e.delay - *c.rtt > -*c.rtt / 32 && e.delay < 2 * *c.rtt + 20 * kMillisecond;
  const bool is_hosts = c.claimed == Side::client || !g.answered_nearby;  // else the distance is that of what answers
  if (proven && in_time && is_hosts && *c.rtt > g.time_error() && *c.rtt > kMillisecond) {
    out.push_back({"rst-at-distance", ClueGroup::timing, Weight::medium, Toward::endpoint, c.rst.frame,
                   arithmetic() + ": it came when that host's own answer would"});
  }
}

// T3: an answer to this very packet, from next door.
void instant(const ResetCase& c, const Guards& g, Signs& out) {
  if (g.clock || !c.rtt || *c.rtt < kAway) return;
  const Elicitor e = find_elicitor(c);
  const PacketNote* answered = e.packet;
  std::int64_t delay = e.delay;
  // After the end every late packet is answered by itself.
  if (answered == nullptr && c.after_fin && c.trigger != nullptr && c.rst.ack_flag &&
      c.rst.raw_ack == c.trigger->end()) {
    answered = c.trigger;
    delay = c.since(*c.trigger);
  }
  if (answered == nullptr || delay < 0 || delay > kInstant || *c.rtt < 5 * delay) return;
  if (c.claimed == Side::client && !c.rst.ack_flag) return;
  const bool is_plain = c.rtt_samples >= 3 && !c.flow.midstream;
  const Weight weight = is_plain ? Weight::decisive : c.may_rtt_be_less ? Weight::medium : Weight::strong;
  out.push_back({"rst-instant-local", ClueGroup::timing, weight, Toward::middlebox, c.rst.frame,
                 fmt::format("it answered #{} within {:.0f} µs, and {}: it was made close to the capture",
                             answered->frame, static_cast<double>(delay) / 1e3, away_text(c, "that host"))});
}

// The founding story from the server's side: whoever sent it waited for no answer.
void without_waiting(const ResetCase& c, const Signs& so_far, const Guards& g, Signs& out) {
  const bool unseen =
      std::any_of(so_far.begin(), so_far.end(), [](const Sign& s) { return s.rule == "rst-seq-reveals-unseen-data"; });
  if (!unseen || c.claimed != Side::client || !c.rtt || c.own_before == 0 || g.clock) return;
  const PacketNote& last = *c.own[c.own_before - 1];
  const std::int64_t after = c.since(last);
  if (after < 0 || after >= *c.rtt - margin_of(c, g)) return;
  // No more than that: the bytes are all that says so, and may only be missing here.
  out.push_back({"rst-faster-than-rtt", ClueGroup::timing, Weight::weak, Toward::middlebox, c.rst.frame,
                 fmt::format("it came {} after #{}, and {}: no answer to the unseen bytes can have reached it, and "
                             "clients wait for one",
                             milliseconds_text(after), last.frame, away_text(c, "that client"))});
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
    return other.from != c.claimed && is_within(c.rst.time.ns, other.time.ns, kSecond);
  });
  if (!round && !both) return;
  if (c.is_fin) {  // of FINs it is mostly the program that has waited long enough
    out.push_back({"rst-after-idle", ClueGroup::timing, Weight::weak, Toward::neither, c.rst.frame,
                   fmt::format("it came after {} of silence, a usual timer: as when a program has waited long enough, "
                               "or the state of a proxy or load balancer expires",
                               milliseconds_text(idle))});
    return;
  }
  out.push_back(
      {"rst-after-idle", ClueGroup::timing, Weight::medium, Toward::middlebox, c.rst.frame,
       fmt::format("{} {} of silence{}{}: as when the state of a translator, firewall or load balancer expires",
                   at_once ? "it came after" : "it answered the first packet after", milliseconds_text(idle),
                   round ? ", a usual timer" : "", both ? ", with a reset to the other side as well" : "")});
}

// T5: the program beside the capture closed what it had opened.
void right_after_own_ack(const ResetCase& c, const Guards& g, Signs& out) {
  const HostFacts* host = c.context.host(c.flow.client.ip);
  const std::optional<std::int64_t> rtt =
      host != nullptr && host->round_trips.shortest() ? host->round_trips.shortest() : c.rtt;
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

std::string away_text(const ResetCase& c, std::string_view host) {
  if (!c.may_rtt_be_less) return fmt::format("{} is {} away", host, milliseconds_text(*c.rtt));
  return fmt::format("the only answer that tells how far {} is took {}", host, milliseconds_text(*c.rtt));
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
