#include "src/engine/labelled_ends.h"

#include <gtest/gtest.h>

namespace handlens {
namespace {

constexpr std::uint32_t kBase = 7, kIsn = 1000, kOtherIsn = 0x9000'0000;

IpAddress address(std::uint32_t number) {
  IpAddress out;
  for (std::size_t i = 0; i < 4; ++i) out.bytes[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  return out;
}
DirectedKey key(bool from_client, std::uint32_t number = 1, std::uint32_t domain = kBase) {
  const IpAddress client = address(0x0a000000 + number), server = address(0xc0000201);
  return from_client ? make_key(client, 1000, server, 443, domain) : make_key(server, 443, client, 1000, domain);
}
TcpHeader header(std::uint16_t flags, std::uint32_t seq, std::uint32_t ack) {
  TcpHeader out;
  out.flags = flags;
  out.seq = seq;
  out.ack = ack;
  return out;
}
TcpHeader syn(std::uint32_t seq) { return header(tcp_flag::syn, seq, 0); }
TcpHeader answer(std::uint32_t seq, std::uint32_t ack) { return header(tcp_flag::syn | tcp_flag::ack, seq, ack); }
TcpHeader data(std::uint32_t seq, std::uint32_t ack) { return header(tcp_flag::ack, seq, ack); }

std::uint32_t domain_of(LabelledEnds& ends, DirectedKey packet, const TcpHeader& tcp, std::uint32_t labels) {
  ends.take(packet, tcp, labels);
  return packet.key.domain;
}

// Two connections between the same ends: labels 11 out and 12 back, and 21 and 22. Returns the second one's domain.
std::uint32_t open_two(LabelledEnds& ends) {
  EXPECT_EQ(domain_of(ends, key(true), syn(kIsn), 11), kBase);
  const std::uint32_t second = domain_of(ends, key(true), syn(kOtherIsn), 21);
  EXPECT_GE(second, LabelledEnds::kFirstDomain);
  EXPECT_EQ(domain_of(ends, key(false), answer(5000, kIsn + 1), 12), kBase);
  EXPECT_EQ(domain_of(ends, key(false), answer(0x5000'0000, kOtherIsn + 1), 22), second);
  return second;
}

TEST(LabelledEnds, OneConnectionStaysWholeWhateverItsLabels) {
  LabelledEnds ends;
  std::uint32_t label = 100;
  EXPECT_EQ(domain_of(ends, key(true), syn(kIsn), ++label), kBase);
  EXPECT_EQ(domain_of(ends, key(true), syn(kIsn), ++label), kBase);  // sent again, by another way
  EXPECT_EQ(domain_of(ends, key(false), answer(5000, kIsn + 1), ++label), kBase);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(domain_of(ends, key(true), data(kIsn + i * 100'000, 5000), ++label), kBase);
    EXPECT_EQ(domain_of(ends, key(false), data(5000, kIsn), ++label), kBase);
  }
}

TEST(LabelledEnds, NothingIsToldApartInTheMiddle) {
  LabelledEnds ends;
  for (const std::uint32_t label : {11u, 21u}) {
    EXPECT_EQ(domain_of(ends, key(true), data(label << 24, 1), label), kBase);
    EXPECT_EQ(domain_of(ends, key(false), answer(label << 24, 1), label + 1), kBase);
  }
}

TEST(LabelledEnds, AnotherNumberUnderAnotherLabelIsAnotherNetwork) {
  LabelledEnds ends;
  const std::uint32_t second = open_two(ends);
  EXPECT_EQ(domain_of(ends, key(true), data(kIsn + 1, 5001), 11), kBase);
  EXPECT_EQ(domain_of(ends, key(true), data(kOtherIsn + 1, 0x5000'0001), 21), second);
  EXPECT_EQ(domain_of(ends, key(false), data(5001, kIsn + 1), 12), kBase);
  EXPECT_EQ(domain_of(ends, key(false), data(0x5000'0001, kOtherIsn + 1), 22), second);
  EXPECT_EQ(domain_of(ends, key(true, 2), syn(kOtherIsn), 21), kBase);              // other ends
  EXPECT_EQ(domain_of(ends, key(true, 1, kBase + 64), syn(kIsn), 11), kBase + 64);  // in another tunnel
  DirectedKey quoted = key(true);
  ends.find(quoted, kOtherIsn + 1);
  EXPECT_EQ(quoted.key.domain, second);
  quoted = key(true);
  ends.find(quoted, kIsn + 1);
  EXPECT_EQ(quoted.key.domain, kBase);
}

TEST(LabelledEnds, TheSameLabelOrTheSameNumberIsTheSameNetwork) {
  LabelledEnds ends;
  const std::uint32_t second = open_two(ends);
  EXPECT_EQ(domain_of(ends, key(true), syn(77), 11), kBase);
  EXPECT_EQ(domain_of(ends, key(true), syn(88), 21), second);
  EXPECT_EQ(domain_of(ends, key(true), syn(88), 31), second);
  EXPECT_EQ(domain_of(ends, key(false), answer(1, 89), 32), second);
}

// Both may open at once: two SYNs, two labels, one connection.
TEST(LabelledEnds, TheOtherEndsSynIsNoProof) {
  LabelledEnds ends;
  EXPECT_EQ(domain_of(ends, key(true), syn(kIsn), 11), kBase);
  EXPECT_EQ(domain_of(ends, key(false), syn(kOtherIsn), 12), kBase);
}

TEST(LabelledEnds, ALabelThatChangesOnTheWayGoesByItsNumbers) {
  LabelledEnds ends;
  const std::uint32_t second = open_two(ends);
  EXPECT_EQ(domain_of(ends, key(true), data(kOtherIsn + 5000, 0x5000'0001), 41), second);
  EXPECT_EQ(domain_of(ends, key(true), data(kIsn + 5000, 5001), 51), kBase);
  EXPECT_EQ(domain_of(ends, key(true), data(kOtherIsn + 9000, 0x5000'0001), 0), second);    // or there is none any more
  EXPECT_EQ(domain_of(ends, key(true), data(kOtherIsn + 9000, 0x5000'0001), 11), second);   // or it is the other one's
  EXPECT_EQ(domain_of(ends, key(false), data(0x2000'0000, kOtherIsn + 9001), 61), second);  // by what it acknowledges
  EXPECT_EQ(domain_of(ends, key(true), data(0x4000'0000, 0xa000'0000), 21), second);  // near nothing: by its label
}

// The second SYN's way was new, but its answer comes by the old one: the port was used again.
TEST(LabelledEnds, AnAnswerUnderAKnownLabelTakesUpTheNetwork) {
  LabelledEnds ends;
  EXPECT_EQ(domain_of(ends, key(true), syn(kIsn), 11), kBase);
  EXPECT_EQ(domain_of(ends, key(false), answer(5000, kIsn + 1), 12), kBase);
  const std::uint32_t second = domain_of(ends, key(true), syn(kOtherIsn), 21);
  EXPECT_NE(second, kBase);
  EXPECT_EQ(domain_of(ends, key(false), answer(9000, kOtherIsn + 1), 12), second);
  for (const std::uint32_t label : {0u, 11u, 21u, 31u}) {
    EXPECT_EQ(domain_of(ends, key(true), data(kOtherIsn + 1, 9001), label), second);
    EXPECT_EQ(domain_of(ends, key(false), data(9001, kOtherIsn + 1), label + 1), second);
  }
}

TEST(LabelledEnds, NetworksOfTheSameEndsAreBounded) {
  LabelledEnds ends;
  std::uint32_t before = 0;
  constexpr std::uint32_t kMany = 20;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    const std::uint32_t domain = domain_of(ends, key(true), syn(i << 26), 100 + i);
    EXPECT_NE(domain, before);
    before = domain;
    EXPECT_EQ(domain_of(ends, key(false), answer(i << 26, (i << 26) + 1), 200 + i), domain);
    EXPECT_EQ(domain_of(ends, key(true), data((i << 26) + 1, 0), 100 + i), domain);
  }
  EXPECT_EQ(ends.forgotten(), kMany - LabelledEnds::kNetworks);
}

TEST(LabelledEnds, EndsAreBoundedAndTheForgottenCounted) {
  LabelledEnds ends;
  constexpr std::uint32_t kMany = LabelledEnds::kEnds * 2;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    (void)domain_of(ends, key(true, i), syn(kIsn), 11);
    ASSERT_NE(domain_of(ends, key(true, i), syn(kOtherIsn), 21), kBase);
  }
  std::uint64_t kept = 0;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    if (domain_of(ends, key(true, i), data(kOtherIsn + 1, 0), 21) != kBase) ++kept;
  }
  EXPECT_LE(kept, LabelledEnds::kEnds);
  EXPECT_EQ(kept + ends.forgotten(), kMany);
}

// What keeps nothing apart makes room first.
TEST(LabelledEnds, AFloodOfLabelledSynsForgetsNoNetwork) {
  LabelledEnds ends;
  const std::uint32_t second = open_two(ends);
  for (std::uint32_t i = 2; i < LabelledEnds::kEnds * 4; ++i) (void)domain_of(ends, key(true, i), syn(i), 11);
  EXPECT_EQ(domain_of(ends, key(true), data(kOtherIsn + 1, 0), 21), second);
  EXPECT_EQ(ends.forgotten(), 0u);
}

// Two of three networks turn out to be one; the third stays itself.
TEST(LabelledEnds, OneRouteMoreLeavesTheThirdNetworkAlone) {
  for (const bool third_first : {false, true}) {
    constexpr std::uint32_t kThirdIsn = 0x4000'0000, kThirdAnswer = 0x2000'0000;
    LabelledEnds ends;
    std::uint32_t third = 0;
    EXPECT_EQ(domain_of(ends, key(true), syn(kIsn), 11), kBase);
    EXPECT_EQ(domain_of(ends, key(false), answer(5000, kIsn + 1), 12), kBase);
    if (third_first) third = domain_of(ends, key(true), syn(kThirdIsn), 31);
    const std::uint32_t second = domain_of(ends, key(true), syn(kOtherIsn), 21);
    if (!third_first) third = domain_of(ends, key(true), syn(kThirdIsn), 31);
    EXPECT_NE(second, third);
    EXPECT_EQ(domain_of(ends, key(false), answer(0x5000'0000, kOtherIsn + 1), 12), second);
    EXPECT_EQ(domain_of(ends, key(false), answer(kThirdAnswer, kThirdIsn + 1), 32), third);
    EXPECT_EQ(domain_of(ends, key(true), data(kThirdIsn + 1, kThirdAnswer + 1), 31), third);
    EXPECT_EQ(domain_of(ends, key(false), data(kThirdAnswer + 1, kThirdIsn + 1), 32), third);
    EXPECT_EQ(domain_of(ends, key(true), data(kOtherIsn + 1, 0x5000'0001), 11), second);
  }
}

}  // namespace
}  // namespace handlens
