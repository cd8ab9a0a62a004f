#include "dissectors/capwap.h"

#include <gtest/gtest.h>

#include <utility>

#include "tests/support/tunnel_frames.h"
#include "tools/builder/link_builder.h"

namespace handlens {
namespace {

using namespace testing_frames;
using builder::from_hex;

TEST(Capwap, CarriesEthernet) {
  for (const bool radio_mac : {false, true}) {
    const Bytes packet = builder::wrap_capwap(inner_frame({{.id = 8}}), {}, {.radio_mac = radio_mac});
    const DissectedPacket out = on_wire(packet);
    expect_inner(out, {"capwap", "vlan"});
    EXPECT_EQ(identity(out), join({identity_of(Encapsulation::capwap, usual_pair()), identity_of_tag(8)}));
    expect_every_cut(packet);
  }
}

// 802.11's own tests are elsewhere: here it matters where the frame starts.
TEST(Capwap, HandsOnNativeFrames) {
  const Bytes wireless = ramp(40);
  const Bytes packet = builder::wrap_capwap(wireless, {}, {.native = true});
  const Bytes datagram(packet.begin() + 28, packet.end());
  LayerInput in{.bytes = datagram, .wire_length = static_cast<std::uint32_t>(datagram.size())};
  DissectedPacket out;
  const NextLayer next = dissect_capwap(in, out);
  EXPECT_EQ(next.table, NextTable::link_type);
  EXPECT_EQ(next.number, link_type::ieee80211);
  EXPECT_EQ(Bytes(in.bytes.begin(), in.bytes.end()), wireless);
}

// A sender that writes the two bytes of frame control the other way round.
TEST(Capwap, ExchangedFrameControl) {
  for (const bool to_ds : {false, true}) {
    for (const bool qos : {false, true}) {
      const builder::WlanFields fields{.to_ds = to_ds, .from_ds = !to_ds, .qos = qos, .flags = 0x08};
      Bytes wireless = builder::wrap_80211({}, inner_ipv4(), fields);
      const DissectedPacket usual = on_wire(builder::wrap_capwap(wireless, {}, {.native = true}));
      expect_inner(usual, {"capwap", "ieee80211"});
      std::swap(wireless[0], wireless[1]);
      const Bytes packet = builder::wrap_capwap(wireless, {}, {.native = true});
      const DissectedPacket out = on_wire(packet);
      expect_inner(out, {"capwap", "ieee80211"});
      EXPECT_EQ(out.packet.link.source_mac, usual.packet.link.source_mac);
      EXPECT_EQ(out.packet.link.destination_mac, usual.packet.link.destination_mac);
      expect_every_cut(packet);
      // Elsewhere a version that does not exist is wrong.
      EXPECT_EQ(dissect(wireless, link_type::ieee80211).reason, Undecodable::bad_link_header);
    }
  }
}
TEST(Capwap, ExchangedOrNotEncryptedFramesAreNamed) {
  const builder::WlanFields fields{.flags = 0x40};
  Bytes wireless = builder::wrap_80211({}, inner_ipv4(), fields);
  std::swap(wireless[0], wireless[1]);
  EXPECT_EQ(on_wire(builder::wrap_capwap(wireless, {}, {.native = true})).reason, Undecodable::wlan_encrypted);
  wireless[1] = 0x0b;  // neither order has a version that exists
  EXPECT_EQ(on_wire(builder::wrap_capwap(wireless, {}, {.native = true})).reason, Undecodable::bad_link_header);
}

TEST(Capwap, FragmentsAreNamed) {
  EXPECT_EQ(on_wire(builder::wrap_capwap(inner_frame(), {}, {.fragment = true})).reason, Undecodable::tunnel_fragment);
}

TEST(Capwap, DtlsKeepAlivesAndLiesAreNotTcp) {
  const Bytes good = builder::wrap_capwap(inner_frame());
  for (const auto& [at, value] : std::vector<std::pair<std::size_t, std::uint8_t>>{
           {28, 1}, {28, 0x10}, {29, 0x08}, {29, 0xf8}, {31, 0x08}, {31, 0x01}, {31, 0x40}, {34, 1}, {35, 1}}) {
    Bytes packet = good;
    packet[at] = value;
    SCOPED_TRACE(std::to_string(at) + " " + std::to_string(value));
    expect_not_tcp(packet);
  }
  Bytes unknown = builder::wrap_capwap(inner_frame(), {}, {.native = true});
  unknown[30] = static_cast<std::uint8_t>((unknown[30] & ~0x3e) | 3 << 1);  // another binding
  expect_not_tcp(unknown);
}

}  // namespace
}  // namespace handlens
