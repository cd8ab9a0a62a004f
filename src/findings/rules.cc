#include <algorithm>
#include <vector>

#include "src/findings/client_reset_before_hello.h"
#include "src/findings/rule.h"
#include "src/findings/stories.h"

namespace handlens {

namespace {
const std::vector<Rule>& all() {
  static const std::vector<Rule> rules = [] {
    std::vector<Rule> out = {kClientResetBeforeHello};
    const auto stories = story_cards();
    out.insert(out.end(), stories.begin(), stories.end());
    return out;
  }();
  return rules;
}
}  // namespace

std::span<const Rule> rules() { return all(); }

bool is_any_judging_attempts() {
  return std::any_of(all().begin(), all().end(),
                     [](const Rule& rule) { return rule.evaluate != nullptr && rule.judges_attempts; });
}

const Rule* find_rule(std::string_view id) {
  for (const Rule& rule : rules()) {
    if (rule.id == id) return &rule;
  }
  return nullptr;
}

}  // namespace handlens
