#include "dissectors/chdlc.h"

#include "tests/dissectors/link_bytes.h"

namespace handlens {
namespace {

using namespace testing_links;
using builder::wrap_chdlc;

TEST(Chdlc, BothIpVersionsAndBothAddresses) {
  expect_tcp(dissect(wrap_chdlc(packet4()), link_type::c_hdlc), {"chdlc"});
  Bytes multicast = wrap_chdlc(packet6());
  multicast[0] = 0x8f;
  expect_tcp(dissect(multicast, link_type::c_hdlc), {"chdlc"});
}

TEST(Chdlc, PppOnTheSameLine) { expect_tcp(dissect(builder::wrap_ppp(packet4()), link_type::c_hdlc), {"ppp"}); }

TEST(Chdlc, OtherProtocolsAreNotTcp) {
  EXPECT_EQ(dissect({0x8f, 0, 0x80, 0x35, 0, 0, 0, 2}, link_type::c_hdlc).kind, PacketKind::not_tcp);  // SLARP
  EXPECT_EQ(dissect({0x0f, 0, 0x00, 0x21, 0x45}, link_type::c_hdlc).kind, PacketKind::not_tcp);
}

TEST(Chdlc, NoSuchAddress) {
  EXPECT_EQ(dissect({0x45, 0, 8, 0, 1}, link_type::c_hdlc).reason, Undecodable::bad_link_header);
}

TEST(Chdlc, CutAtEveryLength) { expect_cut_everywhere(wrap_chdlc(packet4()), link_type::c_hdlc, 4); }

}  // namespace
}  // namespace handlens
