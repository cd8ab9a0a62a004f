// What is worth saying of a flow beside how it ended. Pure, like all of this folder.
#pragma once
#include "src/findings/capture_context.h"
#include "src/findings/finding.h"

namespace handlens {

// Somebody will look at its packets although it worked. Cheap: asked of every flow.
[[nodiscard]] bool has_packets_to_look_at(const FlowReport& flow);

// After attribute() has told the ending.
void add_notes(AnalyzedFlow& flow, const CaptureContext& context);

}  // namespace handlens
