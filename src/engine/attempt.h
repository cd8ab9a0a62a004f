// From the notes of a flow that never became a connection to an attempt (src/timeline/flow_attempt.h).
#pragma once
#include <cstdint>

#include "src/engine/deferred.h"
#include "src/flow/flow_table.h"
#include "src/timeline/flow_attempt.h"

namespace handlens {

// What else a flow's story depends on.
struct AttemptEnd {
  std::int64_t quiet_ns = 0;  // as FlowReport::quiet_ns
  CutShort cut_short = CutShort::none;
};

// Fills `out` if the flow is a SYN, a SYN-ACK or a lone ACK, or a SYN and its answer, a SYN-ACK or a
// reset. False: it is more than that, or one frame holds both packets, or where it was captured has no number, which
// would stand for it in the shape. REQUIRES: record.state is deferred.
//
// Two packets of one side are more: how they are told depends on the time between them.
[[nodiscard]] bool describe_attempt(const FlowRecord& record, const DeferredPool& notes, const AttemptEnd& end,
                                    FlowAttempt& out);

}  // namespace handlens
