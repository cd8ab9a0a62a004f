#include "dissectors/ip_in_ip.h"

#include <gtest/gtest.h>

#include "tests/support/tunnel_frames.h"

namespace handlens {
namespace {

using namespace testing_frames;
using builder::from_hex;

const builder::TunnelEnds kEnds6 = {.source = "2001:db8:f::1", .destination = "2001:db8:f::2"};

TEST(IpInIp, EveryPairOfVersions) {
  expect_inner(on_wire(builder::wrap_ipip(inner_ipv4())), {"ipip"});
  expect_inner(on_wire(builder::wrap_6in4(inner_ipv6())), {"6in4"}, "2001:db8::8");
  expect_inner(on_wire(builder::wrap_ipip(inner_ipv4(), kEnds6)), {"4in6"});
  expect_inner(on_wire(builder::wrap_ipip(inner_ipv6(), kEnds6)), {"6in6"}, "2001:db8::8");
}

TEST(IpInIp, CutAtEveryLength) {
  expect_every_cut(builder::wrap_ipip(inner_ipv4()));
  expect_every_cut(builder::wrap_6in4(inner_ipv6()));
  expect_every_cut(builder::wrap_ipip(inner_ipv4(), kEnds6));
}

TEST(IpInIp, IdentityIsBothEndsInAnyOrder) {
  EXPECT_EQ(identity(on_wire(builder::wrap_ipip(inner_ipv4()))), identity_of(Encapsulation::ipip, usual_pair()));
  EXPECT_EQ(identity(on_wire(builder::wrap_ipip(inner_ipv4(), builder::reversed({})))),
            identity_of(Encapsulation::ipip, usual_pair()));
  EXPECT_EQ(identity(on_wire(builder::wrap_6in4(inner_ipv6()))), identity_of(Encapsulation::sixin4, usual_pair()));
}

// Each direction of 6to4 may go through another relay.
TEST(IpInIp, SixToFourHasNoIdentity) {
  for (const std::size_t address : {8u, 24u}) {
    Bytes packet = inner_ipv6();
    packet[address] = 0x20;
    packet[address + 1] = 0x02;
    EXPECT_TRUE(identity(on_wire(builder::wrap_6in4(packet, {.destination = "192.88.99.1"}))).empty());
  }
}

TEST(IpInIp, EightAreReadANinthIsTooMany) {
  Bytes packet = inner_ipv4();
  for (std::size_t i = 0; i < kMaxEncapsulations; ++i) packet = builder::wrap_ipip(packet);
  expect_inner(on_wire(packet), Words(kMaxEncapsulations, "ipip"));
  EXPECT_EQ(on_wire(builder::wrap_ipip(packet)).reason, Undecodable::nesting_limit);
}

TEST(IpInIp, TheWrongVersionInsideIsABadHeader) {
  EXPECT_EQ(on_wire(ipv4(inner_ipv6(), {.protocol = 4})).reason, Undecodable::bad_ip_header);
  EXPECT_EQ(on_wire(ipv4(inner_ipv4(), {.protocol = 41})).reason, Undecodable::bad_ip_header);
  EXPECT_EQ(on_wire(ipv4({}, {.protocol = 4})).reason, Undecodable::short_ip_header);
}

}  // namespace
}  // namespace handlens
