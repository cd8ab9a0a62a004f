#include "src/app/commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>

#include "src/app/completion.h"
#include "src/app/man_page.h"
#include "src/app/pipeline.h"
#include "src/app/program_info.h"
#include "src/capture/packet_source.h"
#include "src/findings/clue.h"
#include "src/findings/guard_card.h"
#include "src/findings/rule.h"
#include "src/output/output_buffer.h"
#include "src/output/schema.h"
#include "src/output/text_escape.h"

namespace handlens {
namespace {

int print(const std::string& text) {
  OutputBuffer out(STDOUT_FILENO);
  out.append(text);
  out.flush();
  return output_code(out, "");
}

Style output_style(const Options& options) { return make_style(options.color, options.ascii, look_at(STDOUT_FILENO)); }

void card(std::string_view label, std::string_view text, const Style& style, std::string& out) {
  if (!text.empty()) out += wrap(fmt::format("{:<13}", label), text, style.width);
}

std::string one_rule(const Rule& rule, const Style& style) {
  std::string out = fmt::format("{}  ({})\n", style.paint(Ink::bold, rule.id), to_text(rule.severity));
  out += wrap("", rule.title, style.width) + "\n";
  card("Explanation", rule.explanation, style, out);
  card("Evidence", rule.evidence, style, out);
  card("Alternatives", rule.alternatives, style, out);
  card("References", rule.references, style, out);
  return out;
}

std::string one_clue(const ClueCard& clue, const Style& style) {
  std::string out = fmt::format("{}  ({})\n", style.paint(Ink::bold, clue.id), to_text(clue.group));
  out += wrap("", clue.claim, style.width) + "\n";
  card("Evidence", clue.evidence, style, out);
  card("Alternatives", clue.alternatives, style, out);
  card("References", clue.references, style, out);
  return out;
}

std::string one_guard(const GuardCard& guard, const Style& style) {
  std::string out = fmt::format("{}  (guard)\n", style.paint(Ink::bold, guard.id));
  out += wrap("", guard.claim, style.width) + "\n";
  card("Evidence", guard.evidence, style, out);
  card("Disables", guard.disables.empty() ? "No clue." : guard.disables, style, out);
  card("Effect", guard.effect, style, out);
  card("Alternatives", guard.alternatives, style, out);
  card("References", guard.references, style, out);
  return out;
}

std::string interfaces_text() {
  std::string out;
  for (const InterfaceInfo& interface : list_interfaces()) {
    std::string line = escape_terminal(interface.name);
    line += interface.up ? "  up" : "  down";
    if (interface.loopback) line += ", loopback";
    for (const std::string& address : interface.addresses) line += "  " + escape_terminal(address);
    if (!interface.description.empty()) line += "  (" + escape_terminal(interface.description) + ")";
    out += line + '\n';
  }
  return out.empty() ? "No interface can be captured on; `handlens doctor` says why.\n" : out;
}

// CAP_NET_RAW is bit 13 of the effective set (capabilities(7)); root has it unless a container took it away.
bool may_capture() {
  constexpr unsigned kNetRaw = 13;
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (!line.starts_with("CapEff:")) continue;
    const std::size_t start = line.find_first_not_of(" \t", 7);
    if (start == std::string::npos) break;
    std::uint64_t bits = 0;
    std::from_chars(line.data() + start, line.data() + line.size(), bits, 16);
    return ((bits >> kNetRaw) & 1) != 0;
  }
  return ::geteuid() == 0;
}

std::string doctor_text(bool allowed) {
  std::string out = version_text();
  const auto interfaces = list_interfaces();
  const auto up = std::count_if(interfaces.begin(), interfaces.end(), [](const InterfaceInfo& i) { return i.up; });
  out += fmt::format("interfaces   {} known, {} up\n", interfaces.size(), up);
  out += fmt::format("permission   {}\n",
                     allowed ? "this user may capture" : "this user may not capture (CAP_NET_RAW is missing)");
  if (allowed) return out + "Ready: handlens live -i any\n";
  return out +
         "To allow it, one of:\n"
         "  sudo setcap cap_net_raw,cap_net_admin=eip \"$(command -v handlens)\"\n"
         "  sudo handlens live -i any\n"
         "  sudo tcpdump -i any -U -w - | handlens -\n"
         "Reading capture files needs no permission.\n";
}

}  // namespace

