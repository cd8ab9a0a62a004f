#include "src/engine/link_origins.h"

#include <algorithm>
#include <cstring>

#include "src/engine/limits.h"

namespace handlens {

namespace {

constexpr std::uint32_t kFirstDomain = 0x10000;  // below: one VLAN tag, which needs no table

// Of a size that the compiler knows: no call for six bytes.
bool same_mac(const MacAddress& a, const MacAddress& b) { return std::memcmp(a.data(), b.data(), a.size()) == 0; }

bool same_tags(const LinkFacts& a, const LinkFacts& b) {
  return std::equal(a.vlans.begin(), a.vlans.begin() + a.vlan_count, b.vlans.begin()) &&
         std::equal(a.encapsulations.begin(), a.encapsulations.begin() + a.encapsulation_count,
                    b.encapsulations.begin()) &&
         std::ranges::equal(a.identity_bytes(), b.identity_bytes());
}

bool same_link(const LinkFacts& a, const LinkFacts& b) {
  return a.has_macs == b.has_macs && same_mac(a.source_mac, b.source_mac) &&
         same_mac(a.destination_mac, b.destination_mac) && a.vlan_count == b.vlan_count &&
         a.encapsulation_count == b.encapsulation_count && a.identity_length == b.identity_length &&
         ((a.vlan_count | a.encapsulation_count | a.identity_length) == 0 || same_tags(a, b));
}

void append_vlans(const LinkFacts& link, std::vector<std::uint8_t>& key) {
  key.push_back(link.vlan_count);
  for (std::size_t i = 0; i < link.vlan_count; ++i) {
    key.push_back(static_cast<std::uint8_t>(link.vlans[i] >> 8));
    key.push_back(static_cast<std::uint8_t>(link.vlans[i] & 0xff));
  }
}

void append_identity(const LinkFacts& link, std::vector<std::uint8_t>& key) {
  const ByteView identity = link.identity_bytes();
  key.insert(key.end(), identity.begin(), identity.end());
}

}  // namespace

LinkOrigins::LinkOrigins() { origins_.emplace_back(); }

void LinkOrigins::append_key(const LinkFacts& link, std::uint32_t interface_id, Key& key) {
  key.push_back(link.has_macs ? 1 : 0);
  key.insert(key.end(), link.source_mac.begin(), link.source_mac.end());
  key.insert(key.end(), link.destination_mac.begin(), link.destination_mac.end());
  append_vlans(link, key);
  key.push_back(link.encapsulation_count);
  for (std::size_t i = 0; i < link.encapsulation_count; ++i) {
    key.push_back(static_cast<std::uint8_t>(link.encapsulations[i]));
  }
  for (int shift = 24; shift >= 0; shift -= 8) key.push_back(static_cast<std::uint8_t>(interface_id >> shift));
  append_identity(link, key);
}

std::uint16_t LinkOrigins::number_of(const LinkFacts& link, std::uint32_t interface_id) {
  const std::size_t place = link.has_macs ? link.source_mac.back() * 31u + link.destination_mac.back() : 0;
  Recent& recent = recent_[place % recent_.size()];
  if (recent.number != kNone && recent.origin.interface_id == interface_id && same_link(recent.origin.link, link)) {
    return recent.number;
  }
  scratch_.clear();
  append_key(link, interface_id, scratch_);
  const auto found = numbers_.find(scratch_);
  std::uint16_t number = 0;
  if (found != numbers_.end()) {
    number = found->second;
  } else {
    if (origins_.size() >= kMostLinkOrigins) return kNone;
    number = static_cast<std::uint16_t>(origins_.size());
    origins_.push_back({link, interface_id});
    numbers_.emplace(scratch_, number);
  }
  recent = {{link, interface_id}, number};
  return number;
}

std::uint32_t LinkOrigins::domain_in_table(const LinkFacts& link) {
  scratch_.clear();
  append_vlans(link, scratch_);
  append_identity(link, scratch_);
  if (scratch_ == last_key_) return last_domain_;
  const auto found = domains_.find(scratch_);
  std::uint32_t number = kFirstDomain + static_cast<std::uint32_t>(kMostDomains);
  if (found != domains_.end()) {
    number = found->second;
  } else if (domains_.size() < kMostDomains) {
    number = kFirstDomain + static_cast<std::uint32_t>(domains_.size());
    domains_.emplace(scratch_, number);
  } else {
    ++packets_beyond_;
  }
  last_key_ = scratch_;
  last_domain_ = number;
  return number;
}

}  // namespace handlens
