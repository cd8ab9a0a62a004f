#include <fmt/format.h>

#include "src/app/completion.h"

namespace handlens {
namespace {

constexpr std::string_view kHead =
    R"(# Completion of handlens for fish. Made from its option tree by: handlens completion fish

function __handlens_interfaces
    handlens interfaces 2>/dev/null | string match --regex --groups-only '^(\S+)  (?:up|down)'
end

function __handlens_first
    test (count (commandline --cut-at-cursor --tokenize --current-process)) -eq 1
end

# Whether the command that is spoken to is one of these.
function __handlens_in
    contains -- (__handlens_command) $argv
end
)";

// In single quotes of fish a backslash and a quote are escaped.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string command_function(const std::vector<CommandNode>& commands) {
  std::string names;
  for (const CommandNode& command : commands) names += " " + quoted(command.name);
  return fmt::format(
      "\nfunction __handlens_command\n"
      "    set -l words (commandline --cut-at-cursor --tokenize --current-process)\n"
      "    if set -q words[2]; and contains -- $words[2]{}\n"
      "        echo $words[2]\n"
      "    else\n"
      "        echo {}\n"
      "    end\n"
      "end\n\n",
      names, quoted(commands.front().name));
}

// " --arguments 'auto always'": what may be offered in this place.
std::string arguments(const OptionNode& option) {
  const ValueWords values = value_words(option);
  std::string words;
  for (const std::string& word : values.words) words += (words.empty() ? "" : " ") + word;
  if (values.interfaces) words += std::string(words.empty() ? "" : " ") + "(__handlens_interfaces)";
  std::string out;
  if (values.files) out += " --force-files";
  if (!words.empty()) out += " --arguments " + quoted(words);
  return out;
}

std::string option_line(const CommandNode& command, const OptionNode& option) {
  std::string out = fmt::format("complete --command handlens --condition {}", quoted("__handlens_in " + command.name));
  if (option.positional) {
    const std::string offered = arguments(option);
    return offered.empty() ? "" : out + offered + "\n";
  }
  for (const std::string& name : option.names) {
    out += name.starts_with("--") ? " --long-option " + quoted(name.substr(2))
                                  : " --short-option " + quoted(name.substr(1));
  }
  if (!option.value.empty()) {
    out += value_words(option).files ? " --require-parameter" : " --exclusive";
    out += arguments(option);
  }
  return out + " --description " + quoted(option.description) + "\n";
}

}  // namespace

std::string fish_completion(const std::vector<CommandNode>& commands) {
  std::string out(kHead);
  out += command_function(commands);
  out += "complete --command handlens --no-files\n";
  for (const CommandNode& command : commands) {
    out += fmt::format("complete --command handlens --condition __handlens_first --arguments {} --description {}\n",
                       quoted(command.name), quoted(command.summary));
  }
  for (const CommandNode& command : commands) {
    for (const OptionNode& option : command.options) out += option_line(command, option);
  }
  return out;
}

}  // namespace handlens
