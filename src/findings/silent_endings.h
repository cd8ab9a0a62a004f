// Endings of which no packet's sender is in question, but what became of the others: silence, ICMP errors, alerts.
#pragma once
#include "src/findings/capture_context.h"

namespace handlens {

// Says who or what is at fault, as far as the flow and the others tell, in `flow.outcome` and its findings. Does
// nothing of a flow that did not fail. `is_silence`: what came, a FIN or reset perhaps, came because a side had given
// up.
void judge_silent_ending(AnalyzedFlow& flow, const CaptureContext& context, bool is_silence);

}  // namespace handlens
