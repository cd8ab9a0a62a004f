#include "src/app/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "src/app/program_info.h"
#include "src/findings/rule.h"
#include "src/output/text_escape.h"

namespace handlens {
namespace {

struct CommandRow {
  std::string_view name;
  Command command;
  std::string_view summary;
};
constexpr std::array<CommandRow, 9> kCommands{
    {{"analyze", Command::analyze, "Explain every TCP and TLS handshake of capture files (the default command)."},
     {"live", Command::live, "Capture on an interface and report flows as they finish."},
     {"explain", Command::explain, "One flow in full: ladder, verdict, evidence for and against, what to do next."},
     {"rules", Command::rules, "List the findings, clues and guards, or explain one."},
     {"interfaces", Command::interfaces, "List what can be captured on."},
     {"doctor", Command::doctor, "Say whether this machine is ready to capture, and what to do if not."},
     {"schema", Command::schema, "Print the JSON Schema of the records."},
     {"completion", Command::completion, "Print what teaches a shell to complete this command line."},
     {"man", Command::man, "Print the manual page (to be read by man -l -)."}}};

// Raw values as CLI11 fills them; turned into Options afterwards so that every complaint has our own words.
struct Raw {
  std::vector<std::string> positional, files, expressions, flows;
  std::string only, filter, output, color = "auto", fail_on, interface, buffer, duration, max_memory;
  bool json = false, ndjson = false, list_interfaces = false, list_links = false, no_promiscuous = false,
       numeric = false;
  std::optional<int> snaplen;
};

void add_input(CLI::App& app, Raw& raw, Options& options) {
  app.option_defaults()->group("Input");
  app.add_option("FILE", raw.positional, "Capture files, directories, - for standard input")->type_name("");
  app.add_option("-r", raw.files, "Another capture file (as for tcpdump)")->allow_extra_args(false)->type_name("FILE");
  app.add_option("-V", options.lists, "A file that names capture files, one a line; - for standard input")
      ->allow_extra_args(false)
      ->type_name("LIST");
  app.add_flag("--separate", options.separate, "Keep files in the order given instead of by time");
  app.add_option("--workers", options.workers,
                 "Threads to analyse with, for files that can be read more than once; the output is the same")
      ->type_name("N");
}

void add_choice(CLI::App& app, Raw& raw) {
  app.option_defaults()->group("Choice");
  app.add_option("-f,--filter", raw.filter, "Only packets that this BPF expression selects")->type_name("BPF");
  app.add_option("-Y", raw.expressions, "Only flows for which EXPR holds: 'status=failed && sni=*.example'")
      ->allow_extra_args(false)
      ->type_name("EXPR");
  app.add_option("--flow", raw.flows, "Only this flow: its number or its Community ID")
      ->allow_extra_args(false)
      ->type_name("ID");
  app.add_option("--only", raw.only, "'problems': only flows that failed or carry a warning")->type_name("problems");
  app.footer(
      fmt::format("EXPR: FIELD=VALUE, also with != or ~ (contains), for numbers < and >; several joined by &&. sni "
                  "takes *.example.\n"
                  "Fields: {}",
                  selection_fields()));
}

void add_records(CLI::App& app, Raw& raw, Options& options) {
  app.option_defaults()->group("Records");
  app.add_flag("--json", raw.json, "One JSON document");
  app.add_flag("--ndjson", raw.ndjson, "One JSON record a line");
  app.add_flag("--certs", options.certificates, "Include whole certificates (base64 DER) in the records");
}

void add_output(CLI::App& app, Raw& raw, Options& options) {
  app.option_defaults()->group("Output");
  app.add_option("-o,--output", raw.output, "Write to this file instead of standard output")->type_name("FILE");
  app.add_flag("-l", options.line_buffered, "Write each flow as soon as it has ended, in that order");
  app.add_option("--fail-on", raw.fail_on,
                 "Exit with 1 if a finding is at least this sure (certain, likely, possible) or has one of these ids")
      ->type_name("certain|likely|possible|RULE");
  app.add_option("--max-flows", options.max_flows, "Report the oldest flows early beyond so many open ones")
      ->type_name("N");
  app.add_option("--max-memory", raw.max_memory, "... or when the open flows take so much memory: 512MiB")
      ->type_name("SIZE");
}

void add_look(CLI::App& app, Raw& raw, Options& options) {
  app.option_defaults()->group("Look");
  app.add_flag("-q,--quiet", options.quiet, "No text and no progress; errors still show");
  app.add_flag("-v,--verbose", options.verbose, "Show every flow, however many");
  app.add_option("--color", raw.color, "auto, always or never")->type_name("auto|always|never");
  app.add_flag("--ascii", options.ascii, "No characters beyond ASCII");
  app.add_flag("-n", raw.numeric, "Accepted; names are never looked up");
}

void add_live(CLI::App& app, Raw& raw, Options& options) {
  app.option_defaults()->group("Capturing");
  app.add_option("-i,--interface", options.interface, "Interface to capture on, or any")->type_name("IFACE");
  app.add_option("-B,--buffer", raw.buffer, "Capture buffer: KiB as for tcpdump, or 64MiB")->type_name("SIZE");
  app.add_option("-s,--snaplen", raw.snaplen, "Bytes of each packet to capture; 0: all")->type_name("N");
  app.add_flag("-p", raw.no_promiscuous, "No promiscuous mode");
  app.add_option("-c", options.packet_limit, "Stop after so many packets")->type_name("N");
  app.add_option("--duration", raw.duration, "Stop after this time: 60s, 5m")->type_name("TIME");
  app.add_flag("-D", raw.list_interfaces, "List the interfaces");
}

void add_options(Command command, CLI::App& app, Raw& raw, Options& options) {
  app.set_help_flag("-h,--help", "Print this help");
  if (command == Command::analyze) {
    app.set_version_flag("--version", version_text(), "Print the versions");
    app.add_flag("--list-links", raw.list_links, "List every link type and tunnel that is read");
  }
  switch (command) {
    case Command::analyze:
    case Command::explain:
      add_input(app, raw, options);
      add_choice(app, raw);
      if (command == Command::analyze) add_records(app, raw, options);
      add_output(app, raw, options);
      add_look(app, raw, options);
      if (command == Command::analyze) add_live(app, raw, options);
      return;
    case Command::live:
      app.add_option("BPF", raw.positional, "Only packets that this expression selects, as for tcpdump")->type_name("");
      add_live(app, raw, options);
      add_choice(app, raw);
      add_records(app, raw, options);
      add_output(app, raw, options);
      add_look(app, raw, options);
      return;
    case Command::rules:
      app.add_option("RULE", options.rule, "Explain this one")->type_name("");
      return;
    case Command::completion:
      app.add_option("SHELL", options.shell, "The shell to teach")->type_name("bash|zsh|fish")->required();
      return;
    default:
      return;
  }
}

ColorWhen color_when(const std::string& text) {
  if (text == "auto") return ColorWhen::automatic;
  if (text == "always") return ColorWhen::always;
  if (text == "never") return ColorWhen::never;
  throw UsageError(fmt::format("--color is auto, always or never, not '{}'", escape_terminal(text)));
}

FailOn fail_on(const std::string& text) {
  FailOn out;
  std::size_t at = 0;
  while (at <= text.size() && !text.empty()) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string item = text.substr(at, end - at);
    at = end + 1;
    bool known = false;
    for (const Confidence level : {Confidence::certain, Confidence::likely, Confidence::possible}) {
      if (item != to_text(level)) continue;
      out.confidence = out.confidence ? std::max(*out.confidence, level) : level;
      known = true;
    }
    if (!known && find_rule(item) == nullptr) {
      throw UsageError(
          fmt::format("--fail-on: '{}' is neither certain, likely, possible nor a finding of `handlens rules`",
                      escape_terminal(item)));
    }
    if (!known) out.ids.insert(item);
  }
  return out;
}

void select(const Raw& raw, Options& options) {
  for (const std::string& expression : raw.expressions) {
    if (const std::string error = options.selection.add_expression(expression); !error.empty()) {
      throw UsageError("-Y: " + error);
    }
  }
  for (const std::string& flow : raw.flows) {
    if (const std::string error = options.selection.add_flow(flow); !error.empty())
      throw UsageError("--flow: " + error);
    options.selects_flows = true;
  }
  if (raw.only == "problems") {
    options.selection.only_problems();
  } else if (!raw.only.empty()) {
    throw UsageError(fmt::format("--only takes 'problems', not '{}'", escape_terminal(raw.only)));
  }
}

// Words after the options: a BPF expression when capturing, files otherwise.
void take_words(const Raw& raw, Options& options) {
  options.filter = raw.filter;
  if (options.command != Command::live) {
    options.inputs = raw.files;
    options.inputs.insert(options.inputs.end(), raw.positional.begin(), raw.positional.end());
    return;
  }
  if (!raw.files.empty() || !options.lists.empty()) {
    throw UsageError("-r or -V and -i exclude each other: read files or capture, not both");
  }
  std::string words;
  for (const std::string& word : raw.positional) words += (words.empty() ? "" : " ") + word;
  if (options.filter.empty()) {
    options.filter = words;
  } else if (!words.empty()) {
    options.filter = fmt::format("({}) and ({})", options.filter, words);
  }
}

void take_live(const Raw& raw, Options& options) {
  const bool is_given =
      !raw.buffer.empty() || !raw.duration.empty() || raw.snaplen || raw.no_promiscuous || options.packet_limit > 0;
  if (is_given && options.command == Command::analyze) {
    throw UsageError("-B, -s, -p, -c and --duration are for capturing: they need -i INTERFACE");
  }
  if (!raw.buffer.empty()) {
    const auto size = parse_size(raw.buffer);
    if (!size) throw UsageError(fmt::format("-B: '{}' is not a size (4096, 64MiB)", escape_terminal(raw.buffer)));
    options.buffer_bytes = static_cast<int>(*size);
  }
  if (!raw.duration.empty()) {
    const auto duration = parse_duration(raw.duration);
    if (!duration)
      throw UsageError(fmt::format("--duration: '{}' is not a time (60s, 5m)", escape_terminal(raw.duration)));
    options.duration = *duration;
  }
  const int snaplen = raw.snaplen.value_or(0);
  if (snaplen < 0) throw UsageError("-s: the snap length cannot be negative");
  if (snaplen > 0) options.snaplen = snaplen;
  options.promiscuous = !raw.no_promiscuous;
}

void take_bounds(const Raw& raw, Options& options) {
  if (options.workers > kMostWorkers) throw UsageError(fmt::format("--workers: at most {}", kMostWorkers));
  if (raw.max_memory.empty()) return;
  const auto size = parse_size(raw.max_memory, INT64_MAX);
  if (!size)
    throw UsageError(fmt::format("--max-memory: '{}' is not a size (512MiB)", escape_terminal(raw.max_memory)));
  options.max_memory = static_cast<std::size_t>(*size);
}

void check(const Options& options) {
  if (options.command == Command::completion && !std::set<std::string>{"bash", "zsh", "fish"}.contains(options.shell)) {
    throw UsageError(
        fmt::format("completion is there for bash, zsh and fish, not for '{}'", escape_terminal(options.shell)));
  }
  if (options.command == Command::live && options.interface.empty()) {
    throw UsageError("live needs -i INTERFACE (see `handlens interfaces`)");
  }
  if (options.command == Command::analyze || options.command == Command::explain) {
    if (options.inputs.empty() && options.lists.empty())
      throw UsageError("no capture file given; try `handlens --help`");
    if (std::count(options.inputs.begin(), options.inputs.end(), "-") +
            std::count(options.lists.begin(), options.lists.end(), "-") >
        1) {
      throw UsageError("standard input (-) can be read only once");
    }
  }
}

Options finish(Options options, const Raw& raw) {
  if (raw.list_interfaces) options.command = Command::interfaces;
  if (raw.list_links) {
    if (!raw.positional.empty() || !raw.files.empty()) throw UsageError("--list-links stands alone");
    options.command = Command::list_links;
  }
  if (!options.interface.empty() && options.command == Command::analyze) options.command = Command::live;
  if (raw.json && raw.ndjson) throw UsageError("--json and --ndjson exclude each other");
  options.format = raw.json ? Format::json : raw.ndjson ? Format::ndjson : Format::text;
  options.output = raw.output == "-" ? std::string() : raw.output;
  options.color = color_when(raw.color);
  options.fail_on = fail_on(raw.fail_on);
  select(raw, options);
  take_bounds(raw, options);
  take_live(raw, options);
  take_words(raw, options);
  check(options);
  return options;
}

// Calls `visit` with each command's row and its options as CLI11 has them.
template <typename Visit>
void for_each_command(Visit visit) {
  for (const CommandRow& row : kCommands) {
    Raw raw;
    Options options;
    CLI::App app{std::string(row.summary), fmt::format("handlens {}", row.name)};
    add_options(row.command, app, raw, options);
    visit(row, app);
  }
}

Options text_of(std::string text) {
  Options options;
  options.command = Command::help;
  options.text = std::move(text);
  return options;
}

// `--help`, `--help all`, `--help COMMAND`.
Options help_of(const std::string& subject) {
  if (subject.empty()) return text_of(help_text());
  std::string out;
  for_each_command([&](const CommandRow& row, const CLI::App& app) {
    if (subject == "all" || subject == row.name) out += (out.empty() ? "" : "\n\n") + app.help();
  });
  if (out.empty()) throw UsageError(fmt::format("there is no command '{}' to help with", escape_terminal(subject)));
  return text_of(std::move(out));
}

}  // namespace

