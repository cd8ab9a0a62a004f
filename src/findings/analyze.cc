#include "src/findings/analyze.h"

#include <utility>

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
  if (rst.outlived_by || !outcome.ending_frame || rst.frame < *outcome.ending_frame) {
    verdict.role = RstRole::ignored;
    return verdict;
  }
  bool after_fin = false;
  for (const FinFact& fin : flow.tcp.fin) after_fin = after_fin || fin.frame < rst.frame;
  verdict.role = after_fin && outcome.status != Status::failed ? RstRole::teardown : RstRole::consequence;
  return verdict;
}

}  // namespace

AnalyzedFlow analyze(FlowReport&& report) {
  AnalyzedFlow out;
  out.report = std::move(report);
  out.outcome = plain_outcome(out.report);
  for (const Rule& rule : rules()) rule.evaluate(out.report, out.outcome, out.findings);
  if (!out.findings.empty()) {
    out.outcome.primary = out.findings.front().id;
    out.outcome.sentence = out.findings.front().sentence;
  }
  for (const RstFact& rst : out.report.tcp.rst) {
    RstVerdict verdict = plain_verdict(out.report, out.outcome, rst);
    if (verdict.role == RstRole::cause && !out.findings.empty()) verdict.rules.push_back(out.findings.front().id);
    out.rst_verdicts.push_back(std::move(verdict));
  }
  return out;
}

}  // namespace handlens
