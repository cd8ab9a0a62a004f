#include "src/output/json_writer.h"

#include <array>
#include <charconv>
#include <cstring>

#include "src/output/text_escape.h"
#include "src/output/time_text.h"

namespace handlens {
namespace {

// The longest key and the longest value that are put together on the stack; others go straight to the output.
constexpr std::size_t kKey = 64, kValue = 56;

}  // namespace

// `,"key":` and a short value, put together on the stack: one append to the output instead of one for each part.
class JsonWriter::Piece {
 public:
  Piece(JsonWriter& writer, Key key) : out_(writer.out_) {
    if (writer.needs_comma_) *at_++ = ',';
    writer.needs_comma_ = true;
    if (key.empty()) return;
    *at_++ = '"';
    if (key.size() > kKey) {
      append(key);
    } else {
      copy(key);
    }
    *at_++ = '"';
    *at_++ = ':';
  }
  ~Piece() { flush(); }
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;

  // One value, at most kValue characters in all.
  void put(char c) { *at_++ = c; }
  void put(std::string_view text) { copy(text); }
  template <class Number>
  void put_number(Number value) {
    at_ = std::to_chars(at_, bytes_.data() + bytes_.size(), value).ptr;
  }
  // A value of any length.
  void append(std::string_view text) {
    flush();
    out_.append(text);
  }

 private:
  void copy(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void flush() {
    out_.append(bytes_.data(), static_cast<std::size_t>(at_ - bytes_.data()));
    at_ = bytes_.data();
  }

  std::string& out_;
  std::array<char, kKey + kValue + 8> bytes_;  // up to at_
  char* at_ = bytes_.data();
};

void JsonWriter::begin(Key key, char bracket) {
  Piece(*this, key).put(bracket);
  needs_comma_ = false;
}

void JsonWriter::end(char bracket) {
  out_ += bracket;
  needs_comma_ = true;
}

void JsonWriter::begin_object(Key key) { begin(key, '{'); }
void JsonWriter::end_object() { end('}'); }
void JsonWriter::begin_array(Key key) { begin(key, '['); }
void JsonWriter::end_array() { end(']'); }

void JsonWriter::text(Key key, std::string_view raw) {
  Piece(*this, key).put('"');
  append_json_escaped(raw, out_);
  out_ += '"';
}

void JsonWriter::word(Key key, std::string_view clean) {
  Piece piece(*this, key);
  piece.put('"');
  if (clean.size() <= kValue - 2) {
    piece.put(clean);
  } else {
    piece.append(clean);
  }
  piece.put('"');
}

void JsonWriter::number(Key key, std::uint64_t value) { Piece(*this, key).put_number(value); }
void JsonWriter::signed_number(Key key, std::int64_t value) { Piece(*this, key).put_number(value); }
void JsonWriter::boolean(Key key, bool value) { Piece(*this, key).put(value ? "true" : "false"); }

void JsonWriter::seconds(Key key, std::int64_t nanoseconds) {
  { const Piece piece(*this, key); }
  append_seconds(nanoseconds, out_);
}

}  // namespace handlens
