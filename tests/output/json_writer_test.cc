// The fast writer and the document are two ways of the same walk: their bytes must be the same.
#include "src/output/json_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <thread>
#include <vector>

#include "src/output/json_document.h"
#include "src/output/json_sink.h"
#include "src/output/schema.h"
#include "src/output/text_escape.h"
#include "tests/support/report_builder.h"

namespace handlens {
namespace {

std::string written(const AnalyzedFlow& flow) {
  TextBuffer out;
  RecordMemo memo;
  JsonWriter writer(out);
  visit_flow(flow, {}, memo, "", writer);
  return std::string(out.view());
}

JsonDocument document(const AnalyzedFlow& flow) {
  RecordMemo memo;
  return flow_document(flow, {}, memo);
}

AnalyzedFlow hostile_flow() {
  AnalyzedFlow flow = testing::opened_flow();
  testing::add_client_hello(flow, "a\"b\\c\n\x1b[31m\xe2\x80\xae\xff\xc3.example");
  TlsFacts& tls = flow.report.tls;
  tls.client_hello->hello.alpn = {std::string("h\0", 2), "\xf0\x9f\x98\x80", ""};
  TlsFacts::Chain& chain = tls.chains[1];
  chain.seen = true;
  tls::Certificate certificate;
  certificate.decoded = true;
  certificate.sha256 = std::string(64, 'a');
  certificate.sha1 = std::string(40, 'b');
  certificate.subject = "CN=\"</script>\"\\\xff";
  certificate.dns_names = {"*.example\r"};
  chain.certificates = {std::make_shared<const tls::Certificate>(certificate)};
  tls.plaintext.protocol = Prelude::smtp;
  tls.plaintext.reply = "220 hi\r\n\x80";
  flow.outcome.sentence = "said \"\x01\"";
  return flow;
}

TEST(JsonWriter, BytesEqualTheDumpOfTheDocument) {
  const AnalyzedFlow flows[] = {testing::opened_flow(), testing::tls13_flow(), testing::injected_reset_flow(),
                                hostile_flow(), AnalyzedFlow{}};
  for (const AnalyzedFlow& flow : flows) {
    EXPECT_EQ(written(flow), escape_deceptive(document(flow).dump()));
  }
}

// Two renderers of one sink at once, each of which meets every flow again: what the sink writes is the document, also
// where a record only names its texts.
TEST(JsonWriter, WhatASinkWritesIsTheDocumentHoweverOftenAFlowComes) {
  const AnalyzedFlow flows[] = {testing::tls13_flow(), hostile_flow(), testing::injected_reset_flow()};
  OutputBuffer out(-1);
  const std::unique_ptr<Sink> sink = make_ndjson_sink({}, out);
  std::array<std::vector<std::string>, 2> rendered;
  const auto render = [&sink, &flows](std::vector<std::string>& texts) {
    const std::unique_ptr<FlowRenderer> renderer = sink->make_renderer();
    for (int round = 0; round < 4; ++round) {
      for (const AnalyzedFlow& flow : flows) texts.emplace_back(renderer->render(flow).text);
    }
  };
  std::thread other([&render, &rendered] { render(rendered[1]); });
  render(rendered[0]);
  other.join();
  for (const std::vector<std::string>& texts : rendered) {
    EXPECT_LT(texts[3].size(), texts[0].size());  // then some of it stands elsewhere
    for (std::size_t i = 0; i < texts.size(); ++i) {
      RenderedFlow flow;
      flow.text = texts[i];
      sink->take(flow);
      EXPECT_EQ(out.pending().view(), escape_deceptive(document(flows[i % 3]).dump()) + "\n") << i;
      out.pending().clear();
    }
  }
}

TEST(JsonWriter, LongWordsAndKeysAreWhole) {
  const std::string key(200, 'k'), value(300, 'v');
  TextBuffer out;
  JsonWriter writer(out);
  writer.begin_object("");
  for (std::size_t length = 90; length < 135; ++length) writer.word(key.substr(0, length), value.substr(0, 3));
  writer.number(key.substr(0, 110), UINT64_MAX);
  writer.word("w", value);
  writer.word(key, value);
  writer.end_object();
  std::string expected = "{";
  for (std::size_t length = 90; length < 135; ++length) expected += '"' + key.substr(0, length) + "\":\"vvv\",";
  expected +=
      '"' + key.substr(0, 110) + "\":18446744073709551615,\"w\":\"" + value + "\",\"" + key + "\":\"" + value + "\"}";
  EXPECT_EQ(out.view(), expected);
}

TEST(JsonWriter, SmallAndNegativeTimesAreTheSameNumbers) {
  AnalyzedFlow flow = testing::tls13_flow();
  flow.report.events[1].time.ns = testing::kStart + 34'001;
  flow.report.events[2].time.ns = testing::kStart - 1;
  const std::string text = written(flow);
  EXPECT_NE(text.find("\"t\":0.000034001,"), std::string::npos);
  EXPECT_NE(text.find("\"t\":-0.000000001,"), std::string::npos);
  EXPECT_EQ(JsonDocument::parse(text).dump(), document(flow).dump());
}

TEST(Record, LeavesOutWhatIsNotKnown) {
  const JsonDocument record = document(testing::opened_flow());
  EXPECT_FALSE(record.contains("tls"));
  EXPECT_FALSE(record.contains("plaintext"));
  EXPECT_FALSE(record["flow"].contains("vlan"));
  EXPECT_FALSE(record["flow"].contains("one_sided"));
  EXPECT_FALSE(record["tcp"]["server"].contains("mss"));
  EXPECT_FALSE(record["outcome"].contains("primary"));
  EXPECT_EQ(record["tcp"]["client"]["hops_away"], 0);
  EXPECT_EQ(record["tcp"]["server"]["hops_away"], 7);
}

TEST(Record, KeysOfTheContract) {
  const JsonDocument record = document(testing::tls13_flow());
  EXPECT_EQ(record["schema"], "handlens.flow/1");
  EXPECT_EQ(record["flow"]["start"], "2026-11-20T23:37:12.000000000Z");
  EXPECT_EQ(record["flow"]["duration"], 0.061);
  const JsonDocument& tls = record["tls"];
  EXPECT_EQ(tls["version"], "TLSv1.3");
  EXPECT_EQ(tls["cipher_suite"], "TLS_AES_256_GCM_SHA384");
  EXPECT_EQ(tls["group"], "x25519");
  EXPECT_EQ(tls["sni"], "good.example");
  EXPECT_EQ(tls["alpn_offered"], JsonDocument::parse(R"(["h2","http/1.1"])"));
  EXPECT_EQ(tls["resumed"], false);
  EXPECT_EQ(tls["hello_retry"], false);
  EXPECT_EQ(tls["decrypted"], false);
  EXPECT_FALSE(tls.contains("certificates"));
  EXPECT_FALSE(tls.contains("extended_master_secret"));
  EXPECT_EQ(tls["timing"]["established_to_first_response"], 0.031);
  EXPECT_EQ(record["events"][6]["likely"], "finished");
  EXPECT_EQ(record["events"][6]["confidence"], "likely");
}

TEST(Record, InvalidTextIsVisible) {
  const JsonDocument record = document(hostile_flow());
  EXPECT_EQ(record["tls"]["sni"], "a\"b\\c\n\x1b[31m\u202e\\xff\\xc3.example");
  EXPECT_EQ(record["tls"]["starttls"], "smtp");
  EXPECT_EQ(record["plaintext"]["reply"], "220 hi\r\n\\x80");
}

// Rules for `resumed` up to TLS 1.2.
TEST(Resumption, IsReadFromTheWire) {
  AnalyzedFlow flow = testing::tls13_flow();
  TlsFacts& tls = flow.report.tls;
  tls.server_hello->hello.selected_identity = 0;
  EXPECT_EQ(is_resumed(flow.report), true);
  EXPECT_EQ(resumption_kind(flow.report), "psk");

  tls.server_hello->hello.selected_identity.reset();
  tls.server_hello->hello.version = 0x0303;
  EXPECT_EQ(is_resumed(flow.report), std::nullopt);  // nothing after the ServerHello was seen
  tls.change_cipher_spec[1] = true;
  EXPECT_EQ(is_resumed(flow.report), true);
  EXPECT_EQ(resumption_kind(flow.report), "session-id");
  tls.client_hello->hello.session_ticket_length = 192;
  EXPECT_EQ(resumption_kind(flow.report), "ticket");
  tls.chains[1].seen = true;
  EXPECT_EQ(is_resumed(flow.report), false);
  EXPECT_EQ(resumption_kind(flow.report), "");
}

TEST(Capture, CountsOnlyWhatHappened) {
  CaptureCounters counters;
  counters.files = {testing::input_file("a\xff.pcap", 3)};
  counters.packets = 3;
  counters.undecodable[static_cast<std::size_t>(Undecodable::bad_ip_header)] = 2;
  const JsonDocument capture = capture_document(counters, {"0.1", "1.10.3", "3.0"});
  EXPECT_FALSE(capture.contains("first"));
  EXPECT_FALSE(capture.contains("dropped"));
  EXPECT_FALSE(capture.contains("flow"));  // readers tell flow lines by this key
  EXPECT_EQ(capture["files"][0]["name"], "a\\xff.pcap");
  EXPECT_EQ(capture["undecodable"].size(), 1U);
}

template <class Enum>
void expect_words(const JsonDocument& allowed, Enum first, Enum last) {
  for (auto i = static_cast<unsigned>(first); i <= static_cast<unsigned>(last); ++i) {
    const std::string word(to_text(static_cast<Enum>(i)));
    EXPECT_NE(std::find(allowed.begin(), allowed.end(), word), allowed.end()) << word;
  }
}

TEST(Schema, IsJsonAndKnowsEveryWord) {
  const JsonDocument schema = JsonDocument::parse(record_schema());
  const JsonDocument& defs = schema["$defs"];
  const JsonDocument& event = defs["event"]["properties"];
  expect_words(event["kind"]["enum"], EventKind::syn, EventKind::limit_reached);
  expect_words(event["note"]["enum"], Event::Note::same_bytes, Event::Note::snaplen);
  expect_words(event["note"]["enum"], TlsEvent::Note::sslv2_hello, TlsEvent::Note::record_too_long);
  expect_words(event["tls_note"]["enum"], TlsEvent::Note::sslv2_hello, TlsEvent::Note::record_too_long);
  expect_words(event["likely"]["enum"], TlsEvent::Likely::finished, TlsEvent::Likely::end_of_early_data);
  expect_words(defs["flow"]["properties"]["client_by"]["enum"], ClientBy::syn, ClientBy::port);
  expect_words(defs["flow"]["properties"]["cut_short"]["enum"], CutShort::interrupted, CutShort::memory_limit);
  expect_words(defs["tcp"]["properties"]["state"]["enum"], TcpState::syn_sent, TcpState::midstream);
  expect_words(defs["tcp_side"]["properties"]["ip_id_pattern"]["enum"], IpIdPattern::zero, IpIdPattern::other);
  expect_words(defs["verdict"]["properties"]["role"]["enum"], RstRole::cause, RstRole::ignored);
  expect_words(defs["cause"]["enum"], Cause::none, Cause::unknown);
  expect_words(defs["location"]["enum"], Location::near_client, Location::somewhere);
  expect_words(defs["confidence"]["enum"], Confidence::certain, Confidence::undetermined);
  expect_words(defs["outcome"]["properties"]["status"]["enum"], Status::ok, Status::not_tls);
  expect_words(defs["outcome"]["properties"]["stage"]["enum"], Stage::syn, Stage::established);
  expect_words(defs["outcome"]["properties"]["ended_by"]["enum"], EndedBy::fin, EndedBy::capture_end);
  expect_words(defs["finding"]["properties"]["severity"]["enum"], Severity::error, Severity::info);
  expect_words(defs["evidence"]["properties"]["weight"]["enum"], Weight::decisive, Weight::weak);
  expect_words(defs["tls"]["properties"]["starttls"]["enum"], Prelude::smtp, Prelude::mysql);
  expect_words(defs["tls"]["properties"]["tunnel"]["enum"], Prelude::http_connect, Prelude::proxy_protocol);
}

}  // namespace
}  // namespace handlens
