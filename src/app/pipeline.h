// From a source through the engine to a sink, in one thread; the exit code.
#pragma once
#include <cstdint>

#include "src/app/options.h"
#include "src/capture/packet_source.h"
#include "src/engine/engine.h"
#include "src/output/output_buffer.h"
#include "src/output/sink.h"

namespace handlens {

// Exit codes of the program, see `handlens --help`.
enum ExitCode : int {
  kOk = 0,
  kFindings = 1,
  kUsage = 2,
  kBadInput = 3,
  kPartlyRead = 4,
  kNoPermission = 5,
  kInternal = 70
};

// Between the engine and a sink: lets selected flows pass and remembers what the exit code depends on.
class SelectingSink final : public FlowSink {
 public:
  // All must outlive it; `sink` may be null (nothing is printed).
  SelectingSink(const Selection& selection, const FailOn& fail_on, Sink* sink)
      : selection_(selection), fail_on_(fail_on), sink_(sink) {}
  void on_flow(AnalyzedFlow&& flow) override;
  [[nodiscard]] bool has_failed() const { return has_failed_; }
  [[nodiscard]] std::uint64_t selected() const { return selected_; }

 private:
  const Selection& selection_;
  const FailOn& fail_on_;
  Sink* sink_;
  bool has_failed_ = false;
  std::uint64_t selected_ = 0;
};

// True if one of the flow's findings (or a failed outcome without findings) is what --fail-on names.
[[nodiscard]] bool meets(const AnalyzedFlow& flow, const FailOn& fail_on);

// What a failed write makes of the exit code, told on standard error. A closed pipe is the reader's decision (| head),
// not an error. `path`: what is written to, "" for standard output.
[[nodiscard]] int output_code(const OutputBuffer& out, const std::string& path);

// Both throw CaptureError if the input cannot be opened at all.
[[nodiscard]] int run_files(const Options& options);
[[nodiscard]] int run_live(const Options& options);

}  // namespace handlens
