// What the reset's IP and TCP header looks like beside the other packets with the same address: hops, window, options.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "src/findings/clues.h"
#include "src/findings/path_trace.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {
namespace {

struct TtlRange {
  std::uint8_t low = 255, high = 0;
  std::string_view of = "the other packets";
  std::uint64_t example = 0;
  [[nodiscard]] bool is_known() const { return high != 0; }
};

// Of the packets with the reset's address in this flow; without any, of that host's other flows.
TtlRange baseline_of(const ResetCase& c) {
  TtlRange r;
  for (const PacketNote* n : c.own) {
    r.low = std::min(r.low, n->ttl);
    r.high = std::max(r.high, n->ttl);
    if (r.example == 0) r.example = n->frame;
  }
  if (r.is_known()) return r;
  const HostFacts* host = c.context.host(c.claimed == Side::client ? c.flow.client.ip : c.flow.server.ip);
  if (host == nullptr || host->ttl_max == 0) return r;
  r.low = host->ttl_min;
  r.high = host->ttl_max;
  r.of = "the packets of other connections";
  return r;
}

std::string range_text(const TtlRange& r) {
  return r.low == r.high ? fmt::format("{}", r.low) : fmt::format("{} to {}", r.low, r.high);
}

Weight weight_of(int difference) {
  if (difference >= 3) return Weight::strong;
  return difference == 2 ? Weight::medium : Weight::weak;
}

// F1, F1a, F1b, F1c, F8: where it comes from, by its TTL.
void distance(const ResetCase& c, const Guards& g, Signs& out) {
  if (g.local_nat || g.synthetic) return;
  const TtlRange base = baseline_of(c);
  if (!base.is_known()) return;
  const int reset = hops(c.rst.ttl);
  const int spread = base.high - base.low;
  int difference = 1 << 10;
  for (const std::uint8_t ttl : {base.low, base.high}) difference = std::min(difference, std::abs(reset - hops(ttl)));
  const bool inside = c.rst.ttl >= base.low && c.rst.ttl <= base.high;
  if (inside) difference = 0;
  const int threshold = spread >= 2 && initial_ttl(base.low) == initial_ttl(base.high) ? spread + 2 : 1;
  const auto seen = [&] {
    return fmt::format("its TTL is {}, that of {} with the same address {}", c.rst.ttl, base.of, range_text(base));
  };
  if (difference == 0 && !inside) {
    const bool device = initial_ttl(c.rst.ttl) == 255;
    out.push_back({"rst-same-place-other-stack", ClueGroup::header, Weight::weak, Toward::neither, c.rst.frame,
                   fmt::format("{}: it has travelled as far ({} hops) from another initial TTL{}", seen(), reset,
                               device ? ", as of a device right beside that host" : "")});
    return;
  }
  if (difference == 0) {
    out.push_back({"rst-same-ttl", ClueGroup::header, Weight::weak, Toward::endpoint, c.rst.frame,
                   fmt::format("its TTL ({}) is that of the other packets with the same address", c.rst.ttl)});
    return;
  }
  if (difference < threshold) return;
  const Weight weight = c.may_be_kernels ? Weight::weak : weight_of(difference);
  out.push_back({"rst-hop-mismatch", ClueGroup::header, weight, Toward::middlebox, c.rst.frame,
                 fmt::format("{}: it has travelled about {} hop{}, they {}", seen(), reset, reset == 1 ? "" : "s",
                             hops(base.low))});
  const bool remote = std::min(hops(base.low), hops(base.high)) >= 2;
  if (c.may_be_kernels) return;
  if (remote && reset == 0) {
    out.push_back({"rst-ttl-undecremented", ClueGroup::header, Weight::strong, Toward::middlebox, c.rst.frame,
                   fmt::format("its TTL {} is an initial value: no router has passed it on", c.rst.ttl)});
  }
  if (c.rst.ttl <= 2 && base.low > kMostTraceTtl) {  // else a traceroute's, or a copy of it one router further
    out.push_back({"rst-ttl-impossible", ClueGroup::header, Weight::strong, Toward::middlebox, c.rst.frame,
                   fmt::format("its TTL of {} was about to run out: a copied or crafted value", c.rst.ttl)});
  }
}

void initial_255(const ResetCase& c, const Guards& g, Signs& out) {
  if (g.local_nat || g.synthetic || c.may_be_kernels || initial_ttl(c.rst.ttl) != 255) return;
  const TtlRange base = baseline_of(c);
  if (base.is_known() && (initial_ttl(base.low) == 255 || initial_ttl(base.high) == 255)) return;
  // Of a refusal nothing else of that host may be there to compare with: the value alone is still unusual of a host.
  if (!base.is_known() && !c.answers_syn) return;
  out.push_back({"rst-initial-255", ClueGroup::header, Weight::medium, Toward::middlebox, c.rst.frame,
                 fmt::format("its TTL of {} began at 255, as network devices do; {}", c.rst.ttl,
                             base.is_known() ? fmt::format("the host's own packets began at {}", initial_ttl(base.low))
                                             : std::string("hosts begin at 64 or 128"))});
}

// F3
void odd_window(const ResetCase& c, Signs& out) {
  if (c.is_fin || c.rst.ack_flag || c.rst.window == 0) return;
  out.push_back({"rst-window-odd", ClueGroup::header, Weight::medium, Toward::middlebox, c.rst.frame,
                 fmt::format("a reset without ACK that offers a window of {}; stacks put 0 there", c.rst.window)});
}

// F5
void odd_options(const ResetCase& c, Signs& out) {
  if (c.note == nullptr || !c.note->has_setup_options || c.note->has(tcp_flag::syn)) return;
  out.push_back({"rst-options-odd", ClueGroup::header, Weight::medium, Toward::middlebox, c.rst.frame,
                 "it carries options that belong into a SYN (MSS, window scale or SACK-permitted)"});
}

// The side's earlier packets with timestamps. RFC 7323 §5.4 recommends clocks of 1 to 1000 ticks a second; systems
// exist that count microseconds, and only packets far enough apart show which.
struct Clock {
  const PacketNote* first = nullptr;
  const PacketNote* last = nullptr;

