// Clues: small pure functions that look at one reset (or FIN, or silence) in its surroundings and say what it speaks
// for. A clue never gives a verdict: weigh.h adds them up. Every clue has a card, which `handlens rules` prints.
//
// The thresholds are those of the published work named in the cards, or derived from the RFCs named there.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/findings/finding.h"

namespace handlens {

// Correlated clues are of one group, and a group counts only up to its cap (weigh.cc).
enum class ClueGroup : std::uint8_t { sequence, header, timing, link, protocol, benign };
[[nodiscard]] std::string_view to_text(ClueGroup group);

// What a sign speaks for. `endpoint`: for the side whose address the packet carries. `neither`: it describes.
enum class Toward : std::uint8_t { middlebox, endpoint, neither };

struct ClueCard {
  std::string_view id;  // kebab-case
  ClueGroup group = ClueGroup::sequence;
  std::string_view claim;         // what it says, one sentence
  std::string_view evidence;      // what must be seen
  std::string_view alternatives;  // what else explains it
  std::string_view references;
};

[[nodiscard]] std::span<const ClueCard> clue_cards();
[[nodiscard]] const ClueCard* find_clue(std::string_view id);

// A clue that fired.
struct Sign {
  std::string_view rule;  // the clue's id; a literal
  ClueGroup group = ClueGroup::sequence;
  Weight weight = Weight::weak;
  Toward toward = Toward::neither;
  std::uint64_t frame = 0;
  std::string text;  // with the literal values
};
using Signs = std::vector<Sign>;

}  // namespace handlens
