// Big-endian bytes, written down in the order in which they go on the wire.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace handlens::builder {

using Bytes = std::vector<std::uint8_t>;

[[nodiscard]] Bytes from_hex(std::string_view hex);                    // other characters than hex digits are skipped
[[nodiscard]] Bytes from_text(std::string_view text);                  // the characters themselves
[[nodiscard]] Bytes filler(std::size_t size, std::uint8_t first = 0);  // counts up: every byte tells its place

// Appends integers of network byte order and vectors with a length in front. Every call returns the writer.
class ByteWriter {
 public:
  ByteWriter& u8(std::uint64_t value) { return integer(value, 1); }
  ByteWriter& u16(std::uint64_t value) { return integer(value, 2); }
  ByteWriter& u24(std::uint64_t value) { return integer(value, 3); }
  ByteWriter& u32(std::uint64_t value) { return integer(value, 4); }
  ByteWriter& u64(std::uint64_t value) { return integer(value, 8); }
  ByteWriter& raw(const Bytes& bytes);
  ByteWriter& text(std::string_view characters);
  // A vector in the sense of TLS: its length in one, two or three bytes, then its content.
  ByteWriter& vector8(const Bytes& content) { return u8(content.size()).raw(content); }
  ByteWriter& vector16(const Bytes& content) { return u16(content.size()).raw(content); }
  ByteWriter& vector24(const Bytes& content) { return u24(content.size()).raw(content); }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  ByteWriter& integer(std::uint64_t value, unsigned size);
  Bytes bytes_;
};

[[nodiscard]] Bytes concat(std::initializer_list<Bytes> parts);
[[nodiscard]] Bytes slice(const Bytes& bytes, std::size_t offset, std::size_t size);  // clipped to what is there
void append(Bytes& to, const Bytes& more);

}  // namespace handlens::builder
