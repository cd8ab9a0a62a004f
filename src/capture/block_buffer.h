// A window over a ByteSource: large reads, a pointer walk over whole records, and the unfinished record carried over.
//
// Bytes stay where they are until the next `require` or `skip` that has to read; packets of one batch point into them.
// The buffer grows only as bytes really arrive, up to kMaxRecordBytes: a length field alone allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "src/capture/byte_source.h"

namespace handlens {

// The largest record (packet with its header, or pcapng block that must be seen whole). Loopback and offload produce
// packets of 256 KiB; what claims to be larger than this is damage.
inline constexpr std::size_t kMaxRecordBytes = 16 * 1024 * 1024;

class BlockBuffer {
 public:
  explicit BlockBuffer(std::unique_ptr<ByteSource> source, std::size_t piece = kReadPiece);

  [[nodiscard]] const std::uint8_t* data() const { return bytes_.get() + begin_; }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  // Where data() stands in the (decompressed) input, and where the bytes read so far end.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  [[nodiscard]] std::uint64_t end_offset() const { return offset_ + size(); }

  // REQUIRES: n <= size()
  void consume(std::size_t n) {
    begin_ += n;
    offset_ += n;
  }
  // Whether `n` bytes are there, reading if need be. False: the input ended before, or n > kMaxRecordBytes.
  [[nodiscard]] bool require(std::size_t n) { return size() >= n || fill(n); }
  // Drops `n` bytes of any number without keeping them. False: the input ended before.
  [[nodiscard]] bool skip(std::uint64_t n);

  [[nodiscard]] const ByteSource& source() const { return *source_; }

 private:
  bool fill(std::size_t n);
  void grow();

  std::unique_ptr<ByteSource> source_;
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t capacity_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace handlens
