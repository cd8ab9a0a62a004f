// TLS that is answered by something nearer than what accepted the connection (P11): the ServerHello has passed fewer
// routers than the SYN-ACK and came sooner than that way allows, as where a proxy on the way opens TLS in the server's
// name. A note about the flow, whatever became of it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "src/findings/capture_context.h"
#include "src/findings/finding.h"

namespace handlens {

// The server's packets come from places so far apart that they are worth a look.
[[nodiscard]] bool may_be_near_answer(const FlowReport& flow);

struct NearAnswer {
  std::uint64_t opened = 0, answered = 0;  // frames
  std::string text;                        // with the literal values
};
[[nodiscard]] std::optional<NearAnswer> find_near_answer(const FlowReport& flow, const Guards& g);

void tell_near_answer(AnalyzedFlow& flow, const CaptureContext& context);

}  // namespace handlens
