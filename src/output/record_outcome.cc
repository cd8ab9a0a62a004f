// The timeline and the judgements of the record: `events`, `outcome`, `findings`.
#include "dissectors/icmp.h"
#include "src/output/json_writer.h"
#include "src/output/record.h"
#include "src/output/record_texts.h"

namespace handlens {
namespace {

template <class Out>
void visit_notes(const Event& event, Out& out) {
  const bool has_note = event.note != Event::Note::none;
  const bool has_tls_note = event.tls_note != TlsEvent::Note::none;
  if (has_note) out.word("note", to_text(event.note));
  if (has_tls_note) out.word(has_note ? "tls_note" : "note", to_text(event.tls_note));
}

template <class Out>
void visit_event(const FlowReport& report, const Event& event, Out& out) {
  out.begin_object("");
  out.number("frame", event.frame);
  out.seconds("t", event.time.ns - report.first.time.ns);
  out.word("from", to_text(report.side(event.from)));
  out.word("kind", to_text(event.kind));
  visit_notes(event, out);
  if (event.kind == EventKind::alert) {
    out.word("level", tls::alert_level_name(event.code_a));
    out.word("description", tls::alert_name(event.code_b));
    out.number("code", event.code_b);
  } else if (event.kind == EventKind::icmp_unreachable) {
    out.number("icmp_type", event.code_a);
    out.number("icmp_code", event.code_b);
    out.text("icmp", icmp_text(event.icmp_v6, event.code_a, event.code_b));
    if (event.size > 0) out.number("mtu", event.size);
  }
  if (event.size > 0 && event.kind != EventKind::icmp_unreachable) out.number("size", event.size);
  if (event.likely != TlsEvent::Likely::none) {
    out.word("likely", to_text(event.likely));
    out.word("confidence", to_text(Confidence::likely));
  }
  if (event.decode_failed) out.boolean("malformed", true);
  out.end_object();
}

template <class Out>
void visit_outcome(const Outcome& outcome, Out& out) {
  out.begin_object("outcome");
  out.word("status", to_text(outcome.status));
  out.word("stage", to_text(outcome.stage));
  out.word("ended_by", to_text(outcome.ended_by));
  if (outcome.apparent_sender) out.word("apparent_sender", to_text(*outcome.apparent_sender));
  if (outcome.ending_frame) out.number("frame", *outcome.ending_frame);
  out.word("cause", to_text(outcome.cause));
  if (outcome.location) out.word("location", to_text(*outcome.location));
  out.word("confidence", to_text(outcome.confidence));
  if (!outcome.primary.empty()) out.text("primary", outcome.primary);
  if (!outcome.sentence.empty()) out.text("sentence", outcome.sentence);
  if (!outcome.ooni_failure.empty()) out.text("ooni_failure", outcome.ooni_failure);
  visit_texts("would_settle", outcome.would_settle, out);
  out.end_object();
}

template <class Out>
void visit_evidence(const Evidence& evidence, Out& out) {
  out.begin_object("");
  out.text("rule", evidence.rule);
  out.word("weight", to_text(evidence.weight));
  if (!evidence.speaks_for.empty()) out.text("for", evidence.speaks_for);
  if (evidence.frame) out.number("frame", *evidence.frame);
  out.text("text", evidence.text);
  out.end_object();
}

template <class Out>
void visit_finding(const Finding& finding, Out& out) {
  out.begin_object("");
  out.text("id", finding.id);
  out.word("severity", to_text(finding.severity));
  out.word("confidence", to_text(finding.confidence));
  out.begin_array("frames");
  for (const std::uint64_t frame : finding.frames) out.number("", frame);
  out.end_array();
  out.text("sentence", finding.sentence);
  out.begin_array("evidence");
  for (const Evidence& evidence : finding.evidence) visit_evidence(evidence, out);
  out.end_array();
  if (!finding.against.empty()) {
    out.begin_array("against");
    for (const std::string& text : finding.against) {
      out.begin_object("");
      out.text("text", text);
      out.end_object();
    }
    out.end_array();
  }
  visit_texts("next_steps", finding.next_steps, out);
  visit_texts("seen_as", finding.seen_as, out);
  out.end_object();
}

}  // namespace

template <class Out>
void walk_events(const FlowReport& report, Out& out) {
  out.begin_array("events");
  for (const Event& event : report.events) visit_event(report, event, out);
  out.end_array();
  if (report.events_elided > 0) out.number("events_elided", report.events_elided);
}

template <class Out>
void walk_judgement(const AnalyzedFlow& flow, Out& out) {
  visit_outcome(flow.outcome, out);
  out.begin_array("findings");
  for (const Finding& finding : flow.findings) visit_finding(finding, out);
  out.end_array();
}

void visit_events(const FlowReport& report, RecordVisitor& out) { walk_events(report, out); }
void visit_events(const FlowReport& report, JsonWriter& out) { walk_events(report, out); }
void visit_judgement(const AnalyzedFlow& flow, RecordVisitor& out) { walk_judgement(flow, out); }
void visit_judgement(const AnalyzedFlow& flow, JsonWriter& out) { walk_judgement(flow, out); }

}  // namespace handlens
