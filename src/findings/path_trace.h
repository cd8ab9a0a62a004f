// TCP traceroute: SYNs whose time to live is to run out on the way, one router further each time.
//
// What it leaves in a capture looks like failures: SYNs that nobody answers, ICMP errors, and at the end connections
// that are reset, closed or refused as soon as they are answered. Pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "src/findings/capture_context.h"

namespace handlens {

// The last time to live that the usual tools try, unless told otherwise (traceroute(8), tcptraceroute(1), mtr(8)). No
// stack in use begins so low: from 64 on, more routers would have been passed than there are on any ordinary path.
inline constexpr std::uint8_t kMostTraceTtl = 30;
[[nodiscard]] constexpr bool is_trace_ttl(std::uint8_t ttl) { return ttl >= 1 && ttl <= kMostTraceTtl; }

// Whether the flow may be a probe: it opened, or tried to, not a byte of data came, and none of its client's packets
// had a longer time to live; resets, which a tool's host makes, left out.
[[nodiscard]] bool has_trace_ttl(const FlowReport& flow);

// The SYNs of this flow alone are a trace: of one port, each as far as the one before or further.
[[nodiscard]] bool is_trace_by_itself(const FlowReport& flow);

// What shows that it is one, with the literal values; nothing if it is none. A low TTL alone does not: protocols for
// neighbours, as BGP between their routers, use one. It must vary as a trace's does, within the flow or among the
// client's flows to that port; and a refusal is a refusal unless routers answered probes as well.
[[nodiscard]] std::optional<std::string> find_path_trace(const FlowReport& flow, const CaptureContext& context);

}  // namespace handlens
