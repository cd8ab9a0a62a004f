#include "dissectors/ppi.h"

#include "tests/dissectors/link_bytes.h"

namespace handlens {
namespace {

using namespace testing_links;
using builder::wrap_80211;
using builder::wrap_ppi;

constexpr std::uint16_t kLink = link_type::ppi;
const Words kWords = {"ppi", "ieee80211"};

TEST(Ppi, WlanWithAndWithoutCheckSequence) {
  expect_tcp(dissect(wrap_ppi(wrap_80211({}, packet4())), kLink), kWords);
  Bytes datagram = packet4();
  datagram[2] = datagram[3] = 0;  // ends where the check sequence begins
  expect_tcp(dissect(wrap_ppi(wrap_80211({}, datagram, {.fcs = true}), 105, 1), kLink), kWords);
}

TEST(Ppi, DamagedFrames) {
  for (const std::uint16_t flags : std::initializer_list<std::uint16_t>{4, 5, 8}) {
    EXPECT_EQ(dissect(wrap_ppi(wrap_80211({}, packet4()), 105, flags), kLink).reason, Undecodable::bad_fcs);
  }
}

TEST(Ppi, FieldsBeforeTheOneWithTheFlags) {
  const Bytes frame = wrap_80211({}, packet4());
  const Bytes odd = {0x10, 0x27, 3, 0, 1, 2, 3};
  const Bytes common = {2, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0};
  const Bytes plain = join({{0, 0, 29, 0, 105, 0, 0, 0}, odd, common, frame});
  EXPECT_EQ(dissect(plain, kLink).reason, Undecodable::bad_fcs);
  const Bytes aligned = join({{0, 1, 30, 0, 105, 0, 0, 0}, odd, {0}, common, frame});
  EXPECT_EQ(dissect(aligned, kLink).reason, Undecodable::bad_fcs);
  const Bytes beyond = join({{0, 0, 12, 0, 105, 0, 0, 0, 2, 0, 200, 0}, frame});
  expect_tcp(dissect(beyond, kLink), kWords);
}

TEST(Ppi, OtherLinkTypesInside) {
  expect_tcp(dissect(wrap_ppi(testing_frames::ethernet(packet4()), 1), kLink), {"ppi"});
  EXPECT_EQ(dissect(wrap_ppi(packet4(), 147), kLink).reason, Undecodable::unsupported_link_type);
  EXPECT_EQ(dissect(wrap_ppi(packet4(), 0x10001), kLink).reason, Undecodable::unsupported_link_type);
}

TEST(Ppi, InsideItself) {
  Bytes frame = testing_frames::ethernet(packet4());
  std::uint32_t inside = 1;
  for (int depth = 1; depth <= 40; ++depth) {
    frame = wrap_ppi(frame, inside);
    inside = kLink;
    const DissectedPacket out = dissect(frame, kLink);
    EXPECT_EQ(out.reason, depth <= 8 ? Undecodable::none : Undecodable::nesting_limit) << depth;
  }
}

TEST(Ppi, HeadersThatLie) {
  Bytes frame = wrap_ppi(wrap_80211({}, packet4()));
  frame[0] = 1;
  EXPECT_EQ(dissect(frame, kLink).reason, Undecodable::bad_link_header);
  frame[0] = 0;
  frame[2] = 7;
  EXPECT_EQ(dissect(frame, kLink).reason, Undecodable::bad_link_header);
  frame[3] = 0xff;
  EXPECT_EQ(dissect(frame, kLink).reason, Undecodable::bad_link_header);
}

TEST(Ppi, CutAtEveryLength) { expect_cut_everywhere(wrap_ppi(wrap_80211({}, packet4())), kLink, 32 + 32); }

}  // namespace
}  // namespace handlens
