// Silence, ICMP errors and alerts: what each says, and when it says nothing.
#include "src/findings/silences.h"

#include <gtest/gtest.h>

#include "src/findings/rejection.h"
#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::find_sign;
using testing::ipv4;
using testing::kAck;
using testing::kSyn;
using testing::ResetStory;

constexpr Side kC = Side::client, kS = Side::server;
constexpr std::int64_t kSecond = 1'000'000'000;

Signs silence(ResetStory& story, const Guards& g = {}) {
  Signs out;
  add_silence_signs(story.flow, story.outcome, g, out);
  return out;
}

TEST(SilenceOfSyns, NoAnswerIsWeakAndNamesNobody) {
  ResetStory story;
  story.syn();
  story.flow.tcp.syn_retransmissions = 2;
  story.outcome.stage = Stage::syn;
  const Signs signs = silence(story);
  ASSERT_NE(find_sign(signs, "syn-no-answer"), nullptr);
  EXPECT_EQ(find_sign(signs, "syn-no-answer")->weight, Weight::weak);
  EXPECT_EQ(find_sign(signs, "syn-no-answer")->toward, Toward::neither);
  EXPECT_EQ(find_sign(signs, "syn-no-answer")->text, "3 SYNs and no answer");
  Guards loss;
  loss.loss = true;
  EXPECT_NE(find_sign(silence(story, loss), "syn-no-answer")->text.find("missing"), std::string::npos);
}
TEST(SilenceOfSyns, AnAnswerThatNobodyTakes) {
  ResetStory story;
  story.syn();
  story.packet(40'000, kS, kSyn | kAck, 0, 1);
  story.flow.tcp.syn_ack = story.flow.last;
  story.outcome.stage = Stage::syn;
  const Signs signs = silence(story);
  EXPECT_EQ(find_sign(signs, "syn-no-answer"), nullptr);
  EXPECT_NE(find_sign(signs, "synack-loop"), nullptr);
}

// The hello `times` times; acknowledged or not.
Signs after_hello(int times, bool acknowledged, std::int64_t quiet_s) {
  ResetStory story;
  story.open().hello();
  for (int i = 1; i < times; ++i) story.packet(300'000, kC, kAck, 1, 1, 244);
  if (acknowledged) {
    story.packet(40'000, kS, kAck, 1, 245);
    story.facts(kS).acknowledged = 245;
  }
  story.flow.quiet_ns = quiet_s * kSecond;
  return silence(story);
}
TEST(SilenceAfterTheHello, NeverAcknowledgedThreeTimes) {
  const Signs signs = after_hello(3, false, 20);
  ASSERT_NE(find_sign(signs, "silent-after-clienthello"), nullptr);
  EXPECT_EQ(find_sign(signs, "silent-after-clienthello")->weight, Weight::medium);
  EXPECT_EQ(find_sign(after_hello(1, false, 20), "silent-after-clienthello"), nullptr) << "it may be the last packet";
}
TEST(SilenceAfterTheHello, AcknowledgedAndNothingMore) {
  EXPECT_NE(find_sign(after_hello(1, true, 20), "acked-but-silent"), nullptr);
  EXPECT_EQ(find_sign(after_hello(1, true, 20), "acked-but-silent")->toward, Toward::neither);
  EXPECT_EQ(find_sign(after_hello(1, true, 2), "acked-but-silent"), nullptr) << "a slow server";
}
// A probe with a short time to live, then the hello itself: what a router says of the probe is no answer to the hello.
TEST(SilenceAfterTheHello, AProbeThatRanOutIsNoReason) {
  for (const std::uint8_t ttl : {std::uint8_t{4}, std::uint8_t{64}}) {
    ResetStory story;
    story.open();
    Event& e = story.flow.events.emplace_back();
    e.kind = EventKind::icmp_unreachable;
    e.from = Direction::reverse;
    e.code_a = 11;
    story.hello().flow.packets.back().ttl = 4;
    for (int i = 0; i < 3; ++i) story.packet(300'000, kC, kAck, 1, 1, 244).ttl = ttl;
    EXPECT_EQ(find_sign(silence(story), "silent-after-clienthello") != nullptr, ttl == 64);
  }
}

// The server's first words, `times` times; then the client asks for them once more, if it `speaks`.
ResetStory answered(int times, std::uint32_t size, bool speaks = true) {
  ResetStory story;
  story.open().hello();
  story.flow.tls.server_hello = std::make_unique<SeenHello<tls::ServerHello>>();
  story.outcome.stage = Stage::server_flight;
  for (int i = 0; i < times; ++i) story.packet(300'000, kS, kAck, 1, 245, size);
  if (speaks) story.packet(300'000, kC, kAck, 245, 1);
  return story;
}
const Sign* lost_answer(const Signs& signs) { return find_sign(signs, "answer-never-acknowledged"); }

TEST(SilenceAfterTheAnswer, NeverAcknowledgedThreeTimes) {
  ResetStory small = answered(3, 700), large = answered(3, 1'400), twice = answered(2, 700);
  ASSERT_NE(lost_answer(silence(small)), nullptr);
  EXPECT_EQ(lost_answer(silence(small))->toward, Toward::middlebox);
  EXPECT_EQ(lost_answer(silence(large))->toward, Toward::neither) << "or its size";
  EXPECT_EQ(lost_answer(silence(twice)), nullptr);
  ResetStory gone = answered(3, 700, false);
  EXPECT_EQ(lost_answer(silence(gone))->toward, Toward::neither) << "the client may be gone";
}
TEST(SilenceAfterTheAnswer, AResetThatAcknowledgesItHasHeardIt) {
  ResetStory story = answered(3, 700);
  story.rst(300'000, kC, 245, 701);
  EXPECT_EQ(lost_answer(silence(story)), nullptr);
}
TEST(SilenceAfterTheAnswer, CopiesOfOneFrameAreNoRepetitions) {
  ResetStory story = answered(2, 700, false);
  for (const std::size_t at : {std::size_t{5}, std::size_t{4}}) {
    PacketNote copy = story.flow.packets.at(at);
    copy.time_ns += 1'000;
    story.flow.packets.insert(story.flow.packets.begin() + static_cast<std::ptrdiff_t>(at) + 1, copy);
  }
  EXPECT_EQ(lost_answer(silence(story)), nullptr);
}
TEST(SilenceAfterTheAnswer, WhatIsSentToAClosedWindowIsAProbe) {
  ResetStory story = answered(5, 1);
  story.flow.packets.back().window = 0;
  EXPECT_EQ(lost_answer(silence(story)), nullptr);
}
TEST(SilenceAfterTheAnswer, WhatCameAfterTheEndingIsNoReason) {
  ResetStory story = answered(3, 700);
  story.outcome.ending_frame = story.flow.packets.at(4).frame;
  EXPECT_EQ(lost_answer(silence(story)), nullptr);
}
TEST(SilenceAfterTheAnswer, WhereSomeOfItArrivedItMayBeLoss) {
  ResetStory story;
  story.open().hello();
  story.flow.tls.server_hello = std::make_unique<SeenHello<tls::ServerHello>>();
  story.outcome.stage = Stage::server_flight;
  story.packet(300'000, kS, kAck, 1, 245, 900);
  story.packet(40, kC, kAck, 245, 901);
  for (int i = 0; i < 3; ++i) story.packet(300'000, kS, kAck, 901, 245, 700);
  EXPECT_EQ(find_sign(silence(story), "answer-never-acknowledged")->toward, Toward::neither);
  EXPECT_EQ(find_sign(silence(story), "client-data-never-acknowledged"), nullptr);
  story.packet(40, kC, kAck, 245, 1'601);
  EXPECT_EQ(find_sign(silence(story), "answer-never-acknowledged"), nullptr) << "it arrived after all";
}
TEST(SilenceAfterTheAnswer, OfTheClientAsWell) {
  ResetStory story;
  story.open().hello();
  story.flow.tls.server_hello = std::make_unique<SeenHello<tls::ServerHello>>();
  story.outcome.stage = Stage::client_finish;
  story.packet(40'000, kS, kAck, 1, 245, 900);
  for (int i = 0; i < 3; ++i) story.packet(300'000, kC, kAck, 245, 901, 93);
  EXPECT_EQ(find_sign(silence(story), "client-data-never-acknowledged")->toward, Toward::neither) << "its hello passed";
  EXPECT_EQ(find_sign(silence(story), "answer-never-acknowledged"), nullptr);
}

// The server's flight in full segments: this one is repeated, smaller ones passed.
bool is_mtu(std::uint32_t size, int times, bool has_passed_large, bool too_big = false) {
  ResetStory story;
  story.open().hello();
  std::int64_t seq = 1;
  for (const std::uint32_t passed : {200u, has_passed_large ? size : 300u}) {
    story.packet(41'000, kS, kAck, seq, 245, passed);
    seq += passed;
    story.packet(50, kC, kAck, 245, seq);
  }
  for (int i = 0; i < times; ++i) story.packet(300'000, kS, kAck, seq, 245, size);
  if (too_big) {
    Event e;
    e.kind = EventKind::icmp_unreachable;
    e.code_a = 3;
    e.code_b = 4;
    story.flow.events.push_back(e);
  }
  story.outcome.stage = Stage::server_flight;
  return is_mtu_suspect(silence(story));
}
TEST(SilenceOfFullSegments, NeedsSizeRepetitionAndSmallerOnesThatPass) {
  EXPECT_TRUE(is_mtu(1460, 3, false));
  EXPECT_FALSE(is_mtu(1460, 2, false));
  EXPECT_FALSE(is_mtu(600, 3, false));
  EXPECT_FALSE(is_mtu(1460, 3, true)) << "one of that size had passed";
  EXPECT_FALSE(is_mtu(1460, 3, false, true)) << "the path says so itself";
}
// A flight of which nothing is acknowledged: a full segment, repeated, and a smaller one behind it. What the client
// then sends must ask for the full one again.
TEST(SilenceOfFullSegments, KeepAlivesAndAFirstAckAskForNothing) {
  enum class Sends { nothing, duplicates, keep_alives };
  for (const Sends sends : {Sends::nothing, Sends::duplicates, Sends::keep_alives}) {
    ResetStory story;
    story.open().hello();
    story.packet(41'000, kS, kAck, 1, 245, 1460);
    story.packet(10, kS, kAck, 1461, 245, 700);
    if (sends == Sends::duplicates) story.packet(50, kC, kAck, 245, 1);
    if (sends == Sends::keep_alives) story.packet(15'000'000, kC, kAck, 244, 1);
    for (int i = 0; i < 3; ++i) story.packet(300'000, kS, kAck, 1, 245, 1460);
    story.outcome.stage = Stage::server_flight;
    EXPECT_EQ(is_mtu_suspect(silence(story)), sends == Sends::duplicates) << static_cast<int>(sends);
  }
}
// A full segment was lost, and a smaller one behind it made the client ask for it again.
ResetStory smaller_passed() {
  ResetStory story;
  story.open().hello();
  story.packet(41'000, kS, kAck, 1, 245, 1460);
  story.packet(10, kS, kAck, 1461, 245, 700);
  story.packet(10'000, kC, kAck, 245, 1);
  story.packet(10, kC, kAck, 245, 1);
  return story;
}
// A device that lets nothing pass from some point on: a smaller segment had passed before, the next one makes the
// client do nothing.
TEST(SilenceOfFullSegments, TheNewestSmallerOneMustPassAsWell) {
  for (const bool answered : {true, false}) {
    ResetStory story = smaller_passed();
    story.packet(20'000, kS, kAck, 1461, 245, 700);
    if (answered) story.packet(10'000, kC, kAck, 245, 1);
    for (int i = 0; i < 4; ++i) story.packet(800'000, kS, kAck, 1, 245, 1460);
    story.outcome.stage = Stage::server_flight;
    EXPECT_EQ(is_mtu_suspect(silence(story)), answered);
  }
}
// The last packet of the flow, and then silence; or notes are missing among which the answer may be.
TEST(SilenceOfFullSegments, AnAnswerMayStillComeOrBeMissing) {
  for (const std::int64_t quiet_s : {0, 60}) {
    for (const bool elided : {false, true}) {
      ResetStory story = smaller_passed();
      for (int i = 0; i < 4; ++i) story.packet(800'000, kS, kAck, 1, 245, 1460);
      story.packet(100'000, kS, kAck, 1461, 245, 700);
      story.flow.quiet_ns = quiet_s * kSecond;
      story.flow.packets_elided = elided;
      story.outcome.stage = Stage::server_flight;
      EXPECT_EQ(is_mtu_suspect(silence(story)), quiet_s == 0 || elided);
    }
  }
}
TEST(SilenceOfFullSegments, OneDirectionTellsNothing) {
  ResetStory story;
  story.open().hello();
  for (int i = 0; i < 3; ++i) story.packet(300'000, kC, kAck, 245, 1, 1460);
  story.flow.one_sided = kS;
  story.outcome.stage = Stage::client_hello;
  EXPECT_FALSE(is_mtu_suspect(silence(story)));
}

Signs icmp(std::uint8_t code, const IpAddress& source) {
  ResetStory story;
  story.syn();
  Event e;
  e.kind = EventKind::icmp_unreachable;
  e.frame = 2;
  e.from = Direction::reverse;
  e.code_a = 3;
  e.code_b = code;
  story.flow.events.push_back(e);
  story.flow.icmp.push_back({2, source, 60});
  story.outcome.ending_frame = 2;
  Signs out;
  add_icmp_signs(story.flow, *story.outcome.ending_frame, out);
  return out;
}
// An ICMP error about the client's packet with that number, relative to its ISN.
void reject(ResetStory& story, std::uint8_t code, std::uint32_t quoted_seq) {
  Event& e = story.flow.events.emplace_back();
  e.kind = EventKind::icmp_unreachable;
  e.frame = ++story.frame;
  e.from = Direction::reverse;
  e.code_a = 3;
  e.code_b = code;
  IcmpFact& fact = story.flow.icmp.emplace_back();
  fact.frame = e.frame;
  fact.source = ipv4(192, 0, 2, 1);
  fact.quoted_seq = testing::kIsn[0] + quoted_seq;
}
TEST(IcmpSigns, TheNewestRejectionBeforeTheEnding) {
  ResetStory story;
  story.open().hello();
  EXPECT_EQ(find_rejection(story.flow, UINT64_MAX).newest, nullptr);
  for (const int code : {13, 1, 10, 13}) reject(story, static_cast<std::uint8_t>(code), 1);  // #5 to #8
  const Rejection found = find_rejection(story.flow, 8);
  ASSERT_NE(found.newest, nullptr);
  EXPECT_EQ(found.newest->frame, 7u);
  EXPECT_EQ(found.times, 2u) << "no route is no rule";
  EXPECT_EQ(find_rejection(story.flow, 7).newest->frame, 5u);
}
TEST(IcmpSigns, WhatWasRejectedAndArrivedAllTheSame) {
  enum class Then { nothing, acknowledged, old_number, repeated, said_something, reset };
  for (const Then then :
       {Then::nothing, Then::acknowledged, Then::old_number, Then::repeated, Then::said_something, Then::reset}) {
    ResetStory story;
    story.open().hello();
    reject(story, 13, 1);
    story.packet(300'000, kC, kAck, 1, 1, 244);
    if (then == Then::acknowledged) story.packet(40'000, kS, kAck, 1, 245);
    if (then == Then::old_number) story.packet(40'000, kS, kAck, 1, 1);
    if (then == Then::repeated) story.packet(40'000, kS, kSyn | kAck, 0, 1);
    if (then == Then::said_something) story.packet(40'000, kS, kAck, 1, 1, 20);
    if (then == Then::reset) story.packet(40'000, kS, testing::kRst | kAck, 1, 245);
    const bool is_overcome = then == Then::acknowledged || then == Then::said_something;
    EXPECT_EQ(find_rejection(story.flow, UINT64_MAX).newest == nullptr, is_overcome) << static_cast<int>(then);
    EXPECT_NE(find_rejection(story.flow, 7).newest, nullptr) << "it had not been by then";
  }
}
TEST(IcmpSigns, BySenderAndByWord) {
  const IpAddress router = ipv4(192, 0, 2, 1), server = ipv4(203, 0, 113, 10);
  EXPECT_EQ(find_sign(icmp(13, router), "icmp-rejected")->toward, Toward::middlebox);
  EXPECT_EQ(find_sign(icmp(13, router), "icmp-rejected")->weight, Weight::strong);
  EXPECT_EQ(find_sign(icmp(3, server), "icmp-rejected")->toward, Toward::endpoint);
  EXPECT_EQ(find_sign(icmp(1, router), "icmp-rejected")->toward, Toward::neither) << "no route is no rule";
  EXPECT_EQ(find_sign(icmp(3, router), "icmp-rejected")->toward, Toward::middlebox) << "a filter's default";
  EXPECT_EQ(find_sign(icmp(3, router), "icmp-rejected")->weight, Weight::medium);
}

TEST(AlertSigns, TheEndingOneSpeaksForItsSender) {
  ResetStory story;
  story.open().hello();
  Event e;
  e.kind = EventKind::alert;
  e.frame = 9;
  e.from = Direction::reverse;
  e.code_b = 40;
  story.flow.events.push_back(e);
  for (const std::uint64_t ending : {9u, 8u}) {
    story.outcome.ending_frame = ending;
    Signs out;
    add_alert_signs(story.flow, story.outcome, out);
    EXPECT_EQ(find_sign(out, "fatal-alert") != nullptr, ending == 9);
  }
}

}  // namespace
}  // namespace handlens
