// From the facts of a finished flow to what is concluded from them. Pure: same report, same result.
#pragma once
#include "src/findings/capture_context.h"
#include "src/findings/finding.h"

namespace handlens {

[[nodiscard]] AnalyzedFlow analyze(FlowReport&& report);
// The same in two steps, of which the second is dear: how the flow went; then who did it, by what the flow itself
// shows, or with all flows of the capture known. Judging once more begins anew.
[[nodiscard]] AnalyzedFlow analyze_facts(FlowReport&& report);
void judge_alone(AnalyzedFlow& flow);
void judge_with(AnalyzedFlow& flow, const CaptureContext& context);

// What is plain from the facts: how far the flow came and what ended it first. `cause` stays unknown wherever the facts
// alone do not say who acted.
[[nodiscard]] Outcome plain_outcome(const FlowReport& report);

}  // namespace handlens
