#include "dissectors/certificate_cache.h"

#include <gtest/gtest.h>

#include "dissectors/tls_certificate.h"
#include "dissectors/x509.h"
#include "tests/dissectors/tls_bytes.h"
#include "tests/dissectors/tls_samples.h"

namespace handlens::tls {
namespace {

using testing::Bytes;

Bytes first_certificate() {
  const Bytes message = testing::hex(testing::kCertificateMessage);
  ParseError error;
  const CertificateList list = dissect_certificate_list(message, false, error);
  return {list.der.front().begin(), list.der.front().end()};
}

TEST(CertificateCache, GivesWhatTheDecoderGivesBothTimes) {
  const Bytes der = first_certificate();
  const Certificate direct = dissect_certificate(der);
  for (int time = 0; time < 2; ++time) {
    const Certificate cached = *cached_certificate(der);
    EXPECT_EQ(cached.sha256, direct.sha256);
    EXPECT_EQ(cached.subject, direct.subject);
    EXPECT_EQ(cached.decoded, direct.decoded);
  }
}

TEST(CertificateCache, OneChangedByteIsAnotherCertificate) {
  Bytes der = first_certificate();
  const std::string before = cached_certificate(der)->sha256;
  der.back() ^= 1;
  EXPECT_NE(cached_certificate(der)->sha256, before);
  EXPECT_EQ(cached_certificate(der)->sha256, dissect_certificate(der).sha256);
}

TEST(CertificateCache, SurvivesMoreCertificatesThanItHolds) {
  Bytes der = first_certificate();
  const std::string first = cached_certificate(der)->sha256;
  for (std::size_t i = 0; i < 2 * kCertificateCacheEntries; ++i) {
    Bytes other = der;
    other[other.size() - 2] = static_cast<std::uint8_t>(i);
    other[other.size() - 3] = static_cast<std::uint8_t>(i >> 8);
    ASSERT_EQ(cached_certificate(other)->sha256.size(), 64u);
  }
  EXPECT_EQ(cached_certificate(der)->sha256, first);
}

TEST(CertificateCache, TakesNothingAndTooMuch) {
  EXPECT_FALSE(cached_certificate({})->decoded);
  const Bytes huge(kCertificateCacheLargest + 1, 0x30);
  EXPECT_FALSE(cached_certificate(huge)->decoded);
  EXPECT_EQ(cached_certificate(huge)->size, huge.size());
}

}  // namespace
}  // namespace handlens::tls
