// Every word of `capture.quality` has a card, so that `handlens rules` can explain it, and cards name clues that exist.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "src/findings/clue.h"
#include "src/findings/guard_card.h"
#include "src/findings/guards.h"
#include "src/findings/rule.h"
#include "src/output/schema.h"
#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::kAck;
using testing::ResetStory;

Guards all_of_a_capture() {
  Guards g;
  g.one_way = g.loss = g.offload = g.local_nat = g.duplicates = g.clock = g.synthetic = g.anonymised = g.tunnel = true;
  return g;
}

std::set<std::string> disabled_by(const GuardCard& card) {
  std::set<std::string> out;
  const std::string text(card.disables);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(", ", at), text.size());
    out.insert(text.substr(at, end - at));
    at = end + 2;
  }
  return out;
}

TEST(GuardCards, OneForEveryWordOfTheCapturesQuality) {
  for (const std::string_view word : all_of_a_capture().words()) EXPECT_NE(find_guard(word), nullptr) << word;
  // Told in other places.
  EXPECT_NE(find_guard("held-limit"), nullptr);
  EXPECT_NE(find_guard("midstream"), nullptr);
  EXPECT_EQ(guard_cards().size(), all_of_a_capture().words().size() + 2);
  EXPECT_EQ(find_guard("no-such-guard"), nullptr);
}

TEST(GuardCards, NameOnlyWordsThatRecordsHave) {
  const std::string schema(record_schema());
  for (const GuardCard& card : guard_cards()) {
    EXPECT_NE(schema.find('"' + std::string(card.id) + '"'), std::string::npos) << card.id;
    EXPECT_EQ(find_rule(card.id), nullptr) << card.id;
    EXPECT_EQ(find_clue(card.id), nullptr) << card.id;
    for (const std::string_view part : {card.claim, card.evidence, card.effect, card.alternatives}) {
      EXPECT_FALSE(part.empty()) << card.id;
    }
  }
}

TEST(GuardCards, DisableCluesThatExist) {
  for (const GuardCard& card : guard_cards()) {
    for (const std::string& id : disabled_by(card)) EXPECT_NE(find_clue(id), nullptr) << card.id << ": " << id;
  }
}

// What fires without the guard is silent with it if its card says so, and only then. (rst-faster-than-rtt can be weak.)
void expect_as_the_card_says(const ResetCase& c, std::string_view id, const Guards& g) {
  const std::set<std::string> disabled = disabled_by(*find_guard(id));
  for (const Sign& sign : signs_of_reset(c, Guards{})) {
    if (sign.toward != Toward::middlebox || sign.rule == "rst-faster-than-rtt") continue;
    const Signs guarded = signs_of_reset(c, g);
    const bool fires = std::any_of(guarded.begin(), guarded.end(), [&](const Sign& s) { return s.rule == sign.rule; });
    EXPECT_NE(fires, disabled.contains(std::string(sign.rule))) << id << ": " << sign.rule;
  }
}

TEST(GuardCards, DisableWhatTheySay) {
  for (const char* id : {"one-way", "loss", "local-nat", "duplicates", "clock", "synthetic", "midstream"}) {
    const std::string word = id;
    Guards g;
    g.one_way = word == "one-way";
    g.loss = word == "loss";
    g.local_nat = word == "local-nat";
    g.duplicates = word == "duplicates";
    g.clock = word == "clock";
    g.synthetic = word == "synthetic";
    g.midstream = word == "midstream";

    ResetStory guesses;  // numbers that rise
    guesses.open().hello();
    guesses.rst(5'000, Side::server, 1, 245).ttl = 250;
    guesses.rst(10, Side::server, 12504, 245).ttl = 250;
    expect_as_the_card_says(guesses.make(), id, g);

    ResetStory identical;  // ... and that do not, at once
    identical.open().hello();
    for (int i = 0; i < 3; ++i) {
      PacketNote& n = identical.rst(i == 0 ? 100 : 300, Side::server, 1, 245);
      n.ttl = 64;
      n.window = static_cast<std::uint16_t>(1980 + i);
    }
    expect_as_the_card_says(identical.make(), id, g);

    ResetStory unseen;
    unseen.open();
    unseen.rst(900, Side::client, 518, 1).ttl = 250;
    expect_as_the_card_says(unseen.make(), id, g);
  }
}

}  // namespace
}  // namespace handlens
