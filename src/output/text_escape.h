// Making untrusted text safe for the place where it is shown. Dissectors keep raw bytes; each sink escapes for itself.
//
// The decision what is a character is shared: strict UTF-8 (Unicode 15 table 3-7: no overlong forms, no surrogates,
// nothing beyond U+10FFFF). A byte that is not part of a character becomes the four characters \xNN, as Python's
// "backslashreplace" does. Threads: pure functions.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace handlens {

// One step through a byte string: a whole character, or one byte that is none.
struct Utf8Step {
  char32_t code_point = 0;  // the byte itself when not valid
  std::size_t length = 1;   // bytes to advance, 1 to 4
  bool valid = false;
};
// REQUIRES: at < text.size().
[[nodiscard]] Utf8Step utf8_step(std::string_view text, std::size_t at);

// Invalid bytes become \xNN, everything else stays: the result is valid UTF-8.
[[nodiscard]] std::string to_valid_utf8(std::string_view raw);

// Appends the inside of a JSON string (RFC 8259 §7): invalid bytes as \xNN (the backslash escaped), quotation mark,
// backslash and control characters escaped; is_deceptive() ones too, as \uNNNN, because JSON is read on terminals and
// split into lines by programs that take U+2028 for one. A parser sees the characters themselves.
void append_json_escaped(std::string_view raw, std::string& out);
// How many bytes at the front it leaves as they are: all of them, nearly always.
[[nodiscard]] std::size_t plain_prefix(std::string_view raw);
// The same for is_deceptive() characters of JSON text that is complete otherwise.
[[nodiscard]] std::string escape_deceptive(std::string_view json);

// For a terminal: one line, and nothing that moves the cursor, hides or reorders text. Control characters become \xNN,
// bidirectional controls, zero-width and other format characters \u{202e}.
[[nodiscard]] std::string escape_terminal(std::string_view raw);
// True for characters that escape_terminal makes visible.
[[nodiscard]] bool is_deceptive(char32_t code_point);

}  // namespace handlens
