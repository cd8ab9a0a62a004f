// The timeline of one flow drawn between two lifelines, one line for each event; a third lifeline in the middle when a
// device on the path is the likely cause.
#pragma once
#include <string>

#include "src/findings/finding.h"
#include "src/output/style.h"

namespace handlens {

[[nodiscard]] std::string ladder(const AnalyzedFlow& flow, const Style& style);

}  // namespace handlens
