// The completions: that each shell can read its script, that they offer what the program understands, and that a shell
// that uses them offers it. What a machine does not have is skipped.
#include "src/app/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "src/app/options.h"
#include "tests/app/shell.h"
#include "tests/support/temporary.h"

namespace handlens {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.insert(line);
  return out;
}

std::set<std::string> names_of(const CommandNode& command) {
  std::set<std::string> out;
  for (const OptionNode& option : command.options) {
    if (!option.positional) out.insert(option.names.begin(), option.names.end());
  }
  return out;
}

// A command with every kind of option, whose texts hold what shells take for something else.
std::vector<CommandNode> hostile_tree() {
  CommandNode first{"look", "It's \"a\" [summary]: $(false) `false` \\ 100%", "", {}};
  first.options.push_back({{"-h", "--help"}, "", "It's [help]: $HOME `x` \\", "Options", false, false, false});
  first.options.push_back({{"-w", "--when"}, "auto|never", "$(false)'s", "Options", false, false, false});
  first.options.push_back({{"FILE"}, "FILE", "'", "Options", true, false, true});
  CommandNode second{"name", "\"", "", {}};
  second.options.push_back({{"--in"}, "IFACE", "'", "Options", false, false, true});
  return {first, second};
}

// What bash offers for the last of `words`.
std::set<std::string> bash_offers(const testing::TemporaryFile& script, const std::string& words) {
  const ShellResult result = run_shell(
      "bash --norc -c '. \"$0\"; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _handlens; "
      "printf \"%s\\n\" \"${COMPREPLY[@]}\"' '" +
      script.path() + "' " + words);
  EXPECT_EQ(result.code, 0) << result.output;
  std::set<std::string> out = lines_of(result.output);
  out.erase("");
  return out;
}

// What fish offers behind `line`, without its descriptions.
std::set<std::string> fish_offers(const testing::TemporaryFile& script, const std::string& line) {
  const ShellResult result =
      run_shell("HOME=/dev/null fish --no-config -c 'source " + script.path() + "; complete -C \"" + line + "\"'");
  EXPECT_EQ(result.code, 0) << result.output;
  std::set<std::string> out;
  for (const std::string& offered : lines_of(result.output)) out.insert(offered.substr(0, offered.find('\t')));
  return out;
}

TEST(Completion, OtherShellsHaveNone) {
  EXPECT_EQ(completion_script("tcsh", command_tree()), "");
  EXPECT_EQ(completion_script("bash", command_tree()), bash_completion(command_tree()));
  EXPECT_EQ(completion_script("zsh", command_tree()), zsh_completion(command_tree()));
  EXPECT_EQ(completion_script("fish", command_tree()), fish_completion(command_tree()));
}

TEST(Completion, QuotesForShells) {
  EXPECT_EQ(shell_quoted("a b$`\\"), "'a b$`\\'");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quoted(""), "''");
}

TEST(Completion, EachShellCanReadItsScript) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    if (!has_program(shell)) {
      std::printf("no %s here: its script is not read\n", shell.c_str());
      continue;
    }
    for (const auto& tree : {command_tree(), hostile_tree()}) {
      const testing::TemporaryFile script(completion_script(shell, tree));
      const ShellResult result = run_shell(shell + " -n " + script.path());
      EXPECT_EQ(result.code, 0) << shell << ": " << result.output;
      EXPECT_EQ(result.output, "") << shell;
    }
  }
}

TEST(Completion, BashOffersTheOptionsOfEachCommand) {
  if (!has_program("bash")) GTEST_SKIP() << not_installed("bash");
  const std::vector<CommandNode> tree = command_tree();
  const testing::TemporaryFile script(bash_completion(tree));
  for (const CommandNode& command : tree) {
    EXPECT_EQ(bash_offers(script, "handlens " + command.name + " -"), names_of(command)) << command.name;
    EXPECT_THAT(bash_offers(script, "handlens ''"), Contains(command.name));
  }
  EXPECT_EQ(bash_offers(script, "handlens -"), names_of(tree.front()));
}

