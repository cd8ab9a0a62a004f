// Where the files of one input were taken: two files that hold the same connection were captured at two places, files
// of one capture that was split at one. What hosts look like, and how far they are, is only comparable within a place.
// Built once when the input has ended; then only read. Owns what it needs of the briefs.
#pragma once
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "src/findings/flow_brief.h"
#include "src/timeline/counters.h"

namespace handlens {

class CapturePlaces {
 public:
  CapturePlaces() = default;
  // `briefs` in order of their ids. Files are read one after the other: a flow's first frame tells its file.
  CapturePlaces(const std::vector<FlowBrief>& briefs, const std::vector<InputFile>& files);

  [[nodiscard]] std::size_t count() const { return count_; }
  // 0 up to count() - 1.
  [[nodiscard]] std::size_t place_of(std::uint64_t first_frame) const;
  // By place, in order of their ids.
  [[nodiscard]] std::vector<std::vector<FlowBrief>> split(std::vector<FlowBrief>&& briefs) const;
  // The ordinals, from 1, of the files that were taken at this place.
  [[nodiscard]] std::vector<std::size_t> files_of(std::size_t place) const;

  // The same connection in other files, at most kMostTwins; none if there are more.
  static constexpr std::size_t kMostTwins = 16;
  [[nodiscard]] std::vector<const FlowBrief*> twins_of(const FlowBrief& brief) const;
  // ns: so far the file that holds this flow was captured for certain.
  [[nodiscard]] std::int64_t file_end(const FlowBrief& brief) const;

 private:
  // Files that cannot be of one place, the later one first.
  using Apart = std::set<std::pair<std::size_t, std::size_t>>;
  [[nodiscard]] std::size_t file_of(std::uint64_t first_frame) const;
  void part_by_openings(Apart& apart) const;
  void part_by_the_middle(const std::vector<FlowBrief>& briefs, Apart& apart) const;
  void find_places(const std::vector<FlowBrief>& briefs, const Apart& apart);

  std::size_t count_ = 1;
  std::vector<std::uint64_t> last_frames_;                          // of each file
  std::vector<std::int64_t> file_ends_;                             // ns
  std::vector<std::size_t> place_of_file_;                          // empty: one place
  std::vector<std::pair<std::uint64_t, FlowBrief>> by_connection_;  // a hash of its ends and its SYN's number; sorted
};

}  // namespace handlens
