// Puts finished flows into the order of their ids, 1, 2, 3 ..., and hands the selected ones to the sink.
//
// A flow waits as long as one with a smaller id is open. Up to kHeldReportBytes wait in memory, the rest in a temporary
// file, so that a connection which stays open for a whole capture does not make memory grow with the capture. If no
// such file can be had, they wait in memory after all and finish() says so. Threads: belongs to the writer.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "src/app/spill_file.h"
#include "src/engine/limits.h"
#include "src/flow/huge_pages.h"
#include "src/output/sink.h"

namespace handlens {

class ReportQueue final : public RenderedSink {
 public:
  // `sink` may be null: nothing is written. It must outlive the queue.
  explicit ReportQueue(Sink* sink, std::size_t held_bytes = kHeldReportBytes) : sink_(sink), limit_(held_bytes) {}

  void put(const RenderedFlow& flow) override;
  // No flow will come any more: writes what is left even if flows before it are missing (an unreadable temporary file).
  // Returns a sentence if more had to wait in memory than should, or if flows are missing; else "".
  std::string finish();
  [[nodiscard]] std::size_t held_bytes() const { return held_bytes_; }
  [[nodiscard]] std::uint64_t next_id() const { return next_; }

 private:
  // Memory of flows that wait. They leave in another order than they came: a chunk is used anew when none waits.
  struct Chunk {
    std::vector<char, HugeAllocator<char>> bytes;
    std::size_t used = 0;
  };
  void write(const RenderedFlow& flow);
  void hold(const RenderedFlow& flow);
  void drain();
  [[nodiscard]] char* room_for(std::size_t bytes);
  void spill();
  void clear();
  void compact();

  static constexpr std::size_t kFirstChunk = 64 * 1024;  // most captures need no more
  static constexpr std::size_t kNodeBytes = 80;          // of the map, beside the flow's own

  Sink* sink_;
  std::size_t limit_;
  std::uint64_t next_ = 1;
  SpillFile::Flows held_;  // in the chunks
  std::size_t held_bytes_ = 0;
  std::vector<Chunk> chunks_;
  std::size_t filling_ = 0;       // the chunk that takes the next flow
  std::size_t filled_bytes_ = 0;  // of the chunks, also by flows that left, and nodes of all of them
  SpillFile spill_;
};

}  // namespace handlens
