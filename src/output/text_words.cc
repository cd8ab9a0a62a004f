#include "src/output/text_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "dissectors/tls_dissect.h"
#include "src/findings/ending.h"
#include "src/output/text_escape.h"

namespace handlens {

bool is_problem(const AnalyzedFlow& flow) {
  const auto is_serious = [](const Finding& finding) {
    return finding.severity == Severity::error || finding.severity == Severity::warning;
  };
  return flow.outcome.status == Status::failed || std::any_of(flow.findings.begin(), flow.findings.end(), is_serious);
}

Attention attention(const AnalyzedFlow& flow) {
  if (flow.outcome.status == Status::failed) return Attention::failed;
  if (is_problem(flow)) return Attention::warning;
  if (flow.outcome.status == Status::incomplete) return Attention::incomplete;
  return flow.outcome.status == Status::not_tls ? Attention::not_tls : Attention::ok;
}

const std::string& shown_finding(const AnalyzedFlow& flow) {
  const bool has_primary = !flow.outcome.primary.empty() || flow.findings.empty();
  return has_primary ? flow.outcome.primary : flow.findings.front().id;
}

Symbol symbol(Attention level) {
  switch (level) {
    case Attention::failed:
      return {"✖", Ink::red};
    case Attention::warning:
    case Attention::incomplete:
      return {"▲", Ink::yellow};
    case Attention::not_tls:
      return {"○", Ink::dim};
    case Attention::ok:
      break;
  }
  return {"●", Ink::green};
}

std::string endpoint_text(const Endpoint& endpoint) {
  const std::string address = to_text(endpoint.ip);
  return endpoint.ip.v6 ? fmt::format("[{}]:{}", address, endpoint.port) : fmt::format("{}:{}", address, endpoint.port);
}

std::string version_text(std::uint16_t version) {
  std::string name = tls::version_name(version);
  if (name.starts_with("TLSv")) return "TLS " + name.substr(4);
  if (name.starts_with("SSLv")) return "SSL " + name.substr(4);
  return name;
}

std::string joined_names(const std::vector<std::string>& raw) {
  std::string out;
  for (const std::string& name : raw) {
    if (!out.empty()) out += ", ";
    out += escape_terminal(name);
  }
  return out;
}

std::string server_name_text(const FlowReport& report) {
  if (report.tls.client_hello) {
    const auto& name = report.tls.client_hello->hello.server_name;
    return name ? escape_terminal(*name) : "(no SNI)";
  }
  if (has_part_of_hello(report)) return "(no SNI: only part of the ClientHello is in the capture)";
  if (report.is_tls) return "(no SNI: the ClientHello is not in the capture)";
  const bool silent = report.facts(Side::client).bytes == 0;
  return silent && !report.midstream ? "(no SNI: no ClientHello was captured)" : "";
}

bool is_silent(const FlowReport& report) {
  constexpr std::int64_t kWorthTelling = 1'000'000'000;  // ns
  return report.cut_short != CutShort::evicted && report.cut_short != CutShort::memory_limit &&
         report.quiet_ns >= kWorthTelling;
}

std::string ending_text(const AnalyzedFlow& flow) {
  const Outcome& outcome = flow.outcome;
  const std::string who = outcome.apparent_sender
                              ? fmt::format(" from the {}'s address", to_text(*outcome.apparent_sender))
                              : std::string();
  switch (outcome.ended_by) {
    case EndedBy::fin:
      return outcome.status == Status::ok ? "closed normally" : "closed by FIN" + who;
    case EndedBy::rst:
      return "reset" + who;
    case EndedBy::alert:
      return "ended by a TLS alert" + who;
    case EndedBy::timeout:
      return outcome.apparent_sender ? "fell silent, then given up" + who : "ended in silence";
    case EndedBy::icmp:
      return "ended by an ICMP error";
    case EndedBy::capture_end:
      break;
  }
  return no_ending_text(flow.report);
}

std::string no_ending_text(const FlowReport& report) {
  switch (report.cut_short) {
    case CutShort::evicted:
      return "let go of to make room for others";
    case CutShort::memory_limit:
      return "let go of for want of memory";
    case CutShort::interrupted:
    case CutShort::none:
      break;
  }
  if (is_silent(report)) return "no end was captured, silent";
  return report.cut_short == CutShort::interrupted ? "still open when handlens was interrupted"
                                                   : "still open when the capture ended";
}

std::string spaced(std::string_view kebab) {
  std::string out(kebab);
  std::replace(out.begin(), out.end(), '-', ' ');
  return out;
}

std::string count_text(std::uint64_t count, std::string_view singular) {
  return fmt::format("{} {}{}", count, singular, count == 1 ? "" : "s");
}

}  // namespace handlens
