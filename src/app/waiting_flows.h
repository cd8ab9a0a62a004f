// Rendered flows that wait for their turn, found by id.
//
// Up to `limit` bytes of them wait in memory, the rest in a temporary file, so that a connection which stays open for a
// whole capture does not make memory grow with the capture. If no such file can be had, they wait in memory after all;
// problem() says why. Threads: one.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/app/spill_file.h"
#include "src/flow/huge_pages.h"
#include "src/output/rendered_flow.h"

namespace handlens {

class WaitingFlows {
 public:
  explicit WaitingFlows(std::size_t limit) : limit_(limit) {}

  void add(const RenderedFlow& flow);
  // The encoded flow with this id; "" if it is not here. REQUIRES: no flow with a smaller id will be asked for any
  // more. Lives until the next call.
  [[nodiscard]] std::string_view take(std::uint64_t id);
  // The smallest id that waits; 0 if none does.
  [[nodiscard]] std::uint64_t first() const;
  [[nodiscard]] std::size_t held_bytes() const { return held_bytes_; }
  // Why the file could not be used, as a sentence without its subject; "" if it could.
  [[nodiscard]] const std::string& problem() const { return spill_.problem(); }

 private:
  // Memory of flows that wait. They leave in another order than they came: a chunk is used anew when none waits.
  struct Chunk {
    struct Free {
      std::size_t size = 0;
      void operator()(char* memory) const { HugeAllocator<char>().deallocate(memory, size); }
    };
    explicit Chunk(std::size_t size) : bytes(HugeAllocator<char>().allocate(size), Free{size}) {}  // not cleared
    [[nodiscard]] std::size_t left() const { return bytes.get_deleter().size - used; }
    std::unique_ptr<char, Free> bytes;
    std::size_t used = 0;
  };
  [[nodiscard]] char* room_for(std::size_t bytes);
  void spill();
  void clear();
  void compact();

  static constexpr std::size_t kFirstChunk = 64 * 1024;                    // most captures need no more
  static constexpr std::size_t kEntryBytes = 2 * sizeof(SpillFile::Flow);  // beside the flow's own; room to grow

  std::size_t limit_;
  std::vector<SpillFile::Flow> held_;  // in the chunks; a heap: the smallest id is in front
  std::size_t held_bytes_ = 0;
  std::vector<Chunk> chunks_;
  std::size_t filling_ = 0;       // the chunk that takes the next flow
  std::size_t filled_bytes_ = 0;  // of the chunks, also by flows that left, and entries of all of them
  SpillFile spill_;
};

}  // namespace handlens
