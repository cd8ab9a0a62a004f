#include "src/output/explain_sink.h"

#include <fmt/format.h>

#include <algorithm>

#include "dissectors/tls_dissect.h"
#include "src/output/community_id.h"
#include "src/output/first_of.h"
#include "src/output/flow_timing.h"
#include "src/output/ladder.h"
#include "src/output/network_text.h"
#include "src/output/record.h"
#include "src/output/text_escape.h"
#include "src/output/text_flow.h"
#include "src/output/text_words.h"
#include "src/output/time_text.h"

namespace handlens {
namespace {

constexpr std::size_t kLabelWidth = 11;
constexpr std::size_t kListed = 12;  // entries of one list

// A paragraph under a label in the left margin; the label only on the first one of a section.
class Section {
 public:
  Section(std::string label, const Style& style, std::string& out)
      : label_(std::move(label)), style_(style), out_(out) {}
  void line(const std::string& text) {
    std::string margin = label_;
    margin.resize(std::max(kLabelWidth, label_.size() + 1), ' ');
    std::string wrapped = wrap(margin, text, style_.width);
    if (!label_.empty()) wrapped = style_.paint(Ink::bold, label_) + wrapped.substr(label_.size());
    out_ += wrapped;
    label_.clear();
  }

 private:
  std::string label_;
  const Style& style_;
  std::string& out_;
};

std::string title(const AnalyzedFlow& flow, const Style& style) {
  const FlowReport& report = flow.report;
  std::string out =
      style.paint(Ink::bold, fmt::format("Flow #{}", report.id)) + "  " + community_id(report.client, report.server);
  if (const std::string network = network_text(report.link); !network.empty()) out += "  " + network;
  const auto& hello = report.tls.client_hello;
  if (hello && !hello->hello.sslv2_format) out += "  JA4 " + escape_terminal(tls::ja4(hello->hello).hash);
  if (hello && hello->hello.server_name) out += "\nSNI " + escape_terminal(*hello->hello.server_name);
  return out + "\n\n";
}

std::string ending_words(const AnalyzedFlow& flow) {
  switch (flow.outcome.ended_by) {
    case EndedBy::fin:
      return "FIN";
    case EndedBy::rst:
      return "RST";
    case EndedBy::alert:
      return "TLS alert";
    case EndedBy::timeout:
      return flow.outcome.apparent_sender ? "silence, then given up" : "silence";
    case EndedBy::icmp:
      return "ICMP error";
    case EndedBy::capture_end:
      break;
  }
  return "nothing that was captured (" + no_ending_text(flow.report) + ")";
}

void verdict(const AnalyzedFlow& flow, const Style& style, std::string& out) {
  const Outcome& outcome = flow.outcome;
  Section section("Verdict", style, out);
  section.line(outcome_sentence(flow));
  section.line(fmt::format("Status: {}   Stage: {}", to_text(outcome.status), to_text(outcome.stage)));
  std::string facts = "Ended by: " + ending_words(flow);
  if (outcome.apparent_sender) facts += fmt::format(" from the {}'s address", to_text(*outcome.apparent_sender));
  if (outcome.ending_frame) facts += fmt::format(" (#{})", *outcome.ending_frame);
  section.line(facts);
  std::string cause = fmt::format("Cause: {}", to_text(outcome.cause));
  if (outcome.location) cause += fmt::format(", {}", to_text(*outcome.location));
  section.line(cause + fmt::format("   Confidence: {}", to_text(outcome.confidence)));
  if (!outcome.primary.empty()) section.line("Finding: " + escape_terminal(outcome.primary));
}

void list(const std::string& label, const std::vector<std::string>& items, const Style& style, std::string& out) {
  Section section(label, style, out);
  for (std::size_t i = 0; i < std::min(items.size(), kListed); ++i) section.line(escape_terminal(items[i]));
  if (items.size() > kListed) section.line(fmt::format("and {} more", items.size() - kListed));
}

void evidence(const Finding& finding, const Style& style, std::string& out) {
  Section section("Evidence", style, out);
  std::size_t number = 0;
  for (const Evidence& item : finding.evidence) {
    if (++number > kListed) break;
    std::string text = fmt::format("{}. {}", number, escape_terminal(item.text));
    if (item.frame) text += fmt::format(" (#{})", *item.frame);
    text += fmt::format("  [{}", to_text(item.weight));
    if (!item.speaks_for.empty()) text += ", for: " + spaced(escape_terminal(item.speaks_for));
    text += ']';
    section.line(text);
  }
}

void finding_text(const Finding& finding, bool is_primary, const Style& style, std::string& out) {
  if (!is_primary) {
    Section section("Also", style, out);
    section.line(escape_terminal(finding.sentence));
    section.line(fmt::format("{}, {}, confidence {}", escape_terminal(finding.id), to_text(finding.severity),
                             to_text(finding.confidence)));
  }
  evidence(finding, style, out);
  list("Against", finding.against, style, out);
  list("Next", finding.next_steps, style, out);
  list("In logs", finding.seen_as, style, out);
}

// "2026-08-21T23:37:12Z" as people read it.
std::string plain_time(std::string rfc) {
  std::replace(rfc.begin(), rfc.end(), 'T', ' ');
  if (!rfc.empty() && rfc.back() == 'Z') rfc.pop_back();
  return rfc;
}

void certificate(const std::string& label, const TlsFacts::Chain& chain, const FlowReport& report, const Style& style,
                 std::string& out) {
  if (chain.certificates.empty()) return;
  const tls::Certificate& leaf = *chain.certificates.front();
  Section section(label, style, out);
  if (!leaf.decoded) {
    section.line("not readable: " + escape_terminal(leaf.error));
    return;
  }
  section.line(escape_terminal(leaf.subject));
  section.line("issuer " + escape_terminal(leaf.issuer) + (leaf.self_signed ? ", self-issued" : ""));
  const std::string start = rfc3339(report.first.time).substr(0, 19);
  std::string validity = fmt::format("valid {} → {} UTC", escape_terminal(plain_time(leaf.not_before)),
                                     escape_terminal(plain_time(leaf.not_after)));
  if (leaf.not_after.substr(0, 19) < start) validity += ", expired when this was captured";
  if (leaf.not_before.substr(0, 19) > start) validity += ", not yet valid when this was captured";
  section.line(validity);
  std::string names;
  for (std::size_t i = 0; i < std::min(leaf.dns_names.size(), kListed); ++i) {
    names += (i == 0 ? "" : ", ") + escape_terminal(leaf.dns_names[i]);
  }
  if (leaf.dns_names.size() > kListed) names += fmt::format(" and {} more", leaf.dns_names.size() - kListed);
  if (!names.empty()) section.line("names " + names);
  if (chain.certificates.size() > 1)
    section.line(fmt::format("{} certificates in the chain", chain.certificates.size()));
}

void notes(const FlowReport& report, const Style& style, std::string& out) {
  Section section("Note", style, out);
  const TlsFacts& tls = report.tls;
  if (tls.server_hello && tls::is_tls13_family(tls.server_hello->hello.version)) {
    section.line("In TLS 1.3 the certificates and the chosen ALPN are encrypted: this capture cannot show them.");
  }
  if (report.midstream) section.line("The capture begins in the middle of this connection.");
  if (report.one_sided) {
    section.line(fmt::format("No packet of the {} is in the capture.", to_text(*report.one_sided)));
  }
  for (const Side side : {Side::client, Side::server}) {
    const SideFacts& facts = report.facts(side);
    if (facts.lost_bytes > 0) {
      section.line(
          fmt::format("{} of the {} are missing in the capture.", count_text(facts.lost_bytes, "byte"), to_text(side)));
    }
    if (facts.snaplen_cut) {
      section.line(fmt::format("Packets of the {} were cut by the snap length: capture with -s 0.", to_text(side)));
    }
    if (facts.captured_twice > 0) {
      section.line(fmt::format("Packets of the {} are in the capture twice.", to_text(side)));
    }
    if (facts.out_of_window > 0) {
      section.line(fmt::format("{} carrying the {}'s address lay too far from the stream and were not followed.",
                               count_text(facts.out_of_window, "packet"), to_text(side)));
    }
    if (facts.overlaps_conflicting > 0) {
      section.line(fmt::format(
          "Packets carrying the {}'s address held different bytes for the same place in the stream.", to_text(side)));
    }
  }
  if (flow_timing(report).clock_went_back) {
    section.line("The capture's clock went back during this connection: durations across that point are left out.");
  }
  if (tls.malformed) section.line("Some TLS bytes could not be decoded.");
  if (report.events_elided > 0) {
    section.line(
        fmt::format("{} from the middle of the timeline are not shown.", count_text(report.events_elided, "event")));
  }
  if (report.cut_short != CutShort::none) {
    section.line(fmt::format("The flow was closed early ({}).", to_text(report.cut_short)));
  }
}

class ExplainRenderer final : public FlowRenderer {
 public:
  ExplainRenderer(const Style& style, std::uint64_t limit) : style_(style), first_(limit) {}
  [[nodiscard]] RenderedFlow render(const AnalyzedFlow& flow) override {
    text_ = first_.may_show(flow.report.id) ? explanation(flow, style_) : std::string();
    return {.id = flow.report.id, .selected = true, .kind = {}, .finding = {}, .text = text_};
  }

