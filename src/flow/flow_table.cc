#include "src/flow/flow_table.h"

namespace handlens {

namespace {
constexpr std::size_t kFirstIndexSize = 4096;  // entries, a power of two
}

FlowTable::FlowTable(std::uint64_t seed)
    : seed_(seed), mask_(static_cast<std::uint32_t>(kFirstIndexSize - 1)), index_(kFirstIndexSize) {}

void FlowTable::prefetch_record(std::uint32_t hash) const {
  const Entry& entry = index_[hash & mask_];
  if (entry.slot != kNone) __builtin_prefetch(&record(entry.slot));
}

FlowTable::Slot FlowTable::find(const FlowKey& key, std::uint32_t hash) const {
  for (std::uint32_t at = hash & mask_;; at = (at + 1) & mask_) {
    const Entry& entry = index_[at];
    if (entry.slot == kNone) return kNone;
    if (entry.hash == hash && record(entry.slot).key == key) return entry.slot;
  }
}

FlowTable::Slot FlowTable::insert(const FlowKey& key, std::uint32_t hash) {
  if ((size_ + 1) * 4 > index_.size() * 3) grow();
  const Slot slot = take_slot();
  FlowRecord& r = record(slot);
  r = FlowRecord{};
  r.key = key;
  r.hash = hash;
  place({hash, slot});
  ++size_;
  return slot;
}

FlowTable::Slot FlowTable::take_slot() {
  if (!free_.empty()) {
    const Slot slot = free_.back();
    free_.pop_back();
    return slot;
  }
  records_.add();
  return records_.size() - 1;
}

void FlowTable::place(Entry entry) {
  std::uint32_t at = entry.hash & mask_;
  while (index_[at].slot != kNone) at = (at + 1) & mask_;
  index_[at] = entry;
}

void FlowTable::grow() {
  std::vector<Entry, HugeAllocator<Entry>> old(index_.size() * 2);
  old.swap(index_);
  mask_ = static_cast<std::uint32_t>(index_.size() - 1);
  for (const Entry& entry : old) {
    if (entry.slot != kNone) place(entry);
  }
}

// Closes the hole by moving back what was displaced by it, so that no tombstones are needed.
void FlowTable::erase(Slot slot) {
  FlowRecord& r = record(slot);
  std::uint32_t hole = r.hash & mask_;
  while (index_[hole].slot != slot) hole = (hole + 1) & mask_;
  for (std::uint32_t at = (hole + 1) & mask_; index_[at].slot != kNone; at = (at + 1) & mask_) {
    const std::uint32_t home = index_[at].hash & mask_;
    const bool between = ((at - home) & mask_) >= ((at - hole) & mask_);
    if (!between) continue;
    index_[hole] = index_[at];
    hole = at;
  }
  index_[hole] = Entry{};
  r.state = FlowState::unused;
  free_.push_back(slot);
  --size_;
}

}  // namespace handlens
