// How many flows ended alike: what a summary of hundreds of flows says first.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "src/findings/finding.h"
#include "src/output/style.h"

namespace handlens {

// Counts flows by status, stage, ending and finding. Its size is bounded by the kinds of endings and findings there
// are. Threads: one.
class EndingOverview {
 public:
  // How a flow ended, as one line of the overview.
  [[nodiscard]] static std::string kind_of(const AnalyzedFlow& flow);
  // In order of ids.
  void add(std::string_view kind, std::uint64_t id);
  // "" for fewer than kWorthwhile flows; else a line for each kind of ending, the most frequent first.
  [[nodiscard]] std::string text(const Style& style) const;

  static constexpr std::uint64_t kWorthwhile = 12;

 private:
  struct Kind {
    std::uint64_t flows = 0, first_id = 0;
  };
  static constexpr std::size_t kListed = 10;

  std::map<std::string, Kind, std::less<>> kinds_;
  std::uint64_t flows_ = 0;
};

}  // namespace handlens
