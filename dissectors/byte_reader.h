// How every other file in this folder reads bytes.
//
// A ByteView borrows bytes and never owns them. A ByteReader walks over a view with a sticky error: after the
// first failure every further read yields zero or an empty view, loops that test `empty()` end, and the shared
// ParseError says what failed, where, and while reading which field. A child reader (vec8, vec16, vec24) cannot
// see past its own length-prefixed frame and reports into its parent's error.
//
// All integers are read in network byte order (big endian) unless the name says `_le`.
// Threads: no shared state; a reader belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace handlens {

using ByteView = std::span<const std::uint8_t>;

enum class ParseReason : std::uint8_t {
  none,            // nothing failed
  short_read,      // fewer bytes than the field needs
  bad_length,      // a length field that contradicts its surroundings
  bad_value,       // a value the specification forbids
  trailing_bytes,  // bytes left over where none may be
  limit,           // one of our own bounds was met
};

// Short name of a reason ("short_read"), for messages and counters.
[[nodiscard]] std::string_view to_text(ParseReason reason);

struct ParseError {
  ParseReason reason = ParseReason::none;
  std::uint32_t offset = 0;  // from the start of the outermost reader's view
  const char* field = "";    // static string: the field that was being read
  [[nodiscard]] bool failed() const { return reason != ParseReason::none; }
};

class ByteReader {
 public:
  // `error` must outlive the reader; `base` is the offset of bytes[0] in the outermost view.
  ByteReader(ByteView bytes, ParseError& error, std::uint32_t base = 0) : bytes_(bytes), error_(&error), base_(base) {}

  [[nodiscard]] bool ok() const { return !error_->failed(); }
  [[nodiscard]] bool empty() const { return !ok() || at_ >= bytes_.size(); }
  [[nodiscard]] std::size_t remaining() const { return ok() ? bytes_.size() - at_ : 0; }
  [[nodiscard]] std::size_t position() const { return at_; }
  // The bytes not yet read; does not advance.
  [[nodiscard]] ByteView rest() const { return ok() ? bytes_.subspan(at_) : ByteView{}; }

  std::uint8_t u8(const char* field) { return static_cast<std::uint8_t>(integer(1, field)); }
  std::uint16_t u16(const char* field) { return static_cast<std::uint16_t>(integer(2, field)); }
  std::uint32_t u24(const char* field) { return static_cast<std::uint32_t>(integer(3, field)); }
  std::uint32_t u32(const char* field) { return static_cast<std::uint32_t>(integer(4, field)); }
  std::uint64_t u64(const char* field) { return integer(8, field); }
  std::uint16_t u16_le(const char* field) {
    const std::uint16_t v = u16(field);
    return static_cast<std::uint16_t>((v >> 8) | (v << 8));
  }

  // Exactly `n` bytes, or an empty view and a short_read.
  ByteView bytes(std::size_t n, const char* field) {
    if (!ok()) return {};
    if (n > bytes_.size() - at_) {
      fail(ParseReason::short_read, field);
      return {};
    }
    const ByteView out = bytes_.subspan(at_, n);
    at_ += n;
    return out;
  }
  void skip(std::size_t n, const char* field) { (void)bytes(n, field); }

  // A length-prefixed vector (RFC 8446 §3.4) as a child reader.
  ByteReader vec8(const char* field) { return child(u8(field), field); }
  ByteReader vec16(const char* field) { return child(u16(field), field); }
  ByteReader vec24(const char* field) { return child(u24(field), field); }

  // Records trailing_bytes when something is left.
  void expect_end(const char* field) {
    if (ok() && at_ < bytes_.size()) fail(ParseReason::trailing_bytes, field);
  }
  // Records the first failure; later ones are consequences and are ignored.
  void fail(ParseReason reason, const char* field) {
    if (error_->failed()) return;
    error_->reason = reason;
    error_->offset = base_ + static_cast<std::uint32_t>(at_);
    error_->field = field;
  }

 private:
  std::uint64_t integer(std::size_t n, const char* field) {
    if (!ok()) return 0;
    if (n > bytes_.size() - at_) {
      fail(ParseReason::short_read, field);
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < n; ++i) value = (value << 8) | bytes_[at_ + i];
    at_ += n;
    return value;
  }
  ByteReader child(std::size_t n, const char* field) {
    const std::uint32_t start = base_ + static_cast<std::uint32_t>(at_);
    return {bytes(n, field), *error_, start};
  }

  ByteView bytes_;
  ParseError* error_;
  std::uint32_t base_;
  std::size_t at_ = 0;
};

// Reading one integer at a known-good offset: for fixed headers whose length was checked before.
// REQUIRES: the bytes exist.
[[nodiscard]] inline std::uint16_t read_u16(const std::uint8_t* p) {
  return static_cast<std::uint16_t>((p[0] << 8) | p[1]);
}
[[nodiscard]] inline std::uint32_t read_u32(const std::uint8_t* p) {
  return (static_cast<std::uint32_t>(p[0]) << 24) | (static_cast<std::uint32_t>(p[1]) << 16) |
         (static_cast<std::uint32_t>(p[2]) << 8) | p[3];
}
[[nodiscard]] inline std::uint16_t read_u16_le(const std::uint8_t* p) {
  return static_cast<std::uint16_t>((p[1] << 8) | p[0]);
}
[[nodiscard]] inline std::uint32_t read_u32_le(const std::uint8_t* p) {
  return (static_cast<std::uint32_t>(p[3]) << 24) | (static_cast<std::uint32_t>(p[2]) << 16) |
         (static_cast<std::uint32_t>(p[1]) << 8) | p[0];
}

}  // namespace handlens
