// Short strings of bytes, each once, by numbers: 0, 1, 2 ... in the order in which they came.
//
// Compact: there may be a million of them. None is forgotten; whoever adds them bounds them. Keyed, so that nobody can
// choose strings that collide (keyed_hash.h). Threads: belongs to one shard. Numbers do not depend on the seed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dissectors/byte_reader.h"

namespace handlens {

class ByteKeys {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  static constexpr std::size_t kLongest = 255;

  explicit ByteKeys(std::uint64_t seed);
  // kNone: it is not here.
  [[nodiscard]] std::uint32_t find(ByteView key) const;
  // REQUIRES: it is not here, and no longer than kLongest.
  std::uint32_t add(ByteView key);
  [[nodiscard]] std::size_t size() const { return places_.size(); }
  // Of the keys; not the room that is set aside for more.
  [[nodiscard]] std::size_t held_bytes() const {
    return bytes_.size() + (places_.size() + index_.size()) * sizeof(std::uint32_t);
  }

 private:
  [[nodiscard]] std::uint64_t hash(ByteView key) const;
  [[nodiscard]] ByteView key_of(std::uint32_t number) const {
    const std::uint8_t* const at = bytes_.data() + places_[number];
    return {at + 1, *at};
  }
  void place(std::uint32_t number);
  void grow();

  std::uint64_t seed_;
  std::vector<std::uint8_t> bytes_;    // each key behind its length
  std::vector<std::uint32_t> places_;  // there, by number
  std::vector<std::uint32_t> index_;   // a power of two; open addressing
};

}  // namespace handlens
