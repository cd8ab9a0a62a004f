// From a source through the engine to a sink, in one thread or several; the exit code.
#pragma once
#include <string>

#include "src/app/options.h"
#include "src/output/output_buffer.h"

namespace handlens {

// Exit codes of the program, see `handlens --help`.
inline constexpr int kOk = 0, kFindings = 1, kUsage = 2, kBadInput = 3, kPartlyRead = 4, kNoPermission = 5,
                     kInternal = 70;

// What a failed write makes of the exit code, told on standard error. A closed pipe is the reader's decision (| head),
// not an error. `path`: what is written to, "" for standard output.
[[nodiscard]] int output_code(const OutputBuffer& out, const std::string& path);

// Both throw CaptureError if the input cannot be opened at all.
[[nodiscard]] int run_files(const Options& options);
[[nodiscard]] int run_live(const Options& options);

}  // namespace handlens
