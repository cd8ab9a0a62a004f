// The heap grows most while flows are finished: it is looked at with each of them.
#pragma once
#include "src/app/heap.h"
#include "src/output/rendered_flow.h"

namespace handlens {

// Threads: the heap's.
class HeapWatch final : public RenderedSink {
 public:
  HeapWatch(HeapInHugePages& heap, RenderedSink& next) : heap_(heap), next_(next) {}
  void put(const RenderedFlow& flow) override {
    heap_.follow();
    next_.put(flow);
  }

 private:
  HeapInHugePages& heap_;
  RenderedSink& next_;
};

}  // namespace handlens
