// A TCP connection that ends before the server (T7): something acknowledges in the server's name from nearby, and the
// server's content comes much later and from another place. A note about the flow; a slow server alone is none.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "src/findings/capture_context.h"
#include "src/findings/finding.h"

namespace handlens {

// The first content came so much later than the SYN-ACK that the packets are worth a look.
[[nodiscard]] bool is_late_answer(const FlowReport& flow);

struct SplitRtt {
  std::uint64_t ack = 0, content = 0;  // frames
  std::string text;                    // with the literal values
};
[[nodiscard]] std::optional<SplitRtt> find_split_rtt(const FlowReport& flow, const Guards& g);

void tell_split_rtt(AnalyzedFlow& flow, const CaptureContext& context);

}  // namespace handlens
