#include "src/app/shards.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "src/app/flow_numbers.h"
#include "src/app/heap_watch.h"
#include "src/app/judge.h"
#include "src/app/report_queue.h"
#include "src/app/selecting_sink.h"
#include "src/app/shared_queue.h"
#include "src/engine/engine.h"
#include "src/flow/keyed_hash.h"

namespace handlens {
namespace {

constexpr std::size_t kBatch = 128;  // packets between two looks at anything else

// Where all shards stop when the run is interrupted: behind the furthest packet that any of them has begun to take.
// Threads: all of its functions may be called by every shard.
class StopLine {
 public:
  explicit StopLine(std::size_t shards) : admitted_(shards) {}

  // A shard wants to take packets up to `last`; returns up to where it may. A shard that met the end of the input asks
  // for UINT64_MAX: from then on nobody is stopped.
  std::uint64_t admit(std::size_t shard, std::uint64_t last, bool stop) {
    const std::lock_guard lock(mutex_);
    if (stop && !is_decided_) {
      line_ = *std::max_element(admitted_.begin(), admitted_.end());
      is_decided_ = true;
    }
    admitted_[shard] = std::min(last, line_);
    return admitted_[shard];
  }

 private:
  std::mutex mutex_;
  std::vector<std::uint64_t> admitted_;
  std::uint64_t line_ = UINT64_MAX;
  bool is_decided_ = false;
};

// Threads: run_shard runs in the shards' threads, the first of which is the caller's, as is the rest. Each shard has
// its own entry of results_.
class ShardedJob {
 public:
  ShardedJob(const ShardedInput& input, std::size_t workers, PacketSource& first, Progress& progress)
      : input_(input),
        first_(first),
        progress_(progress),
        numbers_(workers),
        ordered_(input.sink, kFlowsInOrder, kHeldReportBytes, workers),
        queue_(ordered_, input.sink),
        stop_line_(workers),
        judge_(workers),
        seed_(random_hash_seed()),
        results_(workers) {}

  ShardedRun run() {
    HeapInHugePages heap(input_.is_large, HeapInHugePages::Of::main);
    std::vector<std::jthread> threads;
    threads.reserve(results_.size());
    try {
      for (std::size_t i = 1; i < results_.size(); ++i) threads.emplace_back([this, i] { run_thread(i); });
    } catch (...) {  // no thread to be had
      give_up();
      throw;
    }
    run_guarded(0, heap);
    threads.clear();  // joins
    for (const Result& result : results_) {
      if (result.error) std::rethrow_exception(result.error);
    }
    return merge();
  }

 private:
  struct Result {
    CaptureCounters counters;
    bool cut_short = false;
    std::uint64_t selected = 0;
    bool has_failed = false;
    std::exception_ptr error;
  };

  // The queue first: what a shard tells without an id must not arrive.
  void give_up() {
    given_up_ = true;
    queue_.close();
    numbers_.give_up();
    judge_.give_up();
  }

  void run_thread(std::size_t index) {
    HeapInHugePages heap(input_.is_large, HeapInHugePages::Of::thread);
    run_guarded(index, heap);
  }

  void run_guarded(std::size_t index, HeapInHugePages& heap) {
    try {
      run_shard(index, heap);
    } catch (...) {
      results_[index].error = std::current_exception();
      give_up();
    }
  }

  void run_shard(std::size_t index, HeapInHugePages& heap) {
    std::unique_ptr<PacketSource> own;
    if (index > 0) own = open_files(input_.inputs);
    PacketSource& source = own ? *own : first_;
    const std::unique_ptr<FlowRenderer> renderer = input_.sink != nullptr ? input_.sink->make_renderer() : nullptr;
    ShardOutput output(queue_, kKeptByShards / results_.size());
    HeapWatch watched(heap, output);
    SelectingSink selecting(*input_.selection, *input_.fail_on, renderer.get(), watched,
                            input_.sink != nullptr && input_.sink->may_put_failed_last());
    JudgingSink judging(selecting, false, kHeldFlows, kKeptBriefs);
    Engine engine(input_.limits, judging,
                  {.index = static_cast<std::uint32_t>(index),
                   .count = static_cast<std::uint32_t>(results_.size()),
                   .seed = seed_,
                   .numbers = &numbers_});
    Result& result = results_[index];
    const bool ended = read(index, source, engine, heap);
    result.has_failed = selecting.has_failed();  // what --fail-on asks for counts, even if nobody reads on
    if (given_up_) return;
    result.cut_short = !ended;
    engine.finish(result.cut_short);
    if (!queue_.good()) {
      give_up();
      return;
    }
    CaptureCounters seen = engine.counters();
    seen.files = source.files();
    output.put(word_of(kAllTold));
    output.flush();  // before any shard tells what waited to be judged
    judge_.finish(judging, seen);
    engine.finish_late();
    output.flush();
    result.counters = engine.counters();
    result.selected = selecting.selected();
    result.has_failed = selecting.has_failed();
  }

  // True if the input was read to its end.
  bool read(std::size_t index, PacketSource& source, Engine& engine, HeapInHugePages& heap) {
    std::array<RawPacket, kBatch> batch;
    while (!given_up_) {
      const std::size_t count = source.next_batch(batch);
      const std::uint64_t last = count == 0 ? UINT64_MAX : batch[count - 1].stamp.number;
      const std::uint64_t line = stop_line_.admit(index, last, input_.must_stop());
      if (count == 0 && line == last) return true;
      std::size_t mine = count;
      while (mine > 0 && batch[mine - 1].stamp.number > line) --mine;
      engine.on_batch(std::span<const RawPacket>(batch.data(), mine));
      if (line < last) return false;
      heap.follow();
      if (!queue_.good()) give_up();
      if (index == 0) progress_.update(source, engine.counters().packets);
    }
    return false;
  }

  // What belongs to packets is the same in every shard; what belongs to flows adds up.
  ShardedRun merge() {
    ShardedRun run;
    run.counters = results_[0].counters;
    run.cut_short = results_[0].cut_short;
    run.problem = ordered_.finish();
    for (const Result& result : results_) run.has_failed = run.has_failed || result.has_failed;
    if (given_up_) return run;
    run.counters.judgement = judge_.take_judgement();
    for (const Result& result : results_) {
      run.selected += result.selected;
      if (&result == results_.data()) continue;
      run.counters.flows += result.counters.flows;
      run.counters.late_packets += result.counters.late_packets;
      run.counters.icmp_unmatched += result.counters.icmp_unmatched;
      run.counters.evicted_flows += result.counters.evicted_flows;
      if (result.counters.packets == run.counters.packets && result.counters.bytes == run.counters.bytes) continue;
      run.is_incomplete = true;
      run.problem = "the input changed while it was read: not every connection was followed to the end; run it again";
    }
    return run;
  }

  const ShardedInput& input_;
  PacketSource& first_;
  Progress& progress_;
  SharedNumbers numbers_;
  ReportQueue ordered_;
  SharedQueue queue_;
  StopLine stop_line_;
  Judge judge_;
  const std::uint64_t seed_;
  std::vector<Result> results_;
  std::atomic<bool> given_up_{false};
};

}  // namespace

ShardedRun run_sharded(const ShardedInput& input, std::size_t workers, PacketSource& first, Progress& progress) {
  return ShardedJob(input, workers, first, progress).run();
}

}  // namespace handlens
