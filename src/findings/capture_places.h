// Where the files of one input were taken: two files that hold the same connection were captured at two places, files
// of one capture that was split at one. What hosts look like, and how far they are, is only comparable within a place.
// Built once when the input has ended; then only read. Owns what it needs of the briefs.
#pragma once
#include <cstddef>
#include <cstdint>
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

  // The same connection captured at another place; nullptr if there is none, or more than one.
  [[nodiscard]] const FlowBrief* twin_of(const FlowBrief& brief) const;
  // The newest packet of the file that holds this flow, ns, as far as flows of it are known.
  [[nodiscard]] std::int64_t file_end(const FlowBrief& brief) const;

 private:
  [[nodiscard]] std::size_t file_of(std::uint64_t first_frame) const;
  void find_places();

  std::size_t count_ = 1;
  std::vector<std::uint64_t> last_frames_;                          // of each file
  std::vector<std::int64_t> file_ends_;                             // ns
  std::vector<std::size_t> place_of_file_;                          // empty: one place
  std::vector<std::pair<std::uint64_t, FlowBrief>> by_connection_;  // a hash of its ends and its SYN's number; sorted
};

}  // namespace handlens
