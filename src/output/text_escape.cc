#include "src/output/text_escape.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace handlens {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

void append_hex_byte(std::uint8_t byte, std::string& out) {
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

void append_code_point(char32_t code_point, std::string& out) {
  out += "\\u{";
  int shift = 20;
  while (shift > 0 && (code_point >> shift) == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) out += kHex[(code_point >> shift) & 15];
  out += '}';
}

// Characters that stand in a JSON string as they are, without a second look.
constexpr std::array<bool, 256> make_plain_table() {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < 0x7f; ++c) table[c] = c != '"' && c != '\\';
  return table;
}
constexpr std::array<bool, 256> kPlain = make_plain_table();

struct Range {
  char32_t first, last;
};
// Control, format and separator characters that a terminal may obey, or a reader cannot tell from nothing or from a
// space. Sorted.
constexpr std::array<Range, 25> kDeceptive{{
    {0x0000, 0x001f},      // C0
    {0x007f, 0x009f},      // DEL, C1
    {0x00a0, 0x00a0},      // no-break space
    {0x00ad, 0x00ad},      // soft hyphen
    {0x034f, 0x034f},      // combining grapheme joiner
    {0x061c, 0x061c},      // Arabic letter mark
    {0x115f, 0x1160},      // Hangul fillers
    {0x1680, 0x1680},      // Ogham space
    {0x17b4, 0x17b5},      // Khmer inherent vowels
    {0x180b, 0x180e},      // Mongolian selectors
    {0x2000, 0x200f},      // spaces, zero width, direction marks
    {0x2028, 0x202f},      // line and paragraph separators, embeddings and overrides, narrow space
    {0x205f, 0x206f},      // mathematical space, word joiner, invisible operators, isolates
    {0x2800, 0x2800},      // blank Braille pattern
    {0x3000, 0x3000},      // ideographic space
    {0x3164, 0x3164},      // Hangul filler
    {0xfe00, 0xfe0f},      // variation selectors
    {0xfeff, 0xfeff},      // byte order mark
    {0xffa0, 0xffa0},      // halfwidth Hangul filler
    {0xfff0, 0xfffb},      // interlinear annotation and unassigned
    {0x13430, 0x1345f},    // Egyptian hieroglyph format controls
    {0x1bca0, 0x1bca3},    // shorthand format controls
    {0x1d173, 0x1d17a},    // musical format controls
    {0xe0000, 0xe0fff},    // tags, variation selectors supplement
    {0x10fffe, 0x10ffff},  // not characters
}};
static_assert(std::is_sorted(kDeceptive.begin(), kDeceptive.end(),
                             [](const Range& a, const Range& b) { return a.last < b.first; }));

void append_json_unit(char32_t unit, std::string& out) {
  out += "\\u";
  append_hex_byte(static_cast<std::uint8_t>(unit >> 8), out);
  append_hex_byte(static_cast<std::uint8_t>(unit & 0xff), out);
}

// \uNNNN, or two of them: a surrogate pair (RFC 8259 section 7).
void append_json_code_point(char32_t code_point, std::string& out) {
  if (code_point < 0x10000) return append_json_unit(code_point, out);
  append_json_unit(0xd800 + ((code_point - 0x10000) >> 10), out);
  append_json_unit(0xdc00 + ((code_point - 0x10000) & 0x3ff), out);
}

std::uint8_t byte_at(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

}  // namespace

Utf8Step utf8_step(std::string_view text, std::size_t at) {
  const std::uint8_t lead = byte_at(text, at);
  if (lead < 0x80) return {lead, 1, true};
  const Utf8Step bad{lead, 1, false};
  std::size_t length = 0;
  std::uint8_t low = 0x80, high = 0xbf;  // of the second byte; Unicode table 3-7
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  } else {
    return bad;
  }
  if (text.size() - at < length) return bad;
  char32_t value = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const std::uint8_t next = byte_at(text, at + i);
    if (next < low || next > high) return bad;
    low = 0x80;
    high = 0xbf;
    value = (value << 6) | (next & 0x3fU);
  }
  return {value, length, true};
}

