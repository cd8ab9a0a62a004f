// The flow table, and bytes put in order.
#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "src/flow/flow_table.h"
#include "src/tcp/half_stream.h"

namespace handlens {
namespace {

FlowKey key_of(std::uint32_t number) {
  IpAddress client, server;
  client.bytes = {10, static_cast<std::uint8_t>(number >> 16), static_cast<std::uint8_t>(number >> 8),
                  static_cast<std::uint8_t>(number)};
  server.bytes = {198, 18, 0, 1};
  return make_key(client, static_cast<std::uint16_t>(1024 + number % 64000), server, 443, 0).key;
}

std::unique_ptr<FlowTable> table_of(std::uint32_t flows) {
  auto table = std::make_unique<FlowTable>(1);
  for (std::uint32_t i = 0; i < flows; ++i) {
    const FlowKey key = key_of(i);
    table->insert(key, table->hash(key));
  }
  return table;
}

// Hashes and finds one key, in an order that caches cannot foresee and without fetching ahead: what a packet of a flow
// that was not seen for long costs. `first`: the number of the first key asked for.
void look_up(benchmark::State& state, std::uint32_t first) {
  const auto flows = static_cast<std::uint32_t>(state.range(0));
  const std::unique_ptr<FlowTable> table = table_of(flows);
  std::vector<FlowKey> keys;
  for (std::uint32_t i = 0; i < 4096; ++i) keys.push_back(key_of(first + i * 2'654'435'761u % flows));
  std::size_t at = 0;
  for (auto _ : state) {
    const FlowKey& key = keys[at++ % keys.size()];
    const FlowTable::Slot slot = table->find(key, table->hash(key));
    benchmark::DoNotOptimize(slot);
    if (slot != FlowTable::kNone) benchmark::DoNotOptimize(table->record(slot).last_ns += 1);
  }
}
void FlowTableHit(benchmark::State& state) { look_up(state, 0); }
BENCHMARK(FlowTableHit)->Arg(1'000)->Arg(1'000'000);
void FlowTableMiss(benchmark::State& state) { look_up(state, 8'000'000); }
BENCHMARK(FlowTableMiss)->Arg(1'000)->Arg(1'000'000);

// A batch of 32 as the engine takes it: all fetched ahead, then found.
void FlowTableHitPrefetched(benchmark::State& state) {
  const auto flows = static_cast<std::uint32_t>(state.range(0));
  const std::unique_ptr<FlowTable> table = table_of(flows);
  constexpr std::size_t kBatch = 32;
  std::vector<FlowKey> keys;
  for (std::uint32_t i = 0; i < 128 * kBatch; ++i) keys.push_back(key_of(i * 2'654'435'761u % flows));
  std::uint32_t hashes[kBatch];
  std::size_t batch = 0;
  for (auto _ : state) {
    const FlowKey* key = &keys[batch++ % 128 * kBatch];
    for (std::size_t i = 0; i < kBatch; ++i) table->prefetch_index(hashes[i] = table->hash(key[i]));
    for (const std::uint32_t hash : hashes) table->prefetch_record(hash);
    for (std::size_t i = 0; i < kBatch; ++i) {
      benchmark::DoNotOptimize(table->record(table->find(key[i], hashes[i])).last_ns += 1);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}
BENCHMARK(FlowTableHitPrefetched)->Arg(1'000)->Arg(1'000'000);

// Takes everything; `whole` bytes at a time, as a message that spans segments makes it wait.
class Taker final : public StreamConsumer {
 public:
  explicit Taker(std::size_t whole) : whole_(whole) {}
  std::uint64_t on_window(ByteView window, std::size_t, std::uint64_t) override {
    return window.size() / whole_ * whole_;
  }
  void on_gap(std::uint64_t, bool) override {}
  void on_window_overflow() override {}

 private:
  std::size_t whole_;
};

// One iteration: a segment of 1448 bytes in order. The argument is the size of what the consumer wants whole.
void ReassemblyInOrder(benchmark::State& state) {
  const std::vector<std::uint8_t> payload(1448, 7);
  const StreamLimits limits;
  Taker taker(static_cast<std::size_t>(state.range(0)));
  HalfStream stream;
  stream.set_start(1);
  stream.drop_history();
  std::uint32_t seq = 1;
  std::uint64_t frame = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(stream.accept(seq, payload, 1448, ++frame, limits, taker));
    seq += 1448;
  }
  state.SetBytesProcessed(state.iterations() * 1448);
}
BENCHMARK(ReassemblyInOrder)->Arg(1)->Arg(4344);

// The way of application data: the bytes lie in a region that is skipped.
void ReassemblySkipped(benchmark::State& state) {
  const std::vector<std::uint8_t> payload(1448, 7);
  const StreamLimits limits;
  struct Skipper final : StreamConsumer {
    std::uint64_t on_window(ByteView, std::size_t, std::uint64_t) override { return std::uint64_t{1} << 60; }
    void on_gap(std::uint64_t, bool) override {}
    void on_window_overflow() override {}
  } skipper;
  HalfStream stream;
  stream.set_start(1);
  benchmark::DoNotOptimize(stream.accept(1, payload, 1448, 1, limits, skipper));
  std::uint32_t seq = 1449;
  for (auto _ : state) {
    benchmark::DoNotOptimize(stream.take_skipped(seq, 1448));
    seq += 1448;
  }
}
BENCHMARK(ReassemblySkipped);

}  // namespace
}  // namespace handlens
