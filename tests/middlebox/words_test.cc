#include "tools/middlebox/words.h"

#include <gtest/gtest.h>

namespace handlens::middlebox {

TEST(MiddleboxWords, SplitsAtSpacesAndStopsAtComments) {
  Words words("  delay\tclient 5ms # and a comment", 1);
  EXPECT_EQ(words.next("x"), "delay");
  EXPECT_EQ(words.peek(), "client");
  EXPECT_FALSE(words.accept("server"));
  EXPECT_TRUE(words.accept("client"));
  EXPECT_EQ(words.time("a time"), 5'000'000);
  EXPECT_TRUE(words.done());
  EXPECT_FALSE(words.error());
}

TEST(MiddleboxWords, QuotedWords) {
  Words words(R"(text "a b # \"c\" \\ \r\n\x41")", 1);
  words.next("x");
  EXPECT_EQ(words.next("x"), "a b # \"c\" \\ \r\nA");
  Words open(R"(text "never closed)", 3);
  EXPECT_TRUE(open.error());
}

TEST(MiddleboxWords, TimesAndShares) {
  Words words("1.5s 200us 25% 100%", 1);
  EXPECT_EQ(words.time("t"), 1'500'000'000);
  EXPECT_EQ(words.time("t"), 200'000);
  EXPECT_DOUBLE_EQ(words.share("s"), 0.25);
  EXPECT_DOUBLE_EQ(words.share("s"), 1.0);
  EXPECT_FALSE(words.error());
  for (const char* wrong : {"5", "5m", "ms", "-1s", "1e9s", "99999s", ""}) {
    Words bad(wrong, 1);
    EXPECT_EQ(bad.time("a time"), 0);
    EXPECT_TRUE(bad.error()) << wrong;
  }
  for (const char* wrong : {"5", "101%", "-1%", "%"}) {
    Words bad(wrong, 1);
    EXPECT_EQ(bad.share("a share"), 0);
    EXPECT_TRUE(bad.error()) << wrong;
  }
}

TEST(MiddleboxWords, TheFirstErrorStaysAndNamesLineAndWord) {
  Words words("port 70000 x", 12);
  words.next("x");
  EXPECT_EQ(words.number(65535, "a port"), 0U);
  words.fail("other", "later");
  ASSERT_TRUE(words.error());
  EXPECT_EQ(to_text(*words.error()), "line 12: '70000' is not a port up to 65535");
  EXPECT_TRUE(words.done());
  Words empty("syn", 2);
  empty.next("x");
  empty.next("an action");
  EXPECT_EQ(to_text(*empty.error()), "line 2: 'syn' after it is missing: an action");
}

TEST(MiddleboxWords, SignedNumbers) {
  Words words("x", 1);
  EXPECT_EQ(words.signed_number("+12503", "n"), 12503);
  EXPECT_EQ(words.signed_number("-1", "n"), -1);
  EXPECT_FALSE(words.error());
  words.signed_number("", "a number");
  EXPECT_TRUE(words.error());
}

}  // namespace handlens::middlebox
