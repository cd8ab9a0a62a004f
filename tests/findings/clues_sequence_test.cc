// Each clue once as it must fire, and once beside what looks like it and is ordinary.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "src/findings/weigh.h"
#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::find_sign;
using testing::kAck;
using testing::kFin;
using testing::ResetStory;

constexpr Side kC = Side::client, kS = Side::server;

TEST(ClueDataAfterReset, FiresWhenTheSideGoesOn) {
  ResetStory story;
  story.open().hello();
  story.rst(8'000, kS, 1);
  story.packet(40'000, kS, kAck, 1, 245, 1400);
  const Signs signs = story.signs();
  const Sign* sign = find_sign(signs, "data-after-rst-same-sender");
  ASSERT_NE(sign, nullptr);
  EXPECT_EQ(sign->weight, Weight::decisive);
  EXPECT_EQ(sign->toward, Toward::middlebox);
  EXPECT_EQ(sign->frame, 6u);
}
TEST(ClueDataAfterReset, NotForPacketsCapturedInAnotherOrder) {
  ResetStory story;
  story.open().hello();
  story.rst(42'000, kS, 1401);
  story.packet(300, kS, kAck, 1, 245, 1400);
  EXPECT_EQ(find_sign(story.signs(), "data-after-rst-same-sender"), nullptr);
}
TEST(ClueDataAfterReset, NotForARepetitionOfWhatWasSentBefore) {
  ResetStory story;
  story.open().hello();
  story.packet(41'000, kS, kAck, 1, 245, 1400);
  story.rst(100, kS, 1401, 245);
  story.packet(30'000, kS, kAck, 1, 245, 1400);
  EXPECT_EQ(find_sign(story.signs(), "data-after-rst-same-sender"), nullptr);
}

TEST(ClueTwoAnswers, FiresOnlyWhenTheClientDidNotAskAgain) {
  for (const bool asked_again : {false, true}) {
    ResetStory story;
    story.syn();
    story.rst(10'000, kS, -5000, 1);
    if (asked_again) story.packet(1'000'000, kC, testing::kSyn, 0);
    story.packet(30'000, kS, testing::kSyn | kAck, 0, 1);
    story.flow.tcp.syn_ack = story.flow.last;
    story.packet(40, kC, kAck, 1, 1);
    story.flow.tcp.ack = story.flow.last;
    EXPECT_EQ(find_sign(story.signs(), "rst-before-answer") != nullptr, !asked_again);
  }
}
TEST(ClueTwoAnswers, NotForAServerThatAcceptsAndCloses) {
  ResetStory story;
  story.syn();
  story.packet(40'000, kS, testing::kSyn | kAck, 0, 1);
  story.flow.tcp.syn_ack = story.flow.last;  // the client's ACK is not in the capture
  story.rst(41'000, kS, 1, 1);
  EXPECT_EQ(find_sign(story.signs(), "rst-before-answer"), nullptr);
}

TEST(ClueUnseenData, FiresForTheSizeOfAHello) {
  ResetStory story;
  story.open();
  story.rst(900, kC, 518, 1);
  const Signs signs = story.signs();
  const Sign* sign = find_sign(signs, "rst-seq-reveals-unseen-data");
  ASSERT_NE(sign, nullptr);
  EXPECT_EQ(sign->weight, Weight::strong);
  EXPECT_NE(sign->text.find("517 bytes"), std::string::npos);
}
TEST(ClueUnseenData, NotWhenTheOtherSideAcknowledgedIt) {
  ResetStory story;
  story.open();
  story.packet(41'000, kS, kAck, 1, 518);
  story.rst(900, kC, 518, 1);
  EXPECT_EQ(find_sign(story.signs(), "rst-seq-reveals-unseen-data"), nullptr);
}
TEST(ClueUnseenData, NotWhereTheCaptureLosesPackets) {
  ResetStory story;
  story.open();
  story.rst(900, kC, 518, 1);
  Guards guards;
  guards.loss = true;
  EXPECT_EQ(find_sign(story.signs(0, ResetStory::nothing(), guards), "rst-seq-reveals-unseen-data"), nullptr);
}

TEST(ClueNotNext, FiresForANumberThatIsNobodys) {
  ResetStory story;
  story.open().hello();
  story.packet(41'000, kS, kAck, 1, 245, 1400);
  story.rst(100'000, kS, 700);
  EXPECT_NE(find_sign(story.signs(), "rst-seq-not-next"), nullptr);
}
TEST(ClueNotNext, NotForTheNumberThatWasAcknowledged) {
  ResetStory story;
  story.open().hello();
  story.packet(41'000, kS, kAck, 1, 245, 700);
  story.packet(40, kC, kAck, 245, 701);
  story.packet(10, kS, kAck, 701, 245, 700);
  story.rst(41'000, kS, 701);  // of a stack that knows nothing of it: the number which the client acknowledged
  EXPECT_EQ(find_sign(story.signs(), "rst-seq-not-next"), nullptr);
}

TEST(ClueRefusal, OddNumbersFireAndRightOnesDoNot) {
  ResetStory right;
  right.syn();
  right.rst(40'000, kS, -5000, 1);  // raw number 0
  const Signs ordinary = right.signs();
  EXPECT_EQ(find_sign(ordinary, "refused-malformed"), nullptr);
  EXPECT_EQ(find_sign(ordinary, "refused-ack-wrong"), nullptr);
  EXPECT_NE(find_sign(ordinary, "rst-conforming"), nullptr);
  ResetStory odd;
  odd.syn();
  odd.rst(40'000, kS, 77, 0);
  const Signs signs = odd.signs();
  EXPECT_NE(find_sign(signs, "refused-malformed"), nullptr);
  ASSERT_NE(find_sign(signs, "refused-ack-wrong"), nullptr);
  EXPECT_EQ(find_sign(signs, "refused-ack-wrong")->weight, Weight::decisive);
}
// The SYN-ACK is not in the capture; that the client spoke on tells of it.
TEST(ClueRefusal, NotOfAConnectionWhoseSynAckWasNotCaptured) {
  ResetStory story;
  story.syn();
  story.packet(40'040, kC, kAck, 1, 1);
  story.hello();
  story.rst(41'000, kS, 1, 245);
  const Signs signs = story.signs();
  EXPECT_EQ(find_sign(signs, "refused-malformed"), nullptr);
  EXPECT_EQ(find_sign(signs, "refused-ack-wrong"), nullptr);
}

TEST(ClueAckCausality, FiresBeforeTheDataCanHaveArrived) {
  for (const std::int64_t later : {5'000, 41'000}) {
    ResetStory story;
    story.open().hello();
    story.rst(later, kS, 1, 245);
    EXPECT_EQ(find_sign(story.signs(), "rst-ack-causality") != nullptr, later == 5'000);
  }
}

TEST(ClueAckStale, FiresForLessThanBefore) {
  for (const std::int64_t acked : {1, 245}) {
    ResetStory story;
    story.open().hello();
    story.packet(41'000, kS, kAck, 1, 245);
    story.rst(50'000, kS, 1, acked);
    EXPECT_EQ(find_sign(story.signs(), "rst-ack-stale") != nullptr, acked == 1);
  }
}

TEST(ClueOddities, PayloadAndReservedBits) {
  ResetStory story;
  story.open().hello();
  PacketNote& rst = story.rst(41'000, kS, 1, 245);
  rst.length = 12;
  rst.flags |= 0x0800;
  const Signs signs = story.signs();
  EXPECT_NE(find_sign(signs, "rst-payload"), nullptr);
  EXPECT_NE(find_sign(signs, "rst-reserved-bits"), nullptr);
  ResetStory plain;
  plain.open().hello();
  plain.rst(41'000, kS, 1, 245);
  EXPECT_EQ(find_sign(plain.signs(), "rst-payload"), nullptr);
  EXPECT_EQ(find_sign(plain.signs(), "rst-reserved-bits"), nullptr);
}

TEST(ClueGuesses, FireForRisingNumbersThatNobodyAcknowledged) {
  ResetStory story;
  story.open().hello();
  story.rst(8'000, kS, 1);
  story.rst(10, kS, 1461);
  story.rst(10, kS, 4381);
  const Signs signs = story.signs();
  ASSERT_NE(find_sign(signs, "multi-rst-seq-guesses"), nullptr);
  EXPECT_NE(find_sign(signs, "fingerprint-1460-4380"), nullptr);
  EXPECT_EQ(find_sign(signs, "fingerprint-12503"), nullptr);
  ResetStory pair;
  pair.open().hello();
  pair.rst(8'000, kS, 1);
  pair.rst(10, kS, 12504);
  EXPECT_NE(find_sign(pair.signs(), "fingerprint-12503"), nullptr);
}
// A client that has closed answers each late segment with the number that this one acknowledges.
TEST(ClueGuesses, NotForAnswersToDifferentSegments) {
  ResetStory story;
  story.open().hello();
  story.packet(41'000, kS, kAck, 1, 245, 1400);
  story.rst(10, kC, 245);
  story.packet(10, kS, kAck, 1401, 312, 1400);
  story.rst(10, kC, 312);
  EXPECT_EQ(find_sign(story.signs(), "multi-rst-seq-guesses"), nullptr);
}

TEST(ClueIdenticalBurst, FiresForMoreResetsThanPackets) {
  ResetStory story;
  story.open().hello();
  for (int i = 0; i < 3; ++i) story.rst(i == 0 ? 8'000 : 300, kS, 1, 245).window = static_cast<std::uint16_t>(1980 + i);
  const Signs signs = story.signs();
  EXPECT_NE(find_sign(signs, "rst-burst-identical"), nullptr);
  ASSERT_NE(find_sign(signs, "rst-window-sequence"), nullptr);
  EXPECT_EQ(find_sign(signs, "rst-window-sequence")->weight, Weight::decisive);
}
// The host's own reset among them does not hide it.
TEST(ClueIdenticalBurst, CountingWindowsAreThreeInARow) {
  for (const auto& windows : {std::vector{0, 3293, 3294, 3295}, {3295, 0, 3294, 3293}, {0, 3293, 3294, 3296}, {5, 6}}) {
    ResetStory story;
    story.open().hello();
    for (const int window : windows) story.rst(300, kS, 1, 245).window = static_cast<std::uint16_t>(window);
    const bool counts = windows.size() == 4 && *std::max_element(windows.begin(), windows.end()) == 3295;
    EXPECT_EQ(find_sign(story.signs(), "rst-window-sequence") != nullptr, counts) << windows.front();
  }
}
TEST(ClueIdenticalBurst, NotForFramesThatAreInTheCaptureTwice) {
  ResetStory story;
  story.open().hello();
  story.rst(41'000, kS, 1, 245).ip_id = 777;
  story.rst(20, kS, 1, 245).ip_id = 777;
  story.rst(20, kS, 1, 245).ip_id = 777;
  EXPECT_EQ(find_sign(story.signs(), "rst-burst-identical"), nullptr);
}
TEST(ClueIdenticalBurst, NotForOneResetForEachLateSegment) {
  ResetStory story;
  story.open().hello();
  for (int i = 0; i < 4; ++i) {
    story.packet(i == 0 ? 41'000 : 10, kS, kAck, 1 + 1400 * i, 245, 1400);
    story.rst(10, kC, 245);
  }
  EXPECT_EQ(find_sign(story.signs(), "rst-burst-identical"), nullptr);
}

TEST(ClueBothSidesOpen, DescribesAndSpeaksForNobody) {
  for (const bool split : {false, true}) {
    ResetStory story;
    story.open().hello();
    story.rst(41'000, kS, 1, 245);
    const auto weighed = [&story] {
      const ResetCase c = story.make();
      return weigh(c, signs_of_reset(c, {}), {}, std::nullopt);
    };
    const Judgement plain = weighed();
    EXPECT_EQ(find_sign(story.signs(), "both-sides-open"), nullptr);
    (split ? story.flow.tcp.split_handshake : story.flow.tcp.simultaneous_open) = true;
    const Signs signs = story.signs();
    ASSERT_NE(find_sign(signs, "both-sides-open"), nullptr);
    EXPECT_EQ(find_sign(signs, "both-sides-open")->toward, Toward::neither);
    EXPECT_EQ(weighed().cause, plain.cause);
    EXPECT_EQ(weighed().confidence, plain.confidence);
    EXPECT_EQ(weighed().sum, plain.sum);
  }
}

}  // namespace
}  // namespace handlens
