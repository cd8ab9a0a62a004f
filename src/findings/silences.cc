#include "src/findings/silences.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "dissectors/icmp.h"
#include "dissectors/tls_alert.h"
#include "dissectors/tls_names.h"
#include "src/findings/clues.h"
#include "src/findings/ending.h"
#include "src/findings/expired.h"
#include "src/findings/path_trace.h"
#include "src/findings/rejection.h"
#include "src/findings/unacknowledged.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {
namespace {

constexpr std::uint32_t kFullSize = 1200;           // bytes: less passes every path that carries IPv6 (RFC 8200 §5)
constexpr std::int64_t kGivenUp = 3'000'000'000;    // ns: a client that closes after it has waited for something
constexpr std::int64_t kLongWait = 10'000'000'000;  // ns

bool is_pure_ack(const PacketNote& n) {
  return n.length == 0 && n.has(tcp_flag::ack) && !n.has(tcp_flag::syn) && !n.has(tcp_flag::fin) && !n.is_rst();
}

// Tells the receiver's duplicate acknowledgements (RFC 5681 §2) from its keep-alives, whose sequence number is an old
// one (RFC 9293 §3.8.4), and from the first acknowledgement, which may have crossed the data on the way.
class Repeats {
 public:
  explicit Repeats(std::uint32_t acked) : acked_(acked) {}
  // Every packet of the receiver, in order. True: it asks for `acked` again.
  [[nodiscard]] bool take(const PacketNote& n) {
    const bool is_probe = next_ && seq_before(n.seq, *next_);
    const bool again = was_acked_ && !is_probe && is_pure_ack(n) && n.ack == acked_;
    was_acked_ = was_acked_ || (n.has(tcp_flag::ack) && n.ack == acked_);
    if (!next_ || seq_before(*next_, n.end())) next_ = n.end();
    return again;
  }

