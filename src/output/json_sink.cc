#include "src/output/json_sink.h"

#include "src/output/attempt_template.h"
#include "src/output/json_document.h"
#include "src/output/json_writer.h"
#include "src/output/text_escape.h"

namespace handlens {
namespace {

class NdjsonRenderer final : public FlowRenderer {
 public:
  NdjsonRenderer(const RecordOptions& options, TemplateStore& store, SharedTexts& shared)
      : options_(options), shared_(shared), memo_(&shared), attempts_(options, store) {}
  [[nodiscard]] RenderedFlow render(const AnalyzedFlow& flow) override {
    record_.clear();
    JsonWriter writer(record_);
    visit_flow(flow, options_, memo_, "", writer);
    record_.append('\n');
    return {.id = flow.report.id, .selected = true, .kind = {}, .finding = {}, .text = record_.view()};
  }
  [[nodiscard]] RenderedFlow render_attempt(const FlowAttempt& attempt, WholeFlow& whole) override {
    return attempts_.write(attempt, whole, memo_, [this](const AnalyzedFlow& flow) { return render_whole(flow); });
  }

 private:
  // With every text in its place: templates are compared with it.
  [[nodiscard]] RenderedFlow render_whole(const AnalyzedFlow& flow) {
    RenderedFlow rendered = render(flow);
    whole_.clear();
    shared_.expand(rendered.text, whole_);
    rendered.text = whole_.view();
    return rendered;
  }

  RecordOptions options_;
  const SharedTexts& shared_;
  RecordMemo memo_;
  AttemptWriter attempts_;
  TextBuffer record_, whole_;
};

class DocumentRenderer final : public FlowRenderer {
 public:
  explicit DocumentRenderer(const RecordOptions& options) : options_(options) {}
  [[nodiscard]] RenderedFlow render(const AnalyzedFlow& flow) override {
    record_ = escape_deceptive(flow_document(flow, options_, memo_).dump());
    return {.id = flow.report.id, .selected = true, .kind = {}, .finding = {}, .text = record_};
  }

 private:
  RecordOptions options_;
  RecordMemo memo_;
  std::string record_;
};

class NdjsonSink final : public Sink {
 public:
  NdjsonSink(const JsonSinkOptions& options, OutputBuffer& out) : options_(options), out_(out) {}

  [[nodiscard]] std::unique_ptr<FlowRenderer> make_renderer() const override {
    return std::make_unique<NdjsonRenderer>(options_.record, templates_, shared_);
  }
  [[nodiscard]] bool may_put_failed_last() const override { return true; }
  void take(const RenderedFlow& flow) override {
    if (flow.pattern != nullptr) {
      flow.pattern->write(AttemptNumbers::unpack(flow.id, flow.text), texts_, out_.pending());
    } else {
      shared_.expand(flow.text, out_.pending());
    }
    out_.flush_if_full();
    if (options_.flush_each_flow) out_.flush();
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
  JsonSinkOptions options_;
  OutputBuffer& out_;
  mutable TemplateStore templates_;
  mutable SharedTexts shared_;
  AttemptTexts texts_;
};

class JsonSink final : public Sink {
 public:
  JsonSink(const JsonSinkOptions& options, OutputBuffer& out) : options_(options), out_(out) {}

  [[nodiscard]] std::unique_ptr<FlowRenderer> make_renderer() const override {
    return std::make_unique<DocumentRenderer>(options_.record);
  }
  void take(const RenderedFlow& flow) override {
    if (first_) begin();
    out_.append(first_ ? "\n" : ",\n");
    first_ = false;
    out_.append(flow.text);
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
    out_.append(R"({"schema":")");
    out_.append(kCaptureSchema);
    out_.append(R"(","flows":[)");
  }

  JsonSinkOptions options_;
  OutputBuffer& out_;
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
