// Every clue that can fire has a card, so that `handlens rules` can explain it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "src/findings/clue.h"
#include "src/findings/rule.h"
#include "src/findings/stories.h"

namespace handlens {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The ids in the sources: of a Sign before its group, of a Benign first.
std::set<std::string> emitted_ids() {
  static const std::regex kSign(R"re("([a-z0-9-]+)",\s*ClueGroup::)re");
  static const std::regex kBenign(R"re(Benign\{\s*"([a-z0-9-]+)")re");
  std::set<std::string> ids;
  for (const auto& file : std::filesystem::directory_iterator(HANDLENS_SOURCE_DIR "/src/findings")) {
    if (file.path().extension() != ".cc" || file.path().filename() == "clue_cards.cc") continue;
    const std::string text = text_of(file.path());
    for (const std::regex& pattern : {kSign, kBenign}) {
      for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) ids.insert((*at)[1].str());
    }
  }
  // Chosen by a condition, named as what holds as well, or evidence that is no sign (telling.cc).
  ids.insert({"device-location", "accept-then-close", "orderly-close", "late-data-to-closed-socket", "teardown-rst",
              "rst-ipid-zmap"});
  return ids;
}

TEST(ClueCards, OneForEveryIdThatIsEmitted) {
  const std::set<std::string> ids = emitted_ids();
  EXPECT_GE(ids.size(), 50u) << "the sources are written in another way than this test reads them";
  for (const std::string& id : ids) EXPECT_NE(find_clue(id), nullptr) << id;
}

TEST(ClueCards, NoneForWhatNothingEmits) {
  const std::set<std::string> ids = emitted_ids();
  for (const ClueCard& card : clue_cards()) EXPECT_TRUE(ids.contains(std::string(card.id))) << card.id;
}

TEST(ClueCards, IdsAreUniqueAndInKebabCase) {
  static const std::regex kKebab("[a-z0-9]+(-[a-z0-9]+)*");
  std::set<std::string_view> seen;
  for (const ClueCard& card : clue_cards()) {
    EXPECT_TRUE(std::regex_match(std::string(card.id), kKebab)) << card.id;
    EXPECT_TRUE(seen.insert(card.id).second) << card.id;
    EXPECT_EQ(find_rule(card.id), nullptr) << card.id << " is a rule as well";
    EXPECT_EQ(find_clue(card.id), &card);
    for (const std::string_view part : {card.claim, card.evidence, card.alternatives}) {
      EXPECT_FALSE(part.empty()) << card.id;
    }
  }
  EXPECT_EQ(find_clue("no-such-clue"), nullptr);
}

}  // namespace
}  // namespace handlens
