// What the reset's sequence and acknowledgement numbers say, held against both streams.
#include <fmt/format.h>

#include <algorithm>

#include "src/findings/clues.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {
namespace {

constexpr std::int64_t kReordered = 2'000'000;      // ns: a capture may show packets of one host in another order
constexpr std::int64_t kLongReordered = 5'000'000;  // ns: ... the network itself, on a long way
constexpr std::int64_t kAnswered = 3'000'000'000;   // ns: what a reset answers is not older
constexpr std::int32_t kLargestHello = 16384;       // bytes a client may have sent that nobody here saw
constexpr std::int32_t kPlausibleHello[] = {150, 2500};

bool is_syn_stage(const ResetCase& c) { return !c.opened && c.claimed == Side::server; }

// Numbers that the other side acknowledged lately: a stack without the connection answers with one of them.
bool was_acknowledged(const ResetCase& c, std::uint32_t seq) {
  for (std::size_t i = 0; i < c.others.size(); ++i) {
    const PacketNote& n = *c.others[i];
    if (!n.has(tcp_flag::ack) || n.ack != seq) continue;
    const bool newest = i + 1 >= c.others_before;
    if (newest || c.since(n) < kAnswered + 2 * c.rtt.value_or(0)) return true;
  }
  return c.rst.receiver_ack && *c.rst.receiver_ack == seq;
}

bool is_repeated(const ResetCase& c) {
  for (std::size_t i = 1; i < c.own_before; ++i) {
    if (c.own[i]->length > 0 && c.own[i]->seq == c.own[i - 1]->seq) return true;
  }
  return false;
}

// S1: the side goes on as if it had never sent a reset.
void data_after(const ResetCase& c, Signs& out) {
  std::optional<std::uint32_t> acked = c.rst.sender_ack;
  for (std::size_t i = 0; i < c.own_before; ++i) {
    if (c.own[i]->has(tcp_flag::ack) && (!acked || seq_before(*acked, c.own[i]->ack))) acked = c.own[i]->ack;
  }
  // Before TCP is open a host resets what belongs to another connection, and goes on (RFC 9293 §3.5.1, §3.10.7.4).
  if (!c.opened && !c.flow.midstream) return;
  // Where the way's length is not known it may be long.
  const std::int64_t patience =
      c.rtt ? std::clamp<std::int64_t>(*c.rtt / 10, kReordered, kLongReordered) : kLongReordered;
  for (std::size_t i = c.own_before; i < c.own.size(); ++i) {
    const PacketNote& n = *c.own[i];
    if (n.frame <= c.rst.frame) continue;
    const std::int64_t after = elapsed(c.rst.time.ns, n.time_ns);
    if (after <= patience || n.has(tcp_flag::syn)) continue;
    const std::int32_t ahead = seq_distance(c.rst.raw_seq, n.seq);
    const bool advances = n.has(tcp_flag::ack) && acked && seq_before(*acked, n.ack);
    // What it sent before its reset may only be repeated by the network, not by it.
    const bool is_new = c.rst.sender_next && seq_distance(*c.rst.sender_next, n.seq) >= 0;
    // After a FIN a host still acknowledges and repeats; what is new to its stream it cannot send.
    const bool behind_fin =
        !n.has(tcp_flag::fin) && n.length > 0 &&
        (ahead > static_cast<std::int32_t>(c.rst.payload) || (ahead == 0 && n.length > c.rst.payload));
    const bool goes_on = c.is_fin ? behind_fin : (n.length > 0 && is_new) || (advances && n.length == 0);
    if (!goes_on || ahead < -1) continue;
    if (n.has_ip_id && c.rst.ip_id && n.ip_id != 0 && n.ip_id < *c.rst.ip_id && *c.rst.ip_id - n.ip_id < 64 &&
        after < 10 * kReordered) {
      continue;  // numbered before the reset: captured late
    }
    out.push_back(
        {"data-after-rst-same-sender", ClueGroup::sequence, Weight::decisive, Toward::middlebox, n.frame,
         fmt::format("{} after it a packet with the same address went on as if nothing had happened ({} bytes "
                     "of data{}): that host had not closed the connection",
                     milliseconds_text(after), n.length, advances ? ", acknowledging more than before" : "")});
    return;
  }
}

// S2: two answers to one SYN.
void answered_twice(const ResetCase& c, Signs& out) {
  const TcpFacts& tcp = c.flow.tcp;
  if (c.claimed != Side::server || !tcp.syn || !tcp.syn_ack || c.is_fin) return;
  if (tcp.ack && tcp.ack->number < c.rst.frame) return;
  if (tcp.syn_ack->number < c.rst.frame) {
    // The same host may accept and then close at once, the client's ACK unseen: only a refusal contradicts it.
    const bool goes_on = c.rst.sender_next && c.rst.raw_seq == *c.rst.sender_next;
    // Nor does one of an older SYN, which it acknowledges (RFC 9293 §3.5.2).
    const std::optional<std::uint32_t> isn = c.flow.facts(Side::client).isn;
    if (!c.rst.ack_flag || goes_on || (isn && c.rst.raw_ack != *isn + 1)) return;
  }
  // The client asked again in between: both answers may be true, of a server that was just starting.
  const bool asked_again = std::any_of(c.others.begin(), c.others.end(), [&](const PacketNote* n) {
    const auto [first, second] = std::minmax(tcp.syn_ack->number, c.rst.frame);
    return n->has(tcp_flag::syn) && n->frame > first && n->frame < second;
  });
  if (asked_again || elapsed(tcp.syn->time.ns, c.rst.time.ns) > 3'000'000'000) return;
  const bool completed = tcp.ack.has_value();
  out.push_back(
      {"rst-before-answer", ClueGroup::sequence, completed ? Weight::decisive : Weight::strong, Toward::middlebox,
       c.rst.frame,
       fmt::format("the SYN (#{}) got two answers with the server's address: this reset after {} and a SYN-ACK "
                   "(#{}) after {}{}",
                   tcp.syn->number, milliseconds_text(elapsed(tcp.syn->time.ns, c.rst.time.ns)), tcp.syn_ack->number,
                   milliseconds_text(elapsed(tcp.syn->time.ns, tcp.syn_ack->time.ns)),
                   completed ? ", and the connection opened" : "")});
}

// S5: it stands behind bytes that never passed the capture.
void unseen_data(const ResetCase& c, const Guards& g, Signs& out) {
  if (g.one_way || g.midstream || g.loss || !c.rst.sender_next || !c.opened || c.after_fin) return;
  if (c.burst.size() > 1 && c.burst[0]->raw_seq != c.burst.back()->raw_seq) return;
  const std::int32_t unseen = seq_distance(*c.rst.sender_next, c.rst.raw_seq);
  if (unseen <= 0 || unseen > kLargestHello || was_acknowledged(c, c.rst.raw_seq) || is_repeated(c)) return;
  if (c.rst.receiver_ack && seq_before(*c.rst.sender_next, *c.rst.receiver_ack)) return;  // they arrived
  const bool hello_like = !c.after_data && unseen >= kPlausibleHello[0] && unseen <= kPlausibleHello[1];
  out.push_back({"rst-seq-reveals-unseen-data", ClueGroup::sequence, hello_like ? Weight::strong : Weight::medium,
                 Toward::middlebox, c.rst.frame,
                 fmt::format("its sequence number lies {} bytes past all that was captured with that address: so many "
                             "bytes{} were sent, or its maker took them for sent, and did not come this far",
                             unseen, hello_like ? " (the size of a TLS hello)" : "")});
}

// S6
void not_next(const ResetCase& c, const Guards& g, Signs& out) {
  if (g.one_way || g.midstream || !c.rst.sender_next || is_syn_stage(c) || c.is_fin) return;
  if (was_acknowledged(c, c.rst.raw_seq)) return;
  const std::int32_t ahead = seq_distance(*c.rst.sender_next, c.rst.raw_seq);
  if (ahead == 0) return;
  if (ahead > 0 && (g.loss || (ahead <= kLargestHello && c.burst.size() < 2))) return;  // unseen data explains it
  // A FIN of its own may have gone unseen, and keep-alives stand one before the next number.
  if (ahead == -1 || ahead == 1) return;
  // Sent before the newest data, captured after it.
  for (std::size_t i = 0; i < c.own_before; ++i) {
    if (c.own[i]->seq == c.rst.raw_seq && c.since(*c.own[i]) < 2 * c.rtt.value_or(50'000'000)) return;
  }
  const Weight weight = ahead < 0 ? Weight::medium : Weight::strong;
  out.push_back({"rst-seq-not-next", ClueGroup::sequence, weight, Toward::middlebox, c.rst.frame,
                 fmt::format("its sequence number lies {} bytes {} the next one of that side, and the other side never "
                             "acknowledged it: neither a host that closes nor one without the connection sends it",
                             ahead < 0 ? -static_cast<std::int64_t>(ahead) : ahead, ahead < 0 ? "before" : "past")});
}

// S7, S8: how a stack refuses is fixed (RFC 9293 §3.10.7.1): sequence number 0, acknowledging the SYN.
void refused_oddly(const ResetCase& c, Signs& out) {
  // Where the client spoke on, the SYN-ACK came and is not in the capture: then it is no refusal.
  if (!c.answers_syn || !c.rst.ack_flag || c.is_fin) return;
  const auto isn = c.flow.facts(Side::client).isn;
  if (c.rst.raw_seq != 0 && isn && seq_distance(*isn, c.rst.raw_ack) > 1) return;  // ... nor where it knows of data
  if (c.rst.raw_seq != 0) {
    out.push_back({"refused-malformed", ClueGroup::sequence, Weight::medium, Toward::middlebox, c.rst.frame,
                   fmt::format("it refuses the SYN with the sequence number {}; a host without a listener sends 0",
                               c.rst.raw_seq)});
  }
  if (!isn) return;
  const std::int32_t acked = seq_distance(*isn, c.rst.raw_ack);
  bool fits = acked == 1;
  for (std::size_t i = 0; i < c.others_before; ++i) {
    fits = fits || (c.others[i]->has(tcp_flag::syn) && c.rst.raw_ack == c.others[i]->end());
  }
  if (fits) return;
  out.push_back({"refused-ack-wrong", ClueGroup::sequence, Weight::decisive, Toward::middlebox, c.rst.frame,
                 fmt::format("it acknowledges number {} of the client's stream where the SYN asks for 1: no TCP stack "
                             "answers so, and a client must ignore it",
                             acked)});
}

// S9: it knows of bytes that cannot have reached the host yet.
void acknowledges_too_soon(const ResetCase& c, const Guards& g, Signs& out) {
  if (g.local_nat || g.midstream || !c.rst.ack_flag || !c.rtt || *c.rtt <= 0) return;
  const PacketNote* newest = nullptr;
  for (std::size_t i = 0; i < c.others_before; ++i) {
    const PacketNote& n = *c.others[i];
    if (n.length > 0 && n.end() == c.rst.raw_ack) {
      newest = &n;
      break;  // its first transmission
    }
  }
  if (newest == nullptr) return;
  const std::int64_t since = c.since(*newest);
  const auto margin = std::max<std::int64_t>({1'000'000, *c.rtt / 10, g.time_error()});
  if (since < 0 || since >= *c.rtt - margin) return;
  const bool is_plain = c.rtt_samples >= 3 && since < *c.rtt / 2;
  const Weight weight = is_plain ? Weight::decisive : c.may_rtt_be_less ? Weight::medium : Weight::strong;
  out.push_back(
      {"rst-ack-causality", ClueGroup::timing, weight, Toward::middlebox, c.rst.frame,
       fmt::format("it acknowledges data (#{}) that passed here {} before it, and {}: it {} have got them yet",
                   newest->frame, milliseconds_text(since), away_text(c, "that host"),
                   c.may_rtt_be_less ? "would hardly" : "could not")});
}

// S10
void acknowledges_less(const ResetCase& c, Signs& out) {
  if (!c.rst.ack_flag || !c.rst.sender_ack || !seq_before(c.rst.raw_ack, *c.rst.sender_ack) || c.is_fin) return;
  const std::int32_t behind = seq_distance(c.rst.raw_ack, *c.rst.sender_ack);
  if (behind > 1 << 24) return;
  out.push_back({"rst-ack-stale", ClueGroup::sequence, Weight::medium, Toward::middlebox, c.rst.frame,
                 fmt::format("it acknowledges {} bytes less than that side had acknowledged before", behind)});
}

// S12, S13
void oddities(const ResetCase& c, Signs& out) {
  if (c.is_fin) return;
  if (c.rst.payload > 0) {
    out.push_back({"rst-payload", ClueGroup::sequence, Weight::weak, Toward::neither, c.rst.frame,
                   fmt::format("it carries {} bytes of payload, as some devices do to say why", c.rst.payload)});
  }
  constexpr std::uint16_t kOdd = 0x0e00 | 0x0100 | tcp_flag::ece | tcp_flag::cwr;  // reserved, AE, ECE, CWR
  if (c.note == nullptr || (c.note->flags & kOdd) == 0) return;
  const bool elsewhere = std::any_of(
      c.own.begin(), c.own.end(), [](const PacketNote* n) { return !n->has(tcp_flag::syn) && (n->flags & kOdd) != 0; });
  if (elsewhere) return;
  out.push_back(
      {"rst-reserved-bits", ClueGroup::header, Weight::strong, Toward::middlebox, c.rst.frame,
       fmt::format("it has reserved or congestion bits set (flags 0x{:03x}) that no other packet of that side has",
                   c.note->flags)});
}

// P15: it says how the connection opened, and nothing of who ended it.
void both_opened(const ResetCase& c, Signs& out) {
  const TcpFacts& tcp = c.flow.tcp;
  if (c.is_fin || (!tcp.simultaneous_open && !tcp.split_handshake)) return;
  out.push_back({"both-sides-open", ClueGroup::protocol, Weight::weak, Toward::neither, c.rst.frame,
                 tcp.split_handshake ? "the SYN was answered in two parts, an ACK and a SYN, which TCP allows"
                                     : "the SYN was answered with a SYN: both sides opened at once, which TCP allows"});
}

}  // namespace

bool is_conforming(const ResetCase& c) {
  const RstFact& rst = c.rst;
  if (c.answers_syn && rst.ack_flag) {
    const auto isn = c.flow.facts(Side::client).isn;
    return rst.raw_seq == 0 && isn && seq_distance(*isn, rst.raw_ack) >= 1 && seq_distance(*isn, rst.raw_ack) < 1461;
  }
  const bool next = rst.sender_next && rst.raw_seq == *rst.sender_next;
  return next || was_acknowledged(c, rst.raw_seq);
}

void add_sequence_signs(const ResetCase& c, const Guards& g, Signs& out) {
  data_after(c, out);
  answered_twice(c, out);
  unseen_data(c, g, out);
  not_next(c, g, out);
  refused_oddly(c, out);
  acknowledges_too_soon(c, g, out);
  acknowledges_less(c, out);
  oddities(c, out);
  both_opened(c, out);
  const bool odd = std::any_of(out.begin(), out.end(), [](const Sign& s) { return s.toward == Toward::middlebox; });
  if (odd || !is_conforming(c) || c.is_fin) return;
  out.push_back(
      {"rst-conforming", ClueGroup::sequence, Weight::weak, Toward::endpoint, c.rst.frame,
       fmt::format("its numbers are those that the TCP stack behind {} would send", address_text(c.claimed))});
}

}  // namespace handlens
