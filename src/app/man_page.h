// The manual page, handlens(1), in the man macros of roff. Commands and options come from the option tree.
#pragma once
#include <string>
#include <vector>

#include "src/app/option_tree.h"

namespace handlens {

// ASCII only; the same for the same program.
[[nodiscard]] std::string man_page(const std::vector<CommandNode>& commands);

}  // namespace handlens
