// Comparisons between a flow that failed and others of the same hosts: what does the decision depend on?
#pragma once
#include <cstdint>

#include "src/findings/capture_context.h"
#include "src/findings/clue.h"

namespace handlens {

// `frame`: what the signs are about.
void add_control_signs(const FlowReport& flow, const Outcome& outcome, const CaptureContext& context,
                       std::uint64_t frame, Signs& out);

}  // namespace handlens
