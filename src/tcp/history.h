// Delivered bytes of one direction, kept to compare what comes again with them: from offset 0 on, without holes.
//
// In blocks that are given out and taken back by the shard, one behind the other: most connections keep a few
// kilobytes, and for a short time. Threads: belongs to one shard.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dissectors/byte_reader.h"

namespace handlens {

// Where blocks come from. Outlives all that took blocks from it.
class HistoryBlocks {
 public:
  // A request is shorter than one, the answer of a TLS server a few of them.
  struct Block {
    Block* next = nullptr;  // of the same history, or of those that are free
    std::array<std::uint8_t, 1024 - sizeof(void*)> bytes;
  };
  static constexpr std::size_t kSize = sizeof(Block::bytes);  // of stream bytes
  virtual ~HistoryBlocks() = default;
  [[nodiscard]] virtual Block* take() = 0;  // never null, without a next one; its bytes may be anything
  // A chain of blocks, from its first one to its last one.
  virtual void give_back(Block* first, Block* last) = 0;
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
    return (size_ + HistoryBlocks::kSize - 1) / HistoryBlocks::kSize * sizeof(HistoryBlocks::Block);
  }
  void append(ByteView bytes);
  // Whether `bytes` are those kept from `offset` on. REQUIRES: offset + bytes.size() <= size()
  [[nodiscard]] bool holds(std::size_t offset, ByteView bytes) const;
  void clear();  // gives the blocks back

 private:
  void add_block();

  HistoryBlocks* source_;
  HistoryBlocks::Block* first_ = nullptr;
  HistoryBlocks::Block* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace handlens
