#include "src/app/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "src/app/selecting_sink.h"
#include "tests/support/report_builder.h"

namespace handlens {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string usage_error(const std::vector<std::string>& arguments) {
  try {
    (void)parse_options(arguments);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Options, AnalyzeIsTheDefault) {
  const Options options = parse_options({"a.pcap", "-r", "b.pcap", "dir"});
  EXPECT_EQ(options.command, Command::analyze);
  EXPECT_THAT(options.inputs, ElementsAre("b.pcap", "a.pcap", "dir"));
  EXPECT_EQ(options.format, Format::text);
  EXPECT_EQ(parse_options({"analyze", "-"}).inputs.front(), "-");
}

TEST(Options, ListsAndRepeatedFiles) {
  const Options options = parse_options({"-V", "list", "-r", "a", "-r", "b", "-V", "-", "c", "-l"});
  EXPECT_THAT(options.inputs, ElementsAre("a", "b", "c"));
  EXPECT_THAT(options.lists, ElementsAre("list", "-"));
  EXPECT_TRUE(options.line_buffered);
  EXPECT_FALSE(parse_options({"a"}).line_buffered);
  EXPECT_THAT(usage_error({"-V", "-", "-"}), HasSubstr("standard input"));
  EXPECT_THAT(usage_error({"-i", "eth0", "-V", "x"}), HasSubstr("-V"));
}

TEST(Options, CommandsAreNamed) {
  EXPECT_EQ(parse_options({"rules"}).command, Command::rules);
  EXPECT_EQ(parse_options({"rules", "some-id"}).rule, "some-id");
  EXPECT_EQ(parse_options({"doctor"}).command, Command::doctor);
  EXPECT_EQ(parse_options({"schema"}).command, Command::schema);
  EXPECT_EQ(parse_options({"--list-links"}).command, Command::list_links);
  EXPECT_THROW((void)parse_options({"--list-links", "x.pcap"}), UsageError);
  EXPECT_EQ(parse_options({"interfaces"}).command, Command::interfaces);
  EXPECT_EQ(parse_options({"-D"}).command, Command::interfaces);
  EXPECT_EQ(parse_options({"--version"}).command, Command::version);
  EXPECT_EQ(parse_options({"--help"}).command, Command::help);
  EXPECT_THAT(parse_options({"live", "--help"}).text, HasSubstr("--duration"));
}

TEST(Options, HelpOfOneCommandAndOfAll) {
  EXPECT_EQ(parse_options({"help"}).text, help_text());
  EXPECT_EQ(parse_options({"--help", "rules"}).text, parse_options({"rules", "-h"}).text);
  const std::string all = parse_options({"help", "all"}).text;
  EXPECT_THAT(all, HasSubstr("Usage: handlens analyze"));
  EXPECT_THAT(all, HasSubstr("Usage: handlens man"));
  EXPECT_THAT(all, HasSubstr("Capturing:"));
  EXPECT_THAT(usage_error({"help", "me"}), HasSubstr("'me'"));
}

TEST(Options, VersionAlsoAmongOtherOptions) {
  EXPECT_THAT(parse_options({"-q", "--version"}).text, HasSubstr("libpcap "));
  EXPECT_THAT(parse_options({"analyze", "a.pcap", "--version"}).text, HasSubstr("handlens "));
}

TEST(Options, CompletionIsForThreeShells) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    EXPECT_EQ(parse_options({"completion", shell}).command, Command::completion);
    EXPECT_EQ(parse_options({"completion", shell}).shell, shell);
  }
  EXPECT_THAT(usage_error({"completion", "tcsh"}), HasSubstr("bash, zsh and fish"));
  EXPECT_THAT(usage_error({"completion"}), HasSubstr("SHELL"));
  EXPECT_EQ(parse_options({"man"}).command, Command::man);
}

TEST(Options, EachCommandHasItsOwnOptions) {
  const std::string live = parse_options({"live", "--help"}).text, explain = parse_options({"explain", "--help"}).text;
  EXPECT_THAT(live, HasSubstr("[BPF...]"));
  EXPECT_THAT(live, ::testing::Not(HasSubstr("FILE...")));
  EXPECT_THAT(explain, ::testing::Not(HasSubstr("--duration")));
  EXPECT_THAT(explain, HasSubstr("Fields: id, community_id"));
  EXPECT_THAT(usage_error({"a.pcap", "-c", "5"}), HasSubstr("-i INTERFACE"));
  EXPECT_THAT(usage_error({"a.pcap", "-s", "0"}), HasSubstr("-i INTERFACE"));
  EXPECT_THAT(usage_error({"explain", "a.pcap", "--json"}), HasSubstr("handlens explain --help"));
  EXPECT_THAT(usage_error({"live", "-i", "lo", "-r", "a.pcap"}), HasSubstr("-r"));
}

TEST(Options, AnInterfaceMeansLive) {
  const Options options = parse_options({"-i", "eth0", "tcp", "port", "443", "-f", "ip6", "-B", "4096", "-p"});
  EXPECT_EQ(options.command, Command::live);
  EXPECT_EQ(options.interface, "eth0");
  EXPECT_EQ(options.filter, "(ip6) and (tcp port 443)");
  EXPECT_EQ(options.buffer_bytes, 4096 * 1024);
  EXPECT_FALSE(options.promiscuous);
  EXPECT_EQ(parse_options({"live", "-i", "any", "-s", "0", "-c", "5", "--duration", "1.5s"}).snaplen, 262144);
}

