// The 19 published signatures of connections that were tampered with (Sundara Raman et al., SIGCOMM 2023): a property
// of how far the client got and what ended it, in a notation of the paper's. Most connections that have one were not
// tampered with: scans, health checks and cancelled requests look the same. Never a verdict by itself.
//
// The paper saw only what servers receive. Here both directions are told: of the client's packets as published, of the
// server's as the mirror, "after my SYN", "after my ClientHello" as a capture next to the client sees it.
#pragma once
#include <string_view>

#include "src/findings/finding.h"

namespace handlens {

// Of the resets, or the silence, that carry the address of `from`; "" if none fits. What came after the first FIN does
// not count. "SYN -> RST+ACK", "SYN;ACK -> none", "PSH+ACK -> RST=RST", "PSH+ACK;Data -> RST", ...
[[nodiscard]] std::string_view tampering_signature(const FlowReport& flow, Side from);

}  // namespace handlens
