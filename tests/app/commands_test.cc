#include "src/app/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/app/pipeline.h"
#include "src/app/program_info.h"
#include "src/findings/guard_card.h"
#include "src/findings/rule.h"
#include "src/output/schema.h"
#include "tests/app/shell.h"

namespace handlens {
namespace {

using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::StartsWith;

ShellResult run(const std::string& arguments) {
  return run_shell(std::string("'") + HANDLENS_BINARY + "' " + arguments);
}

Style plain() {
  Style style;
  style.width = 72;
  return style;
}

TEST(Commands, RulesListsEachWithItsSeverity) {
  const std::string text = rules_text("", plain());
  for (const Rule& rule : rules()) {
    EXPECT_THAT(text, HasSubstr(std::string(rule.id) + "  "));
    EXPECT_THAT(text, HasSubstr(std::string(to_text(rule.severity))));
  }
  EXPECT_THAT(text, HasSubstr("handlens rules RULE"));
}

TEST(Commands, OneRuleInFull) {
  for (const Rule& rule : rules()) {
    const std::string text = rules_text(std::string(rule.id), plain());
    EXPECT_THAT(text, StartsWith(std::string(rule.id) + "  (" + std::string(to_text(rule.severity)) + ")\n"));
    for (const std::string label : {"Explanation  ", "Evidence     ", "Alternatives ", "References   "}) {
      EXPECT_THAT(text, HasSubstr("\n" + label)) << rule.id;
    }
  }
  EXPECT_EQ(rules_text("no-such-rule", plain()), "");
}

TEST(Commands, GuardsAreListedAndToldInFull) {
  const std::string list = rules_text("", plain());
  EXPECT_THAT(list, HasSubstr("\nGuards: "));
  for (const GuardCard& guard : guard_cards()) {
    EXPECT_THAT(list, HasSubstr("\n" + std::string(guard.id) + "  "));
    const std::string text = rules_text(std::string(guard.id), plain());
    EXPECT_THAT(text, StartsWith(std::string(guard.id) + "  (guard)\n"));
    for (const std::string label : {"Evidence     ", "Disables     ", "Effect       ", "Alternatives "}) {
      EXPECT_THAT(text, HasSubstr("\n" + label)) << guard.id;
    }
  }
}

TEST(Commands, UnknownRulesAreAUsageError) {
  const ShellResult result = run("rules no-such-rule");
  EXPECT_EQ(result.code, kUsage);
  EXPECT_THAT(result.output, HasSubstr("'no-such-rule'"));
}

TEST(Commands, SchemaAndVersionGoToStandardOutput) {
  EXPECT_EQ(run("schema").output, record_schema());
  EXPECT_EQ(run("--version").output, version_text());
  EXPECT_EQ(run("-q --version").output, version_text());
  EXPECT_THAT(version_text(), StartsWith("handlens " + program_info().version + "\nlibpcap "));
}

// What a machine allows differs, but both answers are whole, and the exit code says which one it is.
TEST(Commands, DoctorSaysWhetherCapturingIsAllowed) {
  const ShellResult result = run("doctor");
  EXPECT_THAT(result.output, StartsWith(version_text() + "interfaces   "));
  EXPECT_THAT(result.code, AnyOf(Eq(kOk), Eq(kNoPermission)));
  if (result.code == kOk) {
    EXPECT_THAT(result.output, HasSubstr("this user may capture\nReady: handlens live -i any\n"));
  } else {
    EXPECT_THAT(result.output, HasSubstr("may not capture (CAP_NET_RAW is missing)\nTo allow it, one of:\n"));
  }
}

TEST(Commands, InterfacesHaveALineEach) {
  const ShellResult result = run("interfaces");
  EXPECT_EQ(result.code, kOk);
  EXPECT_THAT(result.output, AnyOf(HasSubstr("  up"), HasSubstr("  down"), HasSubstr("handlens doctor")));
  EXPECT_EQ(run("-D").code, kOk);
}

TEST(Commands, CompletionAndManPrintWhatIsInstalled) {
  EXPECT_THAT(run("completion bash").output, HasSubstr("complete -F _handlens handlens\n"));
  EXPECT_THAT(run("completion zsh").output, StartsWith("#compdef handlens\n"));
  EXPECT_THAT(run("completion fish").output, HasSubstr("complete --command handlens"));
  EXPECT_THAT(run("man").output, HasSubstr("\n.TH HANDLENS 1 "));
  EXPECT_EQ(run("completion tcsh").code, kUsage);
}

TEST(Commands, CertsPutsWholeCertificatesIntoRecords) {
  const std::string capture = " '" + std::string(HANDLENS_SOURCE_DIR) + "/pcaps/tls12_full.pcap' --ndjson";
  EXPECT_THAT(run("--certs" + capture).output, HasSubstr(R"("der":"MII)"));
  EXPECT_EQ(run(capture).output.find(R"("der":)"), std::string::npos);
}

}  // namespace
}  // namespace handlens
