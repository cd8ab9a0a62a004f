#include "src/output/style.h"

#include <gtest/gtest.h>

namespace handlens {
namespace {

Surroundings terminal() {
  Surroundings place;
  place.is_terminal = true;
  place.columns = 100;
  place.term = "xterm";
  return place;
}

TEST(Style, ColorFollowsTheConventions) {
  const auto color = [](ColorWhen when, const Surroundings& place) { return make_style(when, false, place).color; };
  Surroundings place = terminal();
  EXPECT_TRUE(color(ColorWhen::automatic, place));
  EXPECT_FALSE(color(ColorWhen::never, place));
  place.term = "dumb";
  EXPECT_FALSE(color(ColorWhen::automatic, place));
  EXPECT_FALSE(color(ColorWhen::automatic, Surroundings{}));
  EXPECT_TRUE(color(ColorWhen::always, Surroundings{}));
  Surroundings forced;
  forced.clicolor_force = "1";
  EXPECT_TRUE(color(ColorWhen::automatic, forced));
  forced.no_color = "1";
  EXPECT_FALSE(color(ColorWhen::automatic, forced));
  EXPECT_TRUE(color(ColorWhen::always, forced));
}

TEST(Style, WidthIsThatOfTheTerminalOrEighty) {
  EXPECT_EQ(make_style(ColorWhen::never, false, terminal()).width, 100U);
  EXPECT_EQ(make_style(ColorWhen::never, false, Surroundings{}).width, 80U);
  Surroundings tiny = terminal();
  tiny.columns = 10;
  EXPECT_EQ(make_style(ColorWhen::never, false, tiny).width, 60U);
}

TEST(Wrap, CountsCharactersAndIndents) {
  EXPECT_EQ(wrap("  ", "→→→ →→ →", 8), "  →→→ →→\n  →\n");
  EXPECT_EQ(wrap("- ", "a  b", 20), "- a  b\n");
  EXPECT_EQ(wrap("", "unbreakable-word x", 5), "unbreakable-word\nx\n");
  EXPECT_EQ(wrap("x", "", 5), "x\n");
  EXPECT_EQ(wrap("", "in 12\u00a0ms", 6), "in\n12 ms\n");
}

TEST(CutToWidth, ShowsThatItCut) {
  EXPECT_EQ(cut_to_width("ééé", 3), "ééé");
  EXPECT_EQ(cut_to_width("éééé", 3), "éé…");
  EXPECT_EQ(cut_to_width("abc", 0), "");
  EXPECT_EQ(cut_to_width("日本語", 6), "日本語");
  EXPECT_EQ(cut_to_width("日本語", 5), "日本…");
  EXPECT_EQ(cut_to_width("日本語", 4), "日…");  // half a character is none
}

TEST(ToAscii, HasNothingElse) { EXPECT_EQ(to_ascii("│─▶ a → b ü\xff"), "|-> a -> b \\u{fc}\\xff"); }

}  // namespace
}  // namespace handlens
