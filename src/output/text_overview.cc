#include "src/output/text_overview.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "src/output/text_escape.h"
#include "src/output/text_words.h"

namespace handlens {

std::string EndingOverview::kind_of(const AnalyzedFlow& flow) {
  const Outcome& outcome = flow.outcome;
  std::string out = fmt::format("{} at {}, {}", to_text(outcome.status), to_text(outcome.stage), ending_text(flow));
  const std::string& id = shown_finding(flow);
  if (!id.empty()) out += fmt::format(" [{}]", escape_terminal(id));
  return out;
}

void EndingOverview::add(std::string_view kind, std::uint64_t id) {
  ++flows_;
  auto found = kinds_.find(kind);
  if (found == kinds_.end()) found = kinds_.emplace(std::string(kind), Kind{0, id}).first;
  ++found->second.flows;
}

std::string EndingOverview::text(const Style& style) const {
  if (flows_ < kWorthwhile) return {};
  std::vector<std::pair<std::string_view, Kind>> order(kinds_.begin(), kinds_.end());
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return a.second.flows != b.second.flows ? a.second.flows > b.second.flows : a.second.first_id < b.second.first_id;
  });
  std::string out;
  for (std::size_t i = 0; i < std::min(order.size(), kListed); ++i) {
    const Kind& kind = order[i].second;
    const std::string where =
        kind.flows == 1 ? fmt::format("#{}", kind.first_id) : fmt::format("the first is #{}", kind.first_id);
    out += wrap(fmt::format("{:>6} × ", kind.flows), fmt::format("{} ({})", order[i].first, where), style.width);
  }
  if (order.size() > kListed) out += fmt::format("         and {} other kinds of ending\n", order.size() - kListed);
  return out;
}

}  // namespace handlens
