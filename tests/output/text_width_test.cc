#include "src/output/text_width.h"

#include <gtest/gtest.h>

namespace handlens {
namespace {

TEST(TextWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(text_width(""), 0U);
  EXPECT_EQ(text_width("│──▶"), 4U);
  EXPECT_EQ(text_width("a\xff"), 2U);
  EXPECT_EQ(text_width("✖●▲○·×…"), 7U);  // our own signs are narrow
}

TEST(TextWidth, WideAndCombiningCharacters) {
  EXPECT_EQ(text_width("日本語"), 6U);
  EXPECT_EQ(text_width("한글ｆ"), 6U);
  EXPECT_EQ(text_width("😀"), 2U);
  EXPECT_EQ(text_width("e\u0301\u0302x"), 2U);
  EXPECT_EQ(character_width(0x10ff), 1U);
  EXPECT_EQ(character_width(0x1100), 2U);
  EXPECT_EQ(character_width(0x3fffd), 2U);
  EXPECT_EQ(character_width(0x3fffe), 1U);
}

}  // namespace
}  // namespace handlens
