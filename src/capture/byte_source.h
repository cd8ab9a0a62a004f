// Bytes of an input as the capture's writer wrote them: read from a descriptor or from memory, decompressed by content.
//
// Streaming: nothing is kept beyond one piece of compressed input and the decoder's own window, whatever the size of
// the input. What goes wrong ends the stream and is told by `problem()`; everything readable before it is delivered.
// Threads: a source belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "dissectors/byte_reader.h"

namespace handlens {

// Large reads are what makes files fast: fewer system calls, and a piece that stays in the second-level cache.
inline constexpr std::size_t kReadPiece = 256 * 1024;

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills a part of `out` with what comes next; does not wait for more than it has. 0 only at the end.
  virtual std::size_t read(std::span<std::uint8_t> out) = 0;
  // "gzip", "zstd", "lz4" or "" for plain bytes.
  [[nodiscard]] virtual std::string_view compression() const { return {}; }
  // Bytes read of the input as it is stored (compressed, if it is).
  [[nodiscard]] virtual std::uint64_t stored_bytes() const = 0;
  // Why the stream ended early, in words ("the gzip data ends early at byte 1234"), or "".
  [[nodiscard]] virtual const std::string& problem() const { return problem_; }

 protected:
  std::string problem_;
};

// Takes over the descriptor and closes it.
[[nodiscard]] std::unique_ptr<ByteSource> read_descriptor(int descriptor);
// Borrows `bytes`, which must outlive the source.
[[nodiscard]] std::unique_ptr<ByteSource> read_memory(ByteView bytes);
// Looks at the first four bytes of `stored` and decompresses gzip, zstd and lz4; other bytes pass through untouched.
// `piece` is the size of reads of compressed input.
[[nodiscard]] std::unique_ptr<ByteSource> decompress(std::unique_ptr<ByteSource> stored,
                                                     std::size_t piece = kReadPiece);

}  // namespace handlens
