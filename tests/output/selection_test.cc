#include "src/output/selection.h"

#include <gtest/gtest.h>

#include "tests/support/report_builder.h"

namespace handlens {
namespace {

bool matches(std::string_view expression, const AnalyzedFlow& flow) {
  Selection selection;
  EXPECT_EQ(selection.add_expression(expression), "") << expression;
  return selection.matches(flow);
}

std::string error(std::string_view expression) {
  Selection selection;
  std::string text = selection.add_expression(expression);
  EXPECT_TRUE(selection.is_everything()) << "a refused expression must add nothing";
  return text;
}

TEST(Selection, FieldsOfAFlow) {
  const AnalyzedFlow flow = testing::tls13_flow();
  for (const char* yes : {"id=1",
                          "id>=1",
                          "id<2",
                          "port=443",
                          "port == 51544",
                          "port>50000",
                          "ip=192.0.2.22",
                          "ip=198.51.100.0/24",
                          "client=192.0.2.22",
                          "server!=192.0.2.22",
                          "ip~2.22",
                          "sni=good.example",
                          "sni=GOOD.example",
                          "sni=*.example",
                          "sni~ood",
                          "sni!=bad.example",
                          "alpn=h2",
                          "status=ok",
                          "stage=established",
                          "ended_by=fin",
                          "version=1.3",
                          "version=TLSv1.3",
                          "version=\"TLS 1.3\"",
                          "status=ok && port=443",
                          "status=ok and port=443 AND id=1",
                          "alert!=unknown_ca",
                          "finding!=x",
                          "cause=none",
                          "confidence=certain"}) {
    EXPECT_TRUE(matches(yes, flow)) << yes;
  }
  for (const char* no :
       {"id=2", "port=80", "port!=443", "ip=198.51.100.0/32", "client=198.51.100.80", "sni=*.good.example",
        "sni=example", "status=failed", "version=1.2", "alert=unknown_ca", "status=ok && port=80"}) {
    EXPECT_FALSE(matches(no, flow)) << no;
  }
}

TEST(Selection, TheWildcardNeedsALabel) {
  AnalyzedFlow flow = testing::tls13_flow();
  flow.report.tls.client_hello->hello.server_name = "example";
  EXPECT_FALSE(matches("sni=*.example", flow));
  flow.report.tls.client_hello->hello.server_name = "a.b.example";
  EXPECT_TRUE(matches("sni=*.example", flow));
}

TEST(Selection, AnAbsentNameIsDifferentFromEveryName) {
  const AnalyzedFlow flow = testing::opened_flow();
  EXPECT_FALSE(matches("sni=good.example", flow));
  EXPECT_TRUE(matches("sni!=good.example", flow));
}

TEST(Selection, AlertsByNameAndNumber) {
  AnalyzedFlow flow = testing::tls13_flow();
  TlsAlertFact alert;
  alert.level = 2;
  alert.code = 48;
  flow.report.tls.alerts = {alert};
  EXPECT_TRUE(matches("alert=unknown_ca", flow));
  EXPECT_TRUE(matches("alert=48", flow));
  EXPECT_TRUE(matches("alert~ca", flow));
  EXPECT_FALSE(matches("alert=40", flow));
}

TEST(Selection, ErrorsNameTheTerm) {
  EXPECT_NE(error("").find("empty"), std::string::npos);
  EXPECT_NE(error("foo=1").find("'foo=1'"), std::string::npos);
  EXPECT_NE(error("port").find("'port'"), std::string::npos);
  EXPECT_NE(error("port=https").find("'port=https'"), std::string::npos);
  EXPECT_NE(error("port=").find("missing"), std::string::npos);
  EXPECT_NE(error("status=broken").find("ok, failed, incomplete, not-tls"), std::string::npos);
  EXPECT_NE(error("ip=1.2.3").find("not an IP address"), std::string::npos);
  EXPECT_NE(error("ip=1.2.3.4/33").find("0 to 32"), std::string::npos);
  EXPECT_NE(error("sni<b").find("not a number"), std::string::npos);
  EXPECT_NE(error("sni=\"a").find("quotation"), std::string::npos);
  EXPECT_NE(error("id=1 &&").find("missing"), std::string::npos);
  EXPECT_NE(error("id=1 port=2").find("'port=2'"), std::string::npos);
  EXPECT_NE(error("id=1 || id=2").find("||"), std::string::npos);
  EXPECT_NE(error("id=99999999999999999999").find("number"), std::string::npos);
  EXPECT_EQ(error("\x1b[2J=1").find('\x1b'), std::string::npos);
}

TEST(Selection, BothSpellingsOfAStage) {
  const AnalyzedFlow flow = testing::opened_flow();
  EXPECT_TRUE(matches("stage=tcp_open", flow));
  EXPECT_TRUE(matches("stage=tcp-open", flow));
}

TEST(Selection, FlowsByNumberOrCommunityId) {
  const AnalyzedFlow one = testing::tls13_flow(), two = testing::injected_reset_flow();
  Selection selection;
  EXPECT_EQ(selection.add_flow("#2"), "");
  EXPECT_FALSE(selection.matches(one));
  EXPECT_TRUE(selection.matches(two));
  EXPECT_EQ(selection.add_flow("1"), "");
  EXPECT_TRUE(selection.matches(one));
  EXPECT_NE(selection.add_flow("0"), "");
  EXPECT_NE(selection.add_flow("abc"), "");
}

TEST(Selection, OnlyProblems) {
  Selection selection;
  selection.only_problems();
  AnalyzedFlow flow = testing::tls13_flow();
  EXPECT_FALSE(selection.matches(flow));
  flow.findings.emplace_back();
  flow.findings[0].severity = Severity::notice;
  EXPECT_FALSE(selection.matches(flow));
  flow.findings[0].severity = Severity::warning;
  EXPECT_TRUE(selection.matches(flow));
  EXPECT_TRUE(selection.matches(testing::injected_reset_flow()));
}

}  // namespace
}  // namespace handlens
