// The fast way from the record walk to JSON text: appends to a buffer, builds nothing in between.
//
// Compact form, keys in the order visited, strings as valid UTF-8 with deceptive characters escaped. Equal, byte for
// byte, to what `--json` dumps of the same record built as a document (json_document.h), except that a fraction of a
// second is written in plain decimal notation where the document may use an exponent. Threads: one.
#pragma once
#include "src/output/record.h"
#include "src/output/text_buffer.h"

namespace handlens {

class JsonWriter final : public RecordVisitor {
 public:
  // Appends to `out`, which must outlive the writer.
  explicit JsonWriter(TextBuffer& out) : out_(out) {}

  void begin_object(Key key) override;
  void end_object() override;
  void begin_array(Key key) override;
  void end_array() override;
  void text(Key key, std::string_view raw) override;
  void word(Key key, std::string_view clean) override;
  void number(Key key, std::uint64_t value) override;
  void signed_number(Key key, std::int64_t value) override;
  void boolean(Key key, bool value) override;
  void seconds(Key key, std::int64_t nanoseconds) override;

 private:
  // Writes what stands in front of the value. Behind it is room for a value of so many bytes.
  [[nodiscard]] char* begin_value(Key key, std::size_t bytes);
  void begin(Key key, char bracket);
  void end(char bracket);

  TextBuffer& out_;
  bool needs_comma_ = false;
};

}  // namespace handlens
