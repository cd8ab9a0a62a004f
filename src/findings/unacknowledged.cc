#include "src/findings/unacknowledged.h"

#include <algorithm>
#include <map>
#include <optional>

#include "dissectors/tls_names.h"
#include "src/findings/reset_case.h"
#include "src/tcp/seq.h"

namespace handlens {
namespace {

// RFC 9293 §3.8.4: the last byte that was acknowledged, with or without something in its place. One that nobody has
// acknowledged is data that is sent again.
bool is_keep_alive(const PacketNote& n, std::optional<std::uint32_t> next, std::optional<std::uint32_t> acked) {
  return n.length <= 1 && !n.has(tcp_flag::syn) && !n.has(tcp_flag::fin) && next && n.seq == *next - 1 && acked &&
         !seq_before(*acked, *next);
}

}  // namespace

bool may_be_unheard(const FlowReport& flow) {
  const TlsFacts& tls = flow.tls;
  const Direction client = flow.tls_client();
  return tls.established && tls.server_hello && tls::is_tls13_family(tls.server_hello->hello.version) &&
         !tls.application_data[index(opposite(client))] &&
         flow.facts(flow.side(client)).retransmissions + 1 >= kNeverArrived;
}

std::uint32_t highest_ack(const FlowReport& flow, Side by) {
  const Side peer = by == Side::client ? Side::server : Side::client;
  std::optional<std::uint32_t> ack;
  if (flow.facts(peer).isn && flow.facts(by).acknowledged) {
    ack = *flow.facts(peer).isn + static_cast<std::uint32_t>(*flow.facts(by).acknowledged);
  }
  for (const PacketNote& n : flow.packets) {
    if (flow.side(n.from) != by || !n.has(tcp_flag::ack)) continue;
    if (!ack || seq_before(*ack, n.ack)) ack = n.ack;
  }
  return ack.value_or(0);
}

Unacknowledged find_unacknowledged(const FlowReport& flow, Side sender, std::uint64_t end) {
  const Side receiver = sender == Side::client ? Side::server : Side::client;
  const std::uint32_t acked = highest_ack(flow, receiver);
  const auto is_data = [&flow, sender, end](const PacketNote& n) {
    return n.frame < end && flow.side(n.from) == sender && n.length > 0 && !n.is_rst();
  };
  const auto is_lost = [&](const PacketNote& n) { return is_data(n) && seq_before(acked, n.end()); };
  if (std::none_of(flow.packets.begin(), flow.packets.end(), is_lost)) return {};  // so it mostly is
  bool had_copies = false;
  std::map<std::uint32_t, Unacknowledged> segments;
  Unacknowledged worst;
  std::uint32_t passed = 0;
  const PacketNote* heard = nullptr;  // the receiver's newest
  for (const PacketNote* note : distinct_packets(flow, had_copies)) {
    const PacketNote& n = *note;
    if (flow.side(n.from) == receiver) heard = n.is_rst() ? heard : &n;
    if (!is_data(n)) continue;
    if (!is_lost(n)) {
      passed = std::max(passed, n.length);
      continue;
    }
    Unacknowledged& lost = segments[n.seq];
    if (lost.first == nullptr) lost.first = &n;
    ++lost.times;
    lost.ttl_max = std::max(lost.ttl_max, n.ttl);
    if (lost.times > worst.times || worst.first == nullptr) worst = lost;
  }
  if (heard != nullptr && heard->window == 0) return {};
  worst.largest_passed = passed;
  worst.was_heard_after = worst.first != nullptr && heard != nullptr && heard->frame > worst.first->frame;
  return worst;
}

UnansweredProbes find_unanswered_probes(const FlowReport& flow, Side sender, std::uint64_t end) {
  if (flow.packets_elided) return {};
  bool had_copies = false;
  UnansweredProbes probes;
  std::optional<std::uint32_t> next, acked;  // that the sender would send; that the other has got
  for (const PacketNote* note : distinct_packets(flow, had_copies)) {
    const PacketNote& n = *note;
    if (n.frame >= end) break;
    const bool is_sender = flow.side(n.from) == sender;
    if (!is_sender || n.is_rst()) {
      probes = {};
      if (!is_sender && n.has(tcp_flag::ack) && (!acked || seq_before(*acked, n.ack))) acked = n.ack;
      continue;
    }
    const bool is_syn_ack = n.has(tcp_flag::syn) && n.has(tcp_flag::ack);
    if (is_syn_ack || is_keep_alive(n, next, acked)) {
      if (probes.times++ == 0) probes.first = note;
    } else {
      probes = {};
    }
    if (!next || seq_before(*next, n.end())) next = n.end();
  }
  return probes;
}

}  // namespace handlens
