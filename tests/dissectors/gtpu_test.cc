#include "dissectors/gtpu.h"

#include <gtest/gtest.h>

#include "tests/support/tunnel_frames.h"

namespace handlens {
namespace {

using namespace testing_frames;
using builder::from_hex;

TEST(Gtpu, CarriesIpAndIsNamedByItsEndsNotItsTeid) {
  const DissectedPacket out = on_wire(builder::wrap_gtpu(inner_ipv4(), {}, 0x1111));
  expect_inner(out, {"gtp"});
  EXPECT_EQ(identity(out), identity_of(Encapsulation::gtp, usual_pair()));
  EXPECT_EQ(identity(on_wire(builder::wrap_gtpu(inner_ipv4(), builder::reversed({}), 0x2222))), identity(out));
  expect_inner(on_wire(builder::wrap_gtpu(inner_ipv6())), {"gtp"}, "2001:db8::8");
}

// A session of the Ethernet type, also between stations whose addresses begin like an IP header.
TEST(Gtpu, CarriesEthernet) {
  for (const char* mac : {"020000000001", "450000000001", "600000000001"}) {
    const Bytes frame = builder::ethernet_frame(inner_ipv4(), {.destination_mac = from_hex(mac)});
    const DissectedPacket out = on_wire(builder::wrap_gtpu(frame, {}, 1, {{0x85, {0x10, 0x05}}}));
    expect_inner(out, {"gtp"});
    EXPECT_EQ(to_text(out.packet.link.destination_mac).substr(0, 2), std::string(mac).substr(0, 2));
  }
  const Bytes tagged = builder::ethernet_frame(inner_ipv4(), {.vlans = {{.id = 9}}});
  expect_inner(on_wire(builder::wrap_gtpu(tagged)), {"gtp", "vlan"});
  expect_every_cut(builder::wrap_gtpu(builder::ethernet_frame(inner_ipv4())));
}

TEST(Gtpu, TheTeidIsALabel) {
  const auto labels = [](std::uint32_t teid) {
    return on_wire(builder::wrap_gtpu(inner_ipv4(), {}, teid)).packet.link.labels;
  };
  EXPECT_NE(labels(0), 0u);
  EXPECT_NE(labels(0x1111), labels(0x2222));
  EXPECT_EQ(labels(0x1111), labels(0x1111));
}

TEST(Gtpu, ExtensionHeaders) {
  const Bytes packet = builder::wrap_gtpu(inner_ipv4(), {}, 1, {{0x85, {0x10, 0x09}}, {0xc0, Bytes(6, 1)}});
  expect_inner(on_wire(packet), {"gtp"});
  expect_every_cut(packet);
}

TEST(Gtpu, OptionalFieldsWithoutExtensions) {
  for (const std::uint8_t flags : Bytes{0x31, 0x32, 0x33}) {
    const Bytes rest = join({{0, 5, 6, 7}, inner_ipv4()});  // the type of a next extension counts with its flag only
    Bytes header = {flags, 255, 0, static_cast<std::uint8_t>(rest.size()), 0, 0, 0, 1};
    expect_inner(on_wire(builder::udp_packet(join({header, rest}), 2152, 2152, {})), {"gtp"});
  }
}

TEST(Gtpu, SixteenExtensionsAreReadAnotherIsTooMany) {
  std::vector<std::pair<std::uint8_t, Bytes>> extensions(kMaxGtpExtensions, {0x85, {1, 2}});
  expect_inner(on_wire(builder::wrap_gtpu(inner_ipv4(), {}, 1, extensions)), {"gtp"});
  extensions.push_back({0x85, {1, 2}});
  EXPECT_EQ(on_wire(builder::wrap_gtpu(inner_ipv4(), {}, 1, extensions)).reason, Undecodable::nesting_limit);
}

TEST(Gtpu, OtherMessagesAndLiesAreNotTcp) {
  const Bytes good = builder::wrap_gtpu(inner_ipv4());
  for (const auto& [at, value] : std::vector<std::pair<std::size_t, std::uint8_t>>{
           {28, 0x20}, {28, 0x50}, {28, 0x38}, {29, 1}, {29, 26}, {29, 254}, {30, 1}}) {
    Bytes packet = good;
    packet[at] = value;
    expect_not_tcp(packet);
  }
  expect_not_tcp(builder::wrap_gtpu(Bytes(40, 0x11)));
  expect_not_tcp(builder::wrap_gtpu({}));
  const Bytes no_length = join({{0x34, 255, 0, 44, 0, 0, 0, 1, 0, 0, 0, 0x85, 0}, Bytes(39)});
  expect_not_tcp(builder::udp_packet(no_length, 2152, 2152, {}));
}

TEST(Gtpu, CutAtEveryLength) { expect_every_cut(builder::wrap_gtpu(inner_ipv4())); }

}  // namespace
}  // namespace handlens
