#include "src/output/json_writer.h"

#include <array>
#include <charconv>

#include "src/output/text_escape.h"
#include "src/output/time_text.h"

namespace handlens {

void JsonWriter::open(Key key) {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
  if (key.empty()) return;
  out_ += '"';
  out_ += key;
  out_ += "\":";
}

void JsonWriter::begin_object(Key key) {
  open(key);
  out_ += '{';
  needs_comma_ = false;
}

void JsonWriter::end_object() {
  out_ += '}';
  needs_comma_ = true;
}

void JsonWriter::begin_array(Key key) {
  open(key);
  out_ += '[';
  needs_comma_ = false;
}

void JsonWriter::end_array() {
  out_ += ']';
  needs_comma_ = true;
}

void JsonWriter::text(Key key, std::string_view raw) {
  open(key);
  out_ += '"';
  append_json_escaped(raw, out_);
  out_ += '"';
}

void JsonWriter::word(Key key, std::string_view clean) {
  open(key);
  out_ += '"';
  out_ += clean;
  out_ += '"';
}

void JsonWriter::number(Key key, std::uint64_t value) {
  open(key);
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out_.append(digits.data(), end.ptr);
}

void JsonWriter::signed_number(Key key, std::int64_t value) {
  open(key);
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out_.append(digits.data(), end.ptr);
}

void JsonWriter::boolean(Key key, bool value) {
  open(key);
  out_ += value ? "true" : "false";
}

void JsonWriter::seconds(Key key, std::int64_t nanoseconds) {
  open(key);
  append_seconds(nanoseconds, out_);
}

}  // namespace handlens
