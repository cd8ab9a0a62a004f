// Data that was sent again and again and never acknowledged: it did not arrive, or its acknowledgements did not.
#pragma once
#include <cstdint>

#include "src/timeline/flow_report.h"

namespace handlens {

// The segment of one side that was sent most often, and what passed instead of it. As far as notes of packets were
// kept; a frame that the capture holds twice counts once.
struct Unacknowledged {
  const PacketNote* first = nullptr;  // null: there is none; lives as long as the report
  std::size_t times = 0;
  std::uint32_t largest_passed = 0;  // bytes; of the same side, acknowledged; 0 if there is none
  std::uint8_t ttl_max = 0;          // of the times it was sent
  bool was_heard_after = false;      // the other side sent something after the first time
};
// Of what was sent before frame `end`. None where the other side's window is closed: what it is sent then are probes.
[[nodiscard]] Unacknowledged find_unacknowledged(const FlowReport& flow, Side sender, std::uint64_t end = UINT64_MAX);
// So often it is no loss of a single packet any more (RFC 6298 §5.5: each time after twice as long).
inline constexpr std::size_t kNeverArrived = 3;

// What asked for an acknowledgement and nothing else, and got none: keep-alives (RFC 9293 §3.8.4) or SYN-ACKs that a
// side sent, before frame `end`, since it had last heard the other.
struct UnansweredProbes {
  const PacketNote* first = nullptr;  // null: there is none; lives as long as the report
  std::size_t times = 0;
};
// None where notes between them were not kept.
[[nodiscard]] UnansweredProbes find_unanswered_probes(const FlowReport& flow, Side sender, std::uint64_t end);

// TLS 1.3: the client believes to be done, and was not answered; whether the server heard of it, packets must tell.
[[nodiscard]] bool may_be_unheard(const FlowReport& flow);

// The highest acknowledgement number with that side's address, also of packets of which no note was kept; 0 if there is
// none.
[[nodiscard]] std::uint32_t highest_ack(const FlowReport& flow, Side by);

}  // namespace handlens
