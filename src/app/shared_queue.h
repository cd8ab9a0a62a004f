// Rendered flows on their way from several shards into one order: a ReportQueue that they take turns with.
//
// Whoever puts a flow also does what follows from it: brings waiting flows into the temporary file, writes those whose
// turn has come. A shard that finds another one at that keeps its flows, up to a bound, and goes on; so it waits only
// for work that takes longer than its own.
// Threads: SharedQueue's functions may be called by anyone; a ShardOutput belongs to one shard.
#pragma once
#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>

#include "src/app/report_queue.h"
#include "src/output/sink.h"

namespace handlens {

class SharedQueue {
 public:
  // `queue` and its sink, which may be null, must outlive it; nobody else uses them meanwhile.
  SharedQueue(ReportQueue& queue, const Sink* sink) : queue_(queue), sink_(sink) {}
  // False: what the sink wrote did not arrive, nor will anything else: the queue has closed itself.
  [[nodiscard]] bool good() const { return is_good_; }
  // What is put from now on is dropped.
  void close();

 private:
  friend class ShardOutput;
  void put(const RenderedFlow& flow);
  void put_all(std::string& encoded);

  std::mutex mutex_;
  ReportQueue& queue_;
  const Sink* sink_;
  bool is_closed_ = false;
  std::atomic<bool> is_good_{true};
};

class ShardOutput final : public RenderedSink {
 public:
  // `bytes`: of flows that are kept while another shard is at the queue, in up to twice as much memory.
  ShardOutput(SharedQueue& shared, std::size_t bytes) : shared_(shared), limit_(bytes) {}
  void put(const RenderedFlow& flow) override;
  // Puts what is kept; waits for the queue if need be.
  void flush();

 private:
  SharedQueue& shared_;
  std::size_t limit_;
  std::string kept_;  // encoded flows
};

}  // namespace handlens
