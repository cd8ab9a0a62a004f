// One input analysed by several threads, each of which reads it whole and takes the flows that are its own.
//
// Every shard has its own source, engine and renderer and shares nothing with the others but four things that lock:
// SharedNumbers (flow ids), SharedQueue (rendered flows in their order), Judge (what waits for the end of the input)
// and the place where all stop when the run is interrupted. The caller's thread is the first shard's. The output is
// byte for byte that of one thread.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "src/app/options.h"
#include "src/app/progress.h"
#include "src/capture/packet_source.h"
#include "src/engine/limits.h"
#include "src/output/sink.h"
#include "src/timeline/counters.h"

namespace handlens {

// What a run of files works with. Everything pointed at outlives the run.
struct ShardedInput {
  FileInputs inputs;
  Limits limits;
  const Selection* selection = nullptr;
  const FailOn* fail_on = nullptr;
  Sink* sink = nullptr;             // null: nothing is shown
  bool is_large = false;            // much memory will be wanted, as far as can be known
  std::function<bool()> must_stop;  // called by every shard
};

struct ShardedRun {
  CaptureCounters counters;
  bool cut_short = false;      // stopped before the end of the input
  bool is_incomplete = false;  // as `problem` says
  std::uint64_t selected = 0;
  bool has_failed = false;
  std::string problem;  // for standard error; "" if there is none
};

// `first` is the source of the first shard; its files and problems stand for the run. Throws what a shard threw.
// REQUIRES: workers > 1, first.can_be_read_again().
[[nodiscard]] ShardedRun run_sharded(const ShardedInput& input, std::size_t workers, PacketSource& first,
                                     Progress& progress);

}  // namespace handlens
