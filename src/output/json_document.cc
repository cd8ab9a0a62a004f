#include "src/output/json_document.h"

#include <charconv>

#include "src/output/text_escape.h"
#include "src/output/time_text.h"

namespace handlens {

JsonDocument& JsonDocumentBuilder::add(Key key, JsonDocument value) {
  if (open_.empty()) return root_ = std::move(value);
  JsonDocument& parent = *open_.back();
  if (key.empty()) {
    parent.push_back(std::move(value));
    return parent.back();
  }
  return parent[std::string(key)] = std::move(value);
}

void JsonDocumentBuilder::begin_object(Key key) { open_.push_back(&add(key, JsonDocument::object())); }
void JsonDocumentBuilder::end_object() { open_.pop_back(); }
void JsonDocumentBuilder::begin_array(Key key) { open_.push_back(&add(key, JsonDocument::array())); }
void JsonDocumentBuilder::end_array() { open_.pop_back(); }
void JsonDocumentBuilder::text(Key key, std::string_view raw) { add(key, to_valid_utf8(raw)); }
void JsonDocumentBuilder::word(Key key, std::string_view clean) { add(key, std::string(clean)); }
void JsonDocumentBuilder::number(Key key, std::uint64_t value) { add(key, value); }
void JsonDocumentBuilder::signed_number(Key key, std::int64_t value) { add(key, value); }
void JsonDocumentBuilder::boolean(Key key, bool value) { add(key, value); }

void JsonDocumentBuilder::seconds(Key key, std::int64_t nanoseconds) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  if (nanoseconds % kNanoseconds == 0) {
    add(key, nanoseconds / kNanoseconds);
    return;
  }
  // The double nearest to the decimal text, not a quotient: the dump then shows the same digits.
  std::string decimal;
  append_seconds(nanoseconds, decimal);
  double value = 0;
  std::from_chars(decimal.data(), decimal.data() + decimal.size(), value);
  add(key, value);
}

JsonDocument flow_document(const AnalyzedFlow& flow, const RecordOptions& options, RecordMemo& memo) {
  JsonDocumentBuilder builder;
  visit_flow(flow, options, memo, "", builder);
  return builder.take();
}

JsonDocument capture_document(const CaptureCounters& counters, const ProgramInfo& program) {
  JsonDocumentBuilder builder;
  builder.begin_object("");
  visit_capture(counters, program, builder);
  builder.end_object();
  return builder.take();
}

}  // namespace handlens
