#include "dissectors/capwap.h"

#include <gtest/gtest.h>

#include "tests/support/tunnel_frames.h"

namespace handlens {
namespace {

using namespace testing_frames;
using builder::from_hex;

TEST(Capwap, CarriesEthernet) {
  for (const bool radio_mac : {false, true}) {
    const Bytes packet = builder::wrap_capwap(inner_frame({{.id = 8}}), {}, {.radio_mac = radio_mac});
    const DissectedPacket out = on_wire(packet);
    expect_inner(out, {"capwap", "vlan"});
    EXPECT_EQ(identity(out), identity_of(Encapsulation::capwap, usual_pair()));
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
