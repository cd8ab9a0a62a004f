// What is written on and beside the arrow of an event.
#pragma once
#include <string>

#include "src/findings/finding.h"

namespace handlens {

enum class Stroke { plain, encrypted, data, none };  // ─ ╌ ═, or words only

struct LadderLabel {
  std::string on;      // on the arrow
  std::string beside;  // after the right lifeline
  Stroke stroke = Stroke::plain;
};
// All text is escaped for a terminal.
[[nodiscard]] LadderLabel ladder_label(const AnalyzedFlow& flow, const Event& event);
// The verdict on the RST in packet `frame`, or nullptr.
[[nodiscard]] const RstVerdict* verdict_of(const AnalyzedFlow& flow, std::uint64_t frame);

}  // namespace handlens
