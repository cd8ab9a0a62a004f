// Where packets were captured: link facts and interface, each distinct combination once.
//
// Flows name theirs by a small number. The VLAN stack's own number (domain) is part of a flow's identity.
// Bounded: what comes after the limit shares the last number (and so loses its addresses, never its flow).
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "dissectors/packet.h"

namespace handlens {

struct LinkOrigin {
  LinkFacts link;
  std::uint32_t interface_id = 0;
};

class LinkOrigins {
 public:
  LinkOrigins();
  [[nodiscard]] std::uint16_t number_of(const LinkFacts& link, std::uint32_t interface_id);
  [[nodiscard]] const LinkOrigin& origin(std::uint16_t number) const { return origins_[number]; }
  // 0 for no VLAN tag.
  [[nodiscard]] std::uint32_t domain_of(const LinkFacts& link);

 private:
  using Key = std::vector<std::uint8_t>;
  static void append_key(const LinkFacts& link, std::uint32_t interface_id, Key& key);

  std::vector<LinkOrigin> origins_;
  std::map<Key, std::uint16_t> numbers_;
  std::map<std::vector<std::uint16_t>, std::uint32_t> domains_;
  LinkFacts last_link_;
  std::uint32_t last_interface_ = 0;
  std::uint16_t last_number_ = 0;
};

}  // namespace handlens
