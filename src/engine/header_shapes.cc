#include "src/engine/header_shapes.h"

#include <algorithm>
#include <cstring>

#include "src/flow/keyed_hash.h"

namespace handlens {

namespace {

constexpr std::size_t kFirstIndexSize = 64;  // entries, a power of two

// Where the values of the first timestamps (RFC 7323 §3.2) stand in the options; 0: there are none.
std::size_t find_timestamp_values(ByteView options) {
  constexpr std::uint8_t kEnd = 0, kNoOperation = 1, kTimestamps = 8, kTimestampsLength = 10;
  for (std::size_t at = 0; at < options.size();) {
    const std::uint8_t kind = options[at];
    if (kind == kEnd) return 0;
    if (kind == kNoOperation) {
      ++at;
      continue;
    }
    const std::size_t length = at + 1 < options.size() ? options[at + 1] : 0;
    if (length < 2 || at + length > options.size()) return 0;
    if (kind == kTimestamps && length == kTimestampsLength) return at + 2;
    at += length;
  }
  return 0;
}

}  // namespace

HeaderShape shape_of(const Segment& s, std::uint16_t link_origin) {
  HeaderShape shape;
  shape.link_origin = link_origin;
  shape.flags = s.flags;
  shape.ttl = s.ttl;
  shape.ip_bits = static_cast<std::uint8_t>((s.has_ip_id ? 1 : 0) | (s.dont_fragment ? 2 : 0) |
                                            (static_cast<unsigned>(s.seen_as) << 2));
  shape.options_length = s.options_length;
  std::copy_n(s.options.begin(), s.options_length, shape.options.begin());
  if (const std::size_t at = find_timestamp_values(s.option_bytes())) {
    shape.timestamps_at = static_cast<std::uint8_t>(at);
    std::memset(shape.options.data() + at, 0, 8);
  }
  return shape;
}

std::uint64_t hash_shape(const HeaderShape& shape, std::uint64_t seed) {
  const HeaderShape::Words words = shape.words();
  const std::uint64_t first = fold_words(words[0], words[1], seed, 0);
  const std::uint64_t second = fold_words(words[2], words[3], seed, 1);
  return fold(first ^ seed, second ^ secret_of(seed, 4));
}

HeaderShapes::HeaderShapes(std::uint64_t seed) : seed_(seed), index_(kFirstIndexSize, kNone) { recent_.fill(kNone); }

std::uint16_t HeaderShapes::number_of(const HeaderShape& shape) {
  std::uint16_t& recent = recent_[(shape.flags ^ shape.ttl) % recent_.size()];
  if (recent != kNone && shapes_[recent] == shape) return recent;
  const std::size_t mask = index_.size() - 1;
  for (std::size_t at = hash_shape(shape, seed_) & mask; index_[at] != kNone; at = (at + 1) & mask) {
    if (shapes_[index_[at]] == shape) return recent = index_[at];
  }
  if (shapes_.size() == kMostHeaderShapes) return kNone;
  if ((shapes_.size() + 1) * 2 > index_.size()) grow();
  const auto number = static_cast<std::uint16_t>(shapes_.size());
  shapes_.push_back(shape);
  place(number);
  return recent = number;
}

void HeaderShapes::place(std::uint16_t number) {
  const std::size_t mask = index_.size() - 1;
  std::size_t at = hash_shape(shapes_[number], seed_) & mask;
  while (index_[at] != kNone) at = (at + 1) & mask;
  index_[at] = number;
}

void HeaderShapes::grow() {
  index_.assign(index_.size() * 2, kNone);
  for (std::size_t number = 0; number < shapes_.size(); ++number) place(static_cast<std::uint16_t>(number));
}

}  // namespace handlens