 private:
  std::uint32_t acked_;
  bool was_acked_ = false;
  std::optional<std::uint32_t> next_;
};

// What became of the smaller segments behind a lost one.
struct Smaller {
  const PacketNote* passed = nullptr;  // it made the receiver ask for the lost one again: it has arrived
  bool is_lost = false;                // the newest one made the receiver do nothing at all
};

Smaller smaller_behind(const FlowReport& flow, Side sender, const PacketNote& lost) {
  // Who gets a segment out of order acknowledges at once (RFC 5681 §4.2); the longest paths take a second.
  constexpr std::int64_t kAnswered = 2'000'000'000;  // ns
  Smaller out;
  const PacketNote *first = nullptr, *newest = nullptr;
  Repeats repeats(lost.seq);
  for (const PacketNote& n : flow.packets) {
    if (flow.side(n.from) == sender) {
      if (n.is_rst() || n.length == 0 || n.length >= kFullSize || !seq_before(lost.seq, n.seq)) continue;
      if (first == nullptr) first = &n;
      out.is_lost = out.is_lost || (newest != nullptr && elapsed(newest->time_ns, n.time_ns) >= kAnswered);
      newest = &n;
      continue;
    }
    if (!n.is_rst() && repeats.take(n) && out.passed == nullptr) out.passed = first;
    if (newest == nullptr || elapsed(newest->time_ns, n.time_ns) >= kAnswered) continue;
    newest = nullptr;
    out.is_lost = false;
  }
  // What came in between may have been the answer.
  if (flow.packets_elided) {
    out.is_lost = false;
  } else if (newest != nullptr) {
    const std::int64_t waited = std::max<std::int64_t>(0, elapsed(newest->time_ns, flow.last.time.ns));
    out.is_lost = out.is_lost || waited >= kAnswered || flow.quiet_ns >= kAnswered - waited;
  }
  return out;
}

// What begins the client's stream is the largest of its first packets, and the one that a filter of ClientHellos would
// drop: there the size is one of two reasons.
bool is_begin_of_client(const FlowReport& flow, Side sender, std::uint32_t seq) {
  const std::optional<std::uint32_t> isn = flow.facts(sender).isn;
  return sender == Side::client && isn && seq == *isn + 1;
}
Sign mtu_sign(const FlowReport& flow, Side sender, std::uint32_t seq, std::uint64_t frame, std::string&& text) {
  const bool is_begin = is_begin_of_client(flow, sender, seq);
  if (is_begin) text += "; it is also what the client's stream begins with, and a filter may drop that for its content";
  return {
      "mtu-blackhole-suspect", ClueGroup::protocol, is_begin ? Weight::medium : Weight::strong, Toward::neither, frame,
      std::move(text)};
}

// P7, from the sender's side: full segments are sent again and again, smaller ones arrived.
void mtu_at_sender(const FlowReport& flow, Side sender, std::uint64_t end, Signs& out) {
  const Unacknowledged lost = find_unacknowledged(flow, sender, end);
  if (lost.first == nullptr || lost.times < kNeverArrived || lost.first->length < kFullSize) return;
  if (lost.largest_passed >= lost.first->length) return;
  const Smaller behind = smaller_behind(flow, sender, *lost.first);
  if (behind.is_lost) return;  // nothing passes any more: that is no question of size
  if (lost.largest_passed == 0) {
    const PacketNote* smaller = behind.passed;
    if (smaller == nullptr) return;
    out.push_back(mtu_sign(
        flow, sender, lost.first->seq, lost.first->frame,
        fmt::format("a segment of {} bytes with {} was sent {} times and never acknowledged, while the smaller #{} "
                    "behind it ({} bytes) made the other side ask for it again; no ICMP error asked for smaller ones",
                    lost.first->length, address_text(sender), lost.times, smaller->frame, smaller->length)));
    return;
  }
  out.push_back(
      {"mtu-blackhole-suspect", ClueGroup::protocol, Weight::strong, Toward::neither, lost.first->frame,
       fmt::format("a segment of {} bytes with {} was sent {} times and never acknowledged; the largest that was "
                   "has {} bytes, and no ICMP error asked for smaller ones",
                   lost.first->length, address_text(sender), lost.times, lost.largest_passed)});
}

// P7, from the receiver's side: a hole of full segments, and what is behind it arrives.
void mtu_at_receiver(const FlowReport& flow, Side sender, Signs& out) {
  const Side receiver = sender == Side::client ? Side::server : Side::client;
  const std::uint32_t acked = highest_ack(flow, receiver);
  const PacketNote* behind = nullptr;
  std::size_t repeated_acks = 0;
  Repeats repeats(acked);
  for (const PacketNote& n : flow.packets) {
    if (n.is_rst()) continue;
    if (flow.side(n.from) == sender) {
      if (n.length > 0 && seq_distance(acked, n.seq) >= static_cast<std::int32_t>(kFullSize) && behind == nullptr)
        behind = &n;
      if (n.length > 0 && !seq_before(acked, n.seq) && seq_before(acked, n.end())) return;  // it came after all
    } else if (repeats.take(n) && behind != nullptr) {
      ++repeated_acks;
    }
  }
  if (behind == nullptr || repeated_acks < 1 || behind->length >= kFullSize) return;
  out.push_back(
      mtu_sign(flow, sender, acked, behind->frame,
               fmt::format("{} bytes before #{} never came while this smaller segment ({} bytes) did, and "
                           "the {} keeps asking for them",
                           seq_distance(acked, behind->seq), behind->frame, behind->length, to_text(receiver))));
}

bool has_too_big(const FlowReport& flow) {
  return std::any_of(flow.events.begin(), flow.events.end(), [](const Event& e) {
    if (e.kind != EventKind::icmp_unreachable) return false;
    return e.icmp_v6 ? e.code_a == 2 : e.code_a == 3 && e.code_b == 4;
  });
}

// P1, P4
void no_opening(const FlowReport& flow, const Guards& g, Signs& out) {
  const TcpFacts& tcp = flow.tcp;
  if (!tcp.syn || tcp.ack) return;
  if (!tcp.syn_ack) {
    out.push_back(
        {"syn-no-answer", ClueGroup::protocol, Weight::weak, Toward::neither, tcp.syn->number,
         fmt::format("{} SYN{} and no answer{}", 1 + tcp.syn_retransmissions, tcp.syn_retransmissions == 0 ? "" : "s",
                     g.loss ? "; packets are missing in this capture" : "")});
    return;
  }
  std::size_t again = 0;
  for (const Event& e : flow.events) {
    again += e.kind == EventKind::syn_retransmission && flow.side(e.from) == Side::server ? 1u : 0u;
  }
  out.push_back(
      {"synack-loop", ClueGroup::protocol, Weight::weak, Toward::neither, tcp.syn_ack->number,
       fmt::format("the SYN-ACK was sent {} time{} and its ACK never came by: the answer does not reach the client, "
                   "or the client's does not come this way",
                   1 + again, again == 0 ? "" : "s")});
}

bool spoke_before(const FlowReport& flow, Side side, std::uint64_t end) {
  return std::any_of(flow.packets.begin(), flow.packets.end(),
                     [&](const PacketNote& n) { return flow.side(n.from) == side && n.length > 0 && n.frame < end; });
}

// Routers said of most of its transmissions that they ran out of their time to live: no device drops them.
bool was_expired(const FlowReport& flow, Side sender, const Unacknowledged& lost) {
  return 2 * count_expired(flow, sender, lost.first->seq) >= lost.times;
}
constexpr std::string_view kExpired = "; routers say that its time to live ran out on the way (ICMP time exceeded)";

// P5, P5a: told apart by whether the hello was acknowledged. Of packets before frame `end`.
void after_hello(const FlowReport& flow, const Outcome& outcome, std::uint64_t end, Signs& out) {
  const TlsFacts& tls = flow.tls;
  if (!tls.client_hello || tls.server_hello || spoke_before(flow, Side::server, end)) return;
  const Unacknowledged lost = find_unacknowledged(flow, Side::client, end);
  if (has_expired(flow) && is_trace_ttl(lost.ttl_max)) return;  // a probe: a router says what became of it
  const std::int64_t waited = std::max<std::int64_t>(0, elapsed(tls.client_hello->stamp.time.ns, flow.last.time.ns));
  const bool given_up = outcome.apparent_sender == Side::client && waited >= kGivenUp;
  if (lost.first != nullptr && lost.times >= kNeverArrived) {
    const bool is_part = lost.largest_passed > 0;
    const bool expired = was_expired(flow, Side::client, lost);
    out.push_back({"silent-after-clienthello", ClueGroup::protocol, Weight::medium,
                   is_part || expired ? Toward::neither : Toward::middlebox, lost.first->frame,
                   fmt::format("{} (#{}) was sent {} times and never acknowledged, while {} passed{}",
                               is_part ? "a part of the ClientHello" : "the ClientHello", lost.first->frame, lost.times,
                               is_part ? "another part" : "the handshake's small packets",
                               expired ? kExpired : ": it is dropped on the way, or its answers are")});
    return;
  }
  if (lost.first != nullptr && given_up) {
    out.push_back({"silent-after-clienthello", ClueGroup::protocol, Weight::weak, Toward::neither, lost.first->frame,
                   fmt::format("the ClientHello (#{}) was not acknowledged in the {} that the client waited",
                               lost.first->frame, milliseconds_text(waited))});
    return;
  }
  const bool acked = flow.facts(Side::server).acknowledged.value_or(0) > 1;
  if (!acked || (!given_up && flow.quiet_ns < kLongWait - waited)) return;
  out.push_back(
      {"acked-but-silent", ClueGroup::protocol, Weight::weak, Toward::neither, tls.client_hello->stamp.number,
       "the ClientHello was acknowledged and nothing came of it: the program behind the server's TCP stack, or "
       "behind a proxy that answers for it, said nothing"});
}

// P5 later on: what a side sent after the server's first words, before frame `end`.
void after_answer(const FlowReport& flow, Side sender, std::uint64_t end, Signs& out) {
  if (!flow.tls.server_hello && !flow.tls.hello_retry_request) return;
  const Unacknowledged lost = find_unacknowledged(flow, sender, end);
  if (lost.first == nullptr || lost.times < kNeverArrived) return;
  const bool is_first = lost.largest_passed == 0;
  const bool may_be_size = lost.first->length >= kFullSize;
  // What passed shows a path that works: then it may be loss. And who said nothing more may be gone.
  const bool expired = was_expired(flow, sender, lost);
  const bool speaks = is_first && !may_be_size && lost.was_heard_after && !expired;
  const Toward toward = speaks ? Toward::middlebox : Toward::neither;
  const std::string why =
      fmt::format(": dropped on the way{}, or the acknowledgements are", may_be_size ? ", perhaps for the size" : "");
  const std::string text = fmt::format("{} with {} (#{}, {} bytes) {} sent {} times and never acknowledged{}",
                                       is_first ? "the first bytes" : "a segment", address_text(sender),
                                       lost.first->frame, lost.first->length, is_first ? "were" : "was", lost.times,
                                       expired ? kExpired : std::string_view(why));
  const std::uint64_t frame = lost.first->frame;
  if (sender == Side::server) {
    out.push_back({"answer-never-acknowledged", ClueGroup::protocol, Weight::medium, toward, frame, text});
  } else {
    out.push_back({"client-data-never-acknowledged", ClueGroup::protocol, Weight::medium, toward, frame, text});
  }
}

}  // namespace

