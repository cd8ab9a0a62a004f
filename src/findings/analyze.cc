#include "src/findings/analyze.h"

#include <utility>

#include "src/findings/attribute.h"
#include "src/findings/ending.h"
#include "src/findings/notes.h"
#include "src/findings/rule.h"

namespace handlens {

namespace {

// What a reset was in the story of its flow, by position alone: the one that ended it, one that followed an ending, or
// one that the connection outlived.
RstVerdict plain_verdict(const FlowReport& flow, const Outcome& outcome, const RstFact& rst) {
  RstVerdict verdict;
  const bool is_ending = outcome.ended_by == EndedBy::rst && outcome.ending_frame == rst.frame;
  if (is_ending) {  // by whom: unknown
    verdict.role = outcome.cause == Cause::none ? RstRole::teardown : RstRole::cause;
    return verdict;
  }
  const bool captured_before = outcome.ending_frame && rst.frame < *outcome.ending_frame;
  const bool sent_before = captured_before && !is_sent_behind(flow, rst.frame, *outcome.ending_frame);
  if (rst.outlived_by || !outcome.ending_frame || sent_before) {
    verdict.role = RstRole::ignored;
    return verdict;
  }
  bool after_fin = captured_before && outcome.ended_by == EndedBy::fin;
  for (const FinFact& fin : flow.tcp.fin) after_fin = after_fin || fin.frame < rst.frame;
  verdict.role = after_fin && outcome.status != Status::failed ? RstRole::teardown : RstRole::consequence;
  return verdict;
}

void tell_facts(AnalyzedFlow& flow) {
  flow.outcome = plain_outcome(flow.report);
  for (const Rule& rule : rules()) {
    if (rule.evaluate != nullptr) rule.evaluate(flow.report, flow.outcome, flow.findings);
  }
  for (const RstFact& rst : flow.report.tcp.rst) {
    flow.rst_verdicts.push_back(plain_verdict(flow.report, flow.outcome, rst));
  }
}

}  // namespace

AnalyzedFlow analyze_facts(FlowReport&& report) {
  AnalyzedFlow out;
  out.report = std::move(report);
  tell_facts(out);
  return out;
}

void judge_alone(AnalyzedFlow& flow) {
  static const CaptureContext nothing;
  judge_with(flow, nothing);
}

void judge_with(AnalyzedFlow& flow, const CaptureContext& context) {
  if (flow.is_judged) {
    flow.findings.clear();
    flow.rst_verdicts.clear();
    tell_facts(flow);
  }
  attribute(flow, context);
  add_notes(flow, context);
  flow.is_judged = true;
  if (flow.findings.empty() || flow.findings.front().is_note) return;
  flow.outcome.primary = flow.findings.front().id;
  flow.outcome.sentence = flow.findings.front().sentence;
}

AnalyzedFlow analyze(FlowReport&& report) {
  AnalyzedFlow out = analyze_facts(std::move(report));
  judge_alone(out);
  return out;
}

}  // namespace handlens
