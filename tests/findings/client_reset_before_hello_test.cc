#include "src/findings/client_reset_before_hello.h"

#include <gtest/gtest.h>

#include "tests/findings/story.h"

namespace handlens {
namespace {

using testing::kC;
using testing::kS;
using testing::Story;

TEST(ClientResetBeforeHello, ClientAddressResetBeforeHello) {
  const auto f = Story().open().rst(kC).tell();
  EXPECT_EQ(f.outcome.status, Status::failed);
  EXPECT_EQ(f.outcome.stage, Stage::tcp_open);
  EXPECT_EQ(f.outcome.apparent_sender, Side::client);
  EXPECT_EQ(f.outcome.cause, Cause::unknown);
  EXPECT_EQ(f.outcome.primary, "client-reset-before-hello");
  ASSERT_EQ(f.findings.size(), 1u);
  EXPECT_EQ(f.findings[0].confidence, Confidence::possible);
  EXPECT_EQ(f.findings[0].frames, (std::vector<std::uint64_t>{1, 2, 3, 4}));
  EXPECT_FALSE(f.findings[0].against.empty());
}

TEST(ClientResetBeforeHello, NotForServerResetsDataOrFin) {
  EXPECT_TRUE(Story().open().rst(kS).tell().findings.empty());
  EXPECT_TRUE(Story().open().hello().rst(kC).tell().findings.empty());
  EXPECT_TRUE(Story().open().event(EventKind::fin, kC).rst(kC).tell().findings.empty());
  EXPECT_TRUE(Story().syn().rst(kC).tell().findings.empty());
}

}  // namespace
}  // namespace handlens
