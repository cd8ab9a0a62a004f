#include "src/engine/byte_keys.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "src/flow/keyed_hash.h"

namespace handlens {

namespace {

constexpr std::size_t kFirstIndexSize = 64;  // entries, a power of two

}  // namespace

ByteKeys::ByteKeys(std::uint64_t seed) : seed_(seed), index_(kFirstIndexSize, kNone) {}

std::uint64_t ByteKeys::hash(ByteView key) const {
  std::uint64_t out = fold(key.size() ^ secret_of(seed_, 0), secret_of(seed_, 1));
  for (std::uint64_t which = 1; !key.empty(); ++which) {
    std::array<std::uint64_t, 2> words{};
    const std::size_t n = std::min(key.size(), sizeof(words));
    std::memcpy(words.data(), key.data(), n);
    out = fold_words(words[0] ^ out, words[1], seed_, which);
    key = key.subspan(n);
  }
  return out;
}

std::uint32_t ByteKeys::find(ByteView key) const {
  const std::size_t mask = index_.size() - 1;
  for (std::size_t at = hash(key) & mask; index_[at] != kNone; at = (at + 1) & mask) {
    if (std::ranges::equal(key_of(index_[at]), key)) return index_[at];
  }
  return kNone;
}

std::uint32_t ByteKeys::add(ByteView key) {
  if ((places_.size() + 1) * 2 > index_.size()) grow();
  const auto number = static_cast<std::uint32_t>(places_.size());
  places_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  bytes_.push_back(static_cast<std::uint8_t>(key.size()));
  bytes_.insert(bytes_.end(), key.begin(), key.end());
  place(number);
  return number;
}

void ByteKeys::place(std::uint32_t number) {
  const std::size_t mask = index_.size() - 1;
  std::size_t at = hash(key_of(number)) & mask;
  while (index_[at] != kNone) at = (at + 1) & mask;
  index_[at] = number;
}

void ByteKeys::grow() {
  index_.assign(index_.size() * 2, kNone);
  for (std::uint32_t number = 0; number < places_.size(); ++number) place(number);
}

}  // namespace handlens
