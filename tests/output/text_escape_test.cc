#include "src/output/text_escape.h"

#include <gtest/gtest.h>

#include <random>

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
  EXPECT_EQ(json("plain/ok ~ü"), "plain/ok ~ü");
  EXPECT_EQ(json("\"\\\b\f\n\r\t"), "\\\"\\\\\\b\\f\\n\\r\\t");
  EXPECT_EQ(json(std::string_view("\0\x1b[31m", 6)), "\\u0000\\u001b[31m");
  EXPECT_EQ(json("\xff"), "\\\\xff");
}

// Lossless for a parser, and nothing left that a terminal obeys or a program takes for the end of a line.
TEST(JsonEscape, DeceptiveCharactersAreEscapedToo) {
  EXPECT_EQ(json("€\u202e \x7f"), "€\\u202e \\u007f");
  EXPECT_EQ(json("\u0085\u009b\u2028"), "\\u0085\\u009b\\u2028");
  EXPECT_EQ(json("\U000e0041"), "\\udb40\\udc41");
  EXPECT_EQ(escape_deceptive("{\"a\":\"\u202eb\U000e0041ü\"}\n"), "{\"a\":\"\\u202eb\\udb40\\udc41ü\"}\n");
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
  EXPECT_EQ(escape_terminal("a\u00a0\u3000\u2003b"), "a\\u{a0}\\u{3000}\\u{2003}b");  // spaces that are none
  EXPECT_EQ(escape_terminal("bücher.example 日本"), "bücher.example 日本");
}

// Whatever comes from the wire: one line, printable, valid UTF-8, in the text and in JSON.
TEST(Escaping, RandomBytesLeaveNothingToObey) {
  std::mt19937 random(1);
  const std::string_view bait[] = {"\x1b]0;x\x07", "\xc2\x9b", "\u202e",     "\u2028",
                                   "\r\n",         "\xf0\x9f", "\U000e0041", "\""};
  for (int round = 0; round < 2000; ++round) {
    std::string raw;
    for (auto i = random() % 40; i > 0; --i) {
      if (random() % 4 == 0) raw += bait[random() % std::size(bait)];
      raw += static_cast<char>(random() & 0xff);
    }
    for (const std::string& text : {escape_terminal(raw), json(raw)}) {
      for (std::size_t at = 0; at < text.size();) {
        const Utf8Step step = utf8_step(text, at);
        ASSERT_TRUE(step.valid);
        ASSERT_FALSE(is_deceptive(step.code_point)) << static_cast<unsigned>(step.code_point);
        at += step.length;
      }
    }
  }
}

// Each byte at each place of the eight that are looked at together, and behind them.
TEST(TextEscape, ThePlainPrefixEndsAtWhatIsNotPlain) {
  for (std::size_t place = 0; place < 20; ++place) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      std::string text(20, 'a');
      text[place] = static_cast<char>(byte);
      const bool is_plain = byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
      ASSERT_EQ(plain_prefix(text), is_plain ? text.size() : place) << byte << " at " << place;
    }
  }
}

}  // namespace
}  // namespace handlens
