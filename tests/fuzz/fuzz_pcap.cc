// The whole program on any bytes as a capture: reader, engine, records and text.
//
// Invariants beyond "no crash": those of tests/support/whole_run.h.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "src/capture/capture_reader.h"
#include "tests/support/whole_run.h"

namespace {

std::uint64_t feed(handlens::CaptureReader& reader, handlens::testing::WholeRun& run) {
  constexpr std::uint64_t kEnough = 20'000;  // compressed input of a few bytes may hold gigabytes of packets
  std::array<handlens::RawPacket, 16> batch;
  std::uint64_t packets = 0;
  std::size_t count = 0;
  while (packets < kEnough && (count = reader.next(batch)) != 0) {
    run.on_batch(std::span<const handlens::RawPacket>(batch.data(), count));
    packets += count;
  }
  return packets;
}

// Small limits, so that small inputs meet them.
handlens::Limits small_limits(std::uint8_t choice) {
  handlens::Limits limits;
  if ((choice & 1) == 0) return limits;
  limits.max_flows = 4;
  limits.events_head = 8;
  limits.events_tail = 4;
  limits.kept_rst = limits.kept_fin = 2;
  limits.stream.reorder_segments = 4;
  limits.stream.reorder_bytes = 512;
  limits.stream.window_bytes = 1024;
  limits.stream.history_bytes = 256;
  limits.fragment_datagrams = 3;
  limits.fragment_bytes = 2048;
  return limits;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  handlens::OpenFailure failure;
  const auto reader = handlens::open_capture(handlens::read_memory(handlens::ByteView(data, size)), failure);
  if (!reader) return 0;
  handlens::testing::WholeRun run(small_limits(data[size - 1]));
  const std::uint64_t packets = feed(*reader, run);
  run.finish();
  const std::string complaint = run.counters().packets == packets ? run.complaint() : "packets were lost";
  if (complaint.empty()) return 0;
  std::fprintf(stderr, "%s\n", complaint.c_str());
  std::abort();
}
