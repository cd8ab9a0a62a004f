// The sinks as a whole: lines of NDJSON, one JSON document, the summary.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "src/output/json_sink.h"
#include "src/output/text_sink.h"
#include "tests/support/captured_output.h"
#include "tests/support/report_builder.h"

namespace handlens {
namespace {

CaptureCounters counters(std::uint64_t flows) {
  CaptureCounters out;
  out.files = {testing::input_file("ok.pcap", 18)};
  out.packets = 18;
  out.flows = flows;
  out.first = Timestamp{testing::kStart};
  out.last = Timestamp{testing::kStart + 61'000'000};
  return out;
}

std::string summary(const std::vector<const AnalyzedFlow*>& flows, const CaptureCounters& total, TextOptions options) {
  testing::CapturedOutput captured;
  OutputBuffer out(captured.descriptor());
  const auto sink = make_text_sink(options, out);
  for (const AnalyzedFlow* flow : flows) sink->flow(*flow);
  sink->finish(total);
  return captured.text();
}

TextOptions plain() {
  TextOptions options;
  options.input = "ok.pcap";
  return options;
}

TEST(NdjsonSink, OneLineAFlowAndTheCaptureLast) {
  testing::CapturedOutput captured;
  OutputBuffer out(captured.descriptor());
  const auto sink = make_ndjson_sink({}, out);
  sink->flow(testing::tls13_flow());
  sink->flow(testing::injected_reset_flow());
  sink->finish(counters(2));
  std::istringstream lines(captured.text());
  std::vector<nlohmann::json> records;
  for (std::string line; std::getline(lines, line);) records.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0]["flow"]["id"], 1);
  EXPECT_EQ(records[1]["flow"]["id"], 2);
  EXPECT_EQ(records[2]["schema"], "handlens.capture/1");
  EXPECT_FALSE(records[2].contains("flow"));
}

TEST(JsonSink, IsOneDocumentWithOrWithoutFlows) {
  for (const int flows : {0, 1, 2}) {
    testing::CapturedOutput captured;
    OutputBuffer out(captured.descriptor());
    const auto sink = make_json_sink({}, out);
    for (int i = 0; i < flows; ++i) sink->flow(testing::tls13_flow());
    sink->finish(counters(static_cast<std::uint64_t>(flows)));
    const auto document = nlohmann::json::parse(captured.text());
    EXPECT_EQ(document["schema"], "handlens.capture/1");
    EXPECT_EQ(document["flows"].size(), static_cast<std::size_t>(flows));
    EXPECT_EQ(document["capture"]["packets"], 18);
  }
}

TEST(TextSink, AHealthyFlow) {
  const AnalyzedFlow flow = testing::tls13_flow();
  EXPECT_EQ(summary({&flow}, counters(1), plain()),
            "ok.pcap: 18 packets, 1 TCP flow, 0.061 s, captured 2026-11-20 23:37:12 UTC\n"
            "\n"
            "● #1  192.0.2.22:51544 → 198.51.100.80:443  good.example\n"
            "      Handshake completed.\n"
            "      TLS 1.3, TLS_AES_256_GCM_SHA384, x25519 (offered h2, http/1.1)\n"
            "      TCP 12.1 ms   TLS 14.6 ms   first byte 31.0 ms   closed normally\n"
            "\n"
            "1 flow: 1 ok, 0 problems.   Details: handlens explain ok.pcap --flow 1\n");
}

TEST(TextSink, ProblemsComeFirstAndTheFooterPointsAtThem) {
  const AnalyzedFlow good = testing::tls13_flow(), bad = testing::injected_reset_flow();
  EXPECT_EQ(summary({&good, &bad}, counters(2), plain()),
            "ok.pcap: 18 packets, 2 TCP flows, 0.061 s, captured 2026-11-20 23:37:12 UTC\n"
            "\n"
            "✖ #2  192.0.2.22:51544 → 198.51.100.80:443  blocked.example\n"
            "      A device on the path reset this connection after reading the ClientHello.\n"
            "      failed at client-hello; confidence: likely   [reset-injected-after-hello]\n"
            "      TCP 12.1 ms   reset from the server's address\n"
            "\n"
            "● #1  192.0.2.22:51544 → 198.51.100.80:443  good.example\n"
            "      Handshake completed.\n"
            "      TLS 1.3, TLS_AES_256_GCM_SHA384, x25519 (offered h2, http/1.1)\n"
            "      TCP 12.1 ms   TLS 14.6 ms   first byte 31.0 ms   closed normally\n"
            "\n"
            "2 flows: 1 ok, 1 problem.   Details: handlens explain ok.pcap --flow 2\n");
}

TEST(TextSink, HealthyFlowsAreCappedUnlessVerbose) {
  const AnalyzedFlow flow = testing::tls13_flow();
  const std::vector<const AnalyzedFlow*> flows(25, &flow);
  EXPECT_NE(summary(flows, counters(25), plain()).find("and 5 more ok flows (-v shows all)\n"), std::string::npos);
  TextOptions verbose = plain();
  verbose.verbose = true;
  EXPECT_EQ(summary(flows, counters(25), verbose).find("more ok"), std::string::npos);
}

