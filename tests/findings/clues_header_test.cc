// Headers, times and the link layer: each clue as it must fire, and beside what looks like it and is ordinary.
#include <gtest/gtest.h>

#include "src/findings/judged_packet.h"
#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::find_sign;
using testing::kAck;
using testing::kFin;
using testing::ResetStory;

constexpr Side kC = Side::client, kS = Side::server;

// A connection that the server's address resets when its own answer would come, with this TTL.
Signs with_ttl(std::uint8_t ttl, const Guards& guards = {}) {
  ResetStory story;
  story.open().hello();
  story.rst(41'000, kS, 1, 245).ttl = ttl;
  return story.signs(0, ResetStory::nothing(), guards);
}

TEST(ClueHops, ByHowManyItDiffers) {
  EXPECT_EQ(find_sign(with_ttl(49), "rst-hop-mismatch"), nullptr);
  EXPECT_NE(find_sign(with_ttl(49), "rst-same-ttl"), nullptr);
  EXPECT_EQ(find_sign(with_ttl(48), "rst-hop-mismatch")->weight, Weight::weak);
  EXPECT_EQ(find_sign(with_ttl(51), "rst-hop-mismatch")->weight, Weight::medium);
  EXPECT_EQ(find_sign(with_ttl(57), "rst-hop-mismatch")->weight, Weight::strong);
}
TEST(ClueHops, AnotherInitialValueAtTheSameDistanceIsNone) {
  const Signs signs = with_ttl(113);  // 15 of 128 as 15 of 64
  EXPECT_EQ(find_sign(signs, "rst-hop-mismatch"), nullptr);
  EXPECT_EQ(find_sign(signs, "rst-same-place-other-stack")->toward, Toward::neither);
}
TEST(ClueHops, UndecrementedAndRunOut) {
  EXPECT_NE(find_sign(with_ttl(64), "rst-ttl-undecremented"), nullptr);
  EXPECT_NE(find_sign(with_ttl(2), "rst-ttl-impossible"), nullptr);
  EXPECT_EQ(find_sign(with_ttl(57), "rst-ttl-undecremented"), nullptr);
}
// A trace's own packets, one router further; what is about to run out there was not crafted.
TEST(ClueHops, RunningOutIsNoSignAmongItsLike) {
  ResetStory story;
  story.open().hello();
  for (PacketNote& n : story.flow.packets) n.ttl = 3;
  for (const Side side : {Side::client, Side::server}) story.facts(side).ttl_min = story.facts(side).ttl_max = 3;
  story.rst(1'000, Side::client, 245, 1).ttl = 2;
  EXPECT_EQ(find_sign(story.signs(), "rst-ttl-impossible"), nullptr);
}
TEST(ClueHops, SilentBehindATranslator) {
  Guards guards;
  guards.local_nat = true;
  for (const std::string_view rule : {"rst-hop-mismatch", "rst-ttl-undecremented", "rst-initial-255"}) {
    EXPECT_EQ(find_sign(with_ttl(255, guards), rule), nullptr) << rule;
  }
}
TEST(ClueHops, Initial255) {
  EXPECT_NE(find_sign(with_ttl(250), "rst-initial-255"), nullptr);
  EXPECT_EQ(find_sign(with_ttl(49), "rst-initial-255"), nullptr);
}
// A program makes the SYN, the kernel resets what it knows nothing of: other headers, one host.
TEST(ClueHops, AKernelsAnswerToASynAckNeedNotLookLikeTheSyn) {
  ResetStory story;
  story.syn();
  story.flow.packets[0].ttl = 59;
  story.packet(40'000, kS, testing::kSyn | kAck, 0, 1);
  story.flow.tcp.syn_ack = story.flow.last;
  story.rst(40, kC, 1);
  const Signs signs = story.signs();
  for (const Sign& s : signs) EXPECT_TRUE(s.toward != Toward::middlebox || s.weight == Weight::weak) << s.rule;
}

TEST(ClueWindow, OnlyOfBareResets) {
  for (const bool bare : {true, false}) {
    ResetStory story;
    story.open().hello();
    PacketNote& rst = bare ? story.rst(41'000, kS, 1) : story.rst(41'000, kS, 1, 245);
    rst.window = 10240;
    EXPECT_EQ(find_sign(story.signs(), "rst-window-odd") != nullptr, bare);
  }
}

TEST(ClueOptions, OfASynOnAReset) {
  ResetStory story;
  story.open().hello();
  story.rst(41'000, kS, 1, 245).has_setup_options = true;
  EXPECT_NE(find_sign(story.signs(), "rst-options-odd"), nullptr);
  EXPECT_EQ(find_sign(with_ttl(49), "rst-options-odd"), nullptr);
}

void stamp(PacketNote& n, std::uint32_t value) {
  n.has_timestamps = true;
  n.tsval = value;
  n.tsecr = 1;
}
TEST(ClueTimestamps, AWrongOneFiresAndAMissingOneDoesNot) {
  for (const std::uint32_t value : {900'041u, 5u, 0u}) {
    ResetStory story;
    story.open().hello();
    stamp(story.flow.packets[1], 900'000);
    stamp(story.packet(41'000, kS, kAck, 1, 245), 900'041);
    PacketNote& rst = story.rst(100, kS, 1, 245);
    if (value != 0) stamp(rst, value);
    const Signs signs = story.signs();
    EXPECT_EQ(find_sign(signs, "rst-timestamp-wrong") != nullptr, value == 5);
    EXPECT_EQ(find_sign(signs, "rst-timestamp-fits") != nullptr, value == 900'041);
  }
}

// The server's FIN in a connection whose SYNs carried timestamps, as far as these say.
struct Stamped {
  bool syn_ack = true, client = true, hello = true, fin = false;
};
Signs of_fin(const Stamped& stamped) {
  ResetStory story;
  story.open().hello();
  if (stamped.syn_ack) stamp(story.flow.packets[1], 900'000);
  if (stamped.client) stamp(story.flow.packets[0], 70);
  for (const std::size_t i : {2u, 3u}) {
    if (stamped.hello) stamp(story.flow.packets[i], 71);
  }
  PacketNote& fin = story.packet(41'000, kS, kFin | kAck, 1, 245);
  if (stamped.fin) stamp(fin, 900'041);
  const auto is_fin = [](const PacketNote& n) { return n.has(kFin); };
  const std::optional<RstFact> fact = packet_as_case(story.flow, fin.frame, is_fin);
  Signs out;
  add_header_signs(make_case(story.flow, story.outcome, ResetStory::nothing(), fact.value(), true), {}, out);
  return out;
}
TEST(ClueTimestamps, NothingButAResetMayLeaveOutWhatBothUse) {
  const auto missing = [](const Stamped& stamped) {
    return find_sign(of_fin(stamped), "timestamp-missing") != nullptr;
  };
  ASSERT_TRUE(missing({}));
  EXPECT_FALSE(missing({.fin = true}));
  EXPECT_FALSE(missing({.syn_ack = false})) << "the server did not agree";
  EXPECT_FALSE(missing({.client = false, .hello = false})) << "nobody asked";
  EXPECT_FALSE(missing({.hello = false})) << "nobody uses them";
}
TEST(ClueTimestamps, AFinThatFitsMayBeAWatchers) {
  EXPECT_EQ(find_sign(of_fin({.fin = true}), "rst-timestamp-fits"), nullptr);
}

// The server's clock ticks so often a millisecond, and its reset comes 60 ms after its SYN-ACK or second packet.
Signs with_ticks(std::uint32_t ticks, bool is_known) {
  ResetStory story;
  story.open().hello();
  stamp(story.flow.packets[1], 900'000);
  if (is_known) stamp(story.packet(20'000, kS, kAck, 1, 245), 900'000 + 20 * ticks);
  stamp(story.rst(is_known ? 40'000 : 60'000, kS, 1, 245), 900'000 + 60 * ticks);
  return story.signs();
}
TEST(ClueTimestamps, OfAClockThatCountsMicrosecondsAreNotWrong) {
  for (const bool is_known : {false, true}) {
    EXPECT_EQ(find_sign(with_ticks(1'000, is_known), "rst-timestamp-wrong"), nullptr);
    EXPECT_NE(find_sign(with_ticks(2'000'000, is_known), "rst-timestamp-wrong"), nullptr);
  }
}

// The server has sent packets with the IP-IDs 20000 to 20003.
Signs with_id(std::uint32_t id, std::int64_t after_us = 60) {
  ResetStory story;
  story.open().hello();
  for (int i = 0; i < 3; ++i) story.packet(i == 0 ? 41'000 : 50, kS, kAck, 1 + 100 * i, 245, 100);
  story.rst(after_us, kS, 301, 245).ip_id = id;
  return story.signs();
}
TEST(ClueIpId, ContinuesOrBreaks) {
  EXPECT_NE(find_sign(with_id(20004), "rst-ip-id-continues"), nullptr);
  EXPECT_NE(find_sign(with_id(51111), "rst-ip-id-break"), nullptr);
  EXPECT_NE(find_sign(with_id(23003), "rst-ip-id-break"), nullptr);
  EXPECT_EQ(find_sign(with_id(23003, 20'000'000), "rst-ip-id-break"), nullptr) << "it talks to others as well";
  EXPECT_EQ(find_sign(with_id(51111, 20'000'000), "rst-ip-id-break"), nullptr) << "four packets at once tell no rate";
  EXPECT_EQ(find_sign(with_id(0), "rst-ip-id-break"), nullptr) << "what Linux answers without a connection";
}
// Both sides count, and have come to the same numbers.
TEST(ClueMirror, NotOfANumberThatIsNextOnItsOwnSide) {
  ResetStory story;
  story.open().hello();
  const std::uint32_t trigger = story.flow.packets.back().ip_id;
  story.rst(5'000, kS, 1, 245).ip_id = trigger;
  for (const std::uint32_t own : {trigger, trigger - 1, trigger - 64, trigger - 65, 0u}) {
    story.flow.packets[1].ip_id = own & 0xffff;
    EXPECT_EQ(find_sign(story.signs(), "rst-mirrors-trigger") == nullptr, own + 64 >= trigger && own != 0) << own;
  }
}
TEST(ClueMirror, NeedsAnotherFieldToBeDecisive) {
  ResetStory story;
  story.open().hello();
  const std::uint32_t trigger = story.flow.packets.back().ip_id;
  story.rst(5'000, kS, 1, 245).ip_id = trigger;
  EXPECT_EQ(find_sign(story.signs(), "rst-mirrors-trigger")->weight, Weight::strong);
  story.flow.packets.back().window = story.flow.packets[3].window;
  EXPECT_EQ(find_sign(story.signs(), "rst-mirrors-trigger")->weight, Weight::decisive);
  story.flow.packets.back().ip_id = 4711;
  story.flow.packets.back().window = 0;
  EXPECT_EQ(find_sign(story.signs(), "rst-mirrors-trigger"), nullptr);
}
// A SYN-ACK's window is not scaled, the reset's is: 64240 with a scale of 7 is 502.
TEST(ClueMirror, NotOfAWindowThatItsSynAckOffered) {
  for (const auto& [window, is_own] : {std::pair{501, true}, std::pair{502, true}, std::pair{503, false}}) {
    ResetStory story;
    story.open().hello();
    story.facts(kS).window_scale = 7;
    story.flow.packets[1].window = 64240;
    story.flow.packets.back().window = static_cast<std::uint16_t>(window);
    PacketNote& rst = story.rst(5'000, kS, 1, 245);
    rst.ip_id = 4711;
    rst.window = static_cast<std::uint16_t>(window);
    EXPECT_EQ(find_sign(story.signs(), "rst-mirrors-trigger") == nullptr, is_own) << window;
  }
}
TEST(ClueBits, ADontFragmentOfItsOwn) {
  ResetStory story;
  story.open().hello();
  story.packet(41'000, kS, kAck, 1, 245);
  story.rst(500, kS, 1, 245).dont_fragment = false;
  EXPECT_EQ(find_sign(story.signs(), "rst-bits-flipped")->weight, Weight::weak);
  story.flow.packets.back().ip_id = 0;
  EXPECT_EQ(find_sign(story.signs(), "rst-bits-flipped"), nullptr) << "a stateless answer";
}

TEST(ClueTime, FasterThanTheHostCouldAnswer) {
  const auto after = [](std::int64_t later) {
    ResetStory story;
    story.open().hello();
    story.rst(later, kS, 1, 245);
    return story.signs();
  };
  EXPECT_NE(find_sign(after(8'000), "rst-faster-than-rtt"), nullptr);
  EXPECT_EQ(find_sign(after(41'000), "rst-faster-than-rtt"), nullptr);
  EXPECT_NE(find_sign(after(41'000), "rst-at-distance"), nullptr);
  EXPECT_EQ(find_sign(after(39'500), "rst-faster-than-rtt"), nullptr) << "within the margin";
  EXPECT_NE(find_sign(after(15), "rst-instant-local"), nullptr);
}
TEST(ClueTime, ACoarseClockSaysLess) {
  ResetStory story;
  story.open().hello();
  story.rst(37'000, kS, 1, 245);
  Guards guards;
  guards.clock = true;
  guards.resolution_ns = 1'000'000;
  EXPECT_NE(find_sign(story.signs(), "rst-faster-than-rtt"), nullptr);
  EXPECT_EQ(find_sign(story.signs(0, ResetStory::nothing(), guards), "rst-faster-than-rtt"), nullptr);
}
// A client may give up whenever it likes.
TEST(ClueTime, NotOfAClientThatActsOfItsOwnWill) {
  ResetStory story;
  story.open().hello();
  story.packet(41'000, kS, kAck, 1, 245, 1400);
  story.rst(5, kC, 245);
  EXPECT_EQ(find_sign(story.signs(), "rst-faster-than-rtt"), nullptr);
}
TEST(ClueIdle, FiresAtUsualTimers) {
  for (const std::int64_t seconds : {350, 20}) {
    ResetStory story;
    story.open().hello();
    story.packet(41'000, kS, kAck, 1, 245, 100);
    story.packet(40, kC, kAck, 245, 101, 10);
    story.rst(seconds * 1'000'000, kS, 101, 255);
    EXPECT_EQ(find_sign(story.signs(), "rst-after-idle") != nullptr, seconds == 350);
  }
}
TEST(ClueOwnAck, OfAClientBesideTheCapture) {
  for (const std::int64_t later : {100, 50'000}) {
    ResetStory story;
    story.open();
    story.rst(later, kC, 1, 1);
    EXPECT_EQ(find_sign(story.signs(), "rst-instant-after-ack") != nullptr, later == 100);
  }
}

ResetStory seen(CaptureDirection client, CaptureDirection rst) {
  ResetStory story;
  story.open().hello();
  for (PacketNote& n : story.flow.packets) {
    const bool is_clients = story.flow.side(n.from) == kC;
    const bool out = is_clients == (client == CaptureDirection::outgoing);
    n.seen_as = out ? CaptureDirection::outgoing : CaptureDirection::incoming;
  }
  const bool is_out = client == CaptureDirection::outgoing;
  story.flow.tcp.sides[0].seen_as = client;
  story.flow.tcp.sides[1].seen_as = is_out ? CaptureDirection::incoming : CaptureDirection::outgoing;
  story.flow.tcp.sides[0].ttl = 64;
  story.rst(3'000, kC, 245, 1).seen_as = rst;
  return story;
}
TEST(ClueLink, DirectionDecides) {
  const Signs left = seen(CaptureDirection::outgoing, CaptureDirection::outgoing).signs();
  EXPECT_EQ(find_sign(left, "rst-at-origin")->weight, Weight::decisive);
  EXPECT_EQ(find_sign(left, "rst-at-origin")->toward, Toward::endpoint);
  const Signs came = seen(CaptureDirection::outgoing, CaptureDirection::incoming).signs();
  EXPECT_EQ(find_sign(came, "rst-direction-conflict")->weight, Weight::decisive);
  const Signs silent = seen(CaptureDirection::outgoing, CaptureDirection::unknown).signs();
  EXPECT_EQ(find_sign(silent, "rst-at-origin"), nullptr);
  EXPECT_EQ(find_sign(silent, "rst-direction-conflict"), nullptr);
}
TEST(ClueLink, DirectionTellsNothingWherePacketsPassTwiceOrAreForwarded) {
  ResetStory both_ways = seen(CaptureDirection::outgoing, CaptureDirection::incoming);
  both_ways.flow.tcp.sides[0].seen_as = CaptureDirection::unknown;
  EXPECT_EQ(find_sign(both_ways.signs(), "rst-direction-conflict"), nullptr);
  ResetStory router = seen(CaptureDirection::outgoing, CaptureDirection::outgoing);
  router.flow.tcp.sides[0].ttl = 63;
  EXPECT_EQ(find_sign(router.signs(), "rst-at-origin"), nullptr);
}
TEST(ClueLink, AnotherStation) {
  for (const bool other : {true, false}) {
    ResetStory story;
    story.open().hello();
    story.rst(41'000, kS, 1, 245);
    for (PacketNote& n : story.flow.packets) {
      n.has_mac = true;
      n.mac = {2, 0, 0, 0, 0, static_cast<std::uint8_t>(n.is_rst() && other ? 9 : 1)};
    }
    const Signs signs = story.signs();
    EXPECT_EQ(find_sign(signs, "rst-mac-mismatch") != nullptr, other);
    if (other) {
      EXPECT_EQ(find_sign(signs, "rst-mac-mismatch")->weight, Weight::strong) << "behind a router";
    }
    Guards blank;
    blank.anonymised = true;
    EXPECT_EQ(find_sign(story.signs(0, ResetStory::nothing(), blank), "rst-mac-mismatch"), nullptr);
  }
}
TEST(ClueLink, OtherLayersAroundIt) {
  ResetStory story;
  story.open().hello();
  story.packet(41'000, kS, kAck, 1, 245);
  story.rst(100, kS, 1, 245).encapsulation = 7;
  EXPECT_NE(find_sign(story.signs(), "rst-encap-mismatch"), nullptr);
  story.flow.packets.back().encapsulation = PacketNote::kUnknownEncapsulation;
  EXPECT_EQ(find_sign(story.signs(), "rst-encap-mismatch"), nullptr);
}

}  // namespace
}  // namespace handlens
