#include "dissectors/tcp.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "tests/support/frame_bytes.h"

namespace handlens {
namespace {

using namespace testing_frames;

DissectedPacket over_ipv4(const Bytes& segment) { return dissect(ipv4(segment), link_type::ipv4); }

TEST(Tcp, DataOffset) {
  Bytes segment = tcp({}, text("1234"));
  segment[12] = 0x40;
  EXPECT_EQ(over_ipv4(segment).reason, Undecodable::bad_tcp_header);
  segment[12] = 0x60;  // the payload becomes options
  const DissectedPacket out = over_ipv4(segment);
  ASSERT_EQ(out.kind, PacketKind::tcp);
  EXPECT_EQ(out.packet.tcp.options.size(), 4u);
  EXPECT_EQ(out.packet.payload_length, 0u);
  segment[12] = 0x70;  // one word past the segment
  EXPECT_EQ(over_ipv4(segment).reason, Undecodable::bad_tcp_header);
}

TEST(Tcp, ASegmentTooShortForAHeaderIsBadNotCut) {
  for (std::size_t length = 0; length < 20; ++length) {
    EXPECT_EQ(over_ipv4(Bytes(length, 0x50)).reason, Undecodable::bad_tcp_header) << length;
  }
}

TEST(Tcp, NineFlags) {
  const DissectedPacket out = over_ipv4(tcp({.flags = 0x1ff}));
  EXPECT_EQ(out.packet.tcp.flags, 0x1ff);
  Bytes segment = tcp({.flags = tcp_flag::syn});
  segment[12] |= 0x0e;  // reserved bits
  EXPECT_EQ(over_ipv4(segment).packet.tcp.flags, tcp_flag::syn);
}

TEST(TcpOptions, OfAnOrdinarySyn) {
  const Bytes options = {2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7};
  const TcpOptions out = dissect_tcp_options(options);
  EXPECT_EQ(out.mss, 1460);
  EXPECT_EQ(out.window_scale, 7);
  EXPECT_TRUE(out.sack_permitted);
  ASSERT_TRUE(out.timestamps);
  EXPECT_EQ(out.timestamps->value, 1u);
  EXPECT_EQ(out.timestamps->echo, 2u);
  EXPECT_FALSE(out.malformed);
  EXPECT_FALSE(out.fast_open_cookie);
  EXPECT_EQ(Bytes(out.kinds().begin(), out.kinds().end()), (Bytes{2, 4, 8, 1, 3}));
}

TEST(TcpOptions, NothingIsNothing) {
  const TcpOptions out = dissect_tcp_options({});
  EXPECT_EQ(out.kind_count, 0);
  EXPECT_FALSE(out.malformed);
  EXPECT_FALSE(out.mss);
}

TEST(TcpOptions, EndOfListEnds) {
  const Bytes options = {1, 0, 2, 4, 1, 1};
  const TcpOptions out = dissect_tcp_options(options);
  EXPECT_EQ(Bytes(out.kinds().begin(), out.kinds().end()), (Bytes{1, 0}));
  EXPECT_FALSE(out.mss);
}

TEST(TcpOptions, SackBlocks) {
  Bytes options(2 + 24, 0);
  options[0] = 5;
  options[1] = 26;
  EXPECT_EQ(dissect_tcp_options(options).sack_blocks, 3);
  options[1] = 25;
  EXPECT_TRUE(dissect_tcp_options(options).malformed);
}

TEST(TcpOptions, FastOpen) {
  const Bytes request = {34, 2, 1, 1};
  ASSERT_TRUE(dissect_tcp_options(request).fast_open_cookie);
  EXPECT_TRUE(dissect_tcp_options(request).fast_open_cookie->empty());
  const Bytes cookie = {34, 10, 1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_EQ(dissect_tcp_options(cookie).fast_open_cookie->size(), 8u);
  const Bytes experiment = {254, 8, 0xf9, 0x89, 1, 2, 3, 4};
  EXPECT_EQ(dissect_tcp_options(experiment).fast_open_cookie->size(), 4u);
  const Bytes another = {254, 4, 0x12, 0x34};
  EXPECT_FALSE(dissect_tcp_options(another).fast_open_cookie);
}

TEST(TcpOptions, BadLengthsStopButKeepWhatCameBefore) {
  for (const Bytes& tail : {Bytes{8}, Bytes{8, 0}, Bytes{8, 1}, Bytes{8, 10, 0, 0}}) {
    const Bytes options = join({{2, 4, 0x02, 0x18}, tail});
    const TcpOptions out = dissect_tcp_options(options);
    EXPECT_TRUE(out.malformed);
    EXPECT_EQ(out.mss, 536);
    EXPECT_EQ(out.kind_count, 2);
    EXPECT_FALSE(out.timestamps);
  }
}

TEST(TcpOptions, AWrongLengthOfAKnownKindIsSteppedOver) {
  const Bytes options = {2, 3, 9, 3, 3, 4};
  const TcpOptions out = dissect_tcp_options(options);
  EXPECT_TRUE(out.malformed);
  EXPECT_FALSE(out.mss);
  EXPECT_EQ(out.window_scale, 4);
}

// Whatever the bytes are, as often as not a list of options.
TEST(TcpOptions, TimestampsAloneAreTheSame) {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    Bytes options;
    if (round % 2 == 0) options = {2, 4, 5, 180, 4, 2};  // as Linux begins
    while (options.size() < random() % 44) {
      constexpr std::array<std::uint8_t, 9> kKinds = {0, 1, 2, 3, 4, 5, 8, 8, 34};
      const std::uint8_t kind = kKinds[(random() % 20 == 0 ? 0 : 1 + random() % 8)];
      options.push_back(kind);
      if (kind < 2) continue;
      const std::size_t length = kind == 8 && random() % 4 != 0 ? 10 : random() % 13;
      options.push_back(static_cast<std::uint8_t>(length));
      for (std::size_t i = 2; i < length; ++i) options.push_back(static_cast<std::uint8_t>(random()));
    }
    if (random() % 4 == 0 && !options.empty()) options.pop_back();
    const auto whole = dissect_tcp_options(options).timestamps;
    const auto alone = find_tcp_timestamps(options);
    ASSERT_EQ(alone.has_value(), whole.has_value());
    if (!whole) continue;
    ASSERT_EQ(alone->value, whole->value);
    ASSERT_EQ(alone->echo, whole->echo);
  }
}

TEST(TcpOptions, FortyKindsAtMost) {
  EXPECT_EQ(dissect_tcp_options(Bytes(40, 1)).kind_count, 40);
  EXPECT_EQ(dissect_tcp_options(Bytes(500, 1)).kind_count, 40);
}

}  // namespace
}  // namespace handlens
