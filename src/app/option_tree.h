// The command line as plain values: each command with its options. Read out of CLI11's own tree, so that the manual
// page and the completions of the shells name what the program understands, and nothing else.
//
// What can stand for a value is told by the option's type name, alternatives parted by '|': FILE, DIR or LIST (a path),
// IFACE (a network interface), RULE (the id of a finding), a word in lower case (itself). Any other word in capitals
// (N, BPF, EXPR) only names the value.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace handlens {

struct OptionNode {
  std::vector<std::string> names;  // with their dashes, short ones first; of a positional: its one name, without
  std::string value;               // type name, "" if it is a flag
  std::string description;
  std::string group;
  bool positional = false, required = false, repeatable = false;
};

struct CommandNode {
  std::string name, summary, footer;
  std::vector<OptionNode> options;  // in the order of --help
};

// What a shell may offer for a value.
struct ValueWords {
  std::vector<std::string> words;
  bool files = false, interfaces = false;
  friend bool operator==(const ValueWords&, const ValueWords&) = default;
};

[[nodiscard]] CommandNode describe_command(std::string_view name, const CLI::App& app);
[[nodiscard]] ValueWords value_words(const OptionNode& option);

}  // namespace handlens
