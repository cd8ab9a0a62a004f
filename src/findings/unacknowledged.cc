#include "src/findings/unacknowledged.h"

#include <algorithm>
#include <map>

#include "dissectors/tls_names.h"
#include "src/tcp/seq.h"

namespace handlens {

bool may_be_unheard(const FlowReport& flow) {
  const TlsFacts& tls = flow.tls;
  const Direction client = flow.tls_client();
  return tls.established && tls.server_hello && tls::is_tls13_family(tls.server_hello->hello.version) &&
         !tls.application_data[index(opposite(client))] &&
         flow.facts(flow.side(client)).retransmissions + 1 >= kNeverArrived;
}

std::uint32_t highest_ack(const FlowReport& flow, Side by) {
  std::uint32_t ack = 0;
  bool any = false;
  for (const PacketNote& n : flow.packets) {
    if (flow.side(n.from) != by || !n.has(tcp_flag::ack) || n.is_rst()) continue;
    if (!any || seq_before(ack, n.ack)) ack = n.ack;
    any = true;
  }
  return ack;
}

Unacknowledged find_unacknowledged(const FlowReport& flow, Side sender) {
  const Side receiver = sender == Side::client ? Side::server : Side::client;
  const std::uint32_t acked = highest_ack(flow, receiver);
  std::map<std::uint32_t, Unacknowledged> segments;
  Unacknowledged worst;
  std::uint32_t passed = 0;
  for (const PacketNote& n : flow.packets) {
    if (flow.side(n.from) != sender || n.length == 0 || n.is_rst()) continue;
    if (!seq_before(acked, n.end())) {
      passed = std::max(passed, n.length);
      continue;
    }
    Unacknowledged& lost = segments[n.seq];
    if (lost.first == nullptr) lost.first = &n;
    ++lost.times;
    if (lost.times > worst.times || worst.first == nullptr) worst = lost;
  }
  worst.largest_passed = passed;
  return worst;
}

}  // namespace handlens
