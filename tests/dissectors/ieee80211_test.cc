#include "dissectors/ieee80211.h"

#include "tests/dissectors/link_bytes.h"

namespace handlens {
namespace {

using namespace testing_links;
using builder::LinkFields;
using builder::WlanFields;
using builder::wrap_80211;
using builder::wrap_80211_amsdu;

constexpr std::uint16_t kLink = link_type::ieee80211;
const Words kWlan = {"ieee80211"};

Bytes numbered(std::uint32_t seq) { return ipv4(tcp({.seq = seq}, text("four"))); }

TEST(Ieee80211, AddressesOfEveryDirection) {
  for (const bool to_ds : {false, true}) {
    for (const bool from_ds : {false, true}) {
      for (const bool qos : {false, true}) {
        const DissectedPacket out =
            dissect(wrap_80211({}, packet4(), {.to_ds = to_ds, .from_ds = from_ds, .qos = qos}), kLink);
        expect_tcp(out, kWlan);
        EXPECT_EQ(to_text(out.packet.link.source_mac), "02:00:00:00:00:01");
        EXPECT_EQ(to_text(out.packet.link.destination_mac), "02:00:00:00:00:02");
      }
    }
  }
}

TEST(Ieee80211, HtControlOnlyInQosFrames) {
  expect_tcp(dissect(wrap_80211({}, packet6(), {.qos = true, .ht_control = true}), kLink), kWlan);
  expect_tcp(dissect(wrap_80211({}, packet6(), {.ht_control = true}), kLink), kWlan);
}

// A QoS frame with mesh control before its LLC header.
Bytes in_mesh(const Bytes& mesh_control, bool to_ds = true, bool from_ds = true) {
  const Bytes frame = wrap_80211({}, packet4(), {.to_ds = to_ds, .from_ds = from_ds, .qos = true});
  const std::size_t header = to_ds && from_ds ? 32 : 26;
  Bytes out = join({builder::slice(frame, 0, header), mesh_control, builder::slice(frame, header, frame.size())});
  out[header - 1] = 0x01;
  return out;
}

TEST(Ieee80211, MeshControlIsPassedOver) {
  const Bytes source = builder::from_hex("020000000011"), destination = builder::from_hex("020000000022");
  DissectedPacket out = dissect(in_mesh({0, 31, 1, 0, 0, 0}), kLink);
  expect_tcp(out, kWlan);
  EXPECT_EQ(to_text(out.packet.link.source_mac), "02:00:00:00:00:01");
  out = dissect(in_mesh(join({{2, 31, 1, 0, 0, 0}, destination, source})), kLink);
  expect_tcp(out, kWlan);
  EXPECT_EQ(to_text(out.packet.link.source_mac), "02:00:00:00:00:11");
  EXPECT_EQ(to_text(out.packet.link.destination_mac), "02:00:00:00:00:22");
  out = dissect(in_mesh(join({{1, 31, 1, 0, 0, 0}, source}), false), kLink);
  expect_tcp(out, kWlan);
  EXPECT_EQ(to_text(out.packet.link.source_mac), "02:00:00:00:00:11");
  EXPECT_EQ(to_text(out.packet.link.destination_mac), "02:00:00:00:00:02");
}

// Outside of a mesh the bit is part of a duration or a queue's length.
TEST(Ieee80211, TheMeshBitAloneIsNoMesh) {
  for (const bool to_ds : {false, true}) {
    for (const bool from_ds : {false, true}) expect_tcp(dissect(in_mesh({}, to_ds, from_ds), kLink), kWlan);
  }
  EXPECT_EQ(dissect(in_mesh({3, 31, 1, 0, 0, 0}), kLink).kind, PacketKind::not_tcp);
  EXPECT_EQ(dissect(in_mesh({0, 31, 1, 0, 0, 0}, true, false), kLink).kind, PacketKind::not_tcp);
  const Bytes frame = in_mesh({2, 31, 1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  for (std::size_t captured = 32; captured < 32 + 18 + 8; ++captured) {
    EXPECT_NE(dissect_cut(frame, captured, kLink).kind, PacketKind::tcp) << captured;
  }
}

TEST(Ieee80211, BridgeTunnelEncapsulation) {
  expect_tcp(dissect(wrap_80211({}, packet4(), {.bridge_tunnel = true}), kLink), kWlan);
}

TEST(Ieee80211, ARetryIsAFrame) { expect_tcp(dissect(wrap_80211({}, packet4(), {.flags = 0x08}), kLink), kWlan); }

TEST(Ieee80211, ACheckSequenceIsNotPayload) {
  expect_tcp(dissect(wrap_80211({}, packet4(), {.fcs = true}), kLink), kWlan);
}

TEST(Ieee80211, WhatIsNotRead) {
  EXPECT_EQ(dissect(wrap_80211({}, packet4(), {.flags = 0x40}), kLink).reason, Undecodable::wlan_encrypted);
  EXPECT_EQ(dissect(wrap_80211({}, packet4(), {.flags = 0x04}), kLink).reason, Undecodable::wlan_fragment);
  EXPECT_EQ(dissect(wrap_80211({}, packet4(), {.sequence = 0x0121}), kLink).reason, Undecodable::wlan_fragment);
  EXPECT_EQ(dissect(wrap_80211({}, packet4(), {.sequence = 0xfff0}), kLink).kind, PacketKind::tcp);
}

TEST(Ieee80211, WhatIsNoData) {
  Bytes frame = wrap_80211({}, packet4());
  for (const std::uint8_t control : Bytes{0x80, 0xd4, 0x48, 0xc8}) {  // beacon, acknowledgement, null, QoS null
    frame[0] = control;
    EXPECT_EQ(dissect(frame, kLink).kind, PacketKind::not_tcp);
  }
  frame[0] = 0x09;  // version 1
  EXPECT_EQ(dissect(frame, kLink).reason, Undecodable::bad_link_header);
}

TEST(Ieee80211, CutAtEveryLength) {
  expect_cut_everywhere(wrap_80211({}, packet4()), kLink, 32);
  expect_cut_everywhere(wrap_80211({}, packet4(), {.from_ds = true, .qos = true, .ht_control = true}), kLink, 44);
  expect_cut_everywhere(wrap_80211_amsdu({{{}, packet4()}}), kLink, 26 + 14 + 8);
}

TEST(Amsdu, EveryPacketOfAFrameInOrder) {
  const LinkFields back{.source_mac = builder::from_hex("020000000002"),
                        .destination_mac = builder::from_hex("020000000001")};
  for (const bool fcs : {false, true}) {
    const Bytes frame =
        wrap_80211_amsdu({{{}, numbered(1)}, {back, ipv4(tcp({.seq = 2}))}, {{}, packet6()}}, {.fcs = fcs});
    DissectedPacket out = dissect(frame, kLink);
    expect_tcp(out, kWlan);
    EXPECT_EQ(out.packet.tcp.seq, 1u);
    ASSERT_TRUE(dissect_next_into(out));
    ASSERT_EQ(out.kind, PacketKind::tcp);
    EXPECT_EQ(out.packet.tcp.seq, 2u);
    EXPECT_EQ(out.packet.payload_length, 0u);
    EXPECT_EQ(to_text(out.packet.link.source_mac), "02:00:00:00:00:02");
    ASSERT_TRUE(dissect_next_into(out));
    expect_tcp(out, kWlan);
    EXPECT_TRUE(out.packet.ip.source.v6);
    EXPECT_EQ(to_text(out.packet.link.source_mac), "02:00:00:00:00:01");
    EXPECT_FALSE(dissect_next_into(out));
  }
}

// What one packet's own tags said must not stick to the next one.
TEST(Amsdu, ATagInsideIsOneSubframes) {
  Bytes tagged = builder::llc_snap(packet4());
  tagged.insert(tagged.begin() + 6, {0x81, 0x00, 0x00, 0x07});
  Bytes body = builder::concat(
      {builder::from_hex("020000000002 020000000001"), {0, static_cast<std::uint8_t>(tagged.size())}, tagged});
  body.resize((body.size() + 3) / 4 * 4);
  const Bytes second = wrap_80211_amsdu({{{}, packet4()}});
  const Bytes frame = join({builder::slice(second, 0, 26), body, builder::slice(second, 26, 1000)});
  DissectedPacket out = dissect(frame, kLink);
  expect_tcp(out, {"ieee80211", "vlan"});
  EXPECT_EQ(out.packet.link.vlans[0], 7);
  ASSERT_TRUE(dissect_next_into(out));
  expect_tcp(out, kWlan);
  EXPECT_EQ(out.packet.link.vlan_count, 0);
  EXPECT_EQ(out.packet.link.vlans[0], 0);
}

TEST(Amsdu, ANewFrameForgetsTheRestOfTheOld) {
  const Bytes frame = wrap_80211_amsdu({{{}, packet4()}, {{}, packet4()}});
  DissectedPacket out = dissect(frame, kLink);
  ASSERT_TRUE(out.more);
  const Bytes other = testing_frames::ethernet(packet4());
  dissect_packet_into(link_type::ethernet, other, 0, out);
  EXPECT_FALSE(dissect_next_into(out));
  EXPECT_EQ(out.kind, PacketKind::tcp);
}

TEST(Amsdu, ASubframeThatLies) {
  Bytes frame = wrap_80211_amsdu({{{}, packet4()}});
  ++frame[26 + 13];  // one byte more than there is
  DissectedPacket out = dissect(frame, kLink);
  EXPECT_EQ(out.reason, Undecodable::bad_link_header);
  EXPECT_FALSE(dissect_next_into(out));
  frame[26 + 13] = 0;
  EXPECT_EQ(dissect(frame, kLink).reason, Undecodable::short_link_header);
}

// Whatever the cut leaves: an end, and no packet more than there were.
TEST(Amsdu, CutAtEveryLength) {
  const Bytes frame = wrap_80211_amsdu({{{}, packet4()}, {{}, packet6()}, {{}, packet4()}});
  for (std::size_t captured = 26; captured <= frame.size(); ++captured) {
    SCOPED_TRACE(captured);
    DissectedPacket out = dissect_cut(frame, captured, kLink);
    int packets = out.kind == PacketKind::tcp ? 1 : 0, turns = 1;
    while (dissect_next_into(out)) {
      ++turns;
      packets += out.kind == PacketKind::tcp ? 1 : 0;
    }
    EXPECT_LE(turns, 3);
    EXPECT_EQ(packets == 3, captured >= frame.size() - 4);
    EXPECT_EQ(out.kind == PacketKind::undecodable, packets < 3);
  }
}

TEST(Amsdu, AtMostSoManyPackets) {
  for (const std::size_t count : {64u, 65u, 200u}) {
    const Bytes frame = wrap_80211_amsdu(std::vector(count, std::pair(LinkFields{}, packet4())));
    DissectedPacket out = dissect(frame, kLink);
    std::size_t packets = 1;
    while (out.kind == PacketKind::tcp && dissect_next_into(out)) {
      packets += out.kind == PacketKind::tcp ? 1 : 0;
    }
    EXPECT_EQ(packets, 64u);
    EXPECT_EQ(out.reason, count == 64 ? Undecodable::none : Undecodable::nesting_limit);
    EXPECT_FALSE(out.more);
  }
}

}  // namespace
}  // namespace handlens
