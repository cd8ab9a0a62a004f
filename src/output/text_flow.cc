#include "src/output/text_flow.h"

#include <fmt/format.h>

#include "dissectors/tls_dissect.h"
#include "src/output/flow_timing.h"
#include "src/output/network_text.h"
#include "src/output/record.h"
#include "src/output/text_escape.h"
#include "src/output/text_width.h"
#include "src/output/time_text.h"

namespace handlens {
namespace {

constexpr std::string_view kIndent = "      ";

// "TLS 1.3, TLS_AES_256_GCM_SHA384, x25519 (offered h2, http/1.1)"
std::string negotiated_text(const FlowReport& report) {
  const TlsFacts& tls = report.tls;
  if (!tls.server_hello) return {};
  const tls::ServerHello& hello = tls.server_hello->hello;
  std::string out = version_text(hello.version) + ", " + tls::cipher_suite_name(hello.cipher_suite);
  if (const auto group = negotiated_group(tls)) out += ", " + tls::group_name(*group);
  if (is_resumed(report).value_or(false)) out += ", resumed";
  if (hello.alpn) return out + " (ALPN " + escape_terminal(*hello.alpn) + ")";
  if (tls.client_hello && !tls.client_hello->hello.alpn.empty()) {
    out += " (offered " + joined_names(tls.client_hello->hello.alpn) + ")";
  }
  return out;
}

std::string timing_text(const AnalyzedFlow& flow) {
  const FlowTiming timing = flow_timing(flow.report);
  std::string out;
  const auto add = [&out](std::string_view what) {
    if (!out.empty()) out += "   ";
    out += what;
  };
  if (const auto tcp = timing.syn_to_ack ? timing.syn_to_ack : timing.syn_to_syn_ack) {
    add("TCP " + duration_text(*tcp));
  }
  if (timing.client_hello_to_established) add("TLS " + duration_text(*timing.client_hello_to_established));
  if (timing.established_to_first_response) {
    add("first byte " + duration_text(*timing.established_to_first_response));
  }
  add(ending_text(flow));
  if (flow.outcome.ended_by == EndedBy::capture_end && is_silent(flow.report)) {
    out += fmt::format(" for {:.1f} s", static_cast<double>(flow.report.quiet_ns) / 1e9);
  }
  return out;
}

// The judgement in words that can be searched for: nothing depends on the symbol or its colour.
std::string status_text(const AnalyzedFlow& flow) {
  const Outcome& outcome = flow.outcome;
  std::string out = fmt::format("{} at {}; confidence: {}", to_text(outcome.status), to_text(outcome.stage),
                                to_text(outcome.confidence));
  const std::string& id = shown_finding(flow);
  if (!id.empty()) out += "   [" + escape_terminal(id) + "]";
  return out;
}

}  // namespace

std::string outcome_sentence(const AnalyzedFlow& flow) {
  if (!flow.outcome.sentence.empty()) return escape_terminal(flow.outcome.sentence);
  return fmt::format("The connection is {}: {}.", to_text(flow.outcome.status), ending_text(flow));
}

std::string flow_block(const AnalyzedFlow& flow, const Style& style) {
  const FlowReport& report = flow.report;
  const Attention level = attention(flow);
  const Symbol mark = symbol(level);
  std::string head = fmt::format("#{}  {} → {}", report.id, endpoint_text(report.client), endpoint_text(report.server));
  // That no ClientHello was sent is worth saying only where one could have been, and was seen not to be.
  const bool is_telling =
      report.tls.client_hello || report.is_tls || (level == Attention::failed && flow.outcome.stage != Stage::syn);
  std::string name = network_text(report.link);
  if (is_telling && level != Attention::not_tls) {
    const std::string server = server_name_text(report);
    if (!name.empty() && !server.empty()) name += "  ";
    name += server;
  }
  std::string out = style.paint(mark.ink, mark.text) + " " + style.paint(Ink::bold, head);
  if (!name.empty()) {
    const bool fits = 2 + text_width(head) + 2 + text_width(name) <= style.width;
    out += fits ? "  " + name : fmt::format("\n{}{}", kIndent, name);
  }
  out += '\n';
  const std::string sentence = outcome_sentence(flow);
  out += wrap(kIndent, sentence, style.width);
  if (flow.outcome.status == Status::ok) {
    const std::string negotiated = negotiated_text(report);
    const bool is_said =
        report.tls.server_hello &&
        sentence.find(tls::cipher_suite_name(report.tls.server_hello->hello.cipher_suite)) != std::string::npos;
    if (!negotiated.empty() && !is_said) out += wrap(kIndent, negotiated, style.width);
  }
  if (level != Attention::ok) out += wrap(kIndent, status_text(flow), style.width);
  out += wrap(kIndent, timing_text(flow), style.width);
  return style.ascii ? to_ascii(out) : out;
}

}  // namespace handlens
