// The record as a document that can be looked into: for `--json`, and the measure of the fast writer in the tests.
#pragma once
#include <nlohmann/json.hpp>
#include <vector>

#include "src/output/record.h"

namespace handlens {

using JsonDocument = nlohmann::ordered_json;

// Builds a document from the walk. Threads: one.
class JsonDocumentBuilder final : public RecordVisitor {
 public:
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

  [[nodiscard]] JsonDocument take() { return std::move(root_); }

 private:
  JsonDocument& add(Key key, JsonDocument value);

  JsonDocument root_;
  // From the root to the innermost open container. Only the innermost one grows, so the pointers stay good.
  std::vector<JsonDocument*> open_;
};

[[nodiscard]] JsonDocument flow_document(const AnalyzedFlow& flow, const RecordOptions& options, RecordMemo& memo);
[[nodiscard]] JsonDocument capture_document(const CaptureCounters& counters, const ProgramInfo& program);

}  // namespace handlens