std::vector<CommandNode> command_tree() {
  std::vector<CommandNode> out;
  for_each_command([&](const CommandRow& row, const CLI::App& app) { out.push_back(describe_command(row.name, app)); });
  return out;
}

Options parse_options(const std::vector<std::string>& arguments) {
  Options options;
  const std::string first = arguments.empty() ? std::string() : arguments.front();
  if (first == "--help" || first == "-h" || first == "help") return help_of(arguments.size() > 1 ? arguments[1] : "");
  if (first == "--version" || first == "version") {
    options.command = Command::version;
    return options;
  }
  const auto* row =
      std::find_if(kCommands.begin(), kCommands.end(), [&](const CommandRow& r) { return r.name == first; });
  const bool is_named = row != kCommands.end();
  if (!is_named) row = kCommands.begin();
  options.command = row->command;

  Raw raw;
  CLI::App app{std::string(row->summary), fmt::format("handlens {}", row->name)};
  add_options(row->command, app, raw, options);
  // CLI11 takes a vector from its end.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  if (is_named) reversed.pop_back();
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return text_of(app.help());
  } catch (const CLI::CallForVersion&) {
    return text_of(version_text());
  } catch (const CLI::ParseError& error) {
    throw UsageError(
        fmt::format("{}; `handlens {} --help` lists what there is", escape_terminal(error.what()), row->name));
  }
  return finish(std::move(options), raw);
}