TEST(Options, SelectionAndOutput) {
  const Options options = parse_options(
      {"explain", "x.pcap", "--flow", "3", "-Y", "port=443", "--only", "problems", "--color", "never", "-n"});
  EXPECT_EQ(options.command, Command::explain);
  EXPECT_TRUE(options.selects_flows);
  EXPECT_FALSE(options.selection.is_everything());
  EXPECT_EQ(options.color, ColorWhen::never);
  EXPECT_EQ(parse_options({"x.pcap", "--ndjson", "-o", "out"}).format, Format::ndjson);
  EXPECT_EQ(parse_options({"x.pcap", "--json", "-o", "-"}).output, "");
}

TEST(Options, ComplaintsNameTheCulprit) {
  EXPECT_THAT(usage_error({}), HasSubstr("no capture file"));
  EXPECT_THAT(usage_error({"x", "--nonsense"}), HasSubstr("--nonsense"));
  EXPECT_THAT(usage_error({"x", "-Y", "foo=1"}), HasSubstr("foo=1"));
  EXPECT_THAT(usage_error({"x", "--flow", "zero"}), HasSubstr("zero"));
  EXPECT_THAT(usage_error({"x", "--json", "--ndjson"}), HasSubstr("--ndjson"));
  EXPECT_THAT(usage_error({"x", "--color", "pink"}), HasSubstr("pink"));
  EXPECT_THAT(usage_error({"x", "--fail-on", "maybe"}), HasSubstr("maybe"));
  EXPECT_THAT(usage_error({"x", "--only", "good"}), HasSubstr("good"));
  EXPECT_THAT(usage_error({"live"}), HasSubstr("-i"));
  EXPECT_THAT(usage_error({"-i", "eth0", "-r", "x"}), HasSubstr("-r"));
  EXPECT_THAT(usage_error({"-i", "eth0", "-B", "much"}), HasSubstr("much"));
  EXPECT_THAT(usage_error({"-", "-"}), HasSubstr("standard input"));
  EXPECT_THAT(usage_error({"explain", "x", "--json"}), HasSubstr("explain"));
}

TEST(Options, HelpFitsAScreen) {
  const std::string text = help_text();
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 30);
}

TEST(Units, Sizes) {
  EXPECT_EQ(parse_size("4096"), 4096 * 1024);
  EXPECT_EQ(parse_size("64MiB"), 64 * 1024 * 1024);
  EXPECT_EQ(parse_size("65536B"), 65536);
  EXPECT_EQ(parse_size("1GiB"), 1024 * 1024 * 1024);
  for (const char* bad : {"", "0", "-1", "2GiB", "99999999999", "1.5MiB", "64Mib", "x"}) {
    EXPECT_EQ(parse_size(bad), std::nullopt) << bad;
  }
}

TEST(Units, Durations) {
  EXPECT_EQ(parse_duration("60"), 60'000'000'000);
  EXPECT_EQ(parse_duration("1.5s"), 1'500'000'000);
  EXPECT_EQ(parse_duration("500ms"), 500'000'000);
  EXPECT_EQ(parse_duration("5m"), 300'000'000'000);
  for (const char* bad : {"", "0", "-1", "nan", "inf", "1e9", "5d", "99999999h"}) {
    EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
  }
}

TEST(Units, SizesMayHaveAnotherBound) {
  EXPECT_EQ(parse_size("8GiB", INT64_MAX), 8LL * 1024 * 1024 * 1024);
  EXPECT_EQ(parse_size("2KiB", 2047), std::nullopt);
}

TEST(Options, BoundsOfTheRun) {
  const Options options = parse_options({"x.pcap", "--max-memory", "512MiB", "--max-flows", "1000", "--workers", "3"});
  EXPECT_EQ(options.max_memory, 512u * 1024 * 1024);
  EXPECT_EQ(options.max_flows, 1000u);
  EXPECT_EQ(options.workers, 3u);
  EXPECT_EQ(parse_options({"x.pcap"}).workers, 0u);
  EXPECT_THAT(usage_error({"x.pcap", "--workers", "65"}), HasSubstr("--workers"));
  EXPECT_THAT(usage_error({"x.pcap", "--max-memory", "plenty"}), HasSubstr("plenty"));
}

TEST(FailOn, ByConfidenceOrById) {
  const AnalyzedFlow good = handlens::testing::tls13_flow(), bad = handlens::testing::injected_reset_flow();
  FailOn likely;
  likely.confidence = Confidence::likely;
  EXPECT_TRUE(meets(bad, likely));
  EXPECT_FALSE(meets(good, likely));
  FailOn certain;
  certain.confidence = Confidence::certain;
  EXPECT_FALSE(meets(bad, certain));
  FailOn by_id;
  by_id.ids = {"reset-injected-after-hello"};
  EXPECT_TRUE(meets(bad, by_id));
  EXPECT_FALSE(meets(good, by_id));
}

}  // namespace
}  // namespace handlens
