#include "dissectors/pktap.h"

#include "tests/dissectors/link_bytes.h"

namespace handlens {
namespace {

using namespace testing_links;
using builder::wrap_pktap;

constexpr std::uint16_t kLink = link_type::pktap;

TEST(Pktap, TheLinkTypeInside) {
  expect_tcp(dissect(wrap_pktap(testing_frames::ethernet(packet4()), 1), kLink), {"pktap"});
  expect_tcp(dissect(wrap_pktap(packet6(), 12), kLink), {"pktap", "raw"});
  expect_tcp(dissect(wrap_pktap(join({{2, 0, 0, 0}, packet4()}), 0), kLink), {"pktap", "null"});
}

TEST(Pktap, TheOtherByteOrder) {
  Bytes frame = wrap_pktap(packet4(), 12);
  for (const std::size_t at : {0u, 4u, 8u}) {
    std::swap(frame[at], frame[at + 3]);
    std::swap(frame[at + 1], frame[at + 2]);
  }
  expect_tcp(dissect(frame, kLink), {"pktap", "raw"});
}

TEST(Pktap, WithoutAPacketOrWithAnUnknownOne) {
  Bytes frame = wrap_pktap(packet4(), 12);
  frame[4] = 0;
  EXPECT_EQ(dissect(frame, kLink).kind, PacketKind::not_tcp);
  EXPECT_EQ(dissect(wrap_pktap(packet4(), 147), kLink).reason, Undecodable::unsupported_link_type);
  EXPECT_EQ(dissect(wrap_pktap(packet4(), 0x1000c), kLink).reason, Undecodable::unsupported_link_type);
}

TEST(Pktap, LengthsThatLie) {
  Bytes frame = wrap_pktap(packet4(), 12);
  frame[0] = 107;
  EXPECT_EQ(dissect(frame, kLink).reason, Undecodable::bad_link_header);
  frame[0] = 0xff;
  EXPECT_EQ(dissect(frame, kLink).reason, Undecodable::bad_link_header);
}

TEST(Pktap, InsideItself) {
  Bytes frame = packet4();
  std::uint32_t inside = 12;
  for (int depth = 0; depth < 20; ++depth, inside = kLink) frame = wrap_pktap(frame, inside);
  EXPECT_EQ(dissect(frame, kLink).reason, Undecodable::nesting_limit);
}

TEST(Pktap, CutAtEveryLength) {
  expect_cut_everywhere(wrap_pktap(testing_frames::ethernet(packet4()), 1), kLink, 108 + 14);
}

}  // namespace
}  // namespace handlens
