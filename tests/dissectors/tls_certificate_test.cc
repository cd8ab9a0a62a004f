#include "dissectors/tls_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dissectors/digest.h"
#include "tests/dissectors/tls_bytes.h"
#include "tests/dissectors/tls_samples.h"

namespace handlens::tls {
namespace {

using testing::Bytes;
using testing::hex;
using ::testing::IsEmpty;
using testing::join;
using ::testing::SizeIs;
using testing::vec16;
using testing::vec24;
using testing::vec8;

TEST(CertificateList, OfTls12) {
  const Bytes body = hex(testing::kCertificateMessage);
  ParseError error;
  const CertificateList list = dissect_certificate_list(body, false, error);
  EXPECT_FALSE(error.failed());
  ASSERT_THAT(list.der, SizeIs(1));
  EXPECT_EQ(sha256_hex(list.der[0]), "7d6b213b6990b81408cd661296b207f406ea136789a341c28cc66b51ce497dc9");
}

TEST(CertificateList, OfTls13) {
  const Bytes body = join({vec8({1, 2}), vec24(join({vec24({5, 6}), vec16({9}), vec24({7}), vec16({})}))});
  ParseError error;
  const CertificateList list = dissect_certificate_list(body, true, error);
  EXPECT_FALSE(error.failed());
  ASSERT_THAT(list.der, SizeIs(2));
  EXPECT_THAT(list.der[0], SizeIs(2));
  EXPECT_THAT(list.der[1], SizeIs(1));
}

TEST(CertificateList, EmptyIsLegal) {
  ParseError error;
  EXPECT_THAT(dissect_certificate_list(vec24({}), false, error).der, IsEmpty());
  EXPECT_THAT(dissect_certificate_list(join({vec8({}), vec24({})}), true, error).der, IsEmpty());
  EXPECT_FALSE(error.failed());
}

TEST(CertificateList, EveryTruncationFailsAndKeepsWholeCertificates) {
  const Bytes whole = vec24(join({vec24(Bytes(20, 1)), vec24(Bytes(10, 2))}));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
    ParseError error;
    const CertificateList list = dissect_certificate_list(cut, false, error);
    EXPECT_TRUE(error.failed()) << n;
    EXPECT_THAT(list.der, SizeIs(n >= 26 ? 1u : 0u)) << n;
  }
  const Bytes tls13 = join({vec8({}), vec24(join({vec24(Bytes(20, 1)), vec16({}), vec24({2}), vec16({3})}))});
  for (std::size_t n = 0; n < tls13.size(); ++n) {
    ParseError error;
    (void)dissect_certificate_list(ByteView(tls13).first(n), true, error);
    EXPECT_TRUE(error.failed()) << n;
  }
}

TEST(CertificateList, BadLengthsAndTrailingBytes) {
  ParseError error;
  EXPECT_THAT(dissect_certificate_list(vec24(vec24({})), false, error).der, IsEmpty());
  EXPECT_EQ(error.reason, ParseReason::bad_length);
  ParseError trailing;
  EXPECT_THAT(dissect_certificate_list(join({vec24(vec24({1})), {0}}), false, trailing).der, SizeIs(1));
  EXPECT_EQ(trailing.reason, ParseReason::trailing_bytes);
}

TEST(CertificateList, Bound) {
  Bytes entries;
  for (std::size_t i = 0; i < kMaxCertificates; ++i) entries = join({entries, vec24({1})});
  ParseError error;
  EXPECT_FALSE(dissect_certificate_list(vec24(entries), false, error).lists_truncated);
  const CertificateList list = dissect_certificate_list(vec24(join({entries, vec24({1})})), false, error);
  EXPECT_THAT(list.der, SizeIs(kMaxCertificates));
  EXPECT_TRUE(list.lists_truncated);
  EXPECT_FALSE(error.failed());
}

TEST(CertificateStatus, GoodResponse) {
  ParseError error;
  const CertificateStatus status = dissect_certificate_status(hex(testing::kCertificateStatusMessage), error);
  EXPECT_FALSE(error.failed());
  EXPECT_EQ(status.type, 1);
  EXPECT_EQ(status.response_length, hex(testing::kCertificateStatusMessage).size() - 4);
  EXPECT_EQ(status.status, "good");
  EXPECT_EQ(status.produced_at, "2026-11-21T02:11:27Z");
  EXPECT_EQ(status.this_update, "2026-11-21T02:11:27Z");
  EXPECT_EQ(status.next_update, "2026-11-28T02:11:27Z");
}

TEST(CertificateStatus, Multi) {  // RFC 6961: a list, the leaf's first
  Bytes body = hex(testing::kCertificateStatusMessage);
  body.erase(body.begin());
  ParseError error;
  const CertificateStatus status = dissect_certificate_status(join({{2}, vec24(body)}), error);
  EXPECT_FALSE(error.failed());
  EXPECT_EQ(status.status, "good");
}

TEST(CertificateStatus, Malformed) {
  for (const char* body : {"", "01", "01 000002 30", "07 000000"}) {
    ParseError error;
    EXPECT_EQ(dissect_certificate_status(hex(body), error).status, "");
    EXPECT_TRUE(error.failed()) << body;
  }
  ParseError error;  // well framed, but no OCSP response
  EXPECT_EQ(dissect_certificate_status(hex("01 000002 3000"), error).status, "");
  EXPECT_FALSE(error.failed());
}

}  // namespace
}  // namespace handlens::tls
