// The 19 published signatures of connections that were tampered with (Sundara Raman et al., SIGCOMM 2023): a property
// of what arrived from one side, in a notation of the paper's. Most connections that have one were not tampered with:
// scans, health checks and cancelled requests look the same. Never a verdict by itself.
#pragma once
#include <string_view>

#include "src/findings/finding.h"

namespace handlens {

// Of the packets that carry the address of `from`; "" if none fits. What came after the first FIN does not count.
// "SYN -> RST+ACK", "SYN;ACK -> none", "PSH+ACK -> RST=RST", "PSH+ACK;Data -> RST", ...
[[nodiscard]] std::string_view tampering_signature(const FlowReport& flow, Side from);

}  // namespace handlens