  [[nodiscard]] bool is_slow() const {
    constexpr std::int64_t kLeast = 1'000'000'000, kMost = 1'800'000'000'000;  // ns; beyond, microseconds wrap
    const std::int64_t own = elapsed(first->time_ns, last->time_ns);
    return own >= kLeast && own <= kMost && seq_distance(first->tsval, last->tsval) < own / 1'000 / 2;
  }
};
// Where a timestamp stands against its side's clock. Two seconds are forgiven, a tenth of one if it may count
// microseconds.
enum class OnClock : std::uint8_t { unknown, yes, no };
OnClock place_on(const Clock& clock, const PacketNote& note) {
  constexpr std::int64_t kMillisecond = 1'000'000, kMicrosecond = 1'000, kTwoSeconds = 2'000, kJitter = 100'000;
  constexpr std::int64_t kMost = 1'800'000'000'000;  // ns
  const std::int64_t since = elapsed(clock.last->time_ns, note.time_ns);
  const std::int32_t moved = seq_distance(clock.last->tsval, note.tsval);
  if (since < 0) return OnClock::unknown;
  const bool is_near =
      moved >= -kTwoSeconds && moved <= std::min<std::int64_t>(since / kMillisecond, INT32_MAX) + kTwoSeconds;
  if (is_near) return OnClock::yes;
  if (clock.is_slow()) return OnClock::no;
  const bool may_be_fast = since > kMost || (moved >= -kJitter && moved <= since / kMicrosecond + kJitter);
  return may_be_fast ? OnClock::unknown : OnClock::no;
}
Clock clock_of(const ResetCase& c) {
  Clock clock;
  for (std::size_t i = 0; i < c.own_before; ++i) {
    if (!c.own[i]->has_timestamps) continue;
    if (clock.first == nullptr) clock.first = c.own[i];
    clock.last = c.own[i];
  }
  return clock;
}

// The side agreed on them and has used them since, and so has the other, as far as it is in the capture: only who was
// asked for them agrees (RFC 7323 §3.2).
bool use_timestamps(const ResetCase& c, const Clock& clock) {
  if (clock.first == nullptr || !clock.first->has(tcp_flag::syn) || clock.last != c.own[c.own_before - 1]) return false;
  if (c.others.empty()) return clock.first->has(tcp_flag::ack);
  return c.others_before > 0 && c.others[c.others_before - 1]->has_timestamps &&
         !c.others[c.others_before - 1]->has(tcp_flag::syn);
}

// F6. Resets often leave them out; nothing else may.
void timestamps(const ResetCase& c, const Guards& g, Signs& out) {
  if (c.note == nullptr || g.local_nat) return;
  const Clock clock = clock_of(c);
  if (c.is_fin && !c.note->has_timestamps && use_timestamps(c, clock)) {
    out.push_back({"timestamp-missing", ClueGroup::header, Weight::medium, Toward::middlebox, c.rst.frame,
                   fmt::format("it carries no timestamp, although its side agreed on them and has used them (#{})",
                               clock.last->frame)});
  }
  if (!c.note->has_timestamps || clock.last == nullptr || c.note->tsval == 0 || g.clock) return;
  const OnClock place = place_on(clock, *c.note);
  if (place == OnClock::no) {
    out.push_back({"rst-timestamp-wrong", ClueGroup::header, Weight::strong, Toward::middlebox, c.rst.frame,
                   fmt::format("its timestamp {} is not on that side's clock: {} stood at {} before", c.note->tsval,
                               fmt::format("#{}", clock.last->frame), clock.last->tsval)});
  }
  // Whoever forges a FIN or an alert has watched the connection, and can count on.
  if (place == OnClock::yes && clock.first != clock.last && !c.is_fin) {
    out.push_back({"rst-timestamp-fits", ClueGroup::header, Weight::medium, Toward::endpoint, c.rst.frame,
                   fmt::format("its timestamp {} is on that side's clock", c.note->tsval)});
  }
}

// F7
void flipped_bits(const ResetCase& c, Signs& out) {
  if (c.note == nullptr || c.own_before < 2) return;
  bool tos_constant = true, df_constant = true;
  for (std::size_t i = 0; i < c.own_before; ++i) {
    tos_constant = tos_constant && c.own[i]->has_tos && c.own[i]->tos >> 2 == c.own[0]->tos >> 2;
    df_constant = df_constant && c.own[i]->dont_fragment == c.own[0]->dont_fragment;
  }
  // Linux answers for connections it does not have with IP-ID 0 and DF, whatever its data packets look like.
  const bool stateless = c.rst.ip_id.value_or(1) == 0;
  if (df_constant && c.rst.ip_id && !stateless && c.rst.dont_fragment != c.own[0]->dont_fragment) {
    out.push_back({"rst-bits-flipped", ClueGroup::header, Weight::weak, Toward::middlebox, c.rst.frame,
                   fmt::format("don't-fragment is {} on it and {} on that side's other packets",
                               c.rst.dont_fragment ? "set" : "clear", c.own[0]->dont_fragment ? "set" : "clear")});
  } else if (tos_constant && c.note->has_tos && c.note->tos >> 2 != c.own[0]->tos >> 2 && !stateless) {
    out.push_back(
        {"rst-bits-flipped", ClueGroup::header, Weight::weak, Toward::middlebox, c.rst.frame,
         fmt::format("its DSCP is {}, that of the side's other packets {}", c.note->tos >> 2, c.own[0]->tos >> 2)});
  }
}

}  // namespace

void add_header_signs(const ResetCase& c, const Guards& g, Signs& out) {
  distance(c, g, out);
  initial_255(c, g, out);
  odd_window(c, out);
  odd_options(c, out);
  timestamps(c, g, out);
  flipped_bits(c, out);
}

}  // namespace handlens
