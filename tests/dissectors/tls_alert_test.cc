#include "dissectors/tls_alert.h"

#include <gtest/gtest.h>

#include "tests/dissectors/tls_bytes.h"

namespace handlens::tls {
namespace {

TEST(Alert, TwoBytes) {
  ParseError error;
  const Alert alert = dissect_alert(testing::hex("0230"), error);
  EXPECT_FALSE(error.failed());
  EXPECT_EQ(alert.level, 2);
  EXPECT_EQ(alert.description, 48);
}

TEST(Alert, PassingWarnings) {
  EXPECT_TRUE(is_passing_alert(1, 112));   // unrecognized_name
  EXPECT_TRUE(is_passing_alert(1, 100));   // no_renegotiation
  EXPECT_FALSE(is_passing_alert(1, 0));    // close_notify
  EXPECT_FALSE(is_passing_alert(1, 41));   // no_certificate
  EXPECT_FALSE(is_passing_alert(1, 90));   // user_canceled
  EXPECT_FALSE(is_passing_alert(2, 112));  // fatal
}

TEST(Alert, OtherLengths) {
  for (const char* body : {"", "02", "023000"}) {
    ParseError error;
    (void)dissect_alert(testing::hex(body), error);
    EXPECT_TRUE(error.failed()) << body;
  }
}

}  // namespace
}  // namespace handlens::tls
