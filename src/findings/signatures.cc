#include "src/findings/signatures.h"

#include <algorithm>
#include <set>
#include <vector>

#include "src/findings/reset_case.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;  // ns
constexpr std::int64_t kShortest = 3 * kSecond;  // the paper's silence

// Segments that brought bytes nobody had sent before: what is repeated, at whatever boundaries, counts once.
class NewData {
 public:
  // Sequence numbers: of the first byte, and behind the last.
  void add(std::uint32_t begin, std::uint32_t end) {
    Range all{begin, end};
    const auto holds_all = [&](const Range& r) { return !seq_before(begin, r.begin) && !seq_before(r.end, end); };
    if (std::any_of(ranges_.begin(), ranges_.end(), holds_all)) return;
    std::erase_if(ranges_, [&](const Range& r) {
      if (seq_before(end, r.begin) || seq_before(r.end, begin)) return false;
      if (seq_before(r.begin, all.begin)) all.begin = r.begin;
      if (seq_before(all.end, r.end)) all.end = r.end;
      return true;
    });
    ranges_.push_back(all);
    ++segments_;
  }
  [[nodiscard]] std::size_t segments() const { return segments_; }
  [[nodiscard]] bool empty() const { return segments_ == 0; }

 private:
  struct Range {
    std::uint32_t begin, end;
  };
  std::vector<Range> ranges_;  // none touches another
  std::size_t segments_ = 0;
};

struct Seen {
  // Of the client, before the first reset of the side that is asked about.
  bool syn = false, ack = false;
  NewData data;
  // Of the side that is asked about.
  std::size_t rst = 0, rst_ack = 0;
  std::set<std::uint32_t> acks;  // raw acknowledgement fields of bare resets
  bool fin = false;              // of either side, before them

  [[nodiscard]] bool is_reset() const { return rst + rst_ack > 0; }
};

// The packets without the second copies of frames that were captured twice. Of equal resets without an IP-ID to tell
// them apart each is one of its own, unless other frames of this flow are in the capture twice, or a router has passed
// it on in between.
std::vector<const PacketNote*> packets_of(const FlowReport& flow) {
  bool had_copies = flow.facts(Side::client).captured_twice + flow.facts(Side::server).captured_twice > 0;
  std::vector<const PacketNote*> distinct = distinct_packets(flow, had_copies);
  if (had_copies || distinct.size() == flow.packets.size()) return distinct;
  std::vector<const PacketNote*> out;
  out.reserve(flow.packets.size());
  const PacketNote* reset = nullptr;
  std::size_t next = 0;
  for (const PacketNote& note : flow.packets) {
    const bool is_distinct = next < distinct.size() && distinct[next] == &note;
    if (is_distinct) ++next;
    const bool is_numbered = note.has_ip_id && note.ip_id != 0;
    const bool is_again = note.is_rst() && !is_numbered && reset != nullptr && reset->ttl == note.ttl;
    if (!is_distinct && !is_again) continue;
    if (note.is_rst()) reset = &note;
    out.push_back(&note);
  }
  return out;
}

Seen look(const FlowReport& flow, const std::vector<const PacketNote*>& packets, Side from) {
  Seen s;
  for (const PacketNote* n : packets) {
    if (n->has(tcp_flag::fin) && !n->is_rst()) {
      s.fin = !s.is_reset();
      break;
    }
    const Side side = flow.side(n->from);
    if (n->is_rst()) {
      if (side != from) continue;
      n->has(tcp_flag::ack) ? ++s.rst_ack : ++s.rst;
      if (!n->has(tcp_flag::ack)) s.acks.insert(n->ack);
      continue;
    }
    if (side != Side::client || s.is_reset()) continue;  // what goes on after it is told elsewhere
    if (n->has(tcp_flag::syn)) s.syn = true;
    if (n->length > 0) s.data.add(n->seq + (n->has(tcp_flag::syn) ? 1u : 0u), n->end());
    if (n->length == 0 && !n->has(tcp_flag::syn) && n->has(tcp_flag::ack)) s.ack = true;
  }
  return s;
}

// After so much silence nobody waits for a retransmission any more: the paper's time, or six retransmission timeouts.
// RFC 6298 §2: a second before the round trip is known, three times the first one after; hosts take 0.2 s at least.
std::int64_t long_silence(const FlowReport& flow) {
  const TcpFacts& tcp = flow.tcp;
  std::int64_t timeout = kSecond;
  if (tcp.syn && tcp.ack && tcp.syn_retransmissions == 0) {
    constexpr std::int64_t kLongest = 60 * kSecond;
    timeout = std::clamp(elapsed(tcp.syn->time.ns, tcp.ack->time.ns), kSecond / 15, kLongest) * 3;
  }
  return std::max(kShortest, 6 * timeout);
}

