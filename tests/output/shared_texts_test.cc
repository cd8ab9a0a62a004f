#include "src/output/shared_texts.h"

#include <gtest/gtest.h>

#include <string>

#include "src/output/json_writer.h"
#include "src/output/record_shared.h"

namespace handlens {
namespace {

std::string expanded(const SharedTexts& texts, std::string_view record) {
  TextBuffer out;
  texts.expand(record, out);
  return std::string(out.view());
}

std::string reference(SharedTexts::Number number) {
  std::string out(SharedTexts::kReference, '\0');
  EXPECT_EQ(SharedTexts::put_reference(number, out.data()), out.data() + out.size());
  return out;
}

TEST(SharedTexts, ExpandsReferencesWhereTheyStand) {
  SharedTexts texts;
  const auto one = texts.add("one"), two = texts.add("two");
  EXPECT_NE(one, two);
  EXPECT_EQ(texts.at(one), "one");
  EXPECT_EQ(expanded(texts, ""), "");
  EXPECT_EQ(expanded(texts, "nothing in it"), "nothing in it");
  EXPECT_EQ(expanded(texts, reference(two)), "two");
  EXPECT_EQ(expanded(texts, "a" + reference(one) + reference(two) + "b" + reference(one)), "aonetwobone");
}

TEST(SharedTexts, KeepsEqualTextsOnce) {
  SharedTexts texts;
  std::string text = "the same";
  const auto one = texts.add(text);
  EXPECT_NE(texts.add("another"), one);
  EXPECT_EQ(texts.add("the same"), one);
  text = "overwritten";
  EXPECT_EQ(texts.add("the same"), one);
}

// Also numbers among whose bytes is the mark itself.
TEST(SharedTexts, FindsEveryText) {
  SharedTexts texts;
  std::string record, whole;
  for (int i = 0; i < 600; ++i) {
    const std::string text = "<" + std::to_string(i) + ">";
    record += reference(texts.add(text)) + "-";
    whole += text + "-";
  }
  EXPECT_EQ(expanded(texts, record), whole);
}

TEST(SharedTexts, WhatIsNoReferenceIsLeftOut) {
  SharedTexts texts;
  static_cast<void>(texts.add("text"));
  EXPECT_EQ(texts.at(SharedTexts::kNone), "");
  EXPECT_EQ(texts.at(2), "");
  EXPECT_EQ(expanded(texts, "a" + reference(9999) + "b"), "ab");
  EXPECT_EQ(expanded(texts, std::string("a") + SharedTexts::kMark + "b"), "a");
}

TEST(SharedTexts, IsBoundedInNumberAndBytes) {
  SharedTexts many;
  for (std::size_t i = 0; i < SharedTexts::kMostTexts; ++i) {
    EXPECT_NE(many.add(std::to_string(i)), SharedTexts::kNone);
  }
  EXPECT_FALSE(many.is_full());
  EXPECT_EQ(many.add("x"), SharedTexts::kNone);
  EXPECT_TRUE(many.is_full());
  EXPECT_EQ(many.at(many.add("7")), "7");
  SharedTexts large;
  EXPECT_NE(large.add(std::string(SharedTexts::kMostBytes - 1, 'x')), SharedTexts::kNone);
  EXPECT_EQ(large.add("xx"), SharedTexts::kNone);
  EXPECT_NE(large.add("x"), SharedTexts::kNone);
}

// What three visits of the same text write, each as a member behind another one.
std::vector<std::string> three_visits(RecordMemo& memo, SharedText& text, std::string_view value) {
  std::vector<std::string> out;
  for (int i = 0; i < 3; ++i) {
    TextBuffer line;
    JsonWriter writer(line);
    writer.begin_object("");
    writer.number("n", 1);
    visit_shared(text, memo, writer, [value](auto& to) {
      if (!value.empty()) to.text("t", value);
    });
    writer.number("m", 2);
    writer.end_object();
    out.emplace_back(line.view());
  }
  return out;
}

TEST(SharedTexts, ATextIsKeptWhenItIsMetAgain) {
  SharedTexts texts;
  RecordMemo memo(&texts);
  SharedText text;
  const std::string value(100, 'v');
  const std::vector<std::string> lines = three_visits(memo, text, value);
  const std::string whole = R"({"n":1,"t":")" + value + R"(","m":2})";
  EXPECT_EQ(lines[0], whole);
  EXPECT_EQ(lines[1], R"({"n":1,)" + reference(text.number) + R"(,"m":2})");
  EXPECT_EQ(lines[2], lines[1]);
  EXPECT_EQ(expanded(texts, lines[1]), whole);
}

TEST(SharedTexts, WhatIsEmptyIsNotNamed) {
  SharedTexts texts;
  RecordMemo memo(&texts);
  SharedText text;
  for (const std::string& line : three_visits(memo, text, "")) EXPECT_EQ(line, R"({"n":1,"m":2})");
  EXPECT_EQ(text.state, SharedText::State::not_kept);
}

TEST(SharedTexts, WithoutRoomOrAStoreTextsAreWritten) {
  SharedTexts full;
  static_cast<void>(full.add(std::string(SharedTexts::kMostBytes, 'x')));
  RecordMemo with_full(&full), without;
  for (RecordMemo* memo : {&with_full, &without}) {
    SharedText text;
    for (const std::string& line : three_visits(*memo, text, "value")) EXPECT_EQ(line, R"({"n":1,"t":"value","m":2})");
  }
}

}  // namespace
}  // namespace handlens
