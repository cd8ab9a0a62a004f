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

TEST(Alert, OtherLengths) {
  for (const char* body : {"", "02", "023000"}) {
    ParseError error;
    (void)dissect_alert(testing::hex(body), error);
    EXPECT_TRUE(error.failed()) << body;
  }
}

}  // namespace
}  // namespace handlens::tls
