// Encoded flows that do not fit in memory: runs of them in a temporary file, each run sorted by id.
//
// The file has no name (O_TMPFILE, or unlinked at once) in TMPDIR or /tmp: it is gone with the process, however that
// ends. Memory: about a hundred bytes and one read buffer for each run. Errors: the first failed write or read ends
// spilling and is told by problem(); what was written before stays readable. Threads: one.
#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace handlens {

class SpillFile {
 public:
  struct Flow {
    std::uint64_t id = 0;
    std::string_view bytes;  // encoded
  };

  SpillFile() = default;
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  // Writes the flows as one run. False: nothing of it is in the file, and nothing more will be written.
  // REQUIRES: they are sorted by id.
  [[nodiscard]] bool write(std::span<const Flow> flows);
  [[nodiscard]] bool is_usable() const { return problem_.empty(); }
  // The encoded flow with this id, if it is the first of a run; "" if it is not here. Lives until the next call.
  [[nodiscard]] std::string_view take(std::uint64_t id);
  // Why spilling ended, as a sentence without its subject; "" if it did not.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // The smallest id in the file; 0 if it is empty.
  [[nodiscard]] std::uint64_t first() const { return runs_.empty() ? 0 : runs_.front().first; }

 private:
  // A piece of the file that was read.
  struct Ahead {
    std::unique_ptr<char[]> bytes = {};
    std::size_t room = 0, size = 0;
    std::uint64_t at = 0;
  };
  struct Run {
    std::uint64_t first = 0;        // the id of the first flow that was not taken
    std::uint64_t at = 0, end = 0;  // offsets in the file
    Ahead ahead = {};               // runs are read in turns
  };
  [[nodiscard]] static bool begins_later(const Run& a, const Run& b) { return a.first > b.first; }
  [[nodiscard]] bool open();
  [[nodiscard]] bool append(std::span<iovec> pieces);
  // The next `size` bytes of the run, read ahead; nullptr if that failed.
  [[nodiscard]] const char* look(Run& run, std::size_t size);
  [[nodiscard]] bool read(Ahead& ahead, std::uint64_t at, std::size_t size);
  void put_front_back();
  void fail(std::string_view what);

  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::vector<Run> runs_;  // a heap: the smallest id is in front
  Ahead taken_;            // of the run that ended with the flow taken last, for the next to be read
  std::string problem_;
};

}  // namespace handlens
