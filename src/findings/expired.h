// ICMP time exceeded: packets whose time to live ran out on their way, as their routers say (RFC 792, RFC 4443 §3.3).
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "src/findings/clue.h"
#include "src/timeline/flow_report.h"

namespace handlens {

// An ICMP error that says so; one of the flow's does.
[[nodiscard]] bool says_expired(const Event& e);
[[nodiscard]] bool has_expired(const FlowReport& flow);
// Whose packet an ICMP error quotes.
[[nodiscard]] Side quoted_side(const FlowReport& flow, const Event& e);

// One such error and the packet that it quotes, where a note of that was kept. Lives as long as the report.
struct Expired {
  const Event* error = nullptr;
  const IcmpFact* fact = nullptr;
  const PacketNote* packet = nullptr;  // as it came by first
  std::uint8_t ttl = 0;                // of the packet then: in a loop it comes by again, each time with less
};
[[nodiscard]] std::vector<Expired> expired_packets(const FlowReport& flow);

// Of a flow that fell silent: the error which says that the last packet's time to live ran out on its way. Hosts go on
// trying after one (RFC 1122 §4.2.3.9), so that it ends nothing by itself. nullptr: the last packet got none.
[[nodiscard]] const Event* find_expired_ending(const FlowReport& flow);

// How many times that segment of the side, sent with more than a trace's time to live, ran out of it.
[[nodiscard]] std::size_t count_expired(const FlowReport& flow, Side sender, std::uint32_t seq);

// What the error of the flow's ending says; strong if it is a routing loop's.
void add_expired_sign(const FlowReport& flow, const Event& ending, Signs& out);

}  // namespace handlens
