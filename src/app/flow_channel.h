// Rendered flows on their way from the shards to the writer: blocks of encoded flows, bounded in bytes.
//
// A shard that finds the channel full waits for the writer; the writer never waits for a particular shard, so that
// cannot lock up. Blocks go back and forth: their memory is used again.
// Threads: push and finish_one by the shards, pop by the writer, close by anyone.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace handlens {

class FlowChannel {
 public:
  FlowChannel(std::size_t producers, std::size_t bytes) : producers_(producers), limit_(bytes) {}

  // Takes the block and gives back an empty one. Waits while the channel is full. False: closed, the block is dropped.
  bool push(std::string& block);
  // This producer pushes no more.
  void finish_one();
  // Gives `block` back and fills it with the next one. Waits for one; false when there will be none.
  bool pop(std::string& block);
  // Nobody will pop any more: push drops what it gets.
  void close();

 private:
  std::mutex mutex_;
  std::condition_variable room_, news_;
  std::deque<std::string> blocks_;
  std::vector<std::string> empty_;
  std::size_t producers_, bytes_ = 0, limit_;
  bool closed_ = false;
};

}  // namespace handlens
