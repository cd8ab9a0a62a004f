#include "src/findings/signatures.h"

#include <algorithm>
#include <set>

#include "src/findings/reset_case.h"

namespace handlens {
namespace {

constexpr std::int64_t kQuiet = 3'000'000'000;  // ns: the paper's

struct Seen {
  bool syn = false, ack = false, fin = false;
  std::set<std::uint32_t> data;  // sequence numbers with payload: repetitions count once
  std::size_t rst = 0, rst_ack = 0;
  std::set<std::uint32_t> acks;  // raw acknowledgement fields of bare resets
};

Seen look(const FlowReport& flow, Side from) {
  Seen s;
  bool copies = false;
  for (const PacketNote* n : distinct_packets(flow, copies)) {
    if (n->has(tcp_flag::fin) && !n->is_rst()) {
      s.fin = s.fin || s.rst + s.rst_ack == 0;
      break;
    }
    if (flow.side(n->from) != from) continue;
    if (n->is_rst()) {
      n->has(tcp_flag::ack) ? ++s.rst_ack : ++s.rst;
      if (!n->has(tcp_flag::ack)) s.acks.insert(n->ack);
      continue;
    }
    if (s.rst + s.rst_ack > 0) continue;  // what goes on after it is told elsewhere
    if (n->has(tcp_flag::syn)) s.syn = true;
    if (n->length > 0) s.data.insert(n->seq + (n->has(tcp_flag::syn) ? 1u : 0u));
    if (n->length == 0 && !n->has(tcp_flag::syn) && n->has(tcp_flag::ack)) s.ack = true;
  }
  return s;
}

std::string_view after_first_data(const Seen& s) {
  if (s.rst > 0 && s.rst_ack > 0) return "PSH+ACK -> RST;RST+ACK";
  if (s.rst_ack >= 2) return "PSH+ACK -> RST+ACK;RST+ACK";
  if (s.rst_ack == 1) return "PSH+ACK -> RST+ACK";
  if (s.rst == 1) return "PSH+ACK -> RST";
  if (s.acks.size() >= 2) return s.acks.contains(0) ? "PSH+ACK -> RST;RST0" : "PSH+ACK -> RST!=RST";
  return "PSH+ACK -> RST=RST";
}

// A ClientHello in several segments is one request: the paper predates those.
bool is_first_request(const FlowReport& flow, Side from, const Seen& s) {
  if (s.data.size() == 1) return true;
  return from == flow.side(flow.tls_client()) && flow.tls.client_hello && !flow.tls.server_hello &&
         s.data.size() <= flow.tls.client_hello->segments;
}

}  // namespace

std::string_view tampering_signature(const FlowReport& flow, Side from) {
  if (flow.midstream || flow.packets.empty()) return "";
  const bool is_silent = flow.tcp.rst.empty() && flow.tcp.fin.empty() && flow.quiet_ns >= kQuiet;
  if (flow.tcp.rst.empty() && flow.tcp.rst_total == 0 && !is_silent) return "";  // most flows: closed as they should be
  const Seen s = look(flow, from);
  if (s.fin || !s.syn) return "";
  const bool reset = s.rst + s.rst_ack > 0;
  if (!reset && !is_silent) return "";
  if (s.data.empty() && !s.ack) {
    if (!reset) return "SYN -> none";
    if (s.rst > 0 && s.rst_ack > 0) return "SYN -> RST;RST+ACK";
    return s.rst > 0 ? "SYN -> RST" : "SYN -> RST+ACK";
  }
  if (s.data.empty()) {
    if (!reset) return "SYN;ACK -> none";
    if (s.rst_ack >= 2) return "SYN;ACK -> RST+ACK;RST+ACK";
    if (s.rst_ack == 1) return "SYN;ACK -> RST+ACK";
    return s.rst >= 2 ? "SYN;ACK -> RST;RST" : "SYN;ACK -> RST";
  }
  if (is_first_request(flow, from, s)) return reset ? after_first_data(s) : "PSH+ACK -> none";
  if (!reset) return "";
  return s.rst_ack > 0 ? "PSH+ACK;Data -> RST+ACK" : "PSH+ACK;Data -> RST";
}

}  // namespace handlens
