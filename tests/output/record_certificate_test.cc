// Certificates in the record, and what was asked and said about them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "src/output/json_writer.h"
#include "tests/support/report_builder.h"

namespace handlens {
namespace {

using nlohmann::json;

json record_of(const FlowReport& report, bool der = false) {
  TextBuffer out;
  JsonWriter writer(out);
  RecordMemo memo;
  writer.begin_object("");
  visit_certificates(report, {der}, memo, writer);
  writer.end_object();
  return json::parse(out.view());
}

FlowReport with_chain(const tls::Certificate& certificate) {
  FlowReport report = testing::tls13_flow().report;
  report.tls.chains = {};
  report.tls.certificate_request.reset();
  report.tls.certificate_status.reset();
  auto& chain = report.tls.chains[static_cast<std::size_t>(testing::kServer)];
  chain.seen = true;
  chain.certificates = {std::make_shared<const tls::Certificate>(certificate)};
  return report;
}

TEST(RecordCertificate, WholeCertificatesOnlyWhenAskedFor) {
  tls::Certificate certificate;
  certificate.size = 3;
  certificate.der = {0x30, 0x01, 0xff};
  const FlowReport report = with_chain(certificate);
  EXPECT_FALSE(record_of(report)["certificates"][0].contains("der"));
  EXPECT_EQ(record_of(report, true)["certificates"][0]["der"], "MAH/");
  EXPECT_EQ(record_of(report)["certificates"][0]["size"], 3);
}

TEST(RecordCertificate, UnreadableOnesSayWhy) {
  tls::Certificate certificate;
  certificate.error = "not a certificate";
  const json written = record_of(with_chain(certificate))["certificates"][0];
  EXPECT_EQ(written["error"], "not a certificate");
  EXPECT_FALSE(written.contains("subject"));
  EXPECT_FALSE(written.contains("self_signed"));
}

TEST(RecordCertificate, AnEmptyListIsNotNone) {
  FlowReport report = with_chain({});
  report.tls.chains[static_cast<std::size_t>(testing::kServer)].certificates.clear();
  EXPECT_EQ(record_of(report)["certificates"], json::array());
  EXPECT_FALSE(record_of(report).contains("client_certificates"));
}

// ClientCertificateType: RFC 5246 §7.4.4, RFC 8422 §5.5, and IANA's registry for GOST.
TEST(RecordCertificate, RequestsNameTheirTypes) {
  FlowReport report = with_chain({});
  report.tls.certificate_request =
      tls::CertificateRequest{{1, 2, 3, 4, 5, 6, 20, 64, 65, 66, 67, 68, 7, 255}, {0x0403}, {"CN=Demo Root CA"}, false};
  const json written = record_of(report)["certificate_request"];
  EXPECT_EQ(written["types"],
            json::parse(R"(["rsa_sign", "dss_sign", "rsa_fixed_dh", "dss_fixed_dh", "rsa_ephemeral_dh",
                            "dss_ephemeral_dh", "fortezza_dms", "ecdsa_sign", "rsa_fixed_ecdh", "ecdsa_fixed_ecdh",
                            "gost_sign256", "gost_sign512", "0x07", "0xff"])"));
  EXPECT_EQ(written["signature_algorithms"], json::array({"ecdsa_secp256r1_sha256"}));
  EXPECT_EQ(written["authorities"], json::array({"CN=Demo Root CA"}));
}

TEST(RecordCertificate, RequestsOfOldVersionsNameNoAlgorithms) {
  FlowReport report = with_chain({});
  report.tls.certificate_request.emplace();
  const json written = record_of(report)["certificate_request"];
  EXPECT_FALSE(written.contains("signature_algorithms"));
  EXPECT_EQ(written["types"], json::array());
  EXPECT_EQ(written["authorities"], json::array());
}

TEST(RecordCertificate, StapledStatus) {
  FlowReport report = with_chain({});
  report.tls.certificate_status =
      tls::CertificateStatus{1, 471, "revoked", "2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z", "2026-11-19T00:00:00Z"};
  EXPECT_EQ(record_of(report)["certificate_status"],
            json::parse(R"({"type": 1, "size": 471, "status": "revoked", "produced_at": "2026-11-19T00:00:00Z",
                            "this_update": "2026-11-20T00:00:00Z", "next_update": "2026-11-27T00:00:00Z"})"));
  report.tls.certificate_status = tls::CertificateStatus{2, 5, "", "", "", ""};
  EXPECT_EQ(record_of(report)["certificate_status"], json::parse(R"({"type": 2, "size": 5})"));
}

}  // namespace
}  // namespace handlens
