// Streaming decompression: gzip (RFC 1952, any number of members), zstd (RFC 8878, any number of frames, skippable ones
// included) and lz4 (see lz4_decoder.h). Chosen by the first bytes, never by a file's name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "dissectors/byte_reader.h"

namespace handlens {

class Decoder {
 public:
  virtual ~Decoder() = default;
  // Decodes from the front of `input` into `out`, advances `input` past what was used and returns how many bytes were
  // written. Uses all input unless `out` is full or it failed.
  virtual std::size_t decode(ByteView& input, std::span<std::uint8_t> out) = 0;
  // True between members or frames: the input may end here.
  [[nodiscard]] virtual bool complete() const = 0;
  [[nodiscard]] virtual std::string_view name() const = 0;
  // Input that was used but not decoded yet.
  [[nodiscard]] virtual std::size_t held() const { return 0; }
  // The input has ended: what can still be read of a block that is not whole. Called until it returns 0.
  virtual std::size_t finish(std::span<std::uint8_t> out) {
    (void)out;
    return 0;
  }
  [[nodiscard]] bool failed() const { return !reason_.empty(); }
  [[nodiscard]] const std::string& reason() const { return reason_; }

 protected:
  std::string reason_;
};

// The decoder for a stream that starts with `first` (four bytes are enough), or null for plain bytes.
[[nodiscard]] std::unique_ptr<Decoder> decoder_for(ByteView first);

}  // namespace handlens
