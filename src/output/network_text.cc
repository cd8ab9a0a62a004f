#include "src/output/network_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace handlens {
namespace {

enum class Identity { none, number, outer_pair, other };
struct Kind {
  Identity identity = Identity::none;
  std::size_t length = 0;  // of a number
};

// What the dissector of the layer passes to add_identity.
Kind kind_of(Encapsulation layer) {
  switch (layer) {
    case Encapsulation::vxlan:
    case Encapsulation::vxlan_gpe:
    case Encapsulation::geneve:
    case Encapsulation::nvgre:
    case Encapsulation::provider_backbone:
      return {Identity::number, 3};
    case Encapsulation::pppoe:
      return {Identity::number, 2};
    case Encapsulation::gre:
    case Encapsulation::gtp:
    case Encapsulation::l2tp:
    case Encapsulation::l2tpv3:
    case Encapsulation::capwap:
    case Encapsulation::teredo:
    case Encapsulation::ipip:
    case Encapsulation::sixin4:
    case Encapsulation::fourin6:
    case Encapsulation::sixin6:
      return {Identity::outer_pair, 0};
    case Encapsulation::frame_relay:
      return {Identity::other, 0};
    default:
      return {};
  }
}

std::uint64_t number_in(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

IpAddress address_in(ByteView bytes, bool v6) {
  IpAddress out;
  out.v6 = v6;
  std::copy(bytes.begin(), bytes.end(), out.bytes.begin());
  return out;
}

// Both ends of a tunnel, and what is left of `bytes`.
std::string pair_in(ByteView& bytes) {
  const bool v6 = bytes.front() == 6;
  const std::size_t length = v6 ? 16 : 4;
  if (bytes.size() < 1 + 2 * length) {
    bytes = {};
    return {};
  }
  std::string out = fmt::format(" {}-{}", to_text(address_in(bytes.subspan(1, length), v6)),
                                to_text(address_in(bytes.subspan(1 + length, length), v6)));
  bytes = bytes.subspan(1 + 2 * length);
  return out;
}

// The layer's own part of `bytes`, which begins with the layer's number; what follows is left in it.
std::string identity_in(ByteView& bytes, Encapsulation layer, bool is_last) {
  std::string out(to_text(layer));
  const Kind kind = kind_of(layer);
  if (kind.identity == Identity::none) return {};
  if (bytes.empty() || bytes.front() != static_cast<std::uint8_t>(layer)) return {};
  bytes = bytes.subspan(1);
  if (kind.identity == Identity::number && bytes.size() >= kind.length) {
    out += fmt::format(" {}", number_in(bytes.first(kind.length)));
    bytes = bytes.subspan(kind.length);
  } else if (kind.identity == Identity::outer_pair && !bytes.empty()) {
    out += pair_in(bytes);
    // How long a key is stands nowhere: it is told where nothing follows it.
    if (layer == Encapsulation::gre && is_last && !bytes.empty()) out += fmt::format(" key {}", number_in(bytes));
    if (layer == Encapsulation::gre) bytes = {};
  } else {
    bytes = {};
  }
  return out;
}

}  // namespace

std::string network_text(const LinkFacts& link) {
  std::string out;
  const auto add = [&out](const std::string& part) {
    if (part.empty()) return;
    if (!out.empty()) out += ", ";
    out += part;
  };
  std::string vlans;
  for (std::size_t i = 0; i < link.vlan_count; ++i) vlans += fmt::format("{}{}", i == 0 ? "vlan " : "/", link.vlans[i]);
  add(vlans);
  ByteView rest = link.identity_bytes();
  const auto end = link.encapsulations.begin() + link.encapsulation_count;
  for (auto layer = link.encapsulations.begin(); layer != end && !rest.empty(); ++layer) {
    const bool is_last =
        std::none_of(layer + 1, end, [](Encapsulation other) { return kind_of(other).identity != Identity::none; });
    add(identity_in(rest, *layer, is_last));
  }
  return out;
}

}  // namespace handlens