std::string help_text() {
  return R"(handlens: why did this TCP or TLS handshake fail, and who ended it?

usage: handlens [analyze] FILE|DIR|-...      every flow of capture files (pcap, pcapng, .gz, .zst, .lz4)
       handlens live -i IFACE [BPF]          capture, and report flows as they finish
       handlens explain FILE --flow ID       one flow: ladder, verdict, evidence, what to do next
       handlens rules [RULE]                 the findings and what they mean
       handlens interfaces | doctor | schema | completion SHELL | man

  -f BPF           only these packets         -Y EXPR          only these flows (status=failed && port=443)
  --flow ID        number or Community ID     --only problems  leave healthy flows out
  --json --ndjson  records for programs       -o FILE          write there
  -r FILE -V LIST  files, and files of names  -l               each flow at once, as it ends
  --fail-on LEVEL  exit 1 on findings that are certain, likely or possible, or by id
  --color WHEN     auto, always, never        --ascii -q -v    look of the text
  --list-links     every link type and tunnel that is read
  Every option of a command: handlens COMMAND --help; of all: handlens --help all

examples:
  handlens trace.pcapng                       what happened, problems first
  handlens explain trace.pcapng --flow 3      packet by packet
  handlens big.pcap.gz --ndjson | jq 'select(.outcome.status == "failed") | .outcome.sentence'
  handlens explain client.pcap server.pcap    captured at both ends: who sent what the other received
  sudo tcpdump -i eth0 -U -w - | handlens -   capture with one program, explain with the other

exit code: 0 done, 1 --fail-on met, 2 usage, 3 input missing or not a capture, or output cannot be written,
           4 input read in part, 5 no permission, 70 internal error
)";
}

}  // namespace handlens
