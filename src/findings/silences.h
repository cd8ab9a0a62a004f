// Signs where no reset ended the flow: silence, an ICMP error, an alert, a FIN.
#pragma once
#include "src/findings/capture_context.h"
#include "src/findings/clue.h"
#include "src/findings/guards.h"

namespace handlens {

void add_silence_signs(const FlowReport& flow, const Outcome& outcome, const Guards& g, Signs& out);
// Of the ICMP error in packet `frame`.
void add_icmp_signs(const FlowReport& flow, std::uint64_t frame, Signs& out);
void add_alert_signs(const FlowReport& flow, const Outcome& outcome, Signs& out);

// A packet ran out of its time to live although it had more than any path takes: it went round in a circle.
[[nodiscard]] bool is_loop_suspect(const Signs& signs);
// Segments of full size vanish on the way to the other side and smaller ones do not (RFC 2923 §2.1).
[[nodiscard]] bool is_mtu_suspect(const Signs& signs);

}  // namespace handlens
