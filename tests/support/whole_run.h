// Packets through the engine into every output at once, and what must hold of the outputs whatever the packets were.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/engine/engine.h"
#include "src/output/explain_sink.h"
#include "src/output/json_sink.h"
#include "src/output/text_sink.h"

namespace handlens::testing {

// Memory that looks like a file, to write into or to be read as an input.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("handlens-test", MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::runtime_error("memfd_create failed");
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  // A name that opens it anew, from its beginning.
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }
  [[nodiscard]] std::string text() const {
    std::string out(static_cast<std::size_t>(::lseek(descriptor_, 0, SEEK_END)), '\0');
    if (::pread(descriptor_, out.data(), out.size(), 0) != static_cast<ssize_t>(out.size())) {
      throw std::runtime_error("a memory file cannot be read");
    }
    return out;
  }
  void set(std::string_view content) const {
    if (::ftruncate(descriptor_, 0) != 0 ||
        ::pwrite(descriptor_, content.data(), content.size(), 0) != static_cast<ssize_t>(content.size())) {
      throw std::runtime_error("a memory file cannot be written");
    }
  }

 private:
  int descriptor_;
};

class WholeRun {
 public:
  explicit WholeRun(const Limits& limits = {})
      : outputs_(make_outputs()), fan_(*this), engine_(std::make_unique<Engine>(limits, fan_)) {}

  void on_batch(std::span<const RawPacket> batch) { engine_->on_batch(batch); }
  void finish(const std::vector<InputFile>& files = {}) {
    engine_->finish(false);
    CaptureCounters counters = engine_->counters();
    counters.files = files;
    for (Output& output : outputs_) output.sink->finish(counters);
  }
  [[nodiscard]] const CaptureCounters& counters() const { return engine_->counters(); }
  [[nodiscard]] std::uint64_t flows() const { return flows_; }

  // Which promise is broken, "" if none. Flows come numbered 1 to n, and as many as were counted; each line of
  // the records is JSON in UTF-8, and the one document holds the same; text for people is UTF-8 without control
  // characters but the end of a line.
  [[nodiscard]] std::string complaint() const {
    if (!complaint_.empty()) return complaint_;
    if (engine_->counters().flows != flows_) return "flows reported and counted differ";
    for (const Output& output : outputs_) {
      if (!output.sink->good()) return "an output could not be written";
    }
    std::string found = records_complaint(outputs_[0].file->text(), outputs_[1].file->text());
    for (std::size_t i = 2; i < outputs_.size() && found.empty(); ++i) {
      found = text_complaint(outputs_[i].file->text());
    }
    return found;
  }

 private:
  using Json = nlohmann::json;
  struct Output {
    std::unique_ptr<MemoryFile> file = std::make_unique<MemoryFile>();
    std::unique_ptr<OutputBuffer> buffer = std::make_unique<OutputBuffer>(file->descriptor());
    std::unique_ptr<Sink> sink{};
  };
  class Fan final : public FlowSink {
   public:
    explicit Fan(WholeRun& run) : run_(run) {}
    // Flows come as they end; outputs want them in order of their numbers.
    void on_flow(AnalyzedFlow&& flow) override {
      const std::uint64_t id = flow.report.id;
      if (!waiting_.emplace(id, std::move(flow)).second) run_.complaint_ = "two flows with one number";
      for (auto at = waiting_.begin(); at != waiting_.end() && at->first == run_.flows_ + 1; at = waiting_.erase(at)) {
        run_.take(at->second);
      }
    }

   private:
    WholeRun& run_;
    std::map<std::uint64_t, AnalyzedFlow> waiting_;
  };

  static std::array<Output, 4> make_outputs() {
    std::array<Output, 4> out;
    const JsonSinkOptions json{.record = {.certificate_der = true}, .program = {}};
    TextOptions text;
    text.verbose = true;
    out[0].sink = make_ndjson_sink(json, *out[0].buffer);
    out[1].sink = make_json_sink(json, *out[1].buffer);
    out[2].sink = make_text_sink(text, *out[2].buffer);
    out[3].sink = make_explain_sink(Style{}, 0, *out[3].buffer);
    return out;
  }
  void take(const AnalyzedFlow& flow) {
    ++flows_;
    if (!flow.rst_verdicts.empty() && flow.rst_verdicts.size() != flow.report.tcp.rst.size()) {
      complaint_ = "a reset without its verdict";
    }
    for (Output& output : outputs_) output.sink->flow(flow);
  }

  [[nodiscard]] std::string records_complaint(const std::string& lines, const std::string& document) const {
    const Json whole = Json::parse(document, nullptr, false);
    if (!whole.is_object() || !whole.contains("flows")) return "the document is no JSON";
    if (whole.at("flows").size() != flows_) return "the document does not hold every flow";
    std::uint64_t count = 0;
    for (std::size_t at = 0; at < lines.size(); ++count) {
      const std::size_t end = lines.find('\n', at);
      if (end == std::string::npos) return "the last record has no end";
      const Json line = Json::parse(lines.begin() + static_cast<std::ptrdiff_t>(at),
                                    lines.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
      at = end + 1;
      if (!line.is_object()) return "a record is no JSON";
      if (count < flows_) {
        if (line.at("flow").at("id") != count + 1 || !line.at("outcome").at("status").is_string()) {
          return "a record without what every record has";
        }
        if (line != whole.at("flows").at(count)) return "the document and the records differ";
      } else if (line.at("schema") != "handlens.capture/1" || line.at("flows") != flows_) {
        return "the record of the capture is wrong";
      }
    }
    return count == flows_ + 1 ? "" : "not a record for each flow and one for the capture";
  }
  // C1 controls are two bytes in UTF-8: 0xc2 and 0x80 to 0x9f.
  static std::string text_complaint(const std::string& text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if ((byte < 0x20 && byte != '\n') || byte == 0x7f) return "the text holds a control character";
      if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) {
        return "the text holds a C1 control character";
      }
    }
    try {
      (void)Json(text).dump();  // throws on what is not UTF-8
    } catch (const Json::exception&) {
      return "the text is not UTF-8";
    }
    return {};
  }

  std::array<Output, 4> outputs_;  // records, document, summary, ladders
  Fan fan_;
  std::unique_ptr<Engine> engine_;
  std::uint64_t flows_ = 0;
  std::string complaint_;
};

}  // namespace handlens::testing
