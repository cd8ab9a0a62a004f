// A flow that can be had whole, with all its facts and judgements, by whoever needs them.
#pragma once
#include "src/findings/finding.h"

namespace handlens {

class WholeFlow {
 public:
  virtual ~WholeFlow() = default;
  // At most once.
  [[nodiscard]] virtual AnalyzedFlow make() = 0;
};

}  // namespace handlens
