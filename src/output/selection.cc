#include "src/output/selection.h"

#include <algorithm>

#include "dissectors/tls_dissect.h"
#include "src/output/community_id.h"
#include "src/output/text_words.h"

namespace handlens {
namespace {

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// "tlsv1.2", "TLS 1.2" and "1.2" are the same version.
std::string version_key(std::string_view text) {
  std::string out = lower_case(text);
  for (const std::string_view prefix : {"tls", "v", " "}) {
    if (out.starts_with(prefix)) out.erase(0, prefix.size());
  }
  return out;
}

bool is_within(const IpAddress& address, const IpAddress& net, unsigned prefix) {
  if (address.v6 != net.v6) return false;
  for (unsigned bit = 0; bit < prefix; bit += 8) {
    const unsigned left = std::min(8U, prefix - bit);
    const auto mask = static_cast<std::uint8_t>(0xff00U >> left);
    if (((address.bytes[bit / 8] ^ net.bytes[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

bool compare_number(std::uint64_t have, const Term& term) {
  switch (term.comparison) {
    case Comparison::equal:
      return have == term.number;
    case Comparison::not_equal:
      return have != term.number;
    case Comparison::less:
      return have < term.number;
    case Comparison::less_equal:
      return have <= term.number;
    case Comparison::greater:
      return have > term.number;
    case Comparison::greater_equal:
      return have >= term.number;
    case Comparison::contains:
      break;
  }
  return false;
}

bool equals_or_contains(std::string_view have, const Term& term) {
  const std::string text = lower_case(have), wanted = lower_case(term.value);
  return term.comparison == Comparison::contains ? text.find(wanted) != std::string::npos : text == wanted;
}

// One of the values fits; with != none may be equal. An absent value is different from every value.
template <class Values, class Fits>
bool any_fits(const Values& values, const Term& term, Fits fits) {
  const bool found = std::any_of(std::begin(values), std::end(values), fits);
  return term.comparison == Comparison::not_equal ? !found : found;
}

bool text_fits(std::string_view have, const Term& term) {
  const std::string_view values[] = {have};
  return any_fits(values, term, [&term](std::string_view value) { return equals_or_contains(value, term); });
}

bool address_fits(std::initializer_list<const Endpoint*> sides, const Term& term) {
  return any_fits(sides, term, [&term](const Endpoint* side) {
    if (term.address) return is_within(side->ip, *term.address, term.prefix);
    return equals_or_contains(to_text(side->ip), term);
  });
}

bool port_fits(const FlowReport& report, const Term& term) {
  if (term.comparison == Comparison::not_equal) {
    return report.client.port != term.number && report.server.port != term.number;
  }
  return compare_number(report.client.port, term) || compare_number(report.server.port, term);
}

bool sni_fits(const FlowReport& report, const Term& term) {
  std::vector<std::string> names;
  if (report.tls.client_hello && report.tls.client_hello->hello.server_name) {
    names.push_back(lower_case(*report.tls.client_hello->hello.server_name));
  }
  const std::string wanted = lower_case(term.value);
  return any_fits(names, term, [&](const std::string& name) {
    if (term.comparison == Comparison::contains) return name.find(wanted) != std::string::npos;
    if (!wanted.starts_with("*.")) return name == wanted;
    return name.size() > wanted.size() - 1 && name.ends_with(std::string_view(wanted).substr(1));
  });
}

bool alpn_fits(const FlowReport& report, const Term& term) {
  std::vector<std::string> names;
  if (report.tls.client_hello) names = report.tls.client_hello->hello.alpn;
  if (report.tls.server_hello && report.tls.server_hello->hello.alpn) names = {*report.tls.server_hello->hello.alpn};
  return any_fits(names, term, [&term](const std::string& name) { return equals_or_contains(name, term); });
}

bool version_fits(const FlowReport& report, const Term& term) {
  std::vector<std::string> names;
  if (report.tls.server_hello) names.push_back(version_key(tls::version_name(report.tls.server_hello->hello.version)));
  const std::string wanted = version_key(term.value);
  return any_fits(names, term, [&](const std::string& name) {
    return term.comparison == Comparison::contains ? name.find(wanted) != std::string::npos : name == wanted;
  });
}

bool alert_fits(const FlowReport& report, const Term& term) {
  std::vector<std::string> names;
  for (const TlsAlertFact& alert : report.tls.alerts) {
    if (alert.encrypted || alert.inferred) continue;
    names.push_back(tls::alert_name(alert.code));
    if (term.value == std::to_string(alert.code)) names.push_back(term.value);
  }
  return any_fits(names, term, [&term](const std::string& name) { return equals_or_contains(name, term); });
}

bool finding_fits(const AnalyzedFlow& flow, const Term& term) {
  return any_fits(flow.findings, term,
                  [&term](const Finding& finding) { return equals_or_contains(finding.id, term); });
}

bool fits(const AnalyzedFlow& flow, const Term& term) {
  const FlowReport& report = flow.report;
  switch (term.field) {
    case Field::id:
      return compare_number(report.id, term);
    case Field::community_id: {  // base64: letter case matters
      const std::string id = community_id(report.client, report.server);
      if (term.comparison == Comparison::contains) return id.find(term.value) != std::string::npos;
      return (id == term.value) == (term.comparison == Comparison::equal);
    }
    case Field::ip:
      return address_fits({&report.client, &report.server}, term);
    case Field::client:
      return address_fits({&report.client}, term);
    case Field::server:
      return address_fits({&report.server}, term);
    case Field::port:
      return port_fits(report, term);
    case Field::sni:
      return sni_fits(report, term);
    case Field::alpn:
      return alpn_fits(report, term);
    case Field::status:
      return text_fits(to_text(flow.outcome.status), term);
    case Field::stage:
      return text_fits(to_text(flow.outcome.stage), term);
    case Field::ended_by:
      return text_fits(to_text(flow.outcome.ended_by), term);
    case Field::cause:
      return text_fits(to_text(flow.outcome.cause), term);
    case Field::confidence:
      return text_fits(to_text(flow.outcome.confidence), term);
    case Field::version:
      return version_fits(report, term);
    case Field::alert:
      return alert_fits(report, term);
    case Field::finding:
      return finding_fits(flow, term);
  }
  return false;
}

}  // namespace

bool Selection::matches(const AnalyzedFlow& flow) const {
  if (only_problems_ && !is_problem(flow)) return false;
  const auto fits_flow = [&flow](const Term& term) { return fits(flow, term); };
  if (!flows_.empty() && std::none_of(flows_.begin(), flows_.end(), fits_flow)) return false;
  return std::all_of(terms_.begin(), terms_.end(), fits_flow);
}

}  // namespace handlens
