// Scripts that teach a shell to complete the command line, made from the option tree.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "src/app/option_tree.h"

namespace handlens {

// `shell`: bash, zsh or fish; "" for any other. ASCII, and the same for the same program. Every word of the tree is
// quoted for the shell. The first command is the one that need not be named.
[[nodiscard]] std::string completion_script(std::string_view shell, const std::vector<CommandNode>& commands);

// For one shell each. bash needs 4.4, zsh 5, fish 3.
[[nodiscard]] std::string bash_completion(const std::vector<CommandNode>& commands);
[[nodiscard]] std::string zsh_completion(const std::vector<CommandNode>& commands);
[[nodiscard]] std::string fish_completion(const std::vector<CommandNode>& commands);

// `text` in single quotes, as bash and zsh read them.
[[nodiscard]] std::string shell_quoted(std::string_view text);

}  // namespace handlens
