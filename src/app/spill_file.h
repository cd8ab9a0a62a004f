// Encoded flows that do not fit in memory: runs of them in a temporary file, each run sorted by id.
//
// The file has no name (O_TMPFILE, or unlinked at once) in TMPDIR or /tmp: it is gone with the process, however that
// ends. A run is a row of blocks of whole flows, compressed (LZ4) once the file is not small any more: records repeat
// much, and what is not written takes no room in the system's memory either. Memory: about a hundred bytes for each
// run, and a block of those that are being read. Errors: the first failed write or read ends spilling and is told by
// problem(); what was written before stays readable. Threads: one.
#pragma once
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
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
  // What stands between two blocks, of the one behind it.
  struct BlockHead {
    std::uint64_t first = 0;             // the id of its first flow
    std::uint32_t size = 0, stored = 0;  // bytes; in the file
    std::uint64_t is_packed = 0;         // as wide as that, so that no byte of the file is undefined
  };
  static_assert(std::has_unique_object_representations_v<BlockHead>);  // all of its bytes are written
  // A block that was read.
  struct Block {
    std::unique_ptr<char[]> bytes = {};
    std::size_t room = 0, size = 0, taken = 0;
  };
  struct Run {
    std::uint64_t first = 0;        // the id of the first flow that was not taken
    std::uint64_t at = 0, end = 0;  // offsets in the file: of the next block to be read, behind the last one
    BlockHead next = {};            // of the block at `at`
    Block block = {};               // runs are read in turns
  };
  [[nodiscard]] static bool begins_later(const Run& a, const Run& b) { return a.first > b.first; }
  [[nodiscard]] bool open();
  [[nodiscard]] static std::span<const Flow> front_block(std::span<const Flow> flows, std::size_t block_bytes);
  // Both write the flows as a run and set first_.
  [[nodiscard]] bool write_plain(std::span<const Flow> flows, std::size_t block_bytes);
  [[nodiscard]] bool write_packed(std::span<const Flow> flows, std::size_t block_bytes);
  [[nodiscard]] std::string_view compress(std::string_view block);
  [[nodiscard]] bool append(std::span<iovec> pieces);
  [[nodiscard]] bool load(Run& run);
  [[nodiscard]] static std::size_t front_size(const Block& block, std::uint64_t id);
  [[nodiscard]] bool read(std::uint64_t at, std::span<iovec> pieces);
  void put_front_back();
  void fail(std::string_view what);

  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::vector<Run> runs_;  // a heap: the smallest id is in front
  Block taken_;            // of the run that ended with the flow taken last, for the next to be read
  BlockHead first_;        // of the run that is being written
  std::string joined_;     // the flows of a block that is compressed
  std::string scratch_;    // one of them compressed
  std::string packed_;     // compressed: to be written, or just read
  std::string problem_;
};

}  // namespace handlens
