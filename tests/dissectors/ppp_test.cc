#include "dissectors/ppp.h"

#include "tests/dissectors/link_bytes.h"

namespace handlens {
namespace {

using namespace testing_links;
using builder::wrap_ppp;

TEST(Ppp, EveryFormOfTheHeader) {
  for (const bool framed : {true, false}) {
    for (const bool short_protocol : {true, false}) {
      for (const std::uint16_t link : std::initializer_list<std::uint16_t>{link_type::ppp, link_type::ppp_hdlc}) {
        expect_tcp(dissect(wrap_ppp(packet4(), {framed, short_protocol}), link), {"ppp"});
        expect_tcp(dissect(wrap_ppp(packet6(), {framed, short_protocol}), link), {"ppp"});
      }
    }
  }
}

TEST(Ppp, TheDirectionInPlaceOfTheAddress) {
  for (const std::uint8_t direction : Bytes{0, 1, 0xff}) {
    Bytes frame = wrap_ppp(packet4());
    frame[0] = direction;
    expect_tcp(dissect(frame, link_type::ppp_pppd), {"ppp"});
  }
  expect_tcp(dissect(wrap_ppp(packet4(), {.framed = false}), link_type::ppp_pppd), {"ppp"});
  expect_tcp(dissect(join({{1}, wrap_ppp(packet4())}), link_type::ppp_with_direction), {"ppp"});
}

TEST(Ppp, CiscoFramingOnASerialLine) {
  expect_tcp(dissect(builder::wrap_chdlc(packet4()), link_type::ppp_hdlc), {"chdlc"});
}

TEST(Ppp, ACheckSequenceIsNotPayload) {
  expect_tcp(dissect(join({wrap_ppp(packet4()), {0xde, 0xad}}), link_type::ppp), {"ppp"});
}

TEST(Ppp, OtherProtocolsAreNotTcp) {
  EXPECT_EQ(dissect({0xff, 0x03, 0xc0, 0x21, 1, 1, 0, 4}, link_type::ppp).kind, PacketKind::not_tcp);  // LCP
  EXPECT_EQ(dissect({0xff, 0x03, 0x80, 0x21, 1, 1, 0, 4}, link_type::ppp).kind, PacketKind::not_tcp);  // IPCP
}

TEST(Ppp, AnotherControl) {
  EXPECT_EQ(dissect({0xff, 0x02, 0x00, 0x21, 0x45}, link_type::ppp).reason, Undecodable::bad_link_header);
}

TEST(Ppp, WhatNeedsAnAgreementIsCounted) {
  for (const std::uint8_t protocol : Bytes{0x2d, 0x2f, 0x53, 0x55, 0xfb, 0xfd}) {
    EXPECT_EQ(dissect({0xff, 0x03, 0, protocol, 1, 2}, link_type::ppp).reason, Undecodable::ppp_compressed);
    EXPECT_EQ(dissect({protocol, 1, 2}, link_type::ppp).reason, Undecodable::ppp_compressed);
  }
  EXPECT_EQ(dissect({0xff, 0x03, 0, 0x3d, 0xc0, 0, 0, 1}, link_type::ppp).reason, Undecodable::ppp_multilink);
}

TEST(Ppp, CutAtEveryLength) {
  expect_cut_everywhere(wrap_ppp(packet4()), link_type::ppp_hdlc, 4);
  expect_cut_everywhere(wrap_ppp(packet4(), {.framed = false}), link_type::ppp, 2);
  expect_cut_everywhere(wrap_ppp(packet4(), {.framed = false, .short_protocol = true}), link_type::ppp, 1);
  expect_cut_everywhere(wrap_ppp(packet4()), link_type::ppp_pppd, 4);
  expect_cut_everywhere(join({{0}, wrap_ppp(packet4())}), link_type::ppp_with_direction, 5);
}

}  // namespace
}  // namespace handlens
