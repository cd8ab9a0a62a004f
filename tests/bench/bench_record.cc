// From a finished flow to its line of NDJSON, and the way there: the packets of one connection through the engine.
#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>

#include "src/output/json_document.h"
#include "src/output/json_writer.h"
#include "tests/support/engine_run.h"

namespace handlens {
namespace {

// A TLS 1.2 connection: its certificates are readable, so its record is a long one.
const char* const kCapture = "tls12_full.pcap";

AnalyzedFlow sample_flow() {
  testing::Analysis analysis = testing::analyze_packets(testing::read_packets(testing::capture_path(kCapture)));
  if (analysis.flows.size() != 1) throw std::runtime_error("one flow is wanted");
  return std::move(analysis.flows[0]);
}

// Fingerprints come from the memo, as they do when a client was seen before.
void RecordNdjson(benchmark::State& state) {
  const AnalyzedFlow flow = sample_flow();
  RecordMemo memo;
  TextBuffer out;
  for (auto _ : state) {
    out.clear();
    JsonWriter writer(out);
    visit_flow(flow, {}, memo, "", writer);
    benchmark::DoNotOptimize(out.view());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}
BENCHMARK(RecordNdjson);

// The same record as a tree, and the tree as text: what --json does.
void RecordDocument(benchmark::State& state) {
  const AnalyzedFlow flow = sample_flow();
  RecordMemo memo;
  for (auto _ : state) benchmark::DoNotOptimize(flow_document(flow, {}, memo).dump());
}
BENCHMARK(RecordDocument);

// One iteration: a new engine, the 23 packets of one connection, the end. Certificates are parsed every time.
void EngineOneConnection(benchmark::State& state) {
  const testing::Packets packets = testing::read_packets(testing::capture_path(kCapture));
  for (auto _ : state) benchmark::DoNotOptimize(testing::analyze_packets(packets));
}
BENCHMARK(EngineOneConnection);

}  // namespace
}  // namespace handlens
