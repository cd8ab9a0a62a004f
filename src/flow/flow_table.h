// The table of flows: an index of 8-byte entries over an arena of 64-byte records.
//
// It knows keys and slots, not contents: what a flow is doing stands in the record's open part, which belongs to the
// engine. The hash is only a hash: a flow is found by its full key. Records never move; slots are reused after erase.
// Prefetch first (prefetch_index, then prefetch_record) and look up afterwards when working on a batch.
// Threads: belongs to one shard. Memory: 64 bytes a flow and 8 to 16 bytes of index.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "src/flow/flow_key.h"
#include "src/flow/huge_pages.h"

namespace handlens {

enum class FlowState : std::uint8_t { unused, deferred, open, settled };
// Decides after how much silence a flow is over; see engine/limits.h.
enum class TimeoutClass : std::uint8_t { half_open, closed, idle };

// One cache line. `payload` is a handle whose meaning depends on `state`: deferred packets, or an open flow. Of a
// settled one it and `number` hold what packets of later files are compared with (engine/captured_again.h).
struct FlowRecord {
  FlowKey key;
  std::int64_t last_ns = 0;  // time of the newest packet
  std::uint32_t hash = 0;
  std::uint32_t payload = 0;
  std::uint32_t number = 0;  // 1-based, in order of first packets
  FlowState state = FlowState::unused;
  TimeoutClass timeout = TimeoutClass::half_open;
  std::uint8_t first_sender = 0;  // index into key.address of the first packet's sender
  std::uint8_t deferred_count = 0;
};
static_assert(sizeof(FlowRecord) == 64);

class FlowTable {
 public:
  using Slot = std::uint32_t;
  static constexpr Slot kNone = 0xffff'ffffu;

  explicit FlowTable(std::uint64_t seed);

  [[nodiscard]] std::uint32_t hash(const FlowKey& key) const { return hash_key(key, seed_); }
  void prefetch_index(std::uint32_t hash) const { __builtin_prefetch(&index_[hash & mask_]); }
  void prefetch_record(std::uint32_t hash) const;

  [[nodiscard]] Slot find(const FlowKey& key, std::uint32_t hash) const;
  // REQUIRES: the key is not in the table.
  Slot insert(const FlowKey& key, std::uint32_t hash);
  void erase(Slot slot);

  [[nodiscard]] FlowRecord& record(Slot slot) { return records_.at(slot); }
  [[nodiscard]] const FlowRecord& record(Slot slot) const { return records_.at(slot); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] Slot slots() const { return records_.size(); }  // every slot below may hold a record

 private:
  struct Entry {
    std::uint32_t hash = 0;
    std::uint32_t slot = kNone;
  };
  void grow();
  void place(Entry entry);
  Slot take_slot();

  struct alignas(64) Line : FlowRecord {};
  std::uint64_t seed_;
  std::size_t size_ = 0;
  std::uint32_t mask_ = 0;
  std::vector<Entry, HugeAllocator<Entry>> index_;
  RecordArena<Line> records_;
  std::vector<Slot> free_;
};

}  // namespace handlens
