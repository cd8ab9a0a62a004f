// Where packets were captured: link facts and interface, each distinct combination once.
//
// Notes of packets name theirs by a small number. What tells networks apart that may use the same addresses (VLAN stack
// and the identity of tunnels, compared byte by byte) has a number of its own, the domain: it is part of a flow's
// identity. Bounded: an origin after the limit has no number, and whoever keeps it keeps its few bytes for itself. The
// table takes at most 2 MiB; a limit on memory does not count it. It counts the domains, and may bound their table:
// domains after the limit share one number, and such packets are counted.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dissectors/packet.h"
#include "src/engine/byte_keys.h"

namespace handlens {

struct LinkOrigin {
  LinkFacts link;
  std::uint32_t interface_id = kNoInterface;
};

class LinkOrigins {
 public:
  static constexpr std::uint16_t kNone = 0;

  // `seed`: of its hashes. `domain_bytes`: what the table of domains may take.
  explicit LinkOrigins(std::uint64_t seed, std::size_t domain_bytes = SIZE_MAX);
  // kNone: there are too many.
  [[nodiscard]] std::uint16_t number_of(const LinkFacts& link, std::uint32_t interface_id);
  [[nodiscard]] const LinkOrigin& origin(std::uint16_t number) const { return origins_[number]; }
  // The origin that number_of() had no number for, as bytes. They are good until it is called again.
  [[nodiscard]] ByteView unnumbered() const { return scratch_; }
  // From these bytes.
  [[nodiscard]] static LinkOrigin decode(ByteView bytes);
  // 0 for neither VLAN tag nor tunnel.
  [[nodiscard]] std::uint32_t domain_of(const LinkFacts& link) {
    if (link.identity_length == 0 && link.vlan_count < 2) return link.vlan_count == 0 ? 0 : 1u + link.vlans[0];
    return domain_in_table(link);
  }
  // Packets whose domain had no number of its own any more.
  [[nodiscard]] std::uint64_t packets_beyond() const { return packets_beyond_; }
  // Of the domains.
  [[nodiscard]] std::size_t held_bytes() const { return domains_.held_bytes(); }

 private:
  using Key = std::vector<std::uint8_t>;
  [[nodiscard]] std::uint32_t domain_in_table(const LinkFacts& link);

  std::vector<LinkOrigin> origins_;  // one more than there are keys
  ByteKeys keys_, domains_;
  std::size_t domain_bytes_;
  Key scratch_, key_, last_key_;  // kept for their memory: no allocation for what was seen before
  std::uint32_t last_domain_ = 0;
  std::uint64_t packets_beyond_ = 0;
  // The ones met last: packets go both ways, and come from few machines next to the capture.
  struct Recent {
    LinkOrigin origin;
    std::uint16_t number = kNone;
  };
  std::array<Recent, 64> recent_;  // by both MAC addresses
};

}  // namespace handlens
