#include "src/app/selecting_sink.h"

#include "src/findings/attribute.h"

namespace handlens {

bool meets(const AnalyzedFlow& flow, const FailOn& fail_on) {
  for (const Finding& finding : flow.findings) {
    if (fail_on.ids.contains(finding.id)) return true;
    const bool is_serious = finding.severity == Severity::error || finding.severity == Severity::warning;
    if (is_serious && fail_on.confidence && finding.confidence <= *fail_on.confidence) return true;
  }
  return flow.outcome.status == Status::failed && fail_on.confidence && flow.outcome.confidence <= *fail_on.confidence;
}

void SelectingSink::on_flow(AnalyzedFlow&& flow) {
  if (!selection_.is_everything() && !selection_.matches(flow)) {
    next_.put({.id = flow.report.id, .selected = false, .kind = {}, .finding = {}, .text = {}});
    return;
  }
  ++selected_;
  if (fail_on_.is_set() && !has_failed_) has_failed_ = meets(flow, fail_on_);
  if (renderer_ == nullptr) return;
  RenderedFlow rendered = renderer_->render(flow);
  rendered.failed = needs_context(flow);
  next_.put(rendered);
}

// Who selects or judges needs to see the whole flow.
void SelectingSink::on_attempt(const FlowAttempt& attempt, WholeFlow& whole) {
  if (!selection_.is_everything() || fail_on_.is_set()) {
    on_flow(whole.make());
    return;
  }
  ++selected_;
  if (renderer_ == nullptr) return;
  RenderedFlow rendered = renderer_->render_attempt(attempt, whole);
  rendered.failed = attempt.is_refused;
  next_.put(rendered);
}

void SelectingSink::on_waiting(std::uint64_t id) { next_.put(word_of(id)); }

}  // namespace handlens
