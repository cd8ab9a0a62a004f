#include "src/app/pipeline.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <thread>

#include "src/app/heap_watch.h"
#include "src/app/judge.h"
#include "src/app/name_list.h"
#include "src/app/program_info.h"
#include "src/app/progress.h"
#include "src/app/report_queue.h"
#include "src/app/selecting_sink.h"
#include "src/app/shards.h"
#include "src/app/standard_error.h"
#include "src/output/explain_sink.h"
#include "src/output/json_sink.h"
#include "src/output/text_escape.h"
#include "src/output/text_sink.h"
#include "src/output/text_words.h"

namespace handlens {
namespace {

constexpr std::size_t kBatch = 64;                   // packets between two looks at anything else
constexpr std::uint64_t kExplained = 10;             // flows that explain shows when none was chosen
constexpr std::size_t kLiveFlows = 65'536;           // open flows when nobody said otherwise
constexpr std::uint64_t kWorthSharing = 64'000'000;  // bytes of input; less is done before more threads would help

// Where records go; owns the descriptor unless it is standard output.
class Destination {
 public:
  explicit Destination(const std::string& path) {
    if (path.empty()) return;
    descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor_ >= 0) return;
    const int error = errno;
    throw CaptureError(error == EACCES || error == EPERM ? kNoPermission : kBadInput,
                       fmt::format("{}: cannot write: {}", escape_terminal(path), std::strerror(error)));
  }
  ~Destination() {
    if (descriptor_ != STDOUT_FILENO) ::close(descriptor_);
  }
  Destination(const Destination&) = delete;
  Destination& operator=(const Destination&) = delete;
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = STDOUT_FILENO;
};

std::unique_ptr<Sink> make_sink(const Options& options, int descriptor, OutputBuffer& out) {
  const bool live = options.command == Command::live;
  if (options.format != Format::text) {
    const JsonSinkOptions json{{options.certificates}, program_info(), live};
    return options.format == Format::json ? make_json_sink(json, out) : make_ndjson_sink(json, out);
  }
  if (options.quiet) return nullptr;
  const Style style = make_style(options.color, options.ascii, look_at(descriptor));
  if (options.command == Command::explain)
    return make_explain_sink(style, options.selection.is_everything() ? kExplained : 0, out);
  TextOptions text{style, options.verbose, live || options.line_buffered, {}};
  if (!live && options.inputs.size() == 1 && options.inputs.front() != "-") text.input = options.inputs.front();
  return make_text_sink(text, out);
}

int report_problems(const PacketSource& source) {
  int code = kOk;
  for (const PacketSource::Problem& problem : source.problems()) {
    complain("handlens: {}\n", escape_terminal(problem.text));
    code = std::max(code, problem.exit_code);
  }
  return code;
}

Limits make_limits(const Options& options) {
  Limits limits;
  limits.tls.keep_certificate_der = options.certificates;
  limits.max_flows = options.max_flows;
  limits.max_memory = options.max_memory;
  if (options.command == Command::live && options.max_flows == 0) limits.max_flows = kLiveFlows;
  return limits;
}

// Live: flows are written as they end.
class AtOnce final : public RenderedSink {
 public:
  explicit AtOnce(Sink* sink) : sink_(sink) {}
  void put(const RenderedFlow& flow) override {
    if (sink_ != nullptr && flow.selected) sink_->take(flow);  // a word is not selected
  }

 private:
  Sink* sink_;
};

// Signal handlers may touch nothing else. The source lives as long as the handlers are installed.
std::atomic<LiveSource*> live_source{nullptr};
std::atomic<bool> interrupted{false};

extern "C" void on_stop_signal(int) {
  interrupted = true;
  if (LiveSource* source = live_source.load()) source->stop();
}

// The first Ctrl-C ends the input and lets the summary appear; SA_RESETHAND makes the second one end the program.
class StopOnSignals {
 public:
  // `source`: the capture to stop; null for files.
  explicit StopOnSignals(LiveSource* source) {
    interrupted = false;
    live_source = source;
    struct sigaction action {};
    action.sa_handler = on_stop_signal;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
  }
  ~StopOnSignals() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    live_source = nullptr;
  }
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;
};

