#include <fmt/format.h>

#include "src/app/completion.h"

namespace handlens {
namespace {

constexpr std::string_view kHead =
    R"(# Completion of handlens for bash. Made from its option tree by: handlens completion bash

_handlens_words() {
  local word
  for word in "$@"; do
    if [[ $word == "$cur"* ]]; then COMPREPLY+=("$word"); fi
  done
}

_handlens_files() {
  local word
  compopt -o filenames 2>/dev/null
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
}

_handlens_interfaces() {
  local name state
  while read -r name state; do
    if [[ $state == up* || $state == down* ]]; then _handlens_words "$name"; fi
  done < <(handlens interfaces 2>/dev/null)
}
)";

constexpr std::string_view kTail = R"(
_handlens() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command
  COMPREPLY=()
  # bash takes --option=value apart
  if [[ $cur == '=' ]]; then
    cur=
  elif [[ $prev == '=' ]] && ((COMP_CWORD > 2)); then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  _handlens_command
  if ((COMP_CWORD > 1)) && _handlens_value "$command" "$prev"; then return; fi
  if [[ $cur == -* ]]; then
    _handlens_options "$command"
    return
  fi
  if ((COMP_CWORD == 1)); then _handlens_commands; fi
  _handlens_positional "$command"
}

complete -F _handlens handlens
)";

// What to run to offer the values of an option; ":" if nothing is known of them.
std::string offer(const OptionNode& option) {
  const ValueWords values = value_words(option);
  std::string out;
  const auto add = [&](const std::string& command) { out += (out.empty() ? "" : "; ") + command; };
  if (!values.words.empty()) {
    std::string words = "_handlens_words";
    for (const std::string& word : values.words) words += " " + shell_quoted(word);
    add(words);
  }
  if (values.files) add("_handlens_files");
  if (values.interfaces) add("_handlens_interfaces");
  return out.empty() ? ":" : out;
}

std::string command_function(const std::vector<CommandNode>& commands) {
  std::string names, words;
  for (const CommandNode& command : commands) {
    names += (names.empty() ? "" : " | ") + shell_quoted(command.name);
    words += " " + shell_quoted(command.name);
  }
  return fmt::format(
      "\n_handlens_commands() {{ _handlens_words{}; }}\n"
      "\n# The command that is spoken to: the first word, if it is one.\n"
      "_handlens_command() {{\n"
      "  command={}\n"
      "  if ((COMP_CWORD > 1)); then\n"
      "    case ${{COMP_WORDS[1]}} in {}) command=${{COMP_WORDS[1]}} ;; esac\n"
      "  fi\n"
      "}}\n",
      words, shell_quoted(commands.front().name), names);
}

}  // namespace

std::string bash_completion(const std::vector<CommandNode>& commands) {
  std::string options, values, positionals;
  for (const CommandNode& command : commands) {
    options += fmt::format("    {}) _handlens_words", shell_quoted(command.name));
    for (const OptionNode& option : command.options) {
      if (option.positional) {
        positionals += fmt::format("    {}) {} ;;\n", shell_quoted(command.name), offer(option));
        continue;
      }
      std::string patterns;
      for (const std::string& name : option.names) {
        options += " " + shell_quoted(name);
        patterns += (patterns.empty() ? "" : " | ") + shell_quoted(command.name + ":" + name);
      }
      if (!option.value.empty()) values += fmt::format("    {}) {} ;;\n", patterns, offer(option));
    }
    options += " ;;\n";
  }
  std::string out(kHead);
  out += command_function(commands);
  out += "\n_handlens_options() {\n  case $1 in\n" + options + "  esac\n}\n";
  out += "\n# The values of option $2 of command $1; fails if it has none.\n_handlens_value() {\n  case $1:$2 in\n" +
         values + "    *) return 1 ;;\n  esac\n}\n";
  out += "\n_handlens_positional() {\n  case $1 in\n" + positionals + "  esac\n}\n";
  return out += kTail;
}

}  // namespace handlens