bool is_loop_suspect(const Signs& signs) {
  return std::any_of(signs.begin(), signs.end(),
                     [](const Sign& s) { return s.rule == "icmp-expired" && s.weight == Weight::strong; });
}

bool is_mtu_suspect(const Signs& signs) {
  return std::any_of(signs.begin(), signs.end(), [](const Sign& s) { return s.rule == "mtu-blackhole-suspect"; });
}

void add_silence_signs(const FlowReport& flow, const Outcome& outcome, const Guards& g, Signs& out) {
  if (outcome.stage == Stage::syn) {
    no_opening(flow, g, out);
    return;
  }
  // What came after the ending is no reason for it.
  const std::uint64_t end = outcome.ending_frame.value_or(UINT64_MAX);
  if (!has_too_big(flow) && !flow.one_sided) {
    for (const Side side : {Side::client, Side::server}) mtu_at_sender(flow, side, end, out);
    if (!is_mtu_suspect(out)) {
      for (const Side side : {Side::client, Side::server}) mtu_at_receiver(flow, side, out);
    }
  }
  if (is_mtu_suspect(out)) return;
  after_hello(flow, outcome, end, out);
  for (const Side side : {Side::client, Side::server}) after_answer(flow, side, end, out);
}

// P3: the error's sender names itself.
void add_icmp_signs(const FlowReport& flow, std::uint64_t frame, Signs& out) {
  for (const Event& e : flow.events) {
    if (e.kind != EventKind::icmp_unreachable || e.frame != frame) continue;
    const auto fact =
        std::find_if(flow.icmp.begin(), flow.icmp.end(), [&e](const IcmpFact& i) { return i.frame == e.frame; });
    if (fact == flow.icmp.end()) return;
    if (says_expired(e)) {
      add_expired_sign(flow, e, out);
      return;
    }
    const Endpoint& target = flow.side(e.from) == Side::server ? flow.server : flow.client;
    const bool itself = fact->source == target.ip;
    const bool prohibited = says_prohibited(e);
    // Of a port only its host can say that nothing is there (RFC 1122 §3.2.2.1); packet filters say it by default.
    const bool port = e.icmp_v6 ? e.code_b == 4 : e.code_b == 3;
    const bool host = port || (!e.icmp_v6 && e.code_b == 2);
    const Weight weight = prohibited && !itself ? Weight::strong : Weight::medium;
    Toward toward = Toward::neither;
    std::string_view meaning;
    if (itself) {
      toward = Toward::endpoint;
      meaning = prohibited ? ": a rule forbids the connection" : host ? ": the host refuses" : "";
    } else if (prohibited || port) {
      toward = Toward::middlebox;
      meaning = prohibited ? ": a rule forbids the connection"
                           : ": only the host itself knows that; a packet filter that rejects says the same";
    }
    out.push_back({"icmp-rejected", ClueGroup::protocol, weight, toward, e.frame,
                   fmt::format("{} sent \"{}\" about it{}", itself ? "that host itself" : to_text(fact->source),
                               icmp_text(e.icmp_v6, e.code_a, e.code_b), meaning)});
    return;
  }
}

// P9
void add_alert_signs(const FlowReport& flow, const Outcome& outcome, Signs& out) {
  for (const Event& e : flow.events) {
    if (e.frame != outcome.ending_frame || e.kind != EventKind::alert) continue;
    out.push_back({"fatal-alert", ClueGroup::protocol, Weight::strong, Toward::endpoint, e.frame,
                   fmt::format("a TLS alert in clear, {} ({}), carrying {}: what follows it is clean-up",
                               tls::alert_name(e.code_b), e.code_b, address_text(flow.side(e.from)))});
    return;
  }
}

}  // namespace handlens
