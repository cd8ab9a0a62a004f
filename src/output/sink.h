// What takes finished flows and writes them out. It is called from one thread at a time, in order of the flows' ids,
// where may_put_failed_last() perhaps in two rounds; renderers may work in other threads.
#pragma once
#include <memory>
#include <string>

#include "src/findings/finding.h"
#include "src/output/rendered_flow.h"
#include "src/timeline/counters.h"

namespace handlens {

class Sink {
 public:
  virtual ~Sink() = default;
  // A renderer for one thread. May outlive nothing of the sink.
  [[nodiscard]] virtual std::unique_ptr<FlowRenderer> make_renderer() const = 0;
  // Of a large capture, flows that failed may come behind all others, so that these need not wait for what the rest of
  // the capture has to say about the failed ones.
  [[nodiscard]] virtual bool may_put_failed_last() const { return false; }
  // A selected flow that a renderer of this sink made.
  virtual void take(const RenderedFlow& flow) = 0;
  virtual void finish(const CaptureCounters& counters) = 0;
  // False once the output cannot be written any more (disk full, closed pipe); error_number() says why.
  [[nodiscard]] virtual bool good() const = 0;
  [[nodiscard]] virtual int error_number() const = 0;  // errno of the failed write; EPIPE ends quietly

  // Renders and takes, in one thread.
  void flow(const AnalyzedFlow& flow) {
    if (!renderer_) renderer_ = make_renderer();
    take(renderer_->render(flow));
  }

 private:
  std::unique_ptr<FlowRenderer> renderer_;  // of flow()
};

}  // namespace handlens