TEST(Completion, BashOffersValues) {
  if (!has_program("bash")) GTEST_SKIP() << not_installed("bash");
  const testing::TemporaryFile script(bash_completion(command_tree()));
  EXPECT_THAT(bash_offers(script, "handlens live --color ''"), ElementsAre("always", "auto", "never"));
  EXPECT_THAT(bash_offers(script, "handlens --color = al"), ElementsAre("always"));
  EXPECT_THAT(bash_offers(script, "handlens x --color ="), ElementsAre("always", "auto", "never"));
  EXPECT_THAT(bash_offers(script, "handlens completion f"), ElementsAre("fish"));
  EXPECT_THAT(bash_offers(script, "handlens rules client-reset-b"), ElementsAre("client-reset-before-hello"));
  EXPECT_THAT(bash_offers(script, "handlens -Y ''"), IsEmpty());
  EXPECT_THAT(bash_offers(script, "handlens live ''"), IsEmpty());
  const std::string stem = script.path().substr(0, script.path().size() - 1);
  EXPECT_THAT(bash_offers(script, "handlens explain " + stem), Contains(script.path()));
  EXPECT_THAT(bash_offers(script, "handlens explain -o " + stem), Contains(script.path()));
}

TEST(Completion, BashRunsNothingOfATree) {
  if (!has_program("bash")) GTEST_SKIP() << not_installed("bash");
  const testing::TemporaryFile script(bash_completion(hostile_tree()));
  EXPECT_THAT(bash_offers(script, "handlens look -"), ElementsAre("--help", "--when", "-h", "-w"));
  EXPECT_THAT(bash_offers(script, "handlens look --when ''"), ElementsAre("auto", "never"));
}

TEST(Completion, FishOffersTheOptionsOfEachCommand) {
  if (!has_program("fish")) GTEST_SKIP() << not_installed("fish");
  const std::vector<CommandNode> tree = command_tree();
  const testing::TemporaryFile script(fish_completion(tree));
  for (const CommandNode& command : tree) {
    std::set<std::string> offered = fish_offers(script, "handlens " + command.name + " -");
    offered.merge(fish_offers(script, "handlens " + command.name + " --"));
    EXPECT_EQ(offered, names_of(command)) << command.name;
  }
}

TEST(Completion, FishOffersValues) {
  if (!has_program("fish")) GTEST_SKIP() << not_installed("fish");
  const testing::TemporaryFile script(fish_completion(command_tree()));
  EXPECT_THAT(fish_offers(script, "handlens live --color "), ElementsAre("always", "auto", "never"));
  EXPECT_THAT(fish_offers(script, "handlens completion "), ElementsAre("bash", "fish", "zsh"));
  EXPECT_THAT(fish_offers(script, "handlens exp"), Contains("explain"));
  EXPECT_THAT(fish_offers(script, "handlens interfaces "), IsEmpty());
  EXPECT_THAT(fish_offers(script, "handlens explain " + script.path().substr(0, script.path().size() - 1)),
              Contains(script.path()));
}

// zsh completes only on a terminal, so its script is read here: a line for each name in the block of its command.
TEST(Completion, ZshNamesTheOptionsOfEachCommand) {
  for (const auto& tree : {command_tree(), hostile_tree()}) {
    const std::string script = zsh_completion(tree);
    for (const CommandNode& command : tree) {
      const std::size_t start = script.find("    " + command.name + ") specs=(\n");
      ASSERT_NE(start, std::string::npos) << command.name;
      std::set<std::string> named;
      for (const std::string& line : lines_of(script.substr(start, script.find("    ) ;;", start) - start))) {
        const std::size_t end = line.find_first_of("+=[");
        const std::size_t name = line.find_first_not_of("*'", line.find("'(") == 6 ? line.find(')') + 1 : 6);
        if (line.find("      '") == 0 && name < end && line[name] == '-') named.insert(line.substr(name, end - name));
      }
      EXPECT_EQ(named, names_of(command)) << command.name;
    }
  }
}

TEST(Completion, ZshEscapesWhatItsSpecificationsUse) {
  const std::string script = zsh_completion(hostile_tree());
  EXPECT_NE(script.find("--help[It'\\''s \\[help\\]\\: $HOME `x` \\\\]'"), std::string::npos) << script;
  EXPECT_NE(script.find("(-w --when)--when=[$(false)'\\''s]:auto|never:(auto never)'"), std::string::npos) << script;
  EXPECT_NE(script.find("'*:FILE:_files'"), std::string::npos);
  EXPECT_NE(script.find("'*--in=["), std::string::npos);
}

}  // namespace
}  // namespace handlens
