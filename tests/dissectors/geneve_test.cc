#include "dissectors/geneve.h"

#include <gtest/gtest.h>

#include "tests/support/tunnel_frames.h"

namespace handlens {
namespace {

using namespace testing_frames;
using builder::from_hex;

TEST(Geneve, CarriesEthernetAndIp) {
  const DissectedPacket out = on_wire(builder::wrap_geneve(inner_frame(), builder::kTypeBridging, {}, 0x0a0b0c));
  expect_inner(out, {"geneve"});
  EXPECT_EQ(identity(out), identity_of(Encapsulation::geneve, {0x0a, 0x0b, 0x0c}));
  expect_inner(on_wire(builder::wrap_geneve(inner_ipv4(), builder::kTypeIpv4)), {"geneve"});
  expect_inner(on_wire(builder::wrap_geneve(inner_ipv6(), builder::kTypeIpv6)), {"geneve"}, "2001:db8::8");
  expect_not_tcp(builder::wrap_geneve(inner_ipv4(), 0x1234));
}

TEST(Geneve, OptionsArePassedOver) {
  const Bytes options = join({builder::geneve_option(0x0102, 0x80, Bytes(8, 1)), builder::geneve_option(0x0103, 1, {}),
                              builder::geneve_option(0x0104, 2, Bytes(124, 2))});
  const Bytes packet = builder::wrap_geneve(inner_frame(), builder::kTypeBridging, {}, 1, options);
  expect_inner(on_wire(packet), {"geneve"});
  expect_every_cut(packet, Carries::what_a_mirror_cut);
  const Bytes longest = join({builder::geneve_option(1, 1, Bytes(124)), builder::geneve_option(1, 1, Bytes(120))});
  ASSERT_EQ(longest.size(), 252u);
  expect_inner(on_wire(builder::wrap_geneve(inner_frame(), builder::kTypeBridging, {}, 1, longest)), {"geneve"});
}

TEST(Geneve, OptionsThatDoNotFillTheirLengthAreNotTcp) {
  Bytes options = builder::geneve_option(0x0102, 0x80, Bytes(8, 1));
  options[3] = 3;
  expect_not_tcp(builder::wrap_geneve(inner_frame(), builder::kTypeBridging, {}, 1, options));
  options[3] = 0;  // then bytes of the first one's content are an option of their own, which is too long
  options[7] = 31;
  expect_not_tcp(builder::wrap_geneve(inner_frame(), builder::kTypeBridging, {}, 1, options));
}

TEST(Geneve, ControlPacketsAndVersionsAreNotTcp) {
  const Bytes good = builder::wrap_geneve(inner_frame(), builder::kTypeBridging);
  for (const auto& [at, value] :
       std::vector<std::pair<std::size_t, std::uint8_t>>{{28, 0x40}, {28, 0x80}, {29, 0x80}}) {
    Bytes packet = good;
    packet[at] = value;
    expect_not_tcp(packet);
  }
  Bytes critical = good;
  critical[29] = 0x40;
  expect_inner(on_wire(critical), {"geneve"});
}

// RFC 8926 §3.4: ignored on receipt.
TEST(Geneve, ReservedBitsAreIgnoredIfWhatIsNamedFollows) {
  const Bytes options = builder::geneve_option(0x0102, 0x80, Bytes(8, 1));
  const std::vector<std::pair<Bytes, std::uint16_t>> named = {{inner_frame({{.id = 4}}), builder::kTypeBridging},
                                                              {inner_ipv4(), builder::kTypeIpv4},
                                                              {inner_ipv6(), builder::kTypeIpv6}};
  for (const auto& [at, value] : std::vector<std::pair<std::size_t, std::uint8_t>>{{29, 0x01}, {29, 0x3f}, {35, 1}}) {
    for (const auto& [inside, type] : named) {
      Bytes packet = builder::wrap_geneve(inside, type, {}, 1, options);
      packet[at] = value;
      EXPECT_EQ(on_wire(packet).kind, PacketKind::tcp) << at << ' ' << type;
      Bytes other = builder::wrap_geneve(ramp(60, 1), type, {}, 1, options);
      other[at] = value;
      EXPECT_EQ(on_wire(other).kind, PacketKind::not_tcp) << at << ' ' << type;
    }
    Bytes labelled = builder::wrap_geneve(builder::wrap_mpls(inner_ipv4()), builder::kTypeMpls);
    labelled[at] = value;
    EXPECT_EQ(on_wire(labelled).kind, PacketKind::not_tcp);
  }
}

TEST(Geneve, CutAtEveryLength) {
  expect_every_cut(builder::wrap_geneve(inner_frame(), builder::kTypeBridging), Carries::what_a_mirror_cut);
  expect_every_cut(builder::wrap_geneve(inner_ipv4(), builder::kTypeIpv4));
}

}  // namespace
}  // namespace handlens
