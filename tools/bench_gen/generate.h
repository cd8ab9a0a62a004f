// The kinds of large captures, and how their connections are put in order of time.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/bench_gen/capture_out.h"

namespace handlens::bench_gen {

enum class Kind : std::uint8_t { handshakes, bulk, mixed, syn_flood };
[[nodiscard]] std::optional<Kind> kind_named(const std::string& name);

struct Wanted {
  Kind kind = Kind::handshakes;
  std::uint64_t flows = 0, bytes = 0;  // where to stop; 0: not here. Bulk takes both: so many flows of so many bytes
  std::uint64_t seed = 1;
  std::filesystem::path pcaps = "pcaps";
};

struct Written {
  std::uint64_t flows = 0;  // of TCP
};
// Throws std::runtime_error if a source cannot be read or the capture cannot be written.
Written generate(const Wanted& wanted, CaptureOut& out);

// The captures of pcaps/ that are replayed. A flow's server address holds the number of its source in this list.
[[nodiscard]] std::vector<std::string> source_names();

}  // namespace handlens::bench_gen
