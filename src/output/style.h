// How text looks: colour, width and the fallback for terminals without box characters. No meaning is ever in colour
// alone. Threads: values and pure functions.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace handlens {

enum class ColorWhen { automatic, always, never };
enum class Ink { plain, red, yellow, green, bold, dim };

// What is known of the place that text goes to; filled from the environment by look_at().
struct Surroundings {
  bool is_terminal = false;
  std::size_t columns = 0;  // 0: unknown
  std::string no_color, clicolor_force, clicolor, term;
};
[[nodiscard]] Surroundings look_at(int descriptor);

struct Style {
  bool color = false;
  bool ascii = false;
  std::size_t width = 80;

  [[nodiscard]] std::string paint(Ink ink, std::string_view text) const;
};
// An explicit --color wins; then NO_COLOR (no-color.org), CLICOLOR_FORCE, TERM=dumb, and whether it is a terminal.
[[nodiscard]] Style make_style(ColorWhen when, bool ascii, const Surroundings& place);

inline constexpr std::string_view kNoBreak = "\u00a0";
// Breaks `text` at spaces so that no line is wider than `width`. The first line starts with `first`, later ones with as
// many spaces as `first` is wide. A no-break space (U+00A0) holds words together and becomes a space. A word longer
// than a line stands alone, unbroken, so that it can be copied. Ends with '\n'.
[[nodiscard]] std::string wrap(std::string_view first, std::string_view text, std::size_t width);
// `text` cut to `width` columns, the last one '…' if anything was cut.
[[nodiscard]] std::string cut_to_width(std::string_view text, std::size_t width);
// Every character beyond ASCII replaced: arrows and boxes by look-alikes, others by \u{...}.
[[nodiscard]] std::string to_ascii(std::string_view text);

}  // namespace handlens
