// A reset that came in another VLAN or tunnel than the connection whose ends and numbers it bears. Flows are kept apart
// by VLAN and tunnel, so it is a flow of its own, of nothing but resets; only the capture as a whole can tell.
//
// Silent wherever packets with the reset's address are seen in that network as well, and where the reset has come as
// far as they have: a mirror port shows what a router passes on twice, perhaps in part, and paths may be asymmetric.
#pragma once
#include <cstdint>
#include <optional>

#include "src/findings/capture_context.h"
#include "src/findings/finding.h"

namespace handlens {

struct StrayReset {
  std::uint64_t connection = 0;  // id of the flow that it names
  Side claimed = Side::client;   // whose address it carries, as that flow knows the sides
  int hops_apart = 0;            // from the other packets with that address; more than a router makes
  bool knows_all = true;         // every flow of the capture was looked at
};
[[nodiscard]] std::optional<StrayReset> find_stray_reset(const FlowReport& flow, const CaptureContext& context);

// Gives the flow its finding, and says so in its outcome.
void tell_stray_reset(const StrayReset& stray, AnalyzedFlow& flow);

}  // namespace handlens
