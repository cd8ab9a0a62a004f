// The blocks of all histories of one shard: used again as they come back, the last one first, while it is in the cache.
// Bounded by what the connections may keep. Threads: belongs to one shard.
#pragma once
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
  using Memory = std::vector<Block, HugeAllocator<Block>>;

  void grow() {
    memory_.emplace_back(memory_.size() < 4 ? kFew : kMany);
    Memory& more = memory_.back();
    for (std::size_t i = more.size(); i > 0; --i) free_.push_back(&more[i - 1]);
  }

  std::vector<Memory> memory_;
  std::vector<Block*> free_;
};

}  // namespace handlens
