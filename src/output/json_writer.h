// The fast way from the record walk to JSON text: appends to a buffer, builds nothing in between.
//
// Compact form, keys in the order visited, strings as valid UTF-8 with deceptive characters escaped. Equal, byte for
// byte, to what `--json` dumps of the same record built as a document (json_document.h), except that a fraction of a
// second is written in plain decimal notation where the document may use an exponent, and that shared() only names a
// text. Threads: one.
#pragma once
#include <charconv>
#include <cstdint>
#include <cstring>

#include "src/output/record.h"
#include "src/output/shared_texts.h"
#include "src/output/text_buffer.h"
#include "src/output/time_text.h"

namespace handlens {

class JsonWriter final : public RecordVisitor {
 public:
  // Appends to `out`, which must outlive the writer.
  explicit JsonWriter(TextBuffer& out) : out_(out) {}

  [[gnu::always_inline]] void begin_object(Key key) override { begin(key, '{'); }
  void end_object() override { end('}'); }
  [[gnu::always_inline]] void begin_array(Key key) override { begin(key, '['); }
  void end_array() override { end(']'); }
  void text(Key key, std::string_view raw) override;
  [[gnu::always_inline]] void word(Key key, std::string_view clean) override {
    char* out = begin_value(key, clean.size() + 2);
    *out++ = '"';
    out = put(clean, out);
    *out++ = '"';
    out_.set_end(out);
  }
  [[gnu::always_inline]] void number(Key key, std::uint64_t value) override {
    char* out = begin_value(key, kLongestNumber);
    if (value < 10) {  // most of them
      *out = static_cast<char>('0' + value);
      out_.set_end(out + 1);
    } else {
      out_.set_end(std::to_chars(out, out + kLongestNumber, value).ptr);
    }
  }
  void signed_number(Key key, std::int64_t value) override {
    char* out = begin_value(key, kLongestNumber);
    out_.set_end(std::to_chars(out, out + kLongestNumber, value).ptr);
  }
  [[gnu::always_inline]] void boolean(Key key, bool value) override {
    constexpr std::string_view kTrue = "true", kFalse = "false";
    char* out = begin_value(key, kFalse.size());
    out_.set_end(value ? put(kTrue, out) : put(kFalse, out));
  }
  // Members, or an element, whose text is kept elsewhere. REQUIRES: it is not empty.
  void shared(SharedTexts::Number number) {
    out_.set_end(SharedTexts::put_reference(number, begin_value("", SharedTexts::kReference)));
  }
  [[gnu::always_inline]] void seconds(Key key, std::int64_t nanoseconds) override {
    out_.set_end(put_seconds(nanoseconds, begin_value(key, kLongestNumber)));
  }

 private:
  static constexpr std::size_t kLongestNumber = 24;  // of 64 bits, and of seconds with nine decimals

  // memcpy for what mostly is shorter than a call of it: keys and words.
  [[nodiscard, gnu::always_inline]] static char* put(std::string_view text, char* out) {
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
  // Writes what stands in front of the value. Behind it is room for a value of so many bytes.
  [[nodiscard, gnu::always_inline]] char* begin_value(Key key, std::size_t bytes) {
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
  [[gnu::always_inline]] void begin(Key key, char bracket) {
    char* out = begin_value(key, 1);
    *out++ = bracket;
    out_.set_end(out);
    needs_comma_ = false;
  }
  void end(char bracket) {
    out_.append(bracket);
    needs_comma_ = true;
  }

  TextBuffer& out_;
  bool needs_comma_ = false;
};

}  // namespace handlens
