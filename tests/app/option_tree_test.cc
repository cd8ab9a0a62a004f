#include "src/app/option_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "src/app/options.h"
#include "src/findings/rule.h"

namespace handlens {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const CommandNode& command_named(const std::vector<CommandNode>& tree, std::string_view name) {
  return *std::find_if(tree.begin(), tree.end(), [&](const CommandNode& node) { return node.name == name; });
}

OptionNode with_value(std::string value) { return {{"--x"}, std::move(value), "", "", false, false, false}; }

TEST(OptionTree, ReadsWhatCli11Knows) {
  std::vector<std::string> files, again;
  std::string color;
  bool quiet = false;
  CLI::App app("A summary");
  app.set_help_flag();
  app.add_option("FILE", files, "Inputs")->type_name("")->required();
  app.add_option("-r", again, "More")->type_name("FILE")->group("Input");
  app.add_option("-c,--color", color, "Paint")->type_name("auto|never");
  app.add_flag("-q,--quiet", quiet, "Hush");
  app.add_flag("--secret", quiet, "Not shown")->group("");
  app.footer("Below");
  const CommandNode node = describe_command("look", app);
  EXPECT_EQ(node.name, "look");
  EXPECT_EQ(node.summary, "A summary");
  EXPECT_EQ(node.footer, "Below");
  ASSERT_EQ(node.options.size(), 4U);
  EXPECT_TRUE(node.options[0].positional && node.options[0].required && node.options[0].repeatable);
  EXPECT_THAT(node.options[0].names, ElementsAre("FILE"));
  EXPECT_EQ(node.options[0].value, "FILE");
  EXPECT_THAT(node.options[1].names, ElementsAre("-r"));
  EXPECT_EQ(node.options[1].group, "Input");
  EXPECT_TRUE(node.options[1].repeatable);
  EXPECT_THAT(node.options[2].names, ElementsAre("-c", "--color"));
  EXPECT_EQ(node.options[2].value, "auto|never");
  EXPECT_FALSE(node.options[2].repeatable || node.options[2].required || node.options[2].positional);
  EXPECT_EQ(node.options[3].value, "");
  EXPECT_EQ(node.options[3].description, "Hush");
}

TEST(OptionTree, TypeNamesSayWhatMayStandThere) {
  EXPECT_EQ(value_words(with_value("FILE")), (ValueWords{{}, true, false}));
  EXPECT_EQ(value_words(with_value("LIST")), (ValueWords{{}, true, false}));
  EXPECT_EQ(value_words(with_value("IFACE")), (ValueWords{{}, false, true}));
  EXPECT_THAT(value_words(with_value("auto|FILE|never")).words, ElementsAre("auto", "never"));
  EXPECT_TRUE(value_words(with_value("auto|FILE|never")).files);
  EXPECT_EQ(value_words(with_value("EXPR")), ValueWords());
  EXPECT_EQ(value_words(with_value("")), ValueWords());
  const std::vector<std::string> words = value_words(with_value("sure|RULE")).words;
  ASSERT_EQ(words.size(), 1 + rules().size());
  EXPECT_EQ(words.front(), "sure");
  EXPECT_EQ(words.back(), rules().back().id);
}

TEST(OptionTree, HasEveryCommandAndItsOptions) {
  const std::vector<CommandNode> tree = command_tree();
  ASSERT_FALSE(tree.empty());
  EXPECT_EQ(tree.front().name, "analyze");  // the one that need not be named
  for (const CommandNode& node : tree) {
    EXPECT_FALSE(node.summary.empty()) << node.name;
    EXPECT_EQ(parse_options({node.name, "--help"}).command, Command::help) << node.name;
  }
  const auto has = [&](std::string_view command, const std::string& name) {
    const auto& options = command_named(tree, command).options;
    return std::any_of(options.begin(), options.end(), [&](const OptionNode& option) {
      return std::find(option.names.begin(), option.names.end(), name) != option.names.end();
    });
  };
  EXPECT_TRUE(has("live", "--duration"));
  EXPECT_FALSE(has("explain", "--duration"));
  EXPECT_TRUE(has("completion", "SHELL"));
  EXPECT_TRUE(has("analyze", "--version"));
}

TEST(OptionTree, EveryOptionHasAGroupAndWords) {
  for (const CommandNode& node : command_tree()) {
    for (const OptionNode& option : node.options) {
      EXPECT_FALSE(option.description.empty()) << node.name << option.names.front();
      EXPECT_FALSE(option.group.empty()) << node.name << option.names.front();
      EXPECT_TRUE(std::all_of(option.description.begin(), option.description.end(), [](char c) {
        return c >= ' ' && c <= '~';
      })) << option.names.front();
    }
  }
}

}  // namespace
}  // namespace handlens
