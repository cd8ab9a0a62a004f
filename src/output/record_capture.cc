// The `capture` object of the record: the run as a whole.
#include "src/output/record.h"
#include "src/output/time_text.h"

namespace handlens {
namespace {

void visit_files(const std::vector<InputFile>& files, RecordVisitor& out) {
  out.begin_array("files");
  for (const InputFile& file : files) {
    out.begin_object("");
    out.text("name", file.name);
    if (!file.format.empty()) out.text("format", file.format);
    out.number("packets", file.packets);
    out.number("bytes", file.bytes);
    out.begin_array("link_types");
    for (const std::string& name : file.link_types) out.text("", name);
    out.end_array();
    if (file.dropped > 0) out.number("dropped", file.dropped);
    if (!file.truncated.empty()) out.text("truncated", file.truncated);
    out.end_object();
  }
  out.end_array();
}

void visit_undecodable(const CaptureCounters& counters, RecordVisitor& out) {
  out.begin_object("undecodable");
  for (std::size_t i = 0; i < counters.undecodable.size(); ++i) {
    if (counters.undecodable[i] > 0) out.number(to_text(static_cast<Undecodable>(i)), counters.undecodable[i]);
  }
  out.end_object();
}

void visit_drops(const CaptureCounters& counters, RecordVisitor& out) {
  if (counters.received) out.number("received", *counters.received);
  std::uint64_t dropped = counters.dropped_kernel.value_or(0) + counters.dropped_interface.value_or(0);
  for (const InputFile& file : counters.files) dropped += file.dropped;
  if (dropped > 0 || counters.dropped_kernel || counters.dropped_interface) out.number("dropped", dropped);
  if (counters.dropped_kernel) out.number("dropped_kernel", *counters.dropped_kernel);
  if (counters.dropped_interface) out.number("dropped_interface", *counters.dropped_interface);
}

void visit_texts(RecordVisitor::Key key, const std::vector<std::string>& texts, RecordVisitor& out) {
  out.begin_array(key);
  for (const std::string& text : texts) out.text("", text);
  out.end_array();
}

void visit_judgement(const CaptureJudgement& judgement, RecordVisitor& out) {
  if (!judgement.vantage.empty()) {
    out.begin_object("vantage");
    out.text("position", judgement.vantage);
    out.text("confidence", judgement.vantage_confidence);
    out.text("why", judgement.vantage_why);
    out.end_object();
  }
  visit_texts("quality", judgement.quality, out);
  out.begin_array("clusters");
  for (const CaptureJudgement::Cluster& cluster : judgement.clusters) {
    out.begin_object("");
    out.text("sentence", cluster.sentence);
    out.begin_array("flows");
    for (const std::uint64_t id : cluster.flows) out.number("", id);
    out.end_array();
    out.text("finding", cluster.finding);
    out.end_object();
  }
  out.end_array();
}

}  // namespace

void visit_capture(const CaptureCounters& counters, const ProgramInfo& program, RecordVisitor& out) {
  visit_files(counters.files, out);
  out.number("packets", counters.packets);
  out.number("bytes", counters.bytes);
  if (counters.first) out.word("first", rfc3339(*counters.first));
  if (counters.last) out.word("last", rfc3339(*counters.last));
  visit_drops(counters, out);
  out.number("flows", counters.flows);
  out.number("not_tcp", counters.not_tcp);
  out.number("fragments", counters.fragments);
  out.number("icmp_unmatched", counters.icmp_unmatched);
  visit_undecodable(counters, out);
  out.number("evicted_flows", counters.evicted_flows);
  out.number("late_packets", counters.late_packets);
  out.number("time_backwards", counters.time_backwards);
  if (counters.beyond_network_limit > 0) out.number("beyond_network_limit", counters.beyond_network_limit);
  visit_judgement(counters.judgement, out);
  out.begin_object("handlens");
  out.text("version", program.version);
  out.text("libpcap", program.libpcap);
  out.text("openssl", program.openssl);
  out.end_object();
}

}  // namespace handlens
