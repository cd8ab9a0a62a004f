#include "dissectors/nflog.h"

#include "tests/dissectors/link_bytes.h"

namespace handlens {
namespace {

using namespace testing_links;
using builder::wrap_nflog;

constexpr std::uint16_t kLink = link_type::nflog;

TEST(Nflog, BothByteOrdersAndIpVersions) {
  for (const bool big_endian : {false, true}) {
    const DissectedPacket out = dissect(wrap_nflog({}, packet4(), big_endian), kLink);
    expect_tcp(out, {"nflog"});
    EXPECT_TRUE(out.packet.link.has_macs);
    EXPECT_EQ(to_text(out.packet.link.source_mac), "02:00:00:00:00:01");
    EXPECT_EQ(out.packet.link.destination_mac, MacAddress{});
    expect_tcp(dissect(wrap_nflog({}, packet6(), big_endian), kLink), {"nflog"});
  }
}

TEST(Nflog, OtherFamiliesGoByThePacketHeader) {
  Bytes frame = wrap_nflog({}, packet6());
  frame[0] = 7;
  expect_tcp(dissect(frame, kLink), {"nflog"});
  frame[9] = 0x06;  // ARP
  frame[8] = 0x08;
  EXPECT_EQ(dissect(frame, kLink).kind, PacketKind::not_tcp);
  EXPECT_EQ(dissect({7, 0, 0, 5, 5, 0, 9, 0, 0x45, 0, 0, 0}, kLink).kind, PacketKind::not_tcp);
}

// A rule that copies the first bytes of each packet.
TEST(Nflog, CutCopiesAreUsedAsFarAsTheyGo) {
  for (const Bytes& packet : {packet4(), packet6()}) {
    const Bytes part(packet.begin(), packet.end() - 3);
    Bytes frame = wrap_nflog({}, packet);
    frame.erase(frame.end() - 3, frame.end());
    const std::size_t length_at = frame.size() - part.size() - 4;
    frame[length_at] = static_cast<std::uint8_t>(part.size() + 4);
    const DissectedPacket cut = dissect(frame, kLink);
    ASSERT_EQ(cut.kind, PacketKind::tcp) << to_text(cut.reason);
    EXPECT_EQ(cut.packet.payload_length, 4u);
    EXPECT_EQ(cut.packet.payload.size(), 1u);
  }
}

TEST(Nflog, WithoutAPacketNotTcp) {
  EXPECT_EQ(dissect({2, 0, 0, 5}, kLink).kind, PacketKind::not_tcp);
  EXPECT_EQ(dissect({2, 0, 0, 5, 6, 0, 10, 0, 't', 0, 0, 0}, kLink).kind, PacketKind::not_tcp);
}

TEST(Nflog, AttributesThatLie) {
  EXPECT_EQ(dissect({2, 1, 0, 5, 8, 0, 1, 0}, kLink).reason, Undecodable::bad_link_header);
  EXPECT_EQ(dissect({2, 0, 0, 5, 3, 0, 1, 0}, kLink).reason, Undecodable::bad_link_header);
  EXPECT_EQ(dissect({2, 0, 0, 5, 9, 0, 9, 0, 1, 2, 3, 4}, kLink).reason, Undecodable::bad_link_header);
  EXPECT_EQ(dissect({2, 0, 0, 5, 4, 0, 9, 0}, kLink).reason, Undecodable::short_ip_header);
}

TEST(Nflog, SoManyAttributes) {
  for (const std::size_t count : {63u, 64u}) {
    Bytes frame = {2, 0, 0, 5};
    for (std::size_t i = 0; i < count; ++i) frame.insert(frame.end(), {4, 0, 20, 0});
    const std::size_t size = packet4().size() + 4;
    frame.insert(frame.end(), {static_cast<std::uint8_t>(size), 0, 9, 0});
    const DissectedPacket out = dissect(join({frame, packet4()}), kLink);
    EXPECT_EQ(out.reason, count == 63 ? Undecodable::none : Undecodable::bad_link_header);
  }
}

TEST(Nflog, CutAtEveryLength) { expect_cut_everywhere(wrap_nflog({}, packet4()), kLink, 4 + 8 + 8 + 16 + 4); }

}  // namespace
}  // namespace handlens
