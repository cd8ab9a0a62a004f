// Puts finished flows into the order of their numbers before they leave a shard (offline), or lets them through as they
// come (live). Threads: belongs to one shard.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>

#include "src/engine/engine.h"

namespace handlens {

class ReportQueue {
 public:
  ReportQueue(FlowSink& sink, bool in_order) : sink_(&sink), in_order_(in_order) {}

  void put(AnalyzedFlow&& flow) {
    if (!in_order_) {
      sink_->on_flow(std::move(flow));
      return;
    }
    if (flow.report.id == next_) {
      sink_->on_flow(std::move(flow));
      ++next_;
      if (!waiting_.empty()) waiting_.pop_front();
    } else {
      const std::size_t place = flow.report.id - next_;
      if (place >= waiting_.size()) waiting_.resize(place + 1);
      waiting_[place] = std::make_unique<AnalyzedFlow>(std::move(flow));
    }
    while (!waiting_.empty() && waiting_.front()) {
      sink_->on_flow(std::move(*waiting_.front()));
      waiting_.pop_front();
      ++next_;
    }
  }

 private:
  FlowSink* sink_;
  bool in_order_;
  std::uint64_t next_ = 1;
  std::deque<std::unique_ptr<AnalyzedFlow>> waiting_;  // waiting_[i] is number next_ + i
};

}  // namespace handlens
