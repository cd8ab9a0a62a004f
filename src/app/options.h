// The command line as values. What is not understood becomes a UsageError (exit code 2) that names it.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "src/app/option_tree.h"
#include "src/findings/finding.h"
#include "src/output/selection.h"
#include "src/output/style.h"

namespace handlens {

inline constexpr std::size_t kMostWorkers = 64;

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class Command {
  analyze,
  live,
  explain,
  rules,
  interfaces,
  doctor,
  schema,
  completion,
  man,
  list_links,
  help,
  version
};
enum class Format { text, json, ndjson };

// What makes the exit code 1.
struct FailOn {
  std::optional<Confidence> confidence;  // findings at least so sure
  std::set<std::string> ids;             // or with one of these ids
  [[nodiscard]] bool is_set() const { return confidence.has_value() || !ids.empty(); }
};

struct Options {
  Command command = Command::analyze;
  std::vector<std::string> inputs;  // files, directories, "-"
  std::vector<std::string> lists;   // files that name more inputs, "-"
  std::string filter;               // BPF
  bool separate = false;
  Selection selection;
  bool selects_flows = false;  // --flow was given
  Format format = Format::text;
  std::string output;          // "" is standard output
  bool line_buffered = false;  // each flow is written as soon as it has ended
  bool quiet = false, verbose = false, ascii = false, certificates = false;
  ColorWhen color = ColorWhen::automatic;
  FailOn fail_on;
  std::size_t max_flows = 0;   // 0: the command's default
  std::size_t max_memory = 0;  // bytes of open flows; 0: no limit
  std::size_t workers = 0;     // 0: as the input and the machine suggest

  std::string interface;
  std::optional<int> buffer_bytes;
  int snaplen = 262144;
  bool promiscuous = true;
  std::uint64_t packet_limit = 0;
  std::int64_t duration = 0;  // nanoseconds, 0: no limit

  std::string rule;   // rules RULE
  std::string shell;  // completion SHELL: bash, zsh or fish
  std::string text;   // help: what to print
};

// `arguments` without the program's name. Throws UsageError.
[[nodiscard]] Options parse_options(const std::vector<std::string>& arguments);
// Every command with its options, as parse_options understands them: what help, manual page and completions are made
// of.
[[nodiscard]] std::vector<CommandNode> command_tree();
// What `handlens --help` prints.
[[nodiscard]] std::string help_text();

// "4096" is KiB as tcpdump has it; "64MiB", "512KiB", "1GiB", "65536B". nullopt if it is none, or more than `most`.
[[nodiscard]] std::optional<std::int64_t> parse_size(std::string_view text, std::int64_t most = INT32_MAX);
// "60", "60s", "1.5s", "500ms", "5m", "2h": nanoseconds; nullopt if it is none, or not positive.
[[nodiscard]] std::optional<std::int64_t> parse_duration(std::string_view text);

}  // namespace handlens
