// The blocks of all histories of one shard: used again as they come back, the last one first, while it is in the cache.
// Bounded by what the connections may keep. Threads: belongs to one shard.
#pragma once
#include <memory>
#include <vector>

#include "src/flow/huge_pages.h"
#include "src/tcp/history.h"

namespace handlens {

class HistoryPool final : public HistoryBlocks {
 public:
  [[nodiscard]] Block* take() override {
    if (free_.empty()) grow();
    Block* const block = free_.back();
    free_.pop_back();
    return block;
  }
  void give_back(Block* block) override { free_.push_back(block); }

 private:
  static constexpr std::size_t kFew = 16, kMany = kHugePage / kSize;
  struct FreeBlocks {
    std::size_t count = 0;
    void operator()(Block* memory) const { HugeAllocator<Block>().deallocate(memory, count); }
  };

  // Not cleared: a block is written before it is read.
  void grow() {
    const std::size_t count = memory_.size() < 4 ? kFew : kMany;
    memory_.emplace_back(HugeAllocator<Block>().allocate(count), FreeBlocks{count});
    for (std::size_t i = count; i > 0; --i) free_.push_back(std::construct_at(memory_.back().get() + (i - 1)));
  }

  std::vector<std::unique_ptr<Block, FreeBlocks>> memory_;
  std::vector<Block*> free_;
};

}  // namespace handlens
