// From a verdict to what a person reads: the finding with its evidence, what speaks against it, and the sentences.
// Speaks of addresses; names a side or a device only as far as the verdict carries.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "src/findings/clue.h"
#include "src/findings/finding.h"
#include "src/findings/rule.h"
#include "src/findings/weigh.h"

namespace handlens {

// One ending packet, judged: the signs that were found, and what they come to.
struct Verdict {
  Judgement judgement;
  Signs signs;
  std::uint64_t frame = 0;
};

// A sentence: who sent the packet that carries the claimed side's address; "" where there is nothing to say. `what`:
// "reset", "FIN" or "alert".
[[nodiscard]] std::string who_text(const Judgement& j, Side claimed, std::string_view what);
void add_evidence(const Verdict& v, Side claimed, Finding& finding);
void fill_against(const Verdict& v, Side claimed, Finding& finding);
// What its card says that else explains it, where nothing in the flow speaks against it.
void add_alternatives(Finding& finding);
// nullptr if no story has this id.
[[nodiscard]] const Rule* card_of(std::string_view id);
// The flow's finding with this id, moved to the front; made if there is none.
Finding& story_finding(AnalyzedFlow& flow, std::string_view id);
void take_over(const Judgement& j, Outcome& o);
// The ending that `v` judged. `what`: "reset" or "FIN".
void tell(AnalyzedFlow& flow, const Verdict& v, Side claimed, std::string_view what);
// Resets that took effect on nobody, when there is something to say about who sent them. `verdicts`: of the first
// entries of report.tcp.rst, in their order.
void tell_ignored(AnalyzedFlow& flow, const std::vector<Verdict>& verdicts);

}  // namespace handlens
