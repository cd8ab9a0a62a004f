#include "dissectors/teredo.h"

#include <gtest/gtest.h>

#include "tests/support/tunnel_frames.h"

namespace handlens {
namespace {

using namespace testing_frames;
using builder::from_hex;

// As inner_ipv6, from a Teredo address.
Bytes from_teredo() {
  Bytes packet = inner_ipv6();
  const Bytes prefix = from_hex("20010000");
  std::copy(prefix.begin(), prefix.end(), packet.begin() + 8);
  return packet;
}

TEST(Teredo, OnTheServersPort) {
  for (const bool indications : {false, true}) {
    const Bytes packet = builder::wrap_teredo(inner_ipv6(), {}, 3544, 50001, indications);
    const DissectedPacket out = on_wire(packet);
    expect_inner(out, {"teredo"}, "2001:db8::8");
    EXPECT_EQ(identity(out), identity_of(Encapsulation::teredo, usual_pair()));
    expect_every_cut(packet);
  }
}

TEST(Teredo, AuthenticationWithIdAndValue) {
  const Bytes indication = join({from_hex("0001 03 04 616263 01020304 1122334455667788 00"), inner_ipv6()});
  expect_inner(on_wire(builder::udp_packet(indication, 50001, 3544, {})), {"teredo"}, "2001:db8::8");
}

TEST(Teredo, OnAnyPortWithATeredoAddress) {
  expect_inner(on_wire(builder::wrap_teredo(from_teredo(), {}, 51000, 52000)), {"teredo"}, "2001::8");
  expect_not_tcp(builder::wrap_teredo(inner_ipv6(), {}, 51000, 52000));
  expect_not_tcp(builder::wrap_teredo(join({from_teredo(), {0}}), {}, 51000, 52000));  // does not fill the datagram
}

// The port alone is not believed: a packet that does not fill the datagram needs an address of Teredo's.
TEST(Teredo, TrailersOnlyBehindATeredoAddress) {
  const Bytes trailer = from_hex("ff 04 00 00 00 00");
  expect_inner(on_wire(builder::wrap_teredo(join({from_teredo(), trailer}), {}, 3544, 50001)), {"teredo"}, "2001::8");
  expect_not_tcp(builder::wrap_teredo(join({inner_ipv6(), trailer}), {}, 3544, 50001));
}

TEST(Teredo, OtherThingsAreNotTcp) {
  expect_not_tcp(builder::wrap_teredo(inner_ipv4()));
  Bytes longer = inner_ipv6();
  longer[5] = static_cast<std::uint8_t>(longer[5] + 1);
  expect_not_tcp(builder::wrap_teredo(longer));
  expect_not_tcp(builder::udp_packet(from_hex("0001 ff ff"), 50001, 3544, {}));
}

}  // namespace
}  // namespace handlens
