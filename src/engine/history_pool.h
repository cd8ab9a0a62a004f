// The blocks of all histories of one shard: used again as they come back, the last one first, while it is in the cache.
// Bounded by what the connections may keep. Threads: belongs to one shard.
#pragma once
#include <memory>
#include <new>
#include <vector>

#include "src/flow/huge_pages.h"
#include "src/tcp/history.h"

namespace handlens {

class HistoryPool final : public HistoryBlocks {
 public:
  [[nodiscard]] Block* take() override {
    if (free_ == nullptr) grow();
    Block* const block = free_;
    free_ = block->next;
    block->next = nullptr;
    __builtin_prefetch(free_, 1);  // it is the next one to be written
    return block;
  }
  void give_back(Block* first, Block* last) override {
    last->next = free_;
    free_ = first;
  }

 private:
  static constexpr std::size_t kFew = 64, kMany = kHugePage / sizeof(Block);
  struct FreeBlocks {
    std::size_t count = 0;
    void operator()(Block* memory) const { HugeAllocator<Block>().deallocate(memory, count); }
  };

  // The bytes are not cleared: they are written before they are read.
  void grow() {
    const std::size_t count = memory_.size() < 4 ? kFew : kMany;
    memory_.emplace_back(HugeAllocator<Block>().allocate(count), FreeBlocks{count});
    for (std::size_t i = count; i > 0; --i) {
      auto* const block = ::new (memory_.back().get() + (i - 1)) Block;
      give_back(block, block);
    }
  }

  std::vector<std::unique_ptr<Block, FreeBlocks>> memory_;
  Block* free_ = nullptr;  // a chain
};

}  // namespace handlens
