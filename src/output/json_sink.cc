#include "src/output/json_sink.h"

#include "src/output/json_document.h"
#include "src/output/json_writer.h"
#include "src/output/text_escape.h"

namespace handlens {
namespace {

class NdjsonSink final : public Sink {
 public:
  NdjsonSink(const JsonSinkOptions& options, OutputBuffer& out) : options_(options), out_(out) {}

  void flow(const AnalyzedFlow& flow) override {
    JsonWriter writer(out_.pending());
    visit_flow(flow, options_.record, memo_, "", writer);
    end_line();
  }

  void finish(const CaptureCounters& counters) override {
    JsonWriter writer(out_.pending());
    writer.begin_object("");
    writer.word("schema", kCaptureSchema);
    visit_capture(counters, options_.program, writer);
    writer.end_object();
    out_.append("\n");
    out_.flush();
  }

  [[nodiscard]] bool good() const override { return out_.good(); }
  [[nodiscard]] int error_number() const override { return out_.error_number(); }

 private:
  void end_line() {
    out_.append("\n");
    if (options_.flush_each_flow) out_.flush();
  }

  JsonSinkOptions options_;
  OutputBuffer& out_;
  RecordMemo memo_;
};

class JsonSink final : public Sink {
 public:
  JsonSink(const JsonSinkOptions& options, OutputBuffer& out) : options_(options), out_(out) {}

  void flow(const AnalyzedFlow& flow) override {
    if (first_) begin();
    out_.append(first_ ? "\n" : ",\n");
    first_ = false;
    out_.append(escape_deceptive(flow_document(flow, options_.record, memo_).dump()));
    if (options_.flush_each_flow) out_.flush();
  }

  void finish(const CaptureCounters& counters) override {
    if (first_) begin();
    out_.append("\n],\"capture\":");
    out_.append(escape_deceptive(capture_document(counters, options_.program).dump()));
    out_.append("}\n");
    out_.flush();
  }

  [[nodiscard]] bool good() const override { return out_.good(); }
  [[nodiscard]] int error_number() const override { return out_.error_number(); }

 private:
  void begin() {
    out_.append("{\"schema\":\"");
    out_.append(kCaptureSchema);
    out_.append("\",\"flows\":[");
  }

  JsonSinkOptions options_;
  OutputBuffer& out_;
  RecordMemo memo_;
  bool first_ = true;
};

}  // namespace

std::unique_ptr<Sink> make_ndjson_sink(const JsonSinkOptions& options, OutputBuffer& out) {
  return std::make_unique<NdjsonSink>(options, out);
}

std::unique_ptr<Sink> make_json_sink(const JsonSinkOptions& options, OutputBuffer& out) {
  return std::make_unique<JsonSink>(options, out);
}

}  // namespace handlens
