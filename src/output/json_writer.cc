#include "src/output/json_writer.h"

#include <charconv>
#include <cstring>
#include <string>

#include "src/output/text_escape.h"
#include "src/output/time_text.h"

namespace handlens {
namespace {

constexpr std::size_t kLongestNumber = 24;  // of 64 bits, and of seconds with nine decimals

// memcpy for what mostly is shorter than a call of it: keys and words.
char* put(std::string_view text, char* out) {
  const char* from = text.data();
  const std::size_t size = text.size();
  if (size > 16) {
    std::memcpy(out, from, size);
  } else if (size >= 8) {  // two pieces that may overlap
    std::uint64_t head = 0, tail = 0;
    std::memcpy(&head, from, 8);
    std::memcpy(&tail, from + size - 8, 8);
    std::memcpy(out, &head, 8);
    std::memcpy(out + size - 8, &tail, 8);
  } else if (size >= 4) {
    std::uint32_t head = 0, tail = 0;
    std::memcpy(&head, from, 4);
    std::memcpy(&tail, from + size - 4, 4);
    std::memcpy(out, &head, 4);
    std::memcpy(out + size - 4, &tail, 4);
  } else {
    for (std::size_t i = 0; i < size; ++i) out[i] = from[i];
  }
  return out + size;
}

}  // namespace

char* JsonWriter::begin_value(Key key, std::size_t bytes) {
  constexpr std::size_t kAround = 4;  // comma, quotation marks, colon
  char* out = out_.room(key.size() + kAround + bytes);
  *out = ',';
  out += needs_comma_ ? 1 : 0;
  needs_comma_ = true;
  if (key.empty()) return out;
  *out++ = '"';
  out = put(key, out);
  *out++ = '"';
  *out++ = ':';
  return out;
}

void JsonWriter::begin(Key key, char bracket) {
  char* out = begin_value(key, 1);
  *out++ = bracket;
  out_.set_end(out);
  needs_comma_ = false;
}

void JsonWriter::end(char bracket) {
  out_.append(bracket);
  needs_comma_ = true;
}

void JsonWriter::begin_object(Key key) { begin(key, '{'); }
void JsonWriter::end_object() { end('}'); }
void JsonWriter::begin_array(Key key) { begin(key, '['); }
void JsonWriter::end_array() { end(']'); }

void JsonWriter::text(Key key, std::string_view raw) {
  char* out = begin_value(key, raw.size() + 2);
  *out++ = '"';
  const std::size_t plain = plain_prefix(raw);
  out = put(raw.substr(0, plain), out);
  if (plain < raw.size()) {
    std::string escaped;
    append_json_escaped(raw.substr(plain), escaped);
    out_.set_end(out);
    out_.append(escaped);
    out = out_.room(1);
  }
  *out++ = '"';
  out_.set_end(out);
}

void JsonWriter::word(Key key, std::string_view clean) {
  char* out = begin_value(key, clean.size() + 2);
  *out++ = '"';
  out = put(clean, out);
  *out++ = '"';
  out_.set_end(out);
}

void JsonWriter::number(Key key, std::uint64_t value) {
  char* out = begin_value(key, kLongestNumber);
  out_.set_end(std::to_chars(out, out + kLongestNumber, value).ptr);
}

void JsonWriter::signed_number(Key key, std::int64_t value) {
  char* out = begin_value(key, kLongestNumber);
  out_.set_end(std::to_chars(out, out + kLongestNumber, value).ptr);
}

void JsonWriter::boolean(Key key, bool value) {
  constexpr std::string_view kTrue = "true", kFalse = "false";
  out_.set_end(put(value ? kTrue : kFalse, begin_value(key, kFalse.size())));
}

void JsonWriter::seconds(Key key, std::int64_t nanoseconds) {
  out_.set_end(put_seconds(nanoseconds, begin_value(key, kLongestNumber)));
}

}  // namespace handlens
