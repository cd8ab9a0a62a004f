// What the tunnels have in common: how a layer is listed, what a cut header means, and what looks like a packet where
// nothing says what follows.
//
// A header that its own length field or reserved bits contradict is no such tunnel: not_tcp. One that was on the wire
// but not captured is short_tunnel_header. Threads: pure functions.
#pragma once

#include <cstddef>

#include "dissectors/layer.h"

namespace handlens {

// Lists a peeled layer. False: there were kMaxEncapsulations already, and the verdict (nesting_limit) is set.
[[nodiscard]] inline bool peel(DissectedPacket& out, Encapsulation layer) {
  LinkFacts& link = out.packet.link;
  if (link.encapsulation_count >= kMaxEncapsulations) {
    give_up(out, Undecodable::nesting_limit);
    return false;
  }
  link.add_encapsulation(layer);
  return true;
}

// True if `n` bytes were captured. False, with the verdict set: they were cut off, or never there.
[[nodiscard]] inline bool has_header(const LayerInput& in, DissectedPacket& out, std::size_t n) {
  if (in.bytes.size() >= n) return true;
  if (in.wire_length >= n) {
    give_up(out, Undecodable::short_tunnel_header);
  } else {
    finish(out, PacketKind::not_tcp);
  }
  return false;
}

// The identity of a tunnel that has no number of its own, or one for each direction: both ends, in whatever order they
// stand in `outer`, then `id`.
void add_outer_pair(LinkFacts& link, Encapsulation layer, const IpFacts& outer, ByteView id = {});

// True if an IPv4 or IPv6 header stands at `in` whose length fits what is there.
[[nodiscard]] bool looks_like_ip(const LayerInput& in);
// True if an Ethernet header stands `offset` bytes into `in`: a source that is no group address, and behind it an
// EtherType that has a row, ARP, or an LLC header of the stated length.
[[nodiscard]] bool looks_like_ethernet(const LayerInput& in, std::size_t offset = 0);
// As looks_like_ethernet, and the type is IP, and behind it looks_like_ip: hardly ever so by chance.
[[nodiscard]] bool looks_like_ip_frame(const LayerInput& in, std::size_t offset = 0);

// As looks_like_ethernet, or as looks_like_ip of that version, by the GRE protocol that the tunnel names; false for
// other numbers.
[[nodiscard]] bool looks_like_payload(const LayerInput& in, std::size_t offset, std::uint16_t type);

// IP of the version its first four bits say; anything else is not TCP.
[[nodiscard]] NextLayer next_by_ip_version(const LayerInput& in, DissectedPacket& out);
[[nodiscard]] inline NextLayer next_ethernet() { return {NextTable::link_type, link_type::ethernet}; }

}  // namespace handlens
