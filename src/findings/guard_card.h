// What can be wrong with a capture or a flow, for people: how it is noticed, and which clues then say nothing. One card
// for each word of `capture.quality`, and one for flows that begin in their middle. `handlens rules` prints them.
#pragma once
#include <span>
#include <string_view>

namespace handlens {

struct GuardCard {
  std::string_view id;            // the word
  std::string_view claim;         // what it says, one sentence
  std::string_view evidence;      // what must be seen
  std::string_view disables;      // the ids of the clues that then never fire, with ", " between; often none
  std::string_view effect;        // what else is judged in another way
  std::string_view alternatives;  // what else explains it
  std::string_view references;
};

[[nodiscard]] std::span<const GuardCard> guard_cards();
// nullptr if there is none with this id.
[[nodiscard]] const GuardCard* find_guard(std::string_view id);

}  // namespace handlens
