// How a connection ended, as findings: one row for each kind of ending, with its card and what to do next.
#pragma once
#include <span>
#include <string_view>

#include "src/findings/rule.h"

namespace handlens {

// The cards of the stories, as rules without a function of their own: attribute.cc chooses among them.
[[nodiscard]] std::span<const Rule> story_cards();

// The id of the story that an ending is; "" if it needs no telling (closed normally, the capture ended).
[[nodiscard]] std::string_view story_of(const FlowReport& flow, const Outcome& outcome);

// What to do next about it, for a person who is no expert; the first line says who should. `is_of_both_ends`: the input
// holds captures of both ends, and they have spoken.
[[nodiscard]] std::vector<std::string> next_steps_for(std::string_view story, const FlowReport& flow,
                                                      const Outcome& outcome, bool is_of_both_ends = false);
// How the ending shows in the logs of programs.
[[nodiscard]] std::vector<std::string> seen_as_for(std::string_view story);

}  // namespace handlens
