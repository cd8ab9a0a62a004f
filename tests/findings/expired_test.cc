// ICMP time exceeded: which packet it is about, and when it shows a routing loop.
#include "src/findings/expired.h"

#include <gtest/gtest.h>

#include "src/findings/silences.h"
#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::find_sign;
using testing::ipv4;
using testing::kAck;
using testing::kSyn;
using testing::ResetStory;

constexpr Side kC = Side::client;
constexpr std::int64_t kSecond = 1'000'000;  // µs

// A router says of the last packet that it ran out of its time to live.
struct Error {
  std::uint8_t quoted_ttl = 1;
  IpAddress source = ipv4(192, 0, 2, 1);
};
void expire(ResetStory& story, const Error& error = {}) {
  const PacketNote about = story.flow.packets.back();
  Event e;
  e.kind = EventKind::icmp_unreachable;
  e.frame = ++story.frame;
  story.now += 30'000'000;
  e.time.ns = story.now;
  e.from = Direction::reverse;
  e.code_a = 11;
  story.flow.events.push_back(e);
  IcmpFact fact;
  fact.frame = e.frame;
  fact.source = error.source;
  fact.quoted_ttl = error.quoted_ttl;
  fact.quoted_ip_id = static_cast<std::uint16_t>(about.ip_id);
  fact.quoted_seq = about.seq;
  story.flow.icmp.push_back(fact);
}

Signs signs_of(ResetStory& story) {
  story.outcome.ending_frame = story.flow.events.back().frame;
  Signs out;
  add_icmp_signs(story.flow, *story.outcome.ending_frame, out);
  EXPECT_EQ(find_sign(out, "icmp-rejected"), nullptr);
  EXPECT_NE(find_sign(out, "icmp-expired"), nullptr);
  return out;
}

// Two SYNs with this TTL, the second one `later`, and an error about each.
bool is_loop(std::uint8_t ttl, const Error& error = {}, std::int64_t later = kSecond) {
  ResetStory story;
  for (int i = 0; i < 2; ++i) {
    story.packet(i == 0 ? 0 : later, kC, kSyn, 0).ttl = ttl;
    expire(story, error);
  }
  return is_loop_suspect(signs_of(story));
}
TEST(Expired, IsALoopIfRoutersSaySoOfTwoAttemptsWithALongTimeToLive) {
  EXPECT_TRUE(is_loop(64));
  EXPECT_TRUE(is_loop(48, {.quoted_ttl = 0}));
  EXPECT_FALSE(is_loop(47));
  EXPECT_FALSE(is_loop(64, {.quoted_ttl = 2})) << "it had not run out";
  EXPECT_FALSE(is_loop(64, {}, 1'000)) << "of one attempt";
  EXPECT_FALSE(is_loop(64, {.source = ipv4(203, 0, 113, 10)})) << "the server itself got it";
}

TEST(Expired, TwoErrorsAboutOnePacketAreOne) {
  ResetStory story;
  story.syn();
  expire(story);
  story.now += 700'000'000;
  expire(story);
  EXPECT_FALSE(is_loop_suspect(signs_of(story)));
}

// A long SYN that was lost, then probes of the same connection.
TEST(Expired, TellsTheTimeToLiveOfThePacketThatItIsAbout) {
  ResetStory story;
  story.syn();
  for (std::uint8_t ttl = 1; ttl <= 3; ++ttl) {
    story.packet(kSecond, kC, kSyn, 0).ttl = ttl;
    expire(story);
  }
  const Signs signs = signs_of(story);
  EXPECT_FALSE(is_loop_suspect(signs));
  EXPECT_NE(find_sign(signs, "icmp-expired")->text.find("TTL of 3 where"), std::string::npos);
}

// Captured inside a loop, a packet comes by again and again.
TEST(Expired, CountsAPacketWithTheTimeToLiveThatItHadFirst) {
  ResetStory story;
  for (int i = 0; i < 2; ++i) {
    const std::uint32_t id = story.packet(kSecond, kC, kSyn, 0).ip_id;
    for (std::uint8_t ttl = 62; ttl > 1; ttl = static_cast<std::uint8_t>(ttl - 2)) {
      PacketNote& again = story.packet(20'000, kC, kSyn, 0);
      again.ip_id = id;
      again.ttl = ttl;
    }
    expire(story);
  }
  const Signs signs = signs_of(story);
  EXPECT_TRUE(is_loop_suspect(signs));
  EXPECT_NE(find_sign(signs, "icmp-expired")->text.find("TTL of 64 where"), std::string::npos);
  EXPECT_EQ(find_expired_ending(story.flow), &story.flow.events.back());
}

// What routers say of most transmissions of a hello is no device's work, in whatever way the client gives up.
TEST(Expired, AHelloThatGoesRoundIsNotDropped) {
  for (const int errors : {0, 1, 2, 3}) {
    ResetStory story;
    story.open().hello();
    if (errors > 0) expire(story);
    for (int i = 1; i < 3; ++i) {
      story.packet(kSecond, kC, kAck, 1, 1, 244);
      if (i < errors) expire(story);
    }
    Signs out;
    add_silence_signs(story.flow, story.outcome, {}, out);
    ASSERT_NE(find_sign(out, "silent-after-clienthello"), nullptr) << errors;
    EXPECT_EQ(find_sign(out, "silent-after-clienthello")->toward, errors < 2 ? Toward::middlebox : Toward::neither);
  }
}

}  // namespace
}  // namespace handlens
