// What takes finished flows and writes them out. One writer thread calls it, in order of the flows' ids.
#pragma once
#include <memory>
#include <string>

#include "src/findings/finding.h"
#include "src/timeline/counters.h"

namespace handlens {

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void flow(const AnalyzedFlow& flow) = 0;
  virtual void finish(const CaptureCounters& counters) = 0;
  // False once the output cannot be written any more (disk full, closed pipe); error_number() says why.
  [[nodiscard]] virtual bool good() const = 0;
  [[nodiscard]] virtual int error_number() const = 0;  // errno of the failed write; EPIPE ends quietly
};

}  // namespace handlens
