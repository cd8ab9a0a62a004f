#include "tools/builder/link_builder.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace handlens::builder {
namespace {

const Bytes kPacket = from_hex("45000014 00010000 40060000 c0000201 c0000202");

// The check value of the polynomial: the CRC-32 of "123456789" is cbf43926.
TEST(LinkBuilder, TheCheckSequenceIsTheOneOfIeee802) {
  EXPECT_EQ(frame_check_sequence(from_text("123456789")), from_hex("2639f4cb"));
}

TEST(LinkBuilder, PppInItsFourForms) {
  EXPECT_EQ(slice(wrap_ppp(kPacket), 0, 5), from_hex("ff03 0021 45"));
  EXPECT_EQ(slice(wrap_ppp(kPacket, {.framed = false}), 0, 3), from_hex("0021 45"));
  EXPECT_EQ(slice(wrap_ppp(kPacket, {.short_protocol = true}), 0, 4), from_hex("ff03 21 45"));
  EXPECT_EQ(slice(wrap_pppoe({}, kPacket, 0x0102), 12, 11), from_hex("8864 11 00 0102 0016 0021 45"));
}

TEST(LinkBuilder, AnAmsdusSubframesAreAlignedButNotTheLast) {
  const Bytes odd = slice(kPacket, 0, 19);
  const Bytes frame = wrap_80211_amsdu({{{}, odd}, {{}, odd}});
  EXPECT_EQ(frame.size(), 26U + (14 + 8 + 19 + 3) + (14 + 8 + 19));
  EXPECT_EQ(slice(frame, 24, 1), from_hex("80"));
  EXPECT_EQ(slice(frame, 26 + 12, 2), from_hex("001b"));
}

TEST(LinkBuilder, TagsGoBehindTheAddresses) {
  const Bytes frame = ethernet_frame(kPacket, 0x0800);
  EXPECT_EQ(slice(wrap_cmd(frame, 7), 12, 11), from_hex("8909 0101 0001 0007 0800 45"));
  EXPECT_EQ(slice(wrap_8021ah(frame, 0x0a0b0c), 12, 6), from_hex("88e7 00 0a0b0c"));
}

TEST(LinkBuilder, ALinkOfAnotherFile) {
  EXPECT_THROW((void)link_frame_of(LinkType::raw, {}, kPacket), std::invalid_argument);
}

}  // namespace
}  // namespace handlens::builder
