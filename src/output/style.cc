#include "src/output/style.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "src/output/text_escape.h"
#include "src/output/text_width.h"

namespace handlens {
namespace {

constexpr std::size_t kPipedWidth = 80;
constexpr std::size_t kNarrowest = 60, kWidest = 160;  // a ladder needs the first, eyes the second

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool wants_color(const Surroundings& place) {
  if (!place.no_color.empty()) return false;
  if (!place.clicolor_force.empty() && place.clicolor_force != "0") return true;
  return place.is_terminal && place.term != "dumb" && place.clicolor != "0";
}

std::string_view escape_code(Ink ink) {
  switch (ink) {
    case Ink::red:
      return "\x1b[31m";
    case Ink::yellow:
      return "\x1b[33m";
    case Ink::green:
      return "\x1b[32m";
    case Ink::bold:
      return "\x1b[1m";
    case Ink::dim:
      return "\x1b[2m";
    case Ink::plain:
      break;
  }
  return "";
}

struct LookAlike {
  char32_t code_point;
  std::string_view ascii;
};
constexpr std::array<LookAlike, 20> kLookAlikes{{{U'─', "-"}, {U'│', "|"}, {U'┼', "+"}, {U'╌', "."},  {U'═', "="},
                                                 {U'╎', ":"}, {U'▶', ">"}, {U'◀', "<"}, {U'→', "->"}, {U'←', "<-"},
                                                 {U'●', "*"}, {U'▲', "!"}, {U'✖', "x"}, {U'○', "o"},  {U'…', "~"},
                                                 {U'·', "."}, {U'×', "x"}, {U'–', "-"}, {U'’', "'"},  {U'µ', "u"}}};

}  // namespace

Surroundings look_at(int descriptor) {
  Surroundings place;
  place.is_terminal = ::isatty(descriptor) == 1;
  winsize size{};
  if (place.is_terminal && ::ioctl(descriptor, TIOCGWINSZ, &size) == 0) place.columns = size.ws_col;
  place.no_color = environment("NO_COLOR");
  place.clicolor_force = environment("CLICOLOR_FORCE");
  place.clicolor = environment("CLICOLOR");
  place.term = environment("TERM");
  return place;
}

Style make_style(ColorWhen when, bool ascii, const Surroundings& place) {
  Style style;
  style.ascii = ascii;
  style.color = when == ColorWhen::always || (when == ColorWhen::automatic && wants_color(place));
  style.width = place.is_terminal && place.columns > 0 ? std::clamp(place.columns, kNarrowest, kWidest) : kPipedWidth;
  return style;
}

std::string Style::paint(Ink ink, std::string_view text) const {
  if (!color || ink == Ink::plain || text.empty()) return std::string(text);
  return fmt::format("{}{}\x1b[0m", escape_code(ink), text);
}

std::string wrap(std::string_view first, std::string_view text, std::size_t width) {
  std::string out(first);
  const std::size_t indent = text_width(first);
  std::size_t column = indent;
  bool line_is_empty = true;
  std::size_t at = 0;
  while (at < text.size()) {
    // A word with the spaces before it: runs of spaces inside a line are kept, at a break they vanish.
    const std::size_t word = text.find_first_not_of(' ', at);
    if (word == std::string_view::npos) break;
    const std::size_t end = std::min(text.find(' ', word), text.size());
    const std::size_t gap = line_is_empty ? 0 : word - at;
    const std::size_t length = text_width(text.substr(word, end - word));
    if (!line_is_empty && column + gap + length > width) {
      out += '\n';
      out.append(indent, ' ');
      column = indent;
    } else {
      out.append(gap, ' ');
      column += gap;
    }
    out += text.substr(word, end - word);
    column += length;
    line_is_empty = false;
    at = end;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  for (std::size_t glue = out.find(kNoBreak); glue != std::string::npos; glue = out.find(kNoBreak, glue)) {
    out.replace(glue, kNoBreak.size(), 1, ' ');
  }
  out += '\n';
  return out;
}

std::string cut_to_width(std::string_view text, std::size_t width) {
  if (text_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::size_t at = 0, taken = 0;
  while (at < text.size()) {
    const Utf8Step step = utf8_step(text, at);
    taken += step.valid ? character_width(step.code_point) : 1;
    if (taken + 1 > width) break;  // the last column is the ellipsis'
    at += step.length;
  }
  return std::string(text.substr(0, at)) + "…";
}

std::string to_ascii(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Step step = utf8_step(text, at);
    const auto* found = std::find_if(kLookAlikes.begin(), kLookAlikes.end(),
                                     [&step](const LookAlike& entry) { return entry.code_point == step.code_point; });
    if (step.code_point < 0x80) {
      out.append(text, at, step.length);
    } else if (step.valid && found != kLookAlikes.end()) {
      out += found->ascii;
    } else if (step.valid) {
      out += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(step.code_point));
    } else {
      out += fmt::format("\\x{:02x}", static_cast<std::uint32_t>(step.code_point));
    }
    at += step.length;
  }
  return out;
}

}  // namespace handlens
