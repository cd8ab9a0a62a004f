#include <array>

#include "src/findings/client_reset_before_hello.h"
#include "src/findings/rule.h"

namespace handlens {

namespace {
const std::array kRules = {
    kClientResetBeforeHello,
};
}  // namespace

std::span<const Rule> rules() { return kRules; }

const Rule* find_rule(std::string_view id) {
  for (const Rule& rule : rules()) {
    if (rule.id == id) return &rule;
  }
  return nullptr;
}

}  // namespace handlens
