// What the link layer and the capture's own notes say: they need no guess about stacks or distances.
#include <fmt/format.h>

#include <algorithm>

#include "src/findings/clues.h"

namespace handlens {
namespace {

// The direction in which all of the side's other packets passed the interface.
CaptureDirection passage_of(const ResetCase& c) {
  CaptureDirection way = CaptureDirection::unknown;
  for (const PacketNote* n : c.own) {
    if (n->seen_as == CaptureDirection::unknown) return CaptureDirection::unknown;
    if (way != CaptureDirection::unknown && way != n->seen_as) return CaptureDirection::unknown;
    way = n->seen_as;
  }
  if (way != CaptureDirection::unknown) return way;
  const HostFacts* host = c.context.host(c.claimed == Side::client ? c.flow.client.ip : c.flow.server.ip);
  if (host == nullptr || host->flows == 0) return way;
  if (host->outgoing == host->flows) return CaptureDirection::outgoing;
  return host->incoming == host->flows ? CaptureDirection::incoming : way;
}

// L1, L4
void direction(const ResetCase& c, Signs& out) {
  if (c.note == nullptr || c.note->seen_as == CaptureDirection::unknown) return;
  const CaptureDirection usual = passage_of(c);
  // Of a bridge, a router or the "any" device on loopback, where packets pass twice, it tells nothing.
  if (usual == CaptureDirection::unknown || (!c.own.empty() && c.own_facts().seen_as != usual)) return;
  if (usual != c.note->seen_as) {
    const bool spoofed = usual == CaptureDirection::outgoing;
    out.push_back({"rst-direction-conflict", ClueGroup::link, Weight::decisive, Toward::middlebox, c.rst.frame,
                   fmt::format("it {} the capturing host, while the other packets with that address {} it: {}",
                               spoofed ? "came into" : "left", spoofed ? "leave" : "come into",
                               spoofed ? "it was made elsewhere" : "it was made on this host")});
    return;
  }
  const SideFacts& peer = c.flow.facts(c.peer);
  const bool peer_comes_in = peer.packets == 0 || peer.seen_as == CaptureDirection::incoming;
  const bool is_its_host = c.own_facts().ttl && hops(*c.own_facts().ttl) == 0;
  if (usual != CaptureDirection::outgoing || !peer_comes_in || !is_its_host) return;
  out.push_back({"rst-at-origin", ClueGroup::link, Weight::decisive, Toward::endpoint, c.rst.frame,
                 "it left the capturing host, which has that address: a program, the kernel, or security software, a "
                 "proxy or a VPN on that machine sent it"});
}

// L2
void station(const ResetCase& c, const Guards& g, Signs& out) {
  if (g.anonymised || c.note == nullptr || !c.note->has_mac || c.own.empty()) return;
  const MacAddress& usual = c.own.front()->mac;
  for (const PacketNote* n : c.own) {
    if (!n->has_mac || n->mac != usual) return;  // it comes over several routers
  }
  if (c.note->mac == usual) return;
  const HostFacts* host = c.context.host(c.claimed == Side::client ? c.flow.client.ip : c.flow.server.ip);
  const bool known =
      host != nullptr && std::find(host->macs.begin(), host->macs.end(), c.note->mac) != host->macs.end();
  if (known) return;
  const bool on_link = hops(c.own.front()->ttl) == 0;
  out.push_back({"rst-mac-mismatch", ClueGroup::link, on_link ? Weight::decisive : Weight::strong, Toward::middlebox,
                 c.rst.frame,
                 fmt::format("it came from the station {}, every other packet with that address from {}{}",
                             to_text(c.note->mac), to_text(usual), on_link ? ", which is on this segment" : "")});
}

// L3
void encapsulation(const ResetCase& c, Signs& out) {
  if (c.note == nullptr || c.own.size() < 2) return;
  const std::uint8_t usual = c.own.front()->encapsulation;
  for (const PacketNote* n : c.own) {
    if (n->encapsulation != usual && n->encapsulation != PacketNote::kUnknownEncapsulation) return;
  }
  const std::uint8_t its = c.note->encapsulation;
  const bool known = usual != PacketNote::kUnknownEncapsulation && its != PacketNote::kUnknownEncapsulation;
  if (!known || its == usual) return;
  out.push_back({"rst-encap-mismatch", ClueGroup::link, Weight::strong, Toward::middlebox, c.rst.frame,
                 "it is wrapped in other layers (VLAN, tunnel, labels) than every other packet with that address"});
}

}  // namespace

void add_link_signs(const ResetCase& c, const Guards& g, Signs& out) {
  direction(c, out);
  station(c, g, out);
  encapsulation(c, out);
}

}  // namespace handlens
