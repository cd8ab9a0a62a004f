#include "dissectors/tls_names.h"

#include <gtest/gtest.h>

#include <vector>

namespace handlens::tls {
namespace {

TEST(TlsNames, Versions) {
  EXPECT_EQ(version_name(0x0304), "TLSv1.3");
  EXPECT_EQ(version_name(0x0301), "TLSv1.0");
  EXPECT_EQ(version_name(0x0300), "SSLv3");
  EXPECT_EQ(version_name(0x0002), "SSLv2");
  EXPECT_EQ(version_name(0x7f13), "TLSv1.3-draft19");
  EXPECT_EQ(version_name(0x7f1c), "TLSv1.3-draft28");
  EXPECT_EQ(version_name(0x7f00), "0x7f00");
  EXPECT_EQ(version_name(0x1234), "0x1234");
  EXPECT_EQ(version_name(0xfafa), "GREASE");
}

TEST(TlsNames, Tls13Family) {
  for (const std::uint16_t version : std::vector<std::uint16_t>{0x0304, 0x7f12, 0x7f1c, 0x7e02, 0xfb17, 0xfb1a}) {
    EXPECT_TRUE(is_tls13_family(version)) << version;
  }
  for (const std::uint16_t version : std::vector<std::uint16_t>{0x0303, 0x0305, 0x0002, 0xfefc, 0xfb00, 0}) {
    EXPECT_FALSE(is_tls13_family(version)) << version;
  }
}

TEST(TlsNames, Grease) {
  int count = 0;
  for (unsigned v = 0; v <= 0xffff; ++v) count += is_grease(static_cast<std::uint16_t>(v)) ? 1 : 0;
  EXPECT_EQ(count, 16);  // RFC 8701 §2
  EXPECT_FALSE(is_grease(0x0a1a));
}

TEST(TlsNames, CipherSuites) {
  EXPECT_EQ(cipher_suite_name(0x0000), "TLS_NULL_WITH_NULL_NULL");
  EXPECT_EQ(cipher_suite_name(0x1301), "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(cipher_suite_name(0xc02f), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
  EXPECT_EQ(cipher_suite_name(0x00ff), "TLS_EMPTY_RENEGOTIATION_INFO_SCSV");
  EXPECT_EQ(cipher_suite_name(0x5600), "TLS_FALLBACK_SCSV");
  EXPECT_EQ(cipher_suite_name(0xffe1), "SSL_RSA_FIPS_WITH_DES_CBC_SHA");  // the last row
  EXPECT_EQ(cipher_suite_name(0x2a2a), "GREASE");
  EXPECT_EQ(cipher_suite_name(0xffff), "0xffff");
  EXPECT_EQ(find_cipher_suite(0xffff), "");
}

TEST(TlsNames, EverythingElse) {
  EXPECT_EQ(extension_name(0), "server_name");
  EXPECT_EQ(extension_name(0xfe0d), "encrypted_client_hello");
  EXPECT_EQ(extension_name(0x0a0a), "GREASE");
  EXPECT_EQ(extension_name(46), "0x002e");
  EXPECT_EQ(group_name(29), "x25519");
  EXPECT_EQ(group_name(0x11ec), "X25519MLKEM768");
  EXPECT_EQ(group_name(0x6399), "X25519Kyber768Draft00");
  EXPECT_EQ(signature_scheme_name(0x0804), "rsa_pss_rsae_sha256");
  EXPECT_EQ(signature_scheme_name(0x0403), "ecdsa_secp256r1_sha256");
  EXPECT_EQ(alert_name(48), "unknown_ca");
  EXPECT_EQ(alert_name(255), "255");
  EXPECT_EQ(alert_level_name(1), "warning");
  EXPECT_EQ(alert_level_name(2), "fatal");
  EXPECT_EQ(alert_level_name(3), "3");
}

}  // namespace
}  // namespace handlens::tls
