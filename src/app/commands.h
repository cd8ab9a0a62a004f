// What each command does, once the command line is understood.
#pragma once
#include <string>

#include "src/app/options.h"

namespace handlens {

// Runs the command and returns the exit code. Throws CaptureError and UsageError.
[[nodiscard]] int run_command(const Options& options);

// The text of `handlens rules` (id empty) or of one rule; "" if there is none with this id.
[[nodiscard]] std::string rules_text(const std::string& id, const Style& style);

// The text of `handlens --list-links`: the rows of the tables by which frames are dissected.
[[nodiscard]] std::string links_text();

}  // namespace handlens
