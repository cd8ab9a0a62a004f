// A walk over the options of a pcapng block (draft-ietf-opsawg-pcapng §3.5): code, length, value, padding to 32 bits.
// Ends at opt_endofopt, at the end of the bytes, or at an option that does not fit: options are hints, and a broken one
// costs the rest of them, never the packet.
#pragma once

#include <algorithm>

#include "src/capture/endian_load.h"

namespace handlens {

class PcapngOptions {
 public:
  PcapngOptions(ByteView bytes, bool big_endian) : rest_(bytes), big_endian_(big_endian) {}

  [[nodiscard]] bool next() {
    if (rest_.size() < 4) return false;
    code_ = load_u16(rest_.data(), big_endian_);
    const std::size_t length = load_u16(rest_.data() + 2, big_endian_);
    if (code_ == 0 || length > rest_.size() - 4) return false;
    value_ = rest_.subspan(4, length);
    rest_ = rest_.subspan(std::min(rest_.size(), 4 + ((length + 3) & ~std::size_t{3})));
    return true;
  }
  [[nodiscard]] std::uint16_t code() const { return code_; }
  [[nodiscard]] ByteView value() const { return value_; }

 private:
  ByteView rest_;
  bool big_endian_;
  std::uint16_t code_ = 0;
  ByteView value_;
};

}  // namespace handlens
