// From the facts of a finished flow to what is concluded from them. Pure: same report, same result.
#pragma once
#include "src/findings/capture_context.h"
#include "src/findings/finding.h"

namespace handlens {

[[nodiscard]] AnalyzedFlow analyze(FlowReport&& report);
// Once more, when all flows of the capture are known.
void analyze_again(AnalyzedFlow& flow, const CaptureContext& context);

// What is plain from the facts: how far the flow came and what ended it first. `cause` stays unknown wherever the facts
// alone do not say who acted.
[[nodiscard]] Outcome plain_outcome(const FlowReport& report);

}  // namespace handlens
