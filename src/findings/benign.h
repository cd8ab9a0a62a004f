// Ordinary explanations, tried before any device is suspected. Where one fits, only a decisive sign to the contrary
// (weigh.h) is believed over it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/findings/clue.h"
#include "src/findings/reset_case.h"

namespace handlens {

struct Benign {
  std::string_view id;  // of its card
  Cause cause = Cause::none;
  Confidence confidence = Confidence::likely;
  std::uint64_t frame = 0;
  std::string text;            // the evidence, with the literal values
  std::string_view also = {};  // another card that holds as well
  // No failure: nothing was wanted but what happened (a check of a port, a connection raced and lost).
  bool is_no_failure = false;
};

// The one that explains the reset best; none if none fits.
[[nodiscard]] std::optional<Benign> find_benign(const ResetCase& c);
// The same of a FIN that ended a connection which nobody had used.
[[nodiscard]] std::optional<Benign> find_benign_fin(const ResetCase& c);

}  // namespace handlens
