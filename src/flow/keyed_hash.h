// Hashes of bytes that strangers choose. Threads: none of its own.
#pragma once
#include <cstdint>
#include <random>

namespace handlens {

// The high and the low half of the product, joined. Nothing of `b` shows in it where `a` is 0: both must hold a secret.
[[nodiscard]] inline std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Secrets that are made of one: another for each `which`, and unknown to who does not know the seed.
[[nodiscard]] constexpr std::uint64_t secret_of(std::uint64_t seed, std::uint64_t which) {
  return (seed ^ 0x9e37'79b9'7f4a'7c15ull * (2 * which + 1)) * (0xd6e8'feb8'6659'fd93ull + 2 * which);
}

// Two words of which a stranger may choose every bit.
[[nodiscard]] inline std::uint64_t fold_words(std::uint64_t a, std::uint64_t b, std::uint64_t seed,
                                              std::uint64_t which) {
  return fold(a ^ secret_of(seed, 2 * which), b ^ secret_of(seed, 2 * which + 1));
}

[[nodiscard]] inline std::uint64_t random_hash_seed() {
  std::random_device device;  // gives 32 bits
  return (static_cast<std::uint64_t>(device()) << 32) ^ device();
}

}  // namespace handlens
