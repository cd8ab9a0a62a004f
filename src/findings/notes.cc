#include "src/findings/notes.h"

#include "src/findings/injected_content.h"
#include "src/findings/near_answer.h"
#include "src/findings/split_rtt.h"
#include "src/findings/unacknowledged.h"

namespace handlens {

bool has_packets_to_look_at(const FlowReport& flow) {
  return flow.facts(Side::client).overlaps_conflicting + flow.facts(Side::server).overlaps_conflicting > 0 ||
         is_late_answer(flow) || may_be_near_answer(flow) || may_be_unheard(flow);
}

void add_notes(AnalyzedFlow& flow, const CaptureContext& context) {
  if (flow.report.packets.empty()) return;
  tell_injected_content(flow, context);
  tell_split_rtt(flow, context);
  tell_near_answer(flow, context);
}

}  // namespace handlens
