// From what stood on the command line to the captures to read: directories walked, files recognised by content and
// ordered by their first packet.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/capture/capture_reader.h"

namespace handlens {

// One capture to read. Regular files are opened when their turn comes, so that a thousand of them need one descriptor;
// streams (standard input, pipes) can be opened only once and carry their reader.
struct InputCapture {
  std::string path;  // "-": standard input
  bool streamed = false;
  bool compressed = false;
  std::uint64_t size = 0;                 // 0: unknown
  std::optional<Timestamp> first;         // of the first packet, if it was looked at
  std::unique_ptr<CaptureReader> reader;  // already open, or null
};

struct InputList {
  std::vector<InputCapture> captures;
  std::vector<PacketSource::Problem> problems;
};

// Never throws for a single bad input: those become problems.
[[nodiscard]] InputList list_inputs(const FileInputs& inputs);
// Opens a capture for reading; null and `problem` filled if that cannot be done.
[[nodiscard]] std::unique_ptr<CaptureReader> open_input(const std::string& path, PacketSource::Problem& problem);
// "-" is "standard input" in sentences.
[[nodiscard]] std::string input_name(const std::string& path);

}  // namespace handlens