// What waits to be sorted is bounded by its bytes; no flow is left out.
TEST(TextSink, VerboseGoesOnUnsortedWhenThereIsTooMuch) {
  const AnalyzedFlow good = testing::tls13_flow(), bad = testing::injected_reset_flow();
  std::vector<const AnalyzedFlow*> flows(30, &good);
  flows.push_back(&bad);
  TextOptions options = plain();
  options.verbose = true;
  options.sorted_bytes = 2'000;
  const std::string text = summary(flows, counters(31), options);
  std::size_t blocks = 0;
  for (std::size_t at = text.find("good.example"); at != std::string::npos; at = text.find("good.example", at + 1)) {
    ++blocks;
  }
  EXPECT_EQ(blocks, 30u);
  const std::size_t sentence = text.find("Too many flows to sort");
  ASSERT_NE(sentence, std::string::npos);
  EXPECT_GT(sentence, 1'000u);
  EXPECT_LT(sentence, 3'000u);
  EXPECT_GT(text.find("✖ #2"), text.rfind("● #1"));
  EXPECT_GT(text.find("ok.pcap: 18 packets"), text.find("✖ #2"));
  EXPECT_NE(text.find("31 flows: 30 ok, 1 problem."), std::string::npos);
  EXPECT_EQ(text.find("more ok"), std::string::npos);
}

TEST(TextSink, TwoNetworksWithTheSameAddresses) {
  AnalyzedFlow flow = testing::tls13_flow();
  flow.report.link.vlans = {10};
  flow.report.link.vlan_count = 1;
  EXPECT_NE(summary({&flow}, counters(1), plain()).find("198.51.100.80:443  vlan 10  good.example\n"),
            std::string::npos);
}

TEST(TextSink, SaysWhatAnEmptyCaptureIs) {
  CaptureCounters none;
  none.files = {testing::input_file("empty.pcap", 0)};
  EXPECT_EQ(summary({}, none, plain()),
            "empty.pcap: 0 packets, 0 TCP flows\n"
            "The capture is valid and empty: there is nothing to explain.\n");
  EXPECT_NE(summary({}, counters(3), plain()).find("None of 3 flows was selected."), std::string::npos);
}

TEST(TextSink, SaysOnlyWhatItKnowsOfACaptureWithoutFlows) {
  CaptureCounters broken;
  broken.files = {testing::input_file("cut.pcap", 0)};
  broken.files[0].truncated = "cut short at byte 30 in packet 1";
  const std::string cut = summary({}, broken, plain());
  EXPECT_NE(cut.find("No packet could be read"), std::string::npos);
  EXPECT_EQ(cut.find("valid and empty"), std::string::npos);
  CaptureCounters other = counters(0);
  other.not_tcp = 18;
  EXPECT_NE(summary({}, other, plain()).find("No TCP connection was found: there is nothing to explain. 18 packets"),
            std::string::npos);
  other.files[0].name = "-";
  EXPECT_EQ(summary({}, other, plain()).find("standard input: 18 packets"), 0U);
}

TEST(TextSink, ManyProblemsAreCountedFirst) {
  const AnalyzedFlow bad = testing::injected_reset_flow();
  std::vector<const AnalyzedFlow*> flows(300, &bad);
  const std::string text = summary(flows, counters(300), plain());
  const std::string line = "   300 × failed at client-hello, reset from the server's address";
  EXPECT_NE(text.find(line), std::string::npos);
  EXPECT_LT(text.find(line), text.find("✖ #2"));
  EXPECT_NE(text.find("and 250 more failed flows: 250 reset-injected-after-hello (-v shows all)"), std::string::npos);
  flows.resize(11);
  EXPECT_EQ(summary(flows, counters(11), plain()).find("×"), std::string::npos);
}

TEST(TextSink, ANameThatDoesNotFitHasItsOwnLine) {
  AnalyzedFlow flow = testing::opened_flow();
  const std::string name(250, 'x');
  testing::add_client_hello(flow, name);
  EXPECT_NE(summary({&flow}, counters(1), plain()).find("\n      " + name + "\n"), std::string::npos);
}

TEST(TextSink, CautionsStandAboveTheFlows) {
  CaptureCounters total = counters(1);
  total.files[0].truncated = "cut short at offset 1234";
  total.undecodable[static_cast<std::size_t>(Undecodable::bad_ip_header)] = 2;
  total.dropped_kernel = 7;
  const AnalyzedFlow flow = testing::tls13_flow();
  const std::string text = summary({&flow}, total, plain());
  EXPECT_NE(text.find("▲ Capture   ok.pcap: cut short at offset 1234\n"), std::string::npos);
  EXPECT_NE(text.find("2 packets could not be decoded (2 bad ip header)."), std::string::npos);
  EXPECT_NE(text.find("7 packets dropped while capturing"), std::string::npos);
  EXPECT_LT(text.find("▲ Capture"), text.find("● #1"));
}

TEST(TextSink, AsciiMeansAscii) {
  TextOptions options = plain();
  options.style.ascii = true;
  const AnalyzedFlow good = testing::tls13_flow(), bad = testing::injected_reset_flow();
  const std::string text = summary({&good, &bad}, counters(2), options);
  EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  EXPECT_NE(text.find("x #2  192.0.2.22:51544 -> 198.51.100.80:443"), std::string::npos);
}

TEST(TextSink, HostileNamesStayOnTheirLine) {
  AnalyzedFlow flow = testing::opened_flow();
  testing::add_client_hello(flow, "a\n\x1b[2Jb\xe2\x80\xae\xff");
  flow.outcome.sentence = "asked for a\n\x1b[2Jb";
  const std::string text = summary({&flow}, counters(1), plain());
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("a\\x0a\\x1b[2Jb\\u{202e}\\xff\n"), std::string::npos);
  EXPECT_NE(text.find("asked for a\\x0a\\x1b[2Jb\n"), std::string::npos);
}

TEST(ShellWord, QuotesOnlyWhenItMust) {
  EXPECT_EQ(shell_word("a/b-1.pcap"), "a/b-1.pcap");
  EXPECT_EQ(shell_word("it's $HOME"), "'it'\\''s $HOME'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace handlens
