// How many columns of a terminal text takes: 0, 1 or 2 for a character, as wcwidth(3) has it, but the same on every
// machine and in every locale. Threads: pure functions.
#pragma once
#include <cstddef>
#include <string_view>

namespace handlens {

// 2 for East Asian wide characters and emoji, 0 for the combining marks of the common scripts, else 1.
[[nodiscard]] std::size_t character_width(char32_t code_point);
// Columns of valid UTF-8 text without control characters; invalid bytes count as one each.
[[nodiscard]] std::size_t text_width(std::string_view text);

}  // namespace handlens