// What writes into our standard input has met the same Ctrl-C and ends by itself: its last packets are waited for.
bool must_stop(const Options& options) {
  return interrupted && std::find(options.inputs.begin(), options.inputs.end(), "-") == options.inputs.end();
}

LiveOptions live_options(const Options& options) {
  LiveOptions live;
  live.interface = options.interface;
  live.filter = options.filter;
  live.snaplen = options.snaplen;
  if (options.buffer_bytes) live.buffer_bytes = *options.buffer_bytes;
  live.promiscuous = options.promiscuous;
  live.packet_limit = options.packet_limit;
  return live;
}

// The inputs that lists name stand behind those of the command line.
Options with_lists(Options options) {
  for (const std::string& list : options.lists) {
    const std::vector<std::string> names = read_name_list(list);
    options.inputs.insert(options.inputs.end(), names.begin(), names.end());
  }
  return options;
}

}  // namespace

int output_code(const OutputBuffer& out, const std::string& path) {
  if (out.good() || out.error_number() == EPIPE) return kOk;
  complain("handlens: {}: cannot write: {}\n", path.empty() ? "standard output" : escape_terminal(path),
           std::strerror(out.error_number()));
  return kBadInput;
}

// With a limit on memory those that wait take at most a quarter of it.
std::size_t held_flows(const Limits& limits) {
  constexpr std::size_t kHeldFlowBytes = 8192;  // with its packets, events and hellos, as they usually are
  return limits.max_memory == 0 ? kHeldFlows : std::min(kHeldFlows, limits.max_memory / 4 / kHeldFlowBytes);
}

// Reads the whole input in this thread. `line_buffered`: null, or where flows are written as they end, not in order.
ShardedRun run_alone(const ShardedInput& input, PacketSource& source, Progress& progress, OutputBuffer* line_buffered) {
  const std::size_t waiting = held_flows(input.limits);
  ReportQueue queue(input.sink, std::min(waiting, kFlowsInOrder));
  AtOnce at_once(input.sink);
  HeapInHugePages heap(input.is_large, HeapInHugePages::Of::main);
  HeapWatch next(heap, line_buffered != nullptr ? static_cast<RenderedSink&>(at_once) : queue);
  const std::unique_ptr<FlowRenderer> renderer = input.sink != nullptr ? input.sink->make_renderer() : nullptr;
  SelectingSink selecting(*input.selection, *input.fail_on, renderer.get(), next,
                          input.sink != nullptr && input.sink->may_put_failed_last());
  JudgingSink judging(selecting, line_buffered != nullptr, waiting, kKeptBriefs);
  Judge judge(1);
  Engine engine(input.limits, judging);
  std::array<RawPacket, kBatch> batch;
  const auto good = [&] { return input.sink == nullptr || input.sink->good(); };
  while (!source.ended() && good() && !input.must_stop()) {
    const std::size_t count = source.next_batch(batch);
    engine.on_batch(std::span<const RawPacket>(batch.data(), count));
    heap.follow();
    if (line_buffered != nullptr) line_buffered->flush();
    progress.update(source, engine.counters().packets);
  }
  ShardedRun run;
  run.cut_short = !source.ended() && good();
  engine.finish(run.cut_short);
  CaptureCounters seen = engine.counters();
  seen.files = source.files();
  if (line_buffered == nullptr) queue.put(word_of(kAllTold));
  judge.finish(judging, seen);
  engine.finish_late();
  run.problem = queue.finish();
  run.counters = engine.counters();
  run.counters.judgement = judge.take_judgement();
  run.selected = selecting.selected();
  run.has_failed = selecting.has_failed();
  return run;
}

std::size_t choose_workers(const Options& options, const PacketSource& source) {
  // Which flow is evicted depends on all that are open: one engine must know them.
  if (options.max_flows != 0 || options.max_memory != 0 || options.line_buffered) return 1;
  if (!source.can_be_read_again()) return 1;
  if (options.workers != 0) return options.workers;
  if (source.progress().total < kWorthSharing) return 1;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostWorkers);
}

