// The sinks that write JSON: one record a line, or one document.
#pragma once
#include <memory>

#include "src/output/output_buffer.h"
#include "src/output/record.h"
#include "src/output/sink.h"

namespace handlens {

struct JsonSinkOptions {
  RecordOptions record;
  ProgramInfo program;
  bool flush_each_flow = false;  // live: a reader at the other end of the pipe sees each record at once
};

// `--ndjson`: a line for each flow; the last line is the capture object. `out` must outlive the sink.
[[nodiscard]] std::unique_ptr<Sink> make_ndjson_sink(const JsonSinkOptions& options, OutputBuffer& out);
// `--json`: {"schema":..., "flows":[...], "capture":{...}}, written flow by flow: `capture` comes last because it is
// known last.
[[nodiscard]] std::unique_ptr<Sink> make_json_sink(const JsonSinkOptions& options, OutputBuffer& out);

}  // namespace handlens
