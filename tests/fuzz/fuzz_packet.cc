// Any frame of any link type: no read outside it, and a result that keeps packet.h's promises.
// Input: two bytes choose the link type, one byte how much longer the frame was on the wire, the rest is the frame.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>

#include "dissectors/icmp.h"
#include "dissectors/ipv4.h"
#include "dissectors/packet.h"
#include "dissectors/tcp.h"

namespace {

using namespace handlens;

void require(bool condition) {
  if (!condition) std::abort();
}

bool lies_inside(ByteView part, ByteView whole) {
  if (part.empty()) return true;
  const std::less_equal<const std::uint8_t*> not_after;
  return not_after(whole.data(), part.data()) && not_after(part.data() + part.size(), whole.data() + whole.size());
}

void check_one(const DissectedPacket& out, ByteView frame, std::uint32_t wire_length) {
  const LinkFacts& link = out.packet.link;
  require(link.vlan_count <= kMaxVlanTags && link.encapsulation_count <= kMaxEncapsulations);
  require(link.identity_length <= kMaxIdentityBytes);
  require((out.kind == PacketKind::undecodable) == (out.reason != Undecodable::none));
  require(!to_text(out.reason).empty());
  if (out.kind == PacketKind::tcp) {
    // A mirror may have cut an IP packet before it was sent on: then its own length counts.
    const std::uint32_t at_most = std::max(wire_length, kLongestDatagram);
    require(lies_inside(out.packet.payload, frame) && lies_inside(out.packet.tcp.options, frame));
    require(out.packet.payload_length >= out.packet.payload.size() && out.packet.payload_length <= at_most);
    const TcpOptions options = dissect_tcp_options(out.packet.tcp.options);
    require(options.kinds().size() <= out.packet.tcp.options.size());
    require(!options.fast_open_cookie || lies_inside(*options.fast_open_cookie, frame));
    require(!to_text(out.packet.ip.source).empty());
  }
  if (out.kind == PacketKind::fragment) {
    require(lies_inside(out.fragment.payload, frame) && lies_inside(out.fragment.header, frame));
    require(out.fragment.length >= out.fragment.payload.size() && out.fragment.offset + out.fragment.length <= 65535);
    require(out.fragment.cut == (out.fragment.payload.size() < out.fragment.length));
  }
  if (out.kind == PacketKind::icmp_error) require(!icmp_text(out.icmp.v6, out.icmp.type, out.icmp.code).empty());
}

// The frame's packet, and those behind it: never more than the limit, each inside the frame, and an end.
void check(DissectedPacket& out, ByteView frame, std::uint32_t wire_length) {
  check_one(out, frame, wire_length);
  // An aggregate's last packet may hold another aggregate, in fewer bytes.
  for (std::size_t turns = 0; dissect_next_into(out); ++turns) {
    require(turns <= frame.size());
    require(out.rest.packets <= kMaxFramePackets && (!out.more || lies_inside(out.rest.bytes, frame)));
    check_one(out, frame, wire_length);
  }
  require(!out.more);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::uint16_t link = read_u16(data);
  const ByteView frame(data + 3, size - 3);
  const std::uint32_t wire_length = static_cast<std::uint32_t>(frame.size()) + data[2] * 16u;
  static DissectedPacket reused;  // must not matter
  dissect_packet_into(link, frame, wire_length, reused);
  const PacketKind kind = reused.kind;
  const Undecodable reason = reused.reason;
  check(reused, frame, wire_length);
  DissectedPacket fresh = dissect_packet(link, frame, wire_length);
  require(fresh.kind == kind && fresh.reason == reason);
  check(fresh, frame, wire_length);
  dissect_ip_into(frame, wire_length, reused);
  check(reused, frame, wire_length);
  return 0;
}