int run_files(const Options& given) {
  const Options options = with_lists(given);
  const StopOnSignals stop_on_signals(nullptr);
  const FileInputs inputs{options.inputs, options.filter, options.separate};
  const std::unique_ptr<PacketSource> source = open_files(inputs);
  const Destination destination(options.output);
  OutputBuffer out(destination.descriptor());
  const std::unique_ptr<Sink> sink = make_sink(options, destination.descriptor(), out);
  Progress progress(!options.quiet);
  const ShardedInput input{.inputs = inputs,
                           .limits = make_limits(options),
                           .selection = &options.selection,
                           .fail_on = &options.fail_on,
                           .sink = sink.get(),
                           .is_large = source->progress().total >= kWorthSharing,
                           .must_stop = [&options] { return must_stop(options); }};
  const std::size_t workers = choose_workers(options, *source);
  ShardedRun run;
  if (workers > 1) {
    run = run_sharded(input, workers, *source, progress);
  } else {
    run = run_alone(input, *source, progress, options.line_buffered ? &out : nullptr);
  }
  progress.clear();
  run.counters.files = source->files();
  if (sink) sink->finish(run.counters);

  int input_code = report_problems(*source);
  if (!run.problem.empty()) complain("handlens: {}\n", run.problem);
  if (run.is_incomplete) input_code = std::max<int>(input_code, kPartlyRead);
  if (run.cut_short) {
    complain("handlens: interrupted: {} read, the rest of the input was not looked at\n",
             count_text(run.counters.packets, "packet"));
    input_code = std::max<int>(input_code, kPartlyRead);
  }
  const int write_code = output_code(out, options.output);
  if (options.selects_flows && run.selected == 0 && out.good()) {
    complain("handlens: --flow: the input has {}, none with this id\n", count_text(run.counters.flows, "flow"));
    return std::max<int>(input_code, kUsage);
  }
  if (input_code != kOk || write_code != kOk) return std::max(input_code, write_code);
  return run.has_failed ? kFindings : kOk;
}

int run_live(const Options& options) {
  const std::unique_ptr<LiveSource> source = open_live(live_options(options));
  const Destination destination(options.output);
  OutputBuffer out(destination.descriptor());
  const std::unique_ptr<Sink> sink = make_sink(options, destination.descriptor(), out);
  const std::unique_ptr<FlowRenderer> renderer = sink ? sink->make_renderer() : nullptr;
  AtOnce at_once(sink.get());
  SelectingSink selecting(options.selection, options.fail_on, renderer.get(), at_once);
  JudgingSink judging(selecting, true, 0, 0);
  Judge judge(1);
  Engine engine(make_limits(options), judging);
  if (!options.quiet) {
    complain("handlens: listening on {}. Ctrl-C for a summary.\n", escape_terminal(options.interface));
  }

  {
    const StopOnSignals stop_on_signals(source.get());
    const auto start = std::chrono::steady_clock::now();
    auto last_packet = start;
    std::array<RawPacket, kBatch> batch;
    while (!source->ended() && out.good()) {
      const std::size_t count = source->next_batch(batch);
      const auto now = std::chrono::steady_clock::now();
      if (count > 0) {
        engine.on_batch(std::span<const RawPacket>(batch.data(), count));
        last_packet = now;
      } else {
        engine.on_silence(std::chrono::nanoseconds(now - last_packet).count());
      }
      const std::chrono::nanoseconds elapsed = now - start;
      if (interrupted || (options.duration > 0 && elapsed.count() >= options.duration)) break;
    }
  }
  engine.finish(true);
  judge.finish(judging, engine.counters());
  CaptureCounters counters = engine.counters();
  counters.files = source->files();
  const LiveCounters kernel = source->counters();
  counters.received = kernel.received;
  counters.dropped_kernel = kernel.dropped_kernel;
  counters.dropped_interface = kernel.dropped_interface;
  if (sink) sink->finish(counters);

  const int input_code = report_problems(*source);
  const int write_code = output_code(out, options.output);
  if (input_code != kOk || write_code != kOk) return std::max(input_code, write_code);
  return selecting.has_failed() ? kFindings : kOk;
}

}  // namespace handlens
