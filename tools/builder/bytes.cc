#include "tools/builder/bytes.h"

#include <algorithm>

namespace handlens::builder {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Bytes from_hex(std::string_view hex) {
  Bytes bytes;
  int high = -1;
  for (char c : hex) {
    const int digit = hex_digit(c);
    if (digit < 0) continue;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<std::uint8_t>(high * 16 + digit));
      high = -1;
    }
  }
  return bytes;
}

Bytes from_text(std::string_view text) {
  Bytes bytes;
  for (char c : text) bytes.push_back(static_cast<std::uint8_t>(c));
  return bytes;
}

Bytes filler(std::size_t size, std::uint8_t first) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(first + i);
  return bytes;
}

ByteWriter& ByteWriter::raw(const Bytes& bytes) {
  append(bytes_, bytes);
  return *this;
}

ByteWriter& ByteWriter::text(std::string_view characters) { return raw(from_text(characters)); }

ByteWriter& ByteWriter::integer(std::uint64_t value, unsigned size) {
  for (unsigned i = size; i-- > 0;) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  return *this;
}

Bytes concat(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) append(all, part);
  return all;
}

Bytes slice(const Bytes& bytes, std::size_t offset, std::size_t size) {
  Bytes part;
  for (std::size_t i = offset; i < bytes.size() && part.size() < size; ++i) part.push_back(bytes[i]);
  return part;
}

void append(Bytes& to, const Bytes& more) { to.insert(to.end(), more.begin(), more.end()); }

}  // namespace handlens::builder