 private:
  Style style_;
  FirstOf first_;
  std::string text_;
};

class ExplainSink final : public Sink {
 public:
  ExplainSink(const Style& style, std::uint64_t limit, OutputBuffer& out) : style_(style), limit_(limit), out_(out) {}
  [[nodiscard]] std::unique_ptr<FlowRenderer> make_renderer() const override {
    return std::make_unique<ExplainRenderer>(style_, limit_);
  }
  void take(const RenderedFlow& flow) override {
    if (++flows_ > limit_ && limit_ > 0) return;
    if (flows_ > 1) out_.append("\n");
    out_.append(flow.text);
  }
  void finish(const CaptureCounters& counters) override {
    if (flows_ == 0) {
      out_.append(counters.flows == 0 ? "There is no TCP connection in the capture: there is nothing to explain.\n"
                                      : fmt::format("None of {} was selected.\n", count_text(counters.flows, "flow")));
    } else if (limit_ > 0 && flows_ > limit_) {
      out_.append(fmt::format("\n{} not shown: choose with --flow ID, -Y EXPR or --only problems.\n",
                              count_text(flows_ - limit_, "more flow")));
    }
    out_.flush();
  }
  [[nodiscard]] bool good() const override { return out_.good(); }
  [[nodiscard]] int error_number() const override { return out_.error_number(); }

 private:
  Style style_;
  std::uint64_t limit_, flows_ = 0;
  OutputBuffer& out_;
};

}  // namespace

std::string explanation(const AnalyzedFlow& flow, const Style& style) {
  const FlowReport& report = flow.report;
  std::string out = title(flow, style);
  out += ladder(flow, style);
  out += '\n';
  verdict(flow, style, out);
  for (std::size_t i = 0; i < flow.findings.size(); ++i) {
    const bool is_primary = i == 0 && flow.findings[i].id == flow.outcome.primary;
    finding_text(flow.findings[i], is_primary, style, out);
  }
  list("To be sure", flow.outcome.would_settle, style, out);
  const std::size_t client = index(report.tls_client());
  certificate("Certificate", report.tls.chains[1 - client], report, style, out);
  certificate("Client cert", report.tls.chains[client], report, style, out);
  notes(report, style, out);
  return style.ascii ? to_ascii(out) : out;
}

std::unique_ptr<Sink> make_explain_sink(const Style& style, std::uint64_t limit, OutputBuffer& out) {
  return std::make_unique<ExplainSink>(style, limit, out);
}

}  // namespace handlens
