// Puts finished flows into the order of their ids, 1, 2, 3 ..., and hands the selected ones to the sink.
//
// A flow waits as long as one with a smaller id is open. What failed is judged when the input has ended: its place is
// kept for it, so that all flows behind it wait for the end as well. Of a capture with more than `in_order` flows it
// comes behind the others instead, if the sink allows that: then only what failed waits. Which of the two depends on
// nothing but the number of flows. What failed is announced by a word (RenderedFlow::is_word) and comes when the input
// has ended, or sooner if there was no room for it to wait: then it waits here. Threads: one at a time.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "src/app/waiting_flows.h"
#include "src/engine/limits.h"
#include "src/output/sink.h"

namespace handlens {

class ReportQueue final : public RenderedSink {
 public:
  // `sink` may be null: nothing is written. It must outlive the queue. `in_order`: at most as many flows as one
  // engine lets wait to be judged: then what failed and does not wait shows by its id that the capture is large.
  // `engines`: how many tell flows.
  explicit ReportQueue(Sink* sink, std::uint64_t in_order = kFlowsInOrder, std::size_t held_bytes = kHeldReportBytes,
                       std::size_t engines = 1);

  void put(const RenderedFlow& flow) override;
  // No flow will come any more: writes what is left even if flows before it are missing (an unreadable temporary file).
  // Returns a sentence if more had to wait in memory than should, or if flows are missing; else "".
  std::string finish();
  [[nodiscard]] std::size_t held_bytes() const { return waiting_.held_bytes() + failed_.held_bytes(); }
  [[nodiscard]] std::uint64_t next_id() const { return next_; }

 private:
  void write(const RenderedFlow& flow);
  void drain();
  void announce(std::uint64_t id);
  void put_failed(const RenderedFlow& flow);
  [[nodiscard]] std::uint64_t next_failed();
  [[nodiscard]] bool is_announced(std::uint64_t id) const { return id < announced_.size() && announced_[id]; }
  void write_all(WaitingFlows& flows);

  Sink* sink_;
  std::uint64_t in_order_;
  std::uint64_t next_ = 1;
  std::uint64_t next_failed_ = 1;  // no failed flow before it is missing in the output
  bool is_missing_ = false;        // a flow that was here cannot be written
  bool is_large_ = false;          // failed flows come last
  std::size_t engines_;            // that still tell what does not wait for the end
  std::vector<bool> announced_;    // by id: failed flows, for which the others do not wait if the capture is large
  WaitingFlows waiting_, failed_;
};

}  // namespace handlens