// Nothing more came from that side until the capture ended, although it had something to answer or to go on with: since
// its own last packet, or what came from the other side after that, first at all and first that asks for an answer.
bool fell_silent(const FlowReport& flow, const std::vector<const PacketNote*>& packets, Side from) {
  const std::int64_t enough = long_silence(flow);
  if (flow.quiet_ns >= enough) return true;
  if (flow.packets_elided) return false;  // its last packet may be among those
  const PacketNote* since = nullptr;
  bool is_asked = false, is_own = true;
  for (const PacketNote* n : packets) {
    const bool asks = n->end() != n->seq;
    if (flow.side(n->from) == from) {
      since = n;
      is_own = true;
      is_asked = false;
    } else if (is_own || (asks && !is_asked)) {
      since = n;
      is_own = false;
      is_asked = asks;
    }
  }
  return since != nullptr && elapsed(since->time_ns, flow.last.time.ns) >= enough - flow.quiet_ns;
}

// The client got so far and the server did not answer that: not even with a SYN-ACK, or not with a byte. Where its
// direction is missing, or the client acknowledges what nobody saw, that cannot be told.
bool is_unanswered(const FlowReport& flow, const std::vector<const PacketNote*>& packets, const Seen& s) {
  const bool waits_for_syn_ack = s.data.empty() && !s.ack;
  const bool has_unseen = flow.facts(Side::server).bytes == 0 && flow.facts(Side::client).acknowledged.value_or(0) > 1;
  if (!waits_for_syn_ack && (flow.one_sided || has_unseen)) return false;
  bool has_asked = s.data.empty();
  for (const PacketNote* n : packets) {
    const bool is_clients = flow.side(n->from) == Side::client;
    if (is_clients && n->length > 0) has_asked = true;
    if (!is_clients && (waits_for_syn_ack || (has_asked && n->length > 0))) return false;
  }
  return true;
}

std::string_view after_first_data(const Seen& s) {
  if (s.rst > 0 && s.rst_ack > 0) return "PSH+ACK -> RST;RST+ACK";
  if (s.rst_ack >= 2) return "PSH+ACK -> RST+ACK;RST+ACK";
  if (s.rst_ack == 1) return "PSH+ACK -> RST+ACK";
  if (s.rst == 1) return "PSH+ACK -> RST";
  if (s.acks.size() >= 2) return s.acks.contains(0) ? "PSH+ACK -> RST;RST0" : "PSH+ACK -> RST!=RST";
  return s.acks.contains(0) ? "" : "PSH+ACK -> RST=RST";  // with nothing but 0 there, they are any stack's
}

// Of both kinds mixed there is no signature at this stage.
std::string_view after_ack(const Seen& s) {
  if (s.rst > 0 && s.rst_ack > 0) return "";
  if (s.rst_ack > 0) return s.rst_ack >= 2 ? "SYN;ACK -> RST+ACK;RST+ACK" : "SYN;ACK -> RST+ACK";
  return s.rst >= 2 ? "SYN;ACK -> RST;RST" : "SYN;ACK -> RST";
}

std::string_view after_syn(const Seen& s) {
  if (s.rst > 0 && s.rst_ack > 0) return "SYN -> RST;RST+ACK";
  return s.rst > 0 ? "SYN -> RST" : "SYN -> RST+ACK";
}

// A ClientHello in several segments is one request: the paper predates those.
bool is_first_request(const FlowReport& flow, const Seen& s) {
  if (s.data.segments() == 1) return true;
  return !flow.is_tls_reversed() && flow.tls.client_hello && s.data.segments() <= flow.tls.client_hello->segments;
}

}  // namespace

std::string_view tampering_signature(const FlowReport& flow, Side from) {
  if (flow.midstream || flow.packets.empty()) return "";
  const bool has_reset = !flow.tcp.rst.empty() || flow.tcp.rst_total > 0;
  if (!has_reset && !flow.tcp.fin.empty()) return "";  // most flows: closed as they should be
  const bool is_short = elapsed(flow.first.time.ns, flow.last.time.ns) < kShortest - flow.quiet_ns;
  if (!has_reset && is_short) return "";
  const std::vector<const PacketNote*> packets = packets_of(flow);
  const Seen s = look(flow, packets, from);
  if (s.fin || !s.syn) return "";
  if (!s.is_reset()) {
    if (has_reset || !fell_silent(flow, packets, from)) return "";
    if (from == Side::server && !is_unanswered(flow, packets, s)) return "";
  }
  if (s.data.empty() && !s.ack) return s.is_reset() ? after_syn(s) : "SYN -> none";
  if (s.data.empty()) return s.is_reset() ? after_ack(s) : "SYN;ACK -> none";
  if (is_first_request(flow, s)) return s.is_reset() ? after_first_data(s) : "PSH+ACK -> none";
  if (!s.is_reset()) return "";
  return s.rst_ack > 0 ? "PSH+ACK;Data -> RST+ACK" : "PSH+ACK;Data -> RST";
}

}  // namespace handlens
