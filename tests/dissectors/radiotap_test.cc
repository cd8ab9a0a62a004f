#include "dissectors/radiotap.h"

#include "tests/dissectors/link_bytes.h"

namespace handlens {
namespace {

using namespace testing_links;
using builder::wrap_80211;
using builder::wrap_radiotap;

constexpr std::uint16_t kLink = link_type::radiotap;
const Words kWords = {"radiotap", "ieee80211"};

TEST(Radiotap, FlagsOfTheFrame) {
  expect_tcp(dissect(wrap_radiotap(wrap_80211({}, packet4())), kLink), kWords);
  expect_tcp(dissect(wrap_radiotap(wrap_80211({}, packet4(), {.fcs = true}), 0x10), kLink), kWords);
  const Bytes padded = wrap_80211({}, packet4(), {.qos = true, .padding = 2});
  expect_tcp(dissect(wrap_radiotap(padded, 0x20), kLink), kWords);
  EXPECT_EQ(dissect(wrap_radiotap(padded, 0), kLink).kind, PacketKind::not_tcp);
  EXPECT_EQ(dissect(wrap_radiotap(wrap_80211({}, packet4()), 0x50), kLink).reason, Undecodable::bad_fcs);
}

// A datagram without a length of its own ends where the frame's check sequence begins.
TEST(Radiotap, TheCheckSequenceIsCutOff) {
  Bytes datagram = ipv4(tcp({}, text("four")));
  datagram[2] = datagram[3] = 0;
  expect_tcp(dissect(wrap_radiotap(wrap_80211({}, datagram, {.fcs = true}), 0x10), kLink), kWords);
}

TEST(Radiotap, FlagsBehindMorePresenceWordsAndAlignedTime) {
  const Bytes frame = wrap_80211({}, packet4(), {.fcs = true});
  // Two presence words (12 bytes of header), so the time is moved to 16 and the flags stand at 24.
  Bytes header = {0, 0, 25, 0, 0x03, 0, 0, 0x80, 0, 0, 0, 0};
  header.resize(16 + 8);
  header.push_back(0x40);
  EXPECT_EQ(dissect(join({header, frame}), kLink).reason, Undecodable::bad_fcs);
  header.back() = 0x10;
  expect_tcp(dissect(join({header, frame}), kLink), kWords);
  const Bytes without_time = {0, 0, 9, 0, 0x02, 0, 0, 0, 0x40};
  EXPECT_EQ(dissect(join({without_time, frame}), kLink).reason, Undecodable::bad_fcs);
  const Bytes without_flags = {0, 0, 9, 0, 0x04, 0, 0, 0, 0x40};
  expect_tcp(dissect(join({without_flags, frame}), kLink), kWords);
}

TEST(Radiotap, WordsAndFieldsBeyondTheHeader) {
  const Bytes frame = wrap_80211({}, packet4());
  expect_tcp(dissect(join({{0, 0, 8, 0, 0x02, 0, 0, 0}, frame}), kLink), kWords);
  expect_tcp(dissect(join({{0, 0, 8, 0, 0x02, 0, 0, 0x80}, frame}), kLink), kWords);
  expect_tcp(dissect(join({{0, 0, 11, 0, 0x03, 0, 0, 0x80, 0xff, 0xff, 0xff}, frame}), kLink), kWords);
}

TEST(Radiotap, LengthsThatLie) {
  const Bytes frame = wrap_80211({}, packet4());
  EXPECT_EQ(dissect(join({{0, 0, 7, 0, 0, 0, 0, 0}, frame}), kLink).reason, Undecodable::bad_link_header);
  EXPECT_EQ(dissect(join({{0, 0, 0xff, 0xff, 0, 0, 0, 0}, frame}), kLink).reason, Undecodable::bad_link_header);
  EXPECT_EQ(dissect(join({{1, 0, 8, 0, 0, 0, 0, 0}, frame}), kLink).reason, Undecodable::bad_link_header);
  EXPECT_EQ(dissect({0, 0, 9, 0, 2, 0, 0, 0, 0x10}, kLink).reason, Undecodable::short_link_header);
  EXPECT_EQ(dissect({0, 0, 9, 0, 2, 0, 0, 0, 0x10, 1, 2}, kLink).reason, Undecodable::short_link_header);
}

TEST(Radiotap, CutAtEveryLength) { expect_cut_everywhere(wrap_radiotap(wrap_80211({}, packet4())), kLink, 22 + 32); }

}  // namespace
}  // namespace handlens
