// Which program this is and what it was built with.
#pragma once
#include <string>

#include "src/output/record.h"

namespace handlens {

[[nodiscard]] ProgramInfo program_info();
// What `handlens --version` prints.
[[nodiscard]] std::string version_text();

}  // namespace handlens
