// Which program this is and what it was built with.
#pragma once
#include <string>
#include <string_view>

#include "src/output/record.h"

namespace handlens {

[[nodiscard]] ProgramInfo program_info();
// What `handlens --version` prints.
[[nodiscard]] std::string version_text();
// When this version was released: "2026-11-21".
[[nodiscard]] std::string_view release_date();

}  // namespace handlens
