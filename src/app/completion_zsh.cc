#include <fmt/format.h>

#include "src/app/completion.h"

namespace handlens {
namespace {

constexpr std::string_view kHead = R"(#compdef handlens
# Completion of handlens for zsh. Made from its option tree by: handlens completion zsh

_handlens_interfaces() {
  local -a names
  local name state
  while read -r name state; do
    [[ $state == (up|down)* ]] && names+=("$name")
  done < <(handlens interfaces 2>/dev/null)
  _describe -t interfaces interface names
}

_handlens() {
  local command is_first=$(( CURRENT == 2 )) ret=1
  local -a commands specs
)";

constexpr std::string_view kTail = R"(  if (( is_first )) && [[ $PREFIX != -* ]]; then
    _describe -t commands command commands && ret=0
  fi
  _arguments -s -S : $specs && ret=0
  return ret
}

# Loaded by compinit this file is the body of the function; sourced it only defines it.
if [[ $funcstack[1] == _handlens ]]; then
  _handlens "$@"
else
  compdef _handlens handlens
fi
)";

// Text inside a specification of _arguments or _describe, in which brackets, colons and backslashes mean something.
std::string specified(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

// ":message:action" of a value.
std::string action(const OptionNode& option) {
  const ValueWords values = value_words(option);
  std::string words;
  for (const std::string& word : values.words) words += (words.empty() ? "" : " ") + specified(word);
  const std::string message = ":" + specified(option.value) + ":";
  if (!words.empty()) return message + "(" + words + ")";
  if (values.files) return message + "_files";
  if (values.interfaces) return message + "_handlens_interfaces";
  return message + " ";
}

std::string option_specs(const OptionNode& option) {
  if (option.positional) {
    return "      " + shell_quoted((option.repeatable ? "*" : option.required ? "" : ":") + action(option)) + "\n";
  }
  std::string all, out;
  for (const std::string& name : option.names) all += (all.empty() ? "" : " ") + name;
  const std::string prefix = option.repeatable ? "*" : "(" + all + ")";
  for (const std::string& name : option.names) {
    std::string spec = prefix + name;
    // -o FILE or -oFILE; --output FILE or --output=FILE
    if (!option.value.empty()) spec += name.starts_with("--") ? "=" : "+";
    spec += "[" + specified(option.description) + "]";
    if (!option.value.empty()) spec += action(option);
    out += "      " + shell_quoted(spec) + "\n";
  }
  return out;
}

}  // namespace

std::string zsh_completion(const std::vector<CommandNode>& commands) {
  std::string out(kHead), names, cases;
  out += "  commands=(\n";
  for (const CommandNode& command : commands) {
    out += "    " + shell_quoted(specified(command.name) + ":" + specified(command.summary)) + "\n";
    names += (names.empty() ? "" : "|") + command.name;
    cases += fmt::format("    {}) specs=(\n", command.name);
    for (const OptionNode& option : command.options) cases += option_specs(option);
    cases += "    ) ;;\n";
  }
  out += "  )\n";
  out += fmt::format(
      "  command={}\n"
      "  if (( CURRENT > 2 )) && [[ $words[2] == ({}) ]]; then\n"
      "    command=$words[2]\n"
      "    shift words\n"
      "    (( CURRENT-- ))\n"
      "  fi\n"
      "  case $command in\n{}  esac\n",
      commands.front().name, names, cases);
  return out += kTail;
}

}  // namespace handlens
