#include "src/flow/keyed_hash.h"

#include <gtest/gtest.h>

#include <set>

#include "src/flow/flow_key.h"

namespace handlens {
namespace {

// Whatever one word is, the other one shows: 4096 of them must not share a hash. Words that make the plain constants
// vanish are among those that are tried.
TEST(KeyedHash, NoWordHidesTheOther) {
  for (const std::uint64_t fixed : {0ull, ~0ull, 0x9e37'79b9'7f4a'7c15ull, 0xd6e8'feb8'6659'fd93ull}) {
    std::set<std::uint64_t> left, right;
    for (std::uint64_t i = 0; i < 4096; ++i) {
      left.insert(fold_words(i << 20, fixed, 77, 1));
      right.insert(fold_words(fixed, i << 20, 77, 1));
    }
    EXPECT_EQ(left.size(), 4096u) << fixed;
    EXPECT_EQ(right.size(), 4096u) << fixed;
  }
}

TEST(KeyedHash, SecretsDiffer) {
  std::set<std::uint64_t> secrets;
  for (std::uint64_t seed = 1; seed < 100; ++seed) {
    for (std::uint64_t which = 0; which < 6; ++which) secrets.insert(secret_of(seed, which));
  }
  EXPECT_EQ(secrets.size(), 99u * 6);
}

// IPv6: the half of an address that a stranger chooses freely must not make the rest of the key vanish.
TEST(KeyedHash, NoHalfOfAnAddressHidesTheOther) {
  for (const std::uint64_t fixed : {0x9e37'79b9'7f4a'7c15ull, 0xd6e8'feb8'6659'fd93ull}) {
    for (std::size_t end = 0; end < 2; ++end) {
      std::set<std::uint32_t> hashes;
      for (std::uint64_t i = 0; i < 4096; ++i) {
        FlowKey key;
        std::memcpy(key.address[end].data(), &i, sizeof(i));
        std::memcpy(key.address[end].data() + 8, &fixed, sizeof(fixed));
        hashes.insert(hash_key(key, 77));
      }
      EXPECT_GT(hashes.size(), 4090u) << fixed << " " << end;
    }
  }
}

}  // namespace
}  // namespace handlens
