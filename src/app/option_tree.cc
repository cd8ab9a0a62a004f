#include "src/app/option_tree.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "src/findings/rule.h"

namespace handlens {
namespace {

OptionNode describe_option(const CLI::Option& option) {
  OptionNode out;
  out.description = option.get_description();
  out.group = option.get_group();
  out.positional = !option.nonpositional();
  out.required = option.get_required();
  out.repeatable = option.get_items_expected_max() > 1;
  if (out.positional) {
    out.names = {option.get_name(true, false)};
    out.value = option.get_type_name().empty() ? out.names.front() : option.get_type_name();
    return out;
  }
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  if (option.get_items_expected_max() > 0) out.value = option.get_type_name();
  return out;
}

}  // namespace

CommandNode describe_command(std::string_view name, const CLI::App& app) {
  CommandNode out{std::string(name), app.get_description(), app.get_footer(), {}};
  const auto is_shown = [](const CLI::Option* option) { return !option->get_group().empty(); };
  for (const CLI::Option* option : app.get_options(is_shown)) out.options.push_back(describe_option(*option));
  return out;
}

ValueWords value_words(const OptionNode& option) {
  ValueWords out;
  for (std::size_t at = 0; at < option.value.size();) {
    const std::size_t end = std::min(option.value.find('|', at), option.value.size());
    const std::string part = option.value.substr(at, end - at);
    at = end + 1;
    if (part == "FILE" || part == "DIR" || part == "LIST") {
      out.files = true;
    } else if (part == "IFACE") {
      out.interfaces = true;
    } else if (part == "RULE") {
      for (const Rule& rule : rules()) out.words.emplace_back(rule.id);
    } else if (std::any_of(part.begin(), part.end(), [](char c) { return c >= 'a' && c <= 'z'; })) {
      out.words.push_back(part);
    }
  }
  return out;
}

}  // namespace handlens
