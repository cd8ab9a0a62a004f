// A stream of fragments: bounds hold, and what comes out is a datagram of the length it claims.
// Input: records of  length 1 · time step 1 · snapped-off bytes 1 · that many bytes of an IP datagram.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "dissectors/packet.h"
#include "src/flow/ip_fragments.h"

namespace {

using namespace handlens;

constexpr FragmentLimits kLimits{.datagrams = 4, .bytes = 2048, .timeout_ns = 1'000'000'000};

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FragmentTable table(kLimits);
  ReassembledDatagram datagram;
  PacketStamp stamp;
  DissectedPacket packet;
  ByteView input(data, size);
  while (input.size() >= 3) {
    const std::size_t length = std::min<std::size_t>(input[0], input.size() - 3);
    ++stamp.number;
    stamp.time.ns += (input[1] - 16) * 10'000'000ll;
    const std::uint32_t wire_length = static_cast<std::uint32_t>(length) + input[2];
    const ByteView frame = input.subspan(3, length);
    input = input.subspan(3 + length);
    dissect_packet_into(link_type::raw, frame, wire_length, packet);
    if (packet.kind != PacketKind::fragment) continue;
    Undecodable reason = Undecodable::none;
    const FragmentResult result = table.add(packet, stamp, datagram, reason);
    require(table.open_datagrams() <= kLimits.datagrams && table.held_bytes() <= kLimits.bytes);
    require((result == FragmentResult::dropped) == (reason != Undecodable::none));
    if (result != FragmentResult::complete) continue;
    require(datagram.bytes.size() <= datagram.wire_length && datagram.wire_length <= 65535 + 40);
    dissect_ip_into(datagram.bytes, datagram.wire_length, packet);
    // The header was read once already, so the rebuilt one cannot be wrong about its length. A tunnel inside can.
    require(packet.reason != Undecodable::bad_ip_header || packet.packet.link.encapsulation_count > 1);
    // What is inside may be a fragment again, of a datagram that is shorter by the headers around it.
    require(packet.kind != PacketKind::fragment || packet.fragment.payload.size() < datagram.bytes.size());
  }
  table.finish();
  require(table.open_datagrams() == 0 && table.held_bytes() == 0);
  return 0;
}
