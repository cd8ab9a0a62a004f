#include "src/output/text_escape.h"

#include <gtest/gtest.h>

namespace handlens {
namespace {

std::string json(std::string_view raw) {
  std::string out;
  append_json_escaped(raw, out);
  return out;
}

TEST(Utf8Step, AcceptsTheEdgesOfEveryLength) {
  const std::pair<std::string_view, char32_t> good[] = {{"\x7f", 0x7f},
                                                        {"\xc2\x80", 0x80},
                                                        {"\xdf\xbf", 0x7ff},
                                                        {"\xe0\xa0\x80", 0x800},
                                                        {"\xed\x9f\xbf", 0xd7ff},
                                                        {"\xee\x80\x80", 0xe000},
                                                        {"\xf0\x90\x80\x80", 0x10000},
                                                        {"\xf4\x8f\xbf\xbf", 0x10ffff}};
  for (const auto& [text, code_point] : good) {
    const Utf8Step step = utf8_step(text, 0);
    EXPECT_TRUE(step.valid);
    EXPECT_EQ(step.code_point, code_point);
    EXPECT_EQ(step.length, text.size());
  }
}

TEST(Utf8Step, RefusesOverlongSurrogatesBeyondAndCut) {
  for (const std::string_view text :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3\x28"}) {
    const Utf8Step step = utf8_step(text, 0);
    EXPECT_FALSE(step.valid);
    EXPECT_EQ(step.length, 1U);
  }
}

TEST(ToValidUtf8, WritesInvalidBytesAsPythonDoes) {
  EXPECT_EQ(to_valid_utf8("a\xff\xe2\x82z"), "a\\xff\\xe2\\x82z");
  EXPECT_EQ(to_valid_utf8("b\xc3\xbc"
                          "cher"),
            "bücher");
  EXPECT_EQ(to_valid_utf8(""), "");
}

TEST(JsonEscape, EscapesWhatJsonMustAndKeepsTheRest) {
  EXPECT_EQ(json("plain/ok \x7f"), "plain/ok \x7f");
  EXPECT_EQ(json("\"\\\b\f\n\r\t"), "\\\"\\\\\\b\\f\\n\\r\\t");
  EXPECT_EQ(json(std::string_view("\0\x1b[31m", 6)), "\\u0000\\u001b[31m");
  EXPECT_EQ(json("\xff"), "\\\\xff");
  EXPECT_EQ(json("€\xe2\x80\xae"), "€\xe2\x80\xae");
}

TEST(TerminalEscape, NothingMovesTheCursorOrHides) {
  EXPECT_EQ(escape_terminal("evil\x1b[2J\r\n\x07.example"), "evil\\x1b[2J\\x0d\\x0a\\x07.example");
  EXPECT_EQ(escape_terminal("\xc2\x9b"
                            "31m"),
            "\\u{9b}31m");  // C1: another way to write ESC [
  EXPECT_EQ(escape_terminal("a\xe2\x80\xae"
                            "b"),
            "a\\u{202e}b");  // right-to-left override
  EXPECT_EQ(escape_terminal("a\xe2\x81\xa6"
                            "b"),
            "a\\u{2066}b");  // isolate
  EXPECT_EQ(escape_terminal("a\xe2\x80\x8b"
                            "b"),
            "a\\u{200b}b");  // zero-width space
  EXPECT_EQ(escape_terminal("\xef\xbb\xbf"), "\\u{feff}");
  EXPECT_EQ(escape_terminal("\xf3\xa0\x81\x81"), "\\u{e0041}");  // tag character
  EXPECT_EQ(escape_terminal("\xfe\x7f"), "\\xfe\\x7f");
  EXPECT_EQ(escape_terminal("bücher.example 日本"), "bücher.example 日本");
}

TEST(TextWidth, CountsCharactersNotBytes) {
  EXPECT_EQ(text_width(""), 0U);
  EXPECT_EQ(text_width("│──▶"), 4U);
  EXPECT_EQ(text_width("a\xff"), 2U);
}

}  // namespace
}  // namespace handlens
