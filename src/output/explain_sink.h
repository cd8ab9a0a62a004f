// `handlens explain`: one flow after the other in full: ladder, verdict, evidence for and against, what to do next.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "src/output/output_buffer.h"
#include "src/output/sink.h"
#include "src/output/style.h"

namespace handlens {

// `out` must outlive the sink. Writes each flow as it comes and keeps nothing. Beyond `limit` flows (0: none) it only
// counts, and says how to choose.
[[nodiscard]] std::unique_ptr<Sink> make_explain_sink(const Style& style, std::uint64_t limit, OutputBuffer& out);
[[nodiscard]] std::string explanation(const AnalyzedFlow& flow, const Style& style);

}  // namespace handlens