std::string rules_text(const std::string& id, const Style& style) {
  if (!id.empty()) {
    const Rule* rule = find_rule(id);
    if (rule != nullptr) return one_rule(*rule, style);
    if (const ClueCard* clue = find_clue(id)) return one_clue(*clue, style);
    const GuardCard* guard = find_guard(id);
    return guard == nullptr ? std::string() : one_guard(*guard, style);
  }
  std::size_t widest = 0;
  for (const Rule& rule : rules()) widest = std::max(widest, rule.id.size());
  for (const ClueCard& clue : clue_cards()) widest = std::max(widest, clue.id.size());
  std::string out = "Findings: what happened\n";
  for (const Rule& rule : rules()) {
    out += wrap(fmt::format("{:<{}}  {:<8}  ", rule.id, widest, to_text(rule.severity)), rule.title, style.width);
  }
  out += "\nClues: what speaks for whom, the evidence of findings\n";
  for (const ClueCard& clue : clue_cards()) {
    out += wrap(fmt::format("{:<{}}  {:<8}  ", clue.id, widest, to_text(clue.group)), clue.claim, style.width);
  }
  out += "\nGuards: what is wrong with a capture, so that some clues say nothing\n";
  for (const GuardCard& guard : guard_cards()) {
    out += wrap(fmt::format("{:<{}}  {:<8}  ", guard.id, widest, "guard"), guard.claim, style.width);
  }
  return out + "\nOne of them in full: handlens rules RULE\n";
}

std::string links_text() {
  std::string out, table;
  for (const LayerName& layer : layer_names()) {
    if (layer.table != table) out += fmt::format("{}{}:\n", out.empty() ? "" : "\n", layer.table);
    table = layer.table;
    const bool is_hex = table == "EtherType" || table == "GRE protocol" || table == "PPP protocol";
    const std::string number = layer.any_number ? "any"
                               : is_hex         ? fmt::format("0x{:04x}", layer.number)
                                                : fmt::format("{}", layer.number);
    out += fmt::format("  {:>6}  {}\n", number, layer.name);
  }
  out += "\nGRE and Geneve also carry every EtherType. Words of flow.encapsulation:\n ";
  for (unsigned i = 0; to_text(static_cast<Encapsulation>(i)) != "unknown"; ++i) {
    out += ' ';
    out += to_text(static_cast<Encapsulation>(i));
  }
  return out + '\n';
}

int run_command(const Options& options) {
  switch (options.command) {
    case Command::help:
      return print(options.text);
    case Command::version:
      return print(version_text());
    case Command::schema:
      return print(record_schema());
    case Command::list_links:
      return print(links_text());
    case Command::completion:
      return print(completion_script(options.shell, command_tree()));
    case Command::man:
      return print(man_page(command_tree()));
    case Command::interfaces:
      return print(interfaces_text());
    case Command::doctor: {
      const bool allowed = may_capture();
      const int code = print(doctor_text(allowed));
      return allowed ? code : kNoPermission;
    }
    case Command::rules: {
      const std::string text = rules_text(options.rule, output_style(options));
      if (text.empty()) {
        throw UsageError(
            fmt::format("no finding is called '{}'; `handlens rules` lists them", escape_terminal(options.rule)));
      }
      return print(text);
    }
    case Command::live:
      return run_live(options);
    case Command::analyze:
    case Command::explain:
      break;
  }
  return run_files(options);
}

}  // namespace handlens
