#include "src/app/man_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "src/app/options.h"
#include "src/app/program_info.h"
#include "tests/app/shell.h"
#include "tests/support/temporary.h"

namespace handlens {
namespace {

using ::testing::HasSubstr;
using Names = std::set<std::string>;

std::string plain(std::string text) {
  for (const auto& [from, to] :
       {std::pair<std::string, std::string>{"\\fB", ""}, {"\\fI", ""}, {"\\fR", ""}, {"\\-", "-"}, {"\\(aq", "'"}}) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos;) text.replace(at, from.size(), to);
  }
  return text;
}

std::vector<std::string> parts(const std::string& text, const std::regex& word) {
  return {std::sregex_token_iterator(text.begin(), text.end(), word), std::sregex_token_iterator()};
}

// The options of each command by the manual page: an entry's names, and behind it the commands in brackets.
std::map<std::string, Names> options_of_page(const std::string& page, const std::vector<CommandNode>& tree) {
  std::map<std::string, Names> out;
  const std::size_t start = page.find(".SH OPTIONS\n");
  std::istringstream in(page.substr(start, page.find("\n.SH ", start + 1) - start));
  Names names;
  for (std::string line, before; std::getline(in, line); before = line) {
    const std::string text = plain(line);
    if (before == ".TP") {
      for (const std::string& name : parts(text, std::regex("--?[A-Za-z][a-z-]*"))) names.insert(name);
    } else if (text.starts_with("[") && !names.empty()) {
      for (const CommandNode& command : tree) {
        const std::vector<std::string> known = parts(text, std::regex("[a-z]+"));
        if (text == "[every command]" || std::find(known.begin(), known.end(), command.name) != known.end()) {
          out[command.name].insert(names.begin(), names.end());
        }
      }
      names.clear();
    }
  }
  return out;
}

// The options that `handlens COMMAND --help` names: the first column of its indented lines.
Names options_of_help(const std::string& command) {
  Names out;
  std::istringstream in(parse_options({command, "--help"}).text);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("  -")) continue;
    const std::string column = line.substr(2, line.find(' ', 2) - 2);
    for (const std::string& name : parts(column, std::regex("[^,]+"))) out.insert(name);
  }
  return out;
}

Names options_of_tree(const CommandNode& command) {
  Names out;
  for (const OptionNode& option : command.options) {
    if (!option.positional) out.insert(option.names.begin(), option.names.end());
  }
  return out;
}

// The completions are held against the same tree in completion_test.cc.
TEST(ManPage, PageHelpAndTreeNameTheSameOptions) {
  const std::vector<CommandNode> tree = command_tree();
  std::map<std::string, Names> page = options_of_page(man_page(tree), tree);
  std::string all;
  for (const CommandNode& command : tree) {
    EXPECT_EQ(page[command.name], options_of_tree(command)) << command.name;
    EXPECT_EQ(options_of_help(command.name), options_of_tree(command)) << command.name;
    EXPECT_GE(options_of_help(command.name).size(), 2U) << command.name;
    all += (all.empty() ? "" : "\n\n") + parse_options({command.name, "--help"}).text;
  }
  EXPECT_EQ(parse_options({"--help", "all"}).text, all);
}

// The short help is written by hand: what it names must exist.
TEST(ManPage, ShortHelpNamesNothingUnknown) {
  Names known;
  for (const CommandNode& command : command_tree()) known.merge(options_of_tree(command));
  std::istringstream in(help_text());
  for (std::string line; std::getline(in, line);) {
    if (line.find("tcpdump") != std::string::npos) continue;  // its options are not ours
    for (const std::string& name : parts(line, std::regex("(^|[ \\[])--?[A-Za-z][a-z-]*"))) {
      EXPECT_TRUE(known.contains(name.substr(name.find('-')))) << name;
    }
  }
  for (const CommandNode& command : command_tree()) EXPECT_THAT(help_text(), HasSubstr(command.name));
}

TEST(ManPage, HasTheUsualSections) {
  const std::string page = man_page(command_tree());
  std::size_t at = 0;
  for (const std::string name : {"NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "OPTIONS", "EXPRESSIONS", "EXIT STATUS",
                                 "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO"}) {
    const std::size_t found = page.find(".SH " + name + "\n");
    ASSERT_NE(found, std::string::npos) << name;
    EXPECT_GT(found, at) << name;
    at = found;
  }
  EXPECT_THAT(page, HasSubstr("handlens " + program_info().version));
  EXPECT_TRUE(std::all_of(page.begin(), page.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
}

TEST(ManPage, ExitStatusIsThatOfTheReadme) {
  std::ifstream file(std::string(HANDLENS_SOURCE_DIR) + "/README.md");
  const std::string readme{std::istreambuf_iterator<char>(file), {}}, page = man_page(command_tree());
  const std::size_t start = page.find(".SH EXIT STATUS");
  const std::string section = page.substr(start, page.find("\n.SH ", start) - start);
  Names of_readme, of_page;
  for (const std::string& row : parts(readme, std::regex("\n\\| [0-9]+ \\|")))
    of_readme.insert(parts(row, std::regex("[0-9]+"))[0]);
  for (const std::string& row : parts(section, std::regex("\n\\.B [0-9]+")))
    of_page.insert(parts(row, std::regex("[0-9]+"))[0]);
  EXPECT_EQ(of_page, of_readme);
  EXPECT_GE(of_page.size(), 7U);
}

std::vector<CommandNode> hostile_tree() {
  CommandNode first{"look", ".It's \\fBnot\\fR ~bold^ `x`", "'quoted at the start\n.TH at the start", {}};
  first.options.push_back({{"-h", "--help"}, "", ".SH not a section", "Options", false, false, false});
  first.options.push_back({{"FILE"}, "FILE", "\\", "Options", true, true, true});
  return {first, {"other", "Something", "", {{{"--odd"}, "N", "'", "Odd", false, false, false}}}};
}

TEST(ManPage, TextOfTheTreeIsTextForRoff) {
  const std::string page = man_page(hostile_tree());
  EXPECT_THAT(page, HasSubstr("\n\\&.It\\(aqs \\efBnot\\efR \\(tibold\\(ha \\(gax\\(ga\n"));
  EXPECT_THAT(page, HasSubstr("\n\\&.SH not a section.\n"));
  EXPECT_THAT(page, HasSubstr("\n\\(aqquoted at the start\n"));
  EXPECT_THAT(page, HasSubstr("\n\\fBhandlens\\fR [\\fBlook\\fR] \\fIFILE\\fR...\n"));
  EXPECT_THAT(page, HasSubstr("\n\\fBhandlens\\fR \\fBother\\fR [OPTION]...\n"));
}

TEST(ManPage, GroffHasNoWarnings) {
  if (!has_program("groff")) GTEST_SKIP() << not_installed("groff");
  for (const auto& tree : {command_tree(), hostile_tree()}) {
    const testing::TemporaryFile page(man_page(tree));
    const ShellResult result = run_shell("groff -man -ww -z -Tutf8 " + page.path());
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.output, "");
  }
}

TEST(ManPage, MandocHasNoWarnings) {
  if (!has_program("mandoc")) GTEST_SKIP() << not_installed("mandoc");
  const testing::TemporaryFile page(man_page(command_tree()));
  EXPECT_EQ(run_shell("mandoc -T lint -W warning " + page.path()).output, "");
}

}  // namespace
}  // namespace handlens
