#include "src/tcp/reset_watch.h"

#include <gtest/gtest.h>

namespace handlens {
namespace {

constexpr std::int64_t kMs = 1'000'000, kSecond = 1000 * kMs;
constexpr Direction kServer = Direction::reverse, kClient = Direction::forward;

Segment segment(Direction from, std::int64_t time, std::uint16_t flags, std::uint32_t seq, std::uint32_t ack,
                std::uint32_t length = 0) {
  Segment s;
  s.from = from;
  s.stamp.time.ns = time;
  s.flags = flags;
  s.seq = seq;
  s.ack = ack;
  s.payload_length = length;
  return s;
}
constexpr std::uint16_t kAck = tcp_flag::ack, kSyn = tcp_flag::syn;

// A reset with the server's address at time 0; the client has sent up to 1100, the server up to 5000, all acknowledged.
ResetWatch watch(std::uint32_t seq = 5000, std::int64_t rtt = 0) {
  return {segment(kServer, 0, tcp_flag::rst, seq, 0),
          {.sender_next = 5000, .receiver_next = 1100, .receiver_ack = 5000, .open = true, .receiver_rtt = rtt}};
}

// The receiver was killed: the real server, which knows nothing of it, goes on alone.
TEST(ResetWatch, TheClaimedSenderAloneProvesNothing) {
  ResetWatch w = watch();
  EXPECT_FALSE(w.on_segment(segment(kServer, 20 * kMs, kAck, 5000, 1100)));
  EXPECT_FALSE(w.on_segment(segment(kServer, 21 * kMs, kAck, 5000, 1100, 1400)));
  EXPECT_FALSE(w.on_segment(segment(kServer, 900 * kMs, kAck, 5000, 1100, 1400)));
  EXPECT_FALSE(w.on_segment(segment(kServer, 9 * kSecond, kAck, 5000, 1100, 1400)));
}

TEST(ResetWatch, AnAcknowledgementOfWhatCameLaterProvesAtOnce) {
  ResetWatch w = watch();
  EXPECT_FALSE(w.on_segment(segment(kServer, 20 * kMs, kAck, 5000, 1100, 1400)));
  EXPECT_FALSE(w.on_segment(segment(kClient, 21 * kMs, kAck, 1100, 5000)));
  EXPECT_FALSE(w.on_segment(segment(kClient, 22 * kMs, kAck, 1100, 9000)));  // beyond anything that was sent
  EXPECT_TRUE(w.on_segment(segment(kClient, 23 * kMs, kAck, 1100, 6400)));
}

// A host's own reset stands behind its data, in whatever order the capture has them.
TEST(ResetWatch, DataInFrontOfTheResetMayBeCapturedBehindIt) {
  ResetWatch w = watch(6400);
  EXPECT_FALSE(w.on_segment(segment(kServer, 5'000, kAck, 5000, 1100, 1400)));
  EXPECT_FALSE(w.on_segment(segment(kClient, 8 * kMs, kAck, 1100, 6400)));
}

// A forged reset further on in the window, on a short path: whole round trips take less time than packets of one host
// are captured in another order.
TEST(ResetWatch, AnAnswerToWhatCameSinceWasSentSince) {
  for (const std::int64_t unit : {kMs, kMs / 10}) {
    ResetWatch w = watch(105'000);
    EXPECT_FALSE(w.on_segment(segment(kServer, 2 * unit, kAck, 5000, 1100, 1400)));
    EXPECT_FALSE(w.on_segment(segment(kClient, 4 * unit, kAck, 1100, 6400, 200)));
    EXPECT_FALSE(w.on_segment(segment(kServer, 6 * unit, kAck, 6400, 1300, 500)));
    EXPECT_EQ(w.on_segment(segment(kClient, 7 * unit, kAck, 1300, 6900)), unit == kMs) << "disorder is shorter";
  }
}

TEST(ResetWatch, AnAnswerToWhatWasSentBeforeMayHaveBeenSentBefore) {
  ResetWatch w = watch(105'000);
  EXPECT_FALSE(w.on_segment(segment(kClient, 4 * kMs, kAck, 1100, 5000, 200)));
  EXPECT_FALSE(w.on_segment(segment(kServer, 6 * kMs, kAck, 5000, 1100, 500)));
  EXPECT_FALSE(w.on_segment(segment(kClient, 7 * kMs, kAck, 1300, 5500)));
}

TEST(ResetWatch, DataInFlightProvesNothing) {
  ResetWatch w = watch(5000, 800 * kMs);
  EXPECT_FALSE(w.on_segment(segment(kClient, 50 * kMs, kAck, 1100, 5000, 1400)));
  EXPECT_FALSE(w.on_segment(segment(kClient, 1500 * kMs, kAck, 2500, 5000, 1400)));  // twice the round trip
}

// The receiver lives, but the host that reset the connection does not answer any more: the reset was lost, and ended
// it.
TEST(ResetWatch, ATalkerWithoutAnAnswerProvesNothing) {
  ResetWatch w = watch();
  for (int i = 2; i < 30; ++i) EXPECT_FALSE(w.on_segment(segment(kClient, i * kSecond, kAck, 1100, 5000, 100)));
}

TEST(ResetWatch, BothSidesLaterProve) {
  for (const std::uint32_t length : {0u, 10u}) {
    ResetWatch w = watch();
    EXPECT_FALSE(w.on_segment(segment(kServer, 30 * kSecond, kAck, 4999, 1100)));  // a keep-alive
    EXPECT_TRUE(w.on_segment(segment(kClient, 31 * kSecond, kAck, 1100, 5000, length)));
  }
  ResetWatch again = watch();
  EXPECT_FALSE(again.on_segment(segment(kServer, 30 * kSecond, kAck, 5000, 1100)));
  EXPECT_FALSE(again.on_segment(segment(kClient, 31 * kSecond, kAck, 1000, 5000, 100)));  // old data
}

TEST(ResetWatch, NewAcknowledgementsProveWithoutTheOtherDirection) {
  ResetWatch w = watch();
  EXPECT_FALSE(w.on_segment(segment(kClient, 500 * kMs, kAck, 1100, 6000)));
  EXPECT_TRUE(w.on_segment(segment(kClient, 3 * kSecond, kAck, 1100, 7000)));
}

TEST(ResetWatch, AnUnacceptableResetIsOutlivedByAnyNewData) {
  ResetWatch client = watch(123456789);
  EXPECT_TRUE(client.on_segment(segment(kClient, 10 * kMs, kAck, 1100, 5000, 200)));
  ResetWatch server = watch(123456789);
  EXPECT_TRUE(server.on_segment(segment(kServer, 10 * kMs, kAck, 5000, 1100, 200)));
}

TEST(ResetWatch, AnAnsweredSecondAttempt) {
  ResetWatch w(segment(kServer, 0, tcp_flag::rst | kAck, 0, 101), {.receiver_next = 101});
  EXPECT_FALSE(w.on_segment(segment(kClient, 500 * kMs, kSyn, 100, 0)));
  EXPECT_TRUE(w.on_segment(segment(kServer, 510 * kMs, kSyn | kAck, 7000, 101)));
}

// The server's answer was under way when a reset with its address came: the client is gone.
TEST(ResetWatch, ASynAckUnderWayProvesNothing) {
  ResetWatch w(segment(kServer, 0, tcp_flag::rst | kAck, 0, 101), {.receiver_next = 101});
  EXPECT_FALSE(w.on_segment(segment(kServer, 10 * kMs, kSyn | kAck, 7000, 101)));
  EXPECT_TRUE(w.on_segment(segment(kClient, 20 * kMs, kAck, 101, 7001)));  // ... or it is not
}

TEST(ResetWatch, WildClocksDoNoHarm) {
  ResetWatch w(segment(kServer, INT64_MIN, tcp_flag::rst, 1, 0), {.receiver_rtt = INT64_MAX});
  EXPECT_FALSE(w.on_segment(segment(kClient, INT64_MAX, kAck, 1, 1, 5)));
}

}  // namespace
}  // namespace handlens
