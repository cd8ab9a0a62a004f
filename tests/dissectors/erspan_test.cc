#include "dissectors/erspan.h"

#include <gtest/gtest.h>

#include "tests/support/tunnel_frames.h"

namespace handlens {
namespace {

using namespace testing_frames;
using builder::from_hex;

TEST(Erspan, AllThreeTypes) {
  const std::vector<Bytes> packets = {builder::wrap_erspan1(inner_frame()), builder::wrap_erspan2(inner_frame()),
                                      builder::wrap_erspan3(inner_frame()),
                                      builder::wrap_erspan3(inner_frame(), {}, true)};
  for (const Bytes& packet : packets) {
    const DissectedPacket out = on_wire(packet);
    expect_inner(out, {"gre", "erspan"});
    EXPECT_TRUE(identity(out).empty());  // a mirror is no network
    EXPECT_EQ(to_text(out.packet.link.source_mac), "02:00:00:00:00:11");
    expect_every_cut(packet, Carries::what_a_mirror_cut);
  }
}

TEST(Erspan, TheMirroredFramesOwnTagsCount) {
  const DissectedPacket out = on_wire(builder::wrap_erspan2(inner_frame({{.id = 30}})));
  expect_inner(out, {"gre", "erspan", "vlan"});
  EXPECT_EQ(out.packet.link.vlans[0], 30);
}

// A mirror that sends the first bytes of each frame: whatever IP says is missing is missing, not a lie.
TEST(Erspan, CutCopiesAreUsedAsFarAsTheyGo) {
  constexpr std::size_t kHeaders = 14 + 20 + 20;
  for (const Bytes& packet : {inner_ipv4(), inner_ipv6()}) {
    const bool v6 = packet[0] >> 4 == 6;
    const Bytes whole = builder::ethernet_frame(packet);
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(kHeaders + (v6 ? 20 : 0) + 2));
    for (const Bytes& copy : {builder::wrap_erspan1(cut), builder::wrap_erspan2(cut), builder::wrap_erspan3(cut)}) {
      const DissectedPacket out = on_wire(copy);
      ASSERT_EQ(out.kind, PacketKind::tcp) << to_text(out.reason);
      EXPECT_EQ(out.packet.payload_length, kInnerPayload);
      EXPECT_EQ(out.packet.payload.size(), 2u);
    }
  }
  // A tunnel in the copy: all lengths on the way are longer than what is there.
  const Bytes tunnel = builder::ethernet_frame(builder::wrap_vxlan(inner_frame()));
  const Bytes part(tunnel.begin(), tunnel.end() - 4);
  const DissectedPacket out = on_wire(builder::wrap_erspan2(part));
  ASSERT_EQ(out.kind, PacketKind::tcp) << to_text(out.reason);
  EXPECT_EQ(out.packet.payload.size() + 4, out.packet.payload_length);
}

TEST(Erspan, AHeaderLongerThanItsPacketIsStillALie) {
  Bytes frame = inner_frame();
  frame[14 + 3] = 19;  // total length
  EXPECT_EQ(on_wire(builder::wrap_erspan2(frame)).reason, Undecodable::bad_ip_length);
}

TEST(Erspan, TypeThreeWithAnIpPacketAndOtherFrameTypes) {
  const auto typed = [](std::uint8_t frame_type, const Bytes& inside) {
    const Bytes header = join({from_hex("2005 0001 000003e8 0000"), {static_cast<std::uint8_t>(frame_type << 2), 0}});
    return builder::wrap_gre(join({header, inside}), 0x22eb, {}, {.sequence = 1u});
  };
  expect_inner(on_wire(typed(2, inner_ipv4())), {"gre", "erspan"});
  expect_not_tcp(typed(1, inner_frame()));
  expect_not_tcp(typed(2, inner_frame()));
}

TEST(Erspan, OtherVersionsAreNotTcp) {
  for (const std::uint8_t version : Bytes{0, 3, 15}) {
    const Bytes header = {static_cast<std::uint8_t>(version << 4), 5, 0, 1, 0, 0, 0, 3};
    expect_not_tcp(builder::wrap_gre(join({header, inner_frame()}), 0x88be, {}, {.sequence = 1u}));
  }
}

}  // namespace
}  // namespace handlens
