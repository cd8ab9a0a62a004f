// One flow of the summary as text: three or four lines, ready to print.
#pragma once
#include <string>

#include "src/output/style.h"
#include "src/output/text_words.h"

namespace handlens {

[[nodiscard]] std::string flow_block(const AnalyzedFlow& flow, const Style& style);
// The sentence of the outcome, escaped; never empty.
[[nodiscard]] std::string outcome_sentence(const AnalyzedFlow& flow);

}  // namespace handlens
