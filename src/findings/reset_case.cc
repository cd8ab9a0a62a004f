#include "src/findings/reset_case.h"

#include <algorithm>
#include <array>

#include "src/findings/frame_copies.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {
namespace {

constexpr std::int64_t kBurst = 2'000'000'000;     // ns
constexpr std::int64_t kAnswered = 1'000'000'000;  // ns; with room for a busy host
constexpr std::size_t kCopyDistance = 12;          // packets between two copies

// Only handshakes show the way alone; a later answer may have taken a program's time, or a delayed ACK's. Without one
// nothing is known of the distance; with one, bare ACKs may show that it is shorter.
void add_round_trips(ResetCase& c) {
  const HostFacts* host = c.context.host(c.claimed == Side::client ? c.flow.client.ip : c.flow.server.ip);
  RoundTrips trips = host != nullptr ? host->round_trips : RoundTrips();
  const bool is_known = trips.shortest().has_value();  // by this flow's handshake as well
  const TlsFacts& tls = c.flow.tls;
  // It took the program of TLS's server some time as well: the way there and back is no longer than that.
  const bool is_answered = c.claimed == c.flow.side(opposite(c.flow.tls_client())) && tls.client_hello &&
                           tls.server_hello && tls.server_hello->stamp.number < c.rst.frame;
  struct Trip {
    std::int64_t taken = 0, asked = 0;
  };
  std::vector<Trip> later;
  if (is_answered) {
    const std::int64_t asked = tls.client_hello->stamp.time.ns;
    later.push_back({elapsed(asked, tls.server_hello->stamp.time.ns), asked});
  }
  const PacketNote* asked = nullptr;
  std::size_t o = 0;
  for (std::size_t i = 0; i < c.own_before; ++i) {
    const PacketNote& answer = *c.own[i];
    while (o < c.others_before && c.others[o]->frame < answer.frame) {
      const PacketNote& question = *c.others[o++];
      const bool asks = question.end() != question.seq;
      // Sent twice: which of both was answered cannot be told (RFC 6298 §3, Karn's algorithm).
      if (asks && asked != nullptr && question.seq == asked->seq) {
        asked = nullptr;
      } else if (asks && asked == nullptr) {
        asked = &question;
      }
    }
    if (asked == nullptr || !answer.has(tcp_flag::ack) || answer.ack != asked->end() || answer.length > 0) continue;
    const Trip trip{elapsed(asked->time_ns, answer.time_ns), asked->time_ns};
    const bool of_handshake = asked->has(tcp_flag::syn);
    asked = nullptr;
    if (!of_handshake) {
      later.push_back(trip);
    } else if (!is_known) {
      trips.add(trip.taken, trip.asked);
    }
  }
  if (!trips.shortest()) return;
  for (const Trip& trip : later) trips.add(trip.taken, trip.asked);
  c.rtt = trips.shortest();
  c.rtt_samples = trips.agreeing();
  const SideFacts& own = c.own_facts();
  const bool is_like_its_own = !c.own.empty() && c.rst.ttl >= own.ttl_min && c.rst.ttl <= own.ttl_max;
  c.may_rtt_be_less = c.rtt_samples < 2 && is_like_its_own;
}

void add_burst(ResetCase& c) {
  for (const RstFact& other : c.flow.tcp.rst) {
    if (other.from != c.claimed || !is_within(c.rst.time.ns, other.time.ns, kBurst)) continue;
    // Without a number of their own, equal resets are several, unless this capture holds other frames twice too.
    const bool is_numbered = other.ip_id.value_or(0) != 0;
    const bool is_again =
        (is_numbered || c.was_copied) && std::any_of(c.burst.begin(), c.burst.end(), [&](const RstFact* seen) {
          const std::int64_t since = elapsed(seen->time.ns, other.time.ns);
          return since <= kCopies && seen->raw_seq == other.raw_seq && seen->raw_ack == other.raw_ack &&
                 seen->ip_id == other.ip_id && seen->window == other.window && (is_numbered || since <= kCopies / 20);
        });
    if (!is_again) c.burst.push_back(&other);
  }
  c.first_of_burst = c.burst.empty() || c.burst.front() == &c.rst;
}

// Gives each packet but second copies to `take`. Returns whether there were copies.
template <class Take>
bool walk_distinct(const FlowReport& flow, Take take) {
  std::array<const PacketNote*, kCopyDistance> last;  // that were given, in turns
  std::size_t given = 0;
  bool had_copies = false;
  for (const PacketNote& note : flow.packets) {
    const auto end = last.begin() + static_cast<std::ptrdiff_t>(std::min(given, kCopyDistance));
    const bool again = std::any_of(last.begin(), end, [&note](const PacketNote* seen) { return is_copy(*seen, note); });
    // Two equal resets may be two: they say nothing about the capture.
    had_copies = had_copies || (again && !note.is_rst());
    if (again) continue;
    last[given++ % kCopyDistance] = &note;
    take(note);
  }
  return had_copies;
}

}  // namespace

