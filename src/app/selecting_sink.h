// Between an engine and what is written: lets selected flows pass, renders them, and remembers what the exit code
// depends on.
#pragma once
#include <cstdint>

#include "src/app/judge.h"
#include "src/app/options.h"
#include "src/engine/engine.h"
#include "src/output/rendered_flow.h"

namespace handlens {

// Threads: belongs to the engine's.
class SelectingSink final : public JudgedSink {
 public:
  // All must outlive it. `renderer` may be null (nothing is shown).
  // `failed_last`: as Sink::may_put_failed_last().
  SelectingSink(const Selection& selection, const FailOn& fail_on, FlowRenderer* renderer, RenderedSink& next,
                bool failed_last = false)
      : selection_(selection), fail_on_(fail_on), renderer_(renderer), next_(next), failed_last_(failed_last) {}
  void on_flow(AnalyzedFlow&& flow) override;
  void on_attempt(const FlowAttempt& attempt, WholeFlow& whole) override;
  void on_waiting(std::uint64_t id) override;
  [[nodiscard]] bool takes_failed_last() const override { return failed_last_; }
  [[nodiscard]] bool has_failed() const { return has_failed_; }
  [[nodiscard]] std::uint64_t selected() const { return selected_; }

 private:
  const Selection& selection_;
  const FailOn& fail_on_;
  FlowRenderer* renderer_;
  RenderedSink& next_;
  bool failed_last_;
  bool has_failed_ = false;
  std::uint64_t selected_ = 0;
};

// True if one of the flow's findings (or a failed outcome without findings) is what --fail-on names.
[[nodiscard]] bool meets(const AnalyzedFlow& flow, const FailOn& fail_on);

}  // namespace handlens
