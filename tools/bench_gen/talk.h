// What takes part in a large capture: a connection or an exchange of datagrams that gives its packets one at a time, so
// that many can be interleaved by time without any of them standing in memory as a whole.
#pragma once
#include <cstdint>
#include <memory>

#include "tools/bench_gen/capture_out.h"

namespace handlens::bench_gen {

class Talk {
 public:
  virtual ~Talk() = default;
  // When its next packet is due; nanoseconds since the beginning of the capture.
  [[nodiscard]] virtual std::int64_t due() const = 0;
  // Writes that packet. False: it was the last one.
  virtual bool write(CaptureOut& out) = 0;
};

}  // namespace handlens::bench_gen
