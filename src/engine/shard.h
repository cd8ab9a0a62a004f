// Several engines that share one input: each takes the flows whose hash is its own and passes over the packets of the
// others, so that all of them live by the same clock and the same packet numbers.
#pragma once
#include <cstdint>
#include <span>

namespace handlens {

// Gives the flows of all shards one sequence of ids, in order of their first packets. Which id a flow has is known once
// every shard has come as far as its first packet. Threads: every shard calls it from its own.
class FlowNumbers {
 public:
  virtual ~FlowNumbers() = default;
  // Shard `shard` has taken every packet up to number `reached` and in them began flows with these first packets,
  // ascending, each told once. May wait for a shard that is far behind.
  virtual void publish(std::uint32_t shard, std::uint64_t reached, std::span<const std::uint64_t> begun) = 0;
  // The ids of the next flows of this shard, in order of their first packets: fills `ids` as far as they are known and
  // returns how many. Waits until at least `needed` are, but for a run that is given up: then it returns fewer.
  virtual std::size_t take(std::uint32_t shard, std::span<std::uint32_t> ids, std::size_t needed) = 0;
};

struct Shard {
  std::uint32_t index = 0, count = 1;
  std::uint64_t seed = 0;          // of the flow hash, the same for all shards; only used if there are several
  FlowNumbers* numbers = nullptr;  // REQUIRES if there are several: outlives the engine

  // The upper bits choose the shard; the flow table uses the lower ones.
  [[nodiscard]] bool owns(std::uint32_t hash) const {
    return count == 1 || (static_cast<std::uint64_t>(hash) * count) >> 32 == index;
  }
};

}  // namespace handlens
