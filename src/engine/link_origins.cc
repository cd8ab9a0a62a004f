#include "src/engine/link_origins.h"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "dissectors/byte_reader.h"
#include "src/engine/limits.h"

namespace handlens {

namespace {

constexpr std::uint32_t kFirstDomain = 0x10000;  // below: one VLAN tag, which needs no table
constexpr std::uint32_t kSharedDomain = kFirstDomain + static_cast<std::uint32_t>(kMostDomains);

// Of a size that the compiler knows: no call for six bytes.
bool same_mac(const MacAddress& a, const MacAddress& b) { return std::memcmp(a.data(), b.data(), a.size()) == 0; }

bool same_tags(const LinkFacts& a, const LinkFacts& b) {
  return std::equal(a.vlans.begin(), a.vlans.begin() + a.vlan_count, b.vlans.begin()) &&
         std::equal(a.encapsulations.begin(), a.encapsulations.begin() + a.encapsulation_count,
                    b.encapsulations.begin()) &&
         std::ranges::equal(a.identity_bytes(), b.identity_bytes());
}

bool same_link(const LinkFacts& a, const LinkFacts& b) {
  const bool same_macs =
      !a.has_macs || (same_mac(a.source_mac, b.source_mac) && same_mac(a.destination_mac, b.destination_mac));
  return a.has_macs == b.has_macs && same_macs && a.vlan_count == b.vlan_count &&
         a.encapsulation_count == b.encapsulation_count && a.identity_length == b.identity_length &&
         ((a.vlan_count | a.encapsulation_count | a.identity_length) == 0 || same_tags(a, b));
}

void append_u16(std::uint32_t value, std::vector<std::uint8_t>& key) {
  key.push_back(static_cast<std::uint8_t>(value >> 8));
  key.push_back(static_cast<std::uint8_t>(value & 0xff));
}

void append_vlans(const LinkFacts& link, std::vector<std::uint8_t>& key) {
  for (std::size_t i = 0; i < link.vlan_count; ++i) append_u16(link.vlans[i], key);
}

void append_identity(const LinkFacts& link, std::vector<std::uint8_t>& key) {
  const ByteView identity = link.identity_bytes();
  key.insert(key.end(), identity.begin(), identity.end());
}

// How an origin is written: a byte of these bits and of the number of VLAN tags, the numbers of layers and of identity
// bytes, then what there is of addresses, interface, tags, layers and identity.
constexpr std::uint8_t kHasMacs = 1, kMacsFollow = 2, kInterfaceFollows = 4;
constexpr unsigned kVlanShift = 4;
constexpr std::size_t kFixedBytes = 3;
constexpr std::size_t kLongestOrigin = kFixedBytes + 2 * std::tuple_size_v<MacAddress> +
                                       sizeof(LinkOrigin::interface_id) + 2 * kMaxVlanTags + kMaxEncapsulations +
                                       kMaxIdentityBytes;
static_assert(kLongestOrigin <= ByteKeys::kLongest);

void append_origin(const LinkFacts& link, std::uint32_t interface_id, std::vector<std::uint8_t>& key) {
  constexpr MacAddress kNoMac{};
  // Without has_macs an earlier packet's addresses may stand there.
  const bool macs_follow =
      link.has_macs && (!same_mac(link.source_mac, kNoMac) || !same_mac(link.destination_mac, kNoMac));
  key.push_back(static_cast<std::uint8_t>((link.has_macs ? kHasMacs : 0) | (macs_follow ? kMacsFollow : 0) |
                                          (interface_id != kNoInterface ? kInterfaceFollows : 0) |
                                          (unsigned{link.vlan_count} << kVlanShift)));
  key.push_back(link.encapsulation_count);
  key.push_back(link.identity_length);
  if (macs_follow) {
    key.insert(key.end(), link.source_mac.begin(), link.source_mac.end());
    key.insert(key.end(), link.destination_mac.begin(), link.destination_mac.end());
  }
  if (interface_id != kNoInterface) {
    append_u16(interface_id >> 16, key);
    append_u16(interface_id & 0xffff, key);
  }
  append_vlans(link, key);
  for (std::size_t i = 0; i < link.encapsulation_count; ++i)
    key.push_back(static_cast<std::uint8_t>(link.encapsulations[i]));
  append_identity(link, key);
}

}  // namespace

LinkOrigins::LinkOrigins(std::uint64_t seed, std::size_t domain_bytes)
    : origins_(1), keys_(seed), domains_(seed), domain_bytes_(domain_bytes) {}

LinkOrigin LinkOrigins::decode(ByteView bytes) {
  LinkOrigin out;
  LinkFacts& link = out.link;
  const std::uint8_t bits = bytes[0];
  link.has_macs = (bits & kHasMacs) != 0;
  link.vlan_count = static_cast<std::uint8_t>(bits >> kVlanShift);
  link.encapsulation_count = bytes[1];
  link.identity_length = bytes[2];
  const std::uint8_t* at = bytes.data() + kFixedBytes;
  const auto take = [&at](std::size_t count, auto to) {
    std::copy_n(at, count, to);
    at += count;
  };
  if ((bits & kMacsFollow) != 0) {
    take(link.source_mac.size(), link.source_mac.begin());
    take(link.destination_mac.size(), link.destination_mac.begin());
  }
  if ((bits & kInterfaceFollows) != 0) {
    out.interface_id = read_u32(at);
    at += sizeof(out.interface_id);
  }
  for (std::size_t i = 0; i < link.vlan_count; ++i, at += 2) link.vlans[i] = read_u16(at);
  for (std::size_t i = 0; i < link.encapsulation_count; ++i) link.encapsulations[i] = static_cast<Encapsulation>(*at++);
  take(link.identity_length, link.identity.begin());
  return out;
}

std::uint16_t LinkOrigins::number_of(const LinkFacts& link, std::uint32_t interface_id) {
  const std::size_t place = link.has_macs ? link.source_mac.back() * 31u + link.destination_mac.back() : 0;
  Recent& recent = recent_[place % recent_.size()];
  if (recent.number != kNone && recent.origin.interface_id == interface_id && same_link(recent.origin.link, link)) {
    return recent.number;
  }
  scratch_.clear();
  append_origin(link, interface_id, scratch_);
  const std::uint32_t found = keys_.find(scratch_);
  std::size_t number = found + std::size_t{1};
  if (found == ByteKeys::kNone) {
    number = origins_.size();
    if (number > kMostLinkOrigins) return kNone;
    keys_.add(scratch_);
    origins_.push_back({link, interface_id});
  }
  recent = {{link, interface_id}, static_cast<std::uint16_t>(number)};
  return recent.number;
}

std::uint32_t LinkOrigins::domain_in_table(const LinkFacts& link) {
  key_.clear();
  key_.push_back(link.vlan_count);
  append_vlans(link, key_);
  append_identity(link, key_);
  if (key_ == last_key_) {
    if (last_domain_ == kSharedDomain) ++packets_beyond_;
    return last_domain_;
  }
  std::uint32_t number = domains_.find(key_);
  if (number == ByteKeys::kNone) {
    const bool is_room = domains_.size() < kMostDomains && domains_.held_bytes() < domain_bytes_;
    if (is_room) number = domains_.add(key_);
  }
  last_key_ = key_;
  last_domain_ = number == ByteKeys::kNone ? kSharedDomain : kFirstDomain + number;
  if (last_domain_ == kSharedDomain) ++packets_beyond_;
  return last_domain_;
}

}  // namespace handlens