std::string to_valid_utf8(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t at = 0; at < raw.size();) {
    const Utf8Step step = utf8_step(raw, at);
    if (step.valid) {
      out.append(raw, at, step.length);
    } else {
      out += "\\x";
      append_hex_byte(byte_at(raw, at), out);
    }
    at += step.length;
  }
  return out;
}

namespace {

// Eight characters at once. True: all of them are plain. False: perhaps one is not.
bool are_plain(const char* text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHigh = 0x80 * kOnes;
  const auto has_zero = [](std::uint64_t bytes) { return (bytes - kOnes) & ~bytes & kHigh; };
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text, sizeof(bytes));
  // Not ASCII; below the space; DEL; what JSON escapes.
  const std::uint64_t found = (bytes & kHigh) | ((bytes - 0x20 * kOnes) & ~bytes & kHigh) | ((bytes + kOnes) & kHigh) |
                              has_zero(bytes ^ ('"' * kOnes)) | has_zero(bytes ^ ('\\' * kOnes));
  return found == 0;
}

}  // namespace

std::size_t plain_prefix(std::string_view raw) {
  std::size_t end = 0;
  while (raw.size() - end >= sizeof(std::uint64_t) && are_plain(raw.data() + end)) end += sizeof(std::uint64_t);
  while (end < raw.size() && kPlain[byte_at(raw, end)]) ++end;
  return end;
}

void append_json_escaped(std::string_view raw, std::string& out) {
  std::size_t at = 0;
  while (at < raw.size()) {
    const std::size_t plain = plain_prefix(raw.substr(at));
    out.append(raw, at, plain);
    at += plain;
    if (at == raw.size()) break;
    const Utf8Step step = utf8_step(raw, at);
    if (!step.valid) {
      out += "\\\\x";
      append_hex_byte(byte_at(raw, at), out);
    } else if (step.code_point >= 0x7f) {
      if (is_deceptive(step.code_point)) {
        append_json_code_point(step.code_point, out);
      } else {
        out.append(raw, at, step.length);
      }
    } else {
      switch (raw[at]) {
        case '"':
          out += "\\\"";
          break;
        case '\\':
          out += "\\\\";
          break;
        case '\b':
          out += "\\b";
          break;
        case '\f':
          out += "\\f";
          break;
        case '\n':
          out += "\\n";
          break;
        case '\r':
          out += "\\r";
          break;
        case '\t':
          out += "\\t";
          break;
        default:
          append_json_unit(step.code_point, out);
      }
    }
    at += step.length;
  }
}

bool is_deceptive(char32_t code_point) {
  const auto* after = std::upper_bound(kDeceptive.begin(), kDeceptive.end(), code_point,
                                       [](char32_t c, const Range& range) { return c < range.first; });
  return after != kDeceptive.begin() && code_point <= (after - 1)->last;
}

std::string escape_deceptive(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    const Utf8Step step = utf8_step(json, at);
    // Line breaks of the text itself are below; inside strings there are none.
    if (step.valid && step.code_point >= 0x7f && is_deceptive(step.code_point)) {
      append_json_code_point(step.code_point, out);
    } else {
      out.append(json, at, step.length);
    }
    at += step.length;
  }
  return out;
}

std::string escape_terminal(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t at = 0; at < raw.size();) {
    const Utf8Step step = utf8_step(raw, at);
    if (!step.valid || step.code_point < 0x20 || step.code_point == 0x7f) {
      out += "\\x";
      append_hex_byte(byte_at(raw, at), out);
    } else if (is_deceptive(step.code_point)) {
      append_code_point(step.code_point, out);
    } else {
      out.append(raw, at, step.length);
    }
    at += step.length;
  }
  return out;
}

}  // namespace handlens
