// The identity of a flow: both endpoints in canonical order, and the domain they live in (VLANs, tunnels).
#pragma once
#include <array>
#include <cstdint>
#include <cstring>

#include "dissectors/packet.h"
#include "src/flow/keyed_hash.h"

namespace handlens {

// 40 bytes without padding, compared as bytes. IPv4 addresses stand in the first four bytes of their field.
struct FlowKey {
  std::array<std::array<std::uint8_t, 16>, 2> address{};  // the lower endpoint first
  std::array<std::uint16_t, 2> port{};
  std::uint32_t domain = 0;  // bit 31: IPv6; the rest: which VLAN stack and tunnels, 0 for none

  using Words = std::array<std::uint64_t, 5>;
  [[nodiscard]] Words words() const {
    Words out{};
    static_assert(sizeof(out) == sizeof(FlowKey));
    std::memcpy(out.data(), this, sizeof(out));
    return out;
  }
  // Without a branch for each word: most keys that are compared are equal.
  [[nodiscard]] bool operator==(const FlowKey& other) const {
    const Words a = words(), b = other.words();
    return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]) | (a[4] ^ b[4])) == 0;
  }
};
static_assert(sizeof(FlowKey) == 40);
inline constexpr std::uint32_t kDomainV6 = 0x8000'0000u;

// A key and which of its ends sent this packet.
struct DirectedKey {
  FlowKey key;
  std::uint8_t sender = 0;  // index into key.address
};

// Any fixed order of the two ends will do; this one is the cheapest: by their bytes as machine words, then by port.
[[nodiscard]] inline DirectedKey make_key(const IpAddress& source, std::uint16_t source_port,
                                          const IpAddress& destination, std::uint16_t destination_port,
                                          std::uint32_t domain) {
  std::array<std::uint64_t, 2> from{}, to{};
  std::memcpy(from.data(), source.bytes.data(), sizeof(from));
  std::memcpy(to.data(), destination.bytes.data(), sizeof(to));
  const bool equal = from == to;
  const bool source_first = equal ? source_port <= destination_port : from < to;
  const IpAddress& first = source_first ? source : destination;
  const IpAddress& second = source_first ? destination : source;
  DirectedKey out;
  out.sender = source_first ? 0 : 1;
  out.key.address = {first.bytes, second.bytes};
  out.key.port = {source_first ? source_port : destination_port, source_first ? destination_port : source_port};
  out.key.domain = domain | (source.v6 ? kDomainV6 : 0u);
  return out;
}

// Seeded, so that nobody can choose addresses that collide (the seed never shows in any output). The products are
// independent of each other: their latencies overlap.
[[nodiscard]] inline std::uint64_t hash_key_wide(const FlowKey& key, std::uint64_t seed) {
  const FlowKey::Words w = key.words();
  const std::uint64_t first = fold_words(w[0], w[1], seed, 0);
  const std::uint64_t second = fold_words(w[2], w[3], seed, 1);
  const std::uint64_t third = fold(w[4] ^ secret_of(seed, 4), 0xa076'1d64'78bd'642full);
  return fold(first ^ seed, second ^ secret_of(seed, 5)) ^ third;
}

[[nodiscard]] inline std::uint32_t hash_key(const FlowKey& key, std::uint64_t seed) {
  const std::uint64_t all = hash_key_wide(key, seed);
  return static_cast<std::uint32_t>(all >> 32 ^ all);
}

}  // namespace handlens
