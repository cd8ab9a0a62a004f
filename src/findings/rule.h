// The table of rules: every id that can stand in `findings[].id`, with its card. `handlens rules` prints it.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "src/findings/finding.h"

namespace handlens {

// A rule is a pure function over a finished flow. It appends at most one finding.
struct Rule {
  std::string_view id;  // kebab-case; the rule's file is its id in snake_case
  Severity severity = Severity::info;
  std::string_view title;         // one line
  std::string_view explanation;   // claim and why it matters
  std::string_view evidence;      // what must be seen
  std::string_view alternatives;  // what else could explain it
  std::string_view references;
  void (*evaluate)(const FlowReport& flow, const Outcome& outcome, std::vector<Finding>& out) = nullptr;
  // False: it says nothing of a flow that is nothing but an attempt (src/timeline/flow_attempt.h). While that holds for
  // every rule, attempts of one shape are judged once, and a flood is cheap.
  bool judges_attempts = true;
};

[[nodiscard]] std::span<const Rule> rules();
// Some rule may tell attempts of one shape apart.
[[nodiscard]] bool is_any_judging_attempts();
// nullptr if there is none with this id.
[[nodiscard]] const Rule* find_rule(std::string_view id);

}  // namespace handlens
