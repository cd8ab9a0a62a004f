// Who really ended a flow: every reset judged on its own, the first cause told apart from what followed, and the
// finding that explains it. Pure: same flow, same context, same result.
//
// analyze() calls it with an empty context. Flows for which others can change anything (needs_context) are judged once
// the input has ended and the context of the whole capture is known.
#pragma once
#include "src/findings/capture_context.h"
#include "src/findings/finding.h"

namespace handlens {

void attribute(AnalyzedFlow& flow, const CaptureContext& context);

// Other flows of the capture may say something about this one: it failed, or was reset before it was closed.
[[nodiscard]] bool needs_context(const AnalyzedFlow& flow);

}  // namespace handlens