std::vector<const PacketNote*> distinct_packets(const FlowReport& flow, bool& had_copies) {
  std::vector<const PacketNote*> out;
  out.reserve(flow.packets.size());
  had_copies = walk_distinct(flow, [&out](const PacketNote& note) { out.push_back(&note); }) || had_copies;
  return out;
}

bool has_copies(const FlowReport& flow) {
  return walk_distinct(flow, [](const PacketNote&) {});
}

Elicitor find_elicitor(const ResetCase& c) {
  std::optional<std::uint32_t> acked;
  for (std::size_t i = 0; i < c.own_before; ++i) {
    const PacketNote& n = *c.own[i];
    if (n.has(tcp_flag::ack) && (!acked || seq_before(*acked, n.ack))) acked = n.ack;
  }
  // Of a long flow not all packets are kept: an older one may have been the one.
  if (c.flow.packets_elided) return {};
  // A bare reset is a stack's answer and waits for nothing: what had come long before was not answered by it.
  const std::int64_t longest = c.rst.ack_flag ? INT64_MAX : std::max<std::int64_t>(kAnswered, 3 * c.rtt.value_or(0));
  Elicitor out;
  for (std::size_t i = 0; i < c.others_before; ++i) {
    const PacketNote& n = *c.others[i];
    if (c.since(n) > longest) continue;
    bool answered = false;
    if (c.rst.ack_flag) {
      const bool pending = n.end() != n.seq && (!acked || seq_before(*acked, n.end()));
      answered = pending && c.rst.raw_ack == n.end();
    } else {
      answered = n.has(tcp_flag::ack) && n.ack == c.rst.raw_seq;
    }
    if (!answered) continue;
    out = {&n, c.since(n)};
    break;
  }
  return out.delay < 0 ? Elicitor{} : out;
}

ResetCase make_case(const FlowReport& flow, const Outcome& outcome, const CaptureContext& context, const RstFact& rst,
                    bool is_fin) {
  ResetCase c{.flow = flow, .outcome = outcome, .context = context, .rst = rst, .is_fin = is_fin};
  c.claimed = rst.from;
  c.peer = rst.from == Side::client ? Side::server : Side::client;
  bool own_data = false, other_data = false;
  c.own.reserve(flow.packets.size());
  c.others.reserve(flow.packets.size());
  for (const PacketNote* note : distinct_packets(flow, c.was_copied)) {
    const bool own = flow.side(note->from) == c.claimed;
    const bool is_it = own && note->frame == rst.frame && note->seq == rst.raw_seq;
    if (is_it) c.note = note;
    if (is_it || note->is_rst()) continue;
    const bool before = note->frame < rst.frame;
    (own ? c.own : c.others).push_back(note);
    if (before) ++(own ? c.own_before : c.others_before);
    if (!before) continue;
    if (note->has(tcp_flag::fin)) c.after_fin = true;
    if (note->length > 0) {
      (own ? own_data : other_data) = true;
    }
  }
  c.after_data = own_data || other_data;
  c.after_data_both = own_data && other_data;
  if (c.others_before > 0) c.trigger = c.others[c.others_before - 1];
  for (const FinFact& fin : flow.tcp.fin) c.after_fin = c.after_fin || (!is_fin && fin.frame < rst.frame);
  c.opened = flow.tcp.ack && flow.tcp.ack->number < rst.frame;
  for (const RstFact& other : flow.tcp.rst) {
    const bool is_copy_of_it = other.raw_seq == rst.raw_seq && other.raw_ack == rst.raw_ack &&
                               other.ip_id == rst.ip_id && is_within(other.time.ns, rst.time.ns, kCopies);
    const bool is_earlier = other.from == c.claimed && other.frame < rst.frame && !other.outlived_by;
    c.own_reset_before = c.own_reset_before || (is_earlier && !is_copy_of_it);
  }
  c.answers_syn = c.claimed == Side::server && flow.tcp.syn && !c.opened && c.own_before == 0 && c.others_before > 0;
  for (std::size_t i = 0; i < c.others_before; ++i) {
    c.answers_syn = c.answers_syn && c.others[i]->has(tcp_flag::syn) && !c.others[i]->has(tcp_flag::ack);
  }
  c.may_be_kernels = c.claimed == Side::client && !c.opened && !rst.ack_flag && !is_fin && c.others_before > 0;
  for (std::size_t i = 0; i < c.own_before; ++i) {
    c.may_be_kernels = c.may_be_kernels && c.own[i]->has(tcp_flag::syn);
  }
  c.may_be_kernels = c.may_be_kernels && c.trigger->has(tcp_flag::syn) && rst.raw_seq == c.trigger->ack;
  add_round_trips(c);
  if (!is_fin) add_burst(c);
  return c;
}

}  // namespace handlens
