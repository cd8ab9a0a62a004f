#include "src/app/report_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace handlens {

ReportQueue::ReportQueue(Sink* sink, std::uint64_t in_order, std::size_t held_bytes, std::size_t engines)
    : sink_(sink),
      in_order_(sink != nullptr && sink->may_put_failed_last() ? in_order : std::numeric_limits<std::uint64_t>::max()),
      engines_(engines),
      waiting_(held_bytes),
      failed_(held_bytes / kFailedShare) {}

void ReportQueue::put(const RenderedFlow& flow) {
  if (sink_ == nullptr) return;
  if (flow.is_word && flow.id == kAllTold) {
    --engines_;
    return;
  }
  if (flow.id > in_order_ && !is_large_) {
    is_large_ = true;
    drain();
  }
  if (flow.is_word) {
    announce(flow.id);
  } else if (is_large_ && (flow.failed || is_announced(flow.id))) {
    put_failed(flow);
  } else if (flow.id == next_) {
    write(flow);
    drain();
  } else {
    waiting_.add(flow);
  }
}

void ReportQueue::announce(std::uint64_t id) {
  if (announced_.size() <= id) announced_.resize(std::max<std::uint64_t>(id + 1, announced_.size() * 2));
  announced_[id] = true;
  if (id == next_) drain();
}

// The next failed flow to be written; past all of them if there is none. REQUIRES: all were announced.
std::uint64_t ReportQueue::next_failed() {
  while (next_failed_ < announced_.size() && !announced_[next_failed_]) ++next_failed_;
  return next_failed_;
}

void ReportQueue::put_failed(const RenderedFlow& flow) {
  announce(flow.id);
  if (engines_ > 0 || flow.id != next_failed()) {  // until then a smaller one may fail
    failed_.add(flow);
    return;
  }
  if (flow.selected) sink_->take(flow);
  for (;;) {
    ++next_failed_;
    std::string_view bytes = failed_.take(next_failed());
    if (bytes.empty()) return;
    const RenderedFlow waited = decode(bytes);
    if (waited.selected) sink_->take(waited);
  }
}

void ReportQueue::write(const RenderedFlow& flow) {
  ++next_;
  if (flow.selected) sink_->take(flow);
}

void ReportQueue::drain() {
  for (;;) {
    if (is_large_ && is_announced(next_)) {
      ++next_;
      continue;
    }
    std::string_view bytes = waiting_.take(next_);
    if (bytes.empty()) return;
    write(decode(bytes));
  }
}

// In order of their ids, whatever is missing.
void ReportQueue::write_all(WaitingFlows& flows) {
  while (const std::uint64_t id = flows.first()) {
    std::string_view bytes = flows.take(id);
    if (bytes.empty()) {  // the temporary file cannot be read; what is in memory still can
      is_missing_ = true;
      continue;
    }
    write(decode(bytes));
  }
}

std::string ReportQueue::finish() {
  is_missing_ = waiting_.first() != 0;
  write_all(waiting_);
  write_all(failed_);
  const std::string& problem = waiting_.problem().empty() ? failed_.problem() : waiting_.problem();
  if (problem.empty()) return {};
  if (is_missing_) return fmt::format("some finished connections are missing from the output: {}", problem);
  return fmt::format("finished connections that waited for an older one were kept in memory: {}", problem);
}

}  // namespace handlens
