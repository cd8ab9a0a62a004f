// Delivered bytes of one direction, kept to compare what comes again with them: from offset 0 on, without holes.
//
// In blocks that are given out and taken back by the shard: most connections keep a few kilobytes, and for a short
// time. Threads: belongs to one shard.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dissectors/byte_reader.h"

namespace handlens {

// Where blocks come from. Outlives all that took blocks from it.
class HistoryBlocks {
 public:
  static constexpr std::size_t kSize = 4096;
  using Block = std::array<std::uint8_t, kSize>;
  virtual ~HistoryBlocks() = default;
  [[nodiscard]] virtual Block* take() = 0;  // never null; its bytes may be anything
  virtual void give_back(Block* block) = 0;
};

class History {
 public:
  // Null: blocks come from operator new.
  explicit History(HistoryBlocks* source = nullptr) : source_(source) {}
  ~History() { clear(); }
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  [[nodiscard]] std::size_t size() const { return size_; }
  // Memory that is kept.
  [[nodiscard]] std::size_t held_bytes() const {
    return blocks_.size() * HistoryBlocks::kSize + blocks_.capacity() * sizeof(HistoryBlocks::Block*);
  }
  void append(ByteView bytes);
  // Whether `bytes` are those kept from `offset` on. REQUIRES: offset + bytes.size() <= size()
  [[nodiscard]] bool holds(std::size_t offset, ByteView bytes) const;
  void clear();  // gives the blocks back

 private:
  HistoryBlocks* source_;
  std::vector<HistoryBlocks::Block*> blocks_;
  std::size_t size_ = 0;
};

}  // namespace handlens
