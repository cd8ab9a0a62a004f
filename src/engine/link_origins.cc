#include "src/engine/link_origins.h"

#include <algorithm>

namespace handlens {

namespace {

constexpr std::size_t kMaxOrigins = 60000;
constexpr std::size_t kMaxDomains = 1u << 20;

bool same_link(const LinkFacts& a, const LinkFacts& b) {
  return a.has_macs == b.has_macs && a.source_mac == b.source_mac && a.destination_mac == b.destination_mac &&
         a.vlan_count == b.vlan_count && a.encapsulation_count == b.encapsulation_count &&
         std::equal(a.vlans.begin(), a.vlans.begin() + a.vlan_count, b.vlans.begin()) &&
         std::equal(a.encapsulations.begin(), a.encapsulations.begin() + a.encapsulation_count,
                    b.encapsulations.begin());
}

}  // namespace

LinkOrigins::LinkOrigins() { origins_.emplace_back(); }

void LinkOrigins::append_key(const LinkFacts& link, std::uint32_t interface_id, Key& key) {
  key.push_back(link.has_macs ? 1 : 0);
  key.insert(key.end(), link.source_mac.begin(), link.source_mac.end());
  key.insert(key.end(), link.destination_mac.begin(), link.destination_mac.end());
  key.push_back(link.vlan_count);
  for (std::size_t i = 0; i < link.vlan_count; ++i) {
    key.push_back(static_cast<std::uint8_t>(link.vlans[i] >> 8));
    key.push_back(static_cast<std::uint8_t>(link.vlans[i] & 0xff));
  }
  for (std::size_t i = 0; i < link.encapsulation_count; ++i) {
    key.push_back(static_cast<std::uint8_t>(link.encapsulations[i]));
  }
  for (int shift = 24; shift >= 0; shift -= 8) key.push_back(static_cast<std::uint8_t>(interface_id >> shift));
}

std::uint16_t LinkOrigins::number_of(const LinkFacts& link, std::uint32_t interface_id) {
  if (last_number_ != 0 && last_interface_ == interface_id && same_link(last_link_, link)) return last_number_;
  Key key;
  append_key(link, interface_id, key);
  const auto found = numbers_.find(key);
  std::uint16_t number = 0;
  if (found != numbers_.end()) {
    number = found->second;
  } else {
    if (origins_.size() >= kMaxOrigins) return 0;
    number = static_cast<std::uint16_t>(origins_.size());
    origins_.push_back({link, interface_id});
    numbers_.emplace(std::move(key), number);
  }
  last_link_ = link;
  last_interface_ = interface_id;
  last_number_ = number;
  return number;
}

std::uint32_t LinkOrigins::domain_of(const LinkFacts& link) {
  if (link.vlan_count == 0) return 0;
  if (link.vlan_count == 1) return 1u + link.vlans[0];
  const std::vector<std::uint16_t> stack(link.vlans.begin(), link.vlans.begin() + link.vlan_count);
  const auto found = domains_.find(stack);
  if (found != domains_.end()) return found->second;
  const auto number = static_cast<std::uint32_t>(0x10000 + std::min(domains_.size(), kMaxDomains));
  if (domains_.size() < kMaxDomains) domains_.emplace(stack, number);
  return number;
}

}  // namespace handlens
