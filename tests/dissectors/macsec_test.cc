#include "dissectors/macsec.h"

#include "tests/dissectors/link_bytes.h"

namespace handlens {
namespace {

using namespace testing_links;
using builder::wrap_macsec;
using testing_frames::ethernet;

TEST(Macsec, AuthenticatedOnly) {
  expect_tcp(dissect(wrap_macsec(ethernet(packet4()))), {"macsec"});
  expect_tcp(dissect(wrap_macsec(ethernet(packet6(), 0x86dd), false)), {"macsec"});
}

// The check value, and the padding that a short length tells of, are not payload.
TEST(Macsec, WhereThePayloadEnds) {
  Bytes datagram = packet4();
  datagram[2] = datagram[3] = 0;
  expect_tcp(dissect(wrap_macsec(ethernet(datagram))), {"macsec"});
  Bytes shorter = ipv4(tcp());
  shorter[2] = shorter[3] = 0;
  Bytes frame = wrap_macsec(ethernet(shorter));
  frame.insert(frame.end() - 16, 10, 0xee);
  EXPECT_EQ(dissect(frame).packet.payload_length, 0u);
}

TEST(Macsec, WhatIsEncryptedOrChanged) {
  for (const std::uint8_t bits : Bytes{0x0c, 0x08, 0x04}) {
    Bytes frame = wrap_macsec(ethernet(packet4()));
    frame[14] |= bits;
    EXPECT_EQ(dissect(frame).reason, Undecodable::macsec_encrypted);
  }
}

TEST(Macsec, WhatCannotBe) {
  Bytes frame = wrap_macsec(ethernet(packet4()));
  frame[14] |= 0x80;
  EXPECT_EQ(dissect(frame).reason, Undecodable::bad_link_header);
  EXPECT_EQ(dissect(ethernet(Bytes(6 + 17, 0), 0x88e5)).reason, Undecodable::bad_link_header);
  EXPECT_EQ(dissect(ethernet(Bytes(6 + 18, 0), 0x88e5)).reason, Undecodable::short_link_header);  // LLC of 0 bytes
}

TEST(Macsec, CutAtEveryLength) {
  const Bytes frame = wrap_macsec(ethernet(packet4()));
  for (std::size_t captured = 0; captured < 30; ++captured) {
    EXPECT_EQ(dissect_cut(frame, captured).reason, Undecodable::short_link_header) << captured;
  }
  expect_cut_everywhere(frame, link_type::ethernet, 14 + 14 + 2);
}

}  // namespace
}  // namespace handlens
