// One sequence of flow ids for all shards: the flows of every shard, merged by their first packets.
//
// A first packet gets its id when every shard has told that it is past that packet. A shard that began kUnnumberedFlows
// flows which are still without id waits for the others. Nobody waits in a circle: whoever waits has told how far it
// is, waits for a shard that is not so far, and the one furthest behind has all its ids.
// Threads: all of its functions may be called by every shard and by the thread that runs them.
#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

#include "src/engine/limits.h"
#include "src/engine/shard.h"

namespace handlens {

class SharedNumbers final : public FlowNumbers {
 public:
  explicit SharedNumbers(std::size_t shards, std::size_t unnumbered = kUnnumberedFlows)
      : limit_(unnumbered), parts_(shards) {}

  void publish(std::uint32_t shard, std::uint64_t reached, std::span<const std::uint64_t> begun) override;
  std::size_t take(std::uint32_t shard, std::span<std::uint32_t> ids, std::size_t needed) override;
  // The run is given up: nobody waits any more.
  void give_up();

 private:
  struct Part {
    std::uint64_t reached = 0;
    std::deque<std::uint64_t> begun;  // first packets without id
    std::deque<std::uint32_t> ids;    // of those that have one, until they are taken
  };
  void number();

  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable moved_;
  std::vector<Part> parts_;
  std::uint32_t next_ = 1;
  bool given_up_ = false;
};

}  // namespace handlens
