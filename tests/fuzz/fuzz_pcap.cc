// The whole program on any bytes as a capture: reader, engine, records and text.
//
// Invariants beyond "no crash": every line of the records is a JSON document in valid UTF-8; flows come numbered 1 to n
// in order, and as many as were counted; the text for people holds no control character but the end of a line.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "src/capture/capture_reader.h"
#include "src/engine/engine.h"
#include "src/output/explain_sink.h"
#include "src/output/json_sink.h"
#include "src/output/text_sink.h"

namespace {

void check(bool promise) {
  if (!promise) std::abort();
}

// Where a sink writes; memory that looks like a file.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("handlens-fuzz", MFD_CLOEXEC)) { check(descriptor_ >= 0); }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] std::string text() const {
    std::string out(static_cast<std::size_t>(::lseek(descriptor_, 0, SEEK_END)), '\0');
    check(::pread(descriptor_, out.data(), out.size(), 0) == static_cast<ssize_t>(out.size()));
    return out;
  }

 private:
  int descriptor_;
};

class Fan final : public handlens::FlowSink {
 public:
  explicit Fan(std::array<handlens::Sink*, 3> sinks) : sinks_(sinks) {}
  void on_flow(handlens::AnalyzedFlow&& flow) override {
    check(flow.report.id == ++flows_);
    check(flow.rst_verdicts.size() == flow.report.tcp.rst.size() || flow.rst_verdicts.empty());
    for (handlens::Sink* sink : sinks_) sink->flow(flow);
  }
  [[nodiscard]] std::uint64_t flows() const { return flows_; }

 private:
  std::array<handlens::Sink*, 3> sinks_;
  std::uint64_t flows_ = 0;
};

void check_records(const std::string& text, std::uint64_t flows) {
  std::uint64_t lines = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    check(end != std::string::npos);
    const auto line = nlohmann::json::parse(text.begin() + static_cast<std::ptrdiff_t>(at),
                                            text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    check(line.is_object());
    if (++lines <= flows) {
      check(line.at("flow").at("id") == lines);
      check(line.at("outcome").at("status").is_string());
    } else {
      check(line.at("schema") == "handlens.capture/1" && line.at("flows") == flows);
    }
    at = end + 1;
  }
  check(lines == flows + 1);
}

// C1 controls are two bytes in UTF-8: 0xc2 and 0x80 to 0x9f.
void check_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    check((byte >= 0x20 && byte != 0x7f) || byte == '\n');
    if (byte == 0xc2 && i + 1 < text.size()) check(static_cast<unsigned char>(text[i + 1]) >= 0xa0);
  }
}

std::uint64_t feed(handlens::CaptureReader& reader, handlens::Engine& engine) {
  constexpr std::uint64_t kEnough = 20'000;  // compressed input of a few bytes may hold gigabytes of packets
  std::array<handlens::RawPacket, 16> batch;
  std::uint64_t packets = 0;
  std::size_t count = 0;
  while (packets < kEnough && (count = reader.next(batch)) != 0) {
    engine.on_batch(std::span<const handlens::RawPacket>(batch.data(), count));
    packets += count;
  }
  return packets;
}

// Small limits, so that small inputs meet them.
handlens::Limits small_limits(std::uint8_t choice) {
  handlens::Limits limits;
  if ((choice & 1) == 0) return limits;
  limits.max_flows = 4;
  limits.events_head = 8;
  limits.events_tail = 4;
  limits.kept_rst = limits.kept_fin = 2;
  limits.stream.reorder_segments = 4;
  limits.stream.reorder_bytes = 512;
  limits.stream.window_bytes = 1024;
  limits.stream.history_bytes = 256;
  limits.fragment_datagrams = 3;
  limits.fragment_bytes = 2048;
  return limits;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  handlens::OpenFailure failure;
  const auto reader = handlens::open_capture(handlens::read_memory(handlens::ByteView(data, size)), failure);
  if (!reader) return 0;
  MemoryFile records, summary, ladders;
  {
    handlens::OutputBuffer record_out(records.descriptor()), summary_out(summary.descriptor()),
        ladder_out(ladders.descriptor());
    handlens::TextOptions text;
    text.verbose = true;
    const auto ndjson = handlens::make_ndjson_sink({.record = {.certificate_der = true}, .program = {}}, record_out);
    const auto plain = handlens::make_text_sink(text, summary_out);
    const auto explain = handlens::make_explain_sink(handlens::Style{}, 0, ladder_out);
    Fan fan({ndjson.get(), plain.get(), explain.get()});
    handlens::Engine engine(small_limits(data[size - 1]), fan);
    const std::uint64_t packets = feed(*reader, engine);
    engine.finish(false);
    check(engine.counters().packets == packets && engine.counters().flows == fan.flows());
    for (handlens::Sink* sink : {ndjson.get(), plain.get(), explain.get()}) {
      sink->finish(engine.counters());
      check(sink->good());
    }
    record_out.flush();
    check_records(records.text(), fan.flows());
  }
  check_text(summary.text());
  check_text(ladders.text());
  return 0;
}
