#include "dissectors/udp.h"

#include <gtest/gtest.h>

#include "tests/support/tunnel_frames.h"

namespace handlens {
namespace {

using namespace testing_frames;
using builder::from_hex;

TEST(Udp, WhatIsNoTunnelIsNotTcp) {
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{53, 443, 4789, 6081, 2152, 1701, 3544, 5247}) {
    expect_not_tcp(builder::udp_packet({}, 40000, port, {}));
    expect_not_tcp(builder::udp_packet(Bytes(100, 0xff), 40000, port, {}));
    expect_not_tcp(builder::udp_packet(Bytes(100, 0x5a), port, 40000, {}));
  }
}

TEST(Udp, EitherPortIsAHint) {
  const Bytes datagram = builder::wrap_gtpu(inner_ipv4());
  Bytes answer = datagram;
  answer[22] = 0x90;  // the destination's port is another
  expect_inner(on_wire(answer), {"gtp"});
  answer[20] = 0x90;  // and so is the source's
  expect_not_tcp(answer);
}

TEST(Udp, PaddingBehindItsLengthIsCutOff) {
  const Bytes tunnel = builder::wrap_gtpu(inner_ipv4());
  const Bytes datagram = join({Bytes(tunnel.begin() + 20, tunnel.end()), Bytes(5)});
  expect_inner(on_wire(ipv4(datagram, {.protocol = ip_protocol::udp})), {"gtp"});
}

TEST(Udp, Lengths) {
  Bytes packet = builder::wrap_gtpu(inner_ipv4());
  packet[24] = packet[25] = 0;  // offload: everything there is
  expect_inner(on_wire(packet), {"gtp"});
  for (const std::uint8_t length : Bytes{1, 7, 255}) {
    packet[25] = length;
    expect_not_tcp(packet);
  }
}

TEST(Udp, CutInsideItsHeader) {
  const Bytes frame = builder::ethernet_frame(builder::wrap_gtpu(inner_ipv4()));
  for (std::size_t captured = 34; captured < 42; ++captured) {
    EXPECT_EQ(dissect_cut(frame, captured).kind, PacketKind::not_tcp) << captured;
  }
}

}  // namespace
}  // namespace handlens
