// Ordinary explanations: each where it holds, and where it does not.
#include "src/findings/benign.h"

#include <gtest/gtest.h>

#include "src/findings/flow_brief.h"
#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::ipv4;
using testing::kAck;
using testing::kFin;
using testing::kSyn;
using testing::ResetStory;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr Side kC = Side::client, kS = Side::server;

std::string_view id_of(ResetStory& story, std::size_t which = 0,
                       const CaptureContext& context = ResetStory::nothing()) {
  const std::optional<Benign> found = find_benign(story.make(which, context));
  return found ? found->id : "";
}

TEST(Benign, TeardownNeedsAFin) {
  for (const bool fin : {true, false}) {
    ResetStory story;
    story.open().hello();
    if (fin) story.packet(41'000, kS, kFin | kAck, 1, 245);
    story.rst(41'000, kS, 2, 245);
    EXPECT_EQ(id_of(story), fin ? "teardown-rst" : "");
  }
}

TEST(Benign, LateDataMeetsAClosedSocket) {
  ResetStory story;
  story.open().hello();
  story.packet(3'000, kC, kFin | kAck, 245, 1);
  story.packet(38'000, kS, kAck, 1, 245, 1400);
  story.rst(40, kC, 245);
  EXPECT_EQ(id_of(story), "late-data-to-closed-socket");
}

// Five connections that the client closes unused, one a second: a check, unless it waited for something each time.
TEST(Benign, AFinInARhythmIsACheckIfNobodyWaited) {
  for (const std::int64_t held : {2'000, 5'000'000}) {
    for (const bool in_rhythm : {true, false}) {
      ResetStory story;
      story.open();
      story.packet(held, kC, kFin | kAck, 1, 1);
      std::vector<FlowBrief> briefs;
      for (std::uint64_t i = 0; i < 5; ++i) {
        FlowBrief brief;
        brief.id = story.flow.id + i;
        brief.client = story.flow.client.ip;
        brief.server = story.flow.server.ip;
        brief.server_port = story.flow.server.port;
        brief.start_ns = static_cast<std::int64_t>(in_rhythm ? i * 10 : i * i * i) * kSecond;
        brief.shape = FlowShape::closed;
        briefs.push_back(brief);
      }
      const CaptureContext context(std::move(briefs), {});
      RstFact fin;
      fin.frame = story.flow.last.number;
      fin.time = story.flow.last.time;
      fin.from = kC;
      fin.ack_flag = true;
      const ResetCase c = make_case(story.flow, story.outcome, context, fin, true);
      EXPECT_EQ(find_benign_fin(c).has_value(), held < 3'000'000 && in_rhythm) << held << ' ' << in_rhythm;
    }
  }
}

TEST(Benign, AnAnswerMayComeTooLate) {
  for (const std::int64_t late : {200'000, 4'000'000}) {
    ResetStory story;
    story.syn();
    story.packet(late, kS, kSyn | kAck, 0, 1);
    story.rst(40, kC, 1);
    EXPECT_EQ(id_of(story), late > 3'000'000 ? "late-answer-to-closed-socket" : "") << late;
  }
}

TEST(Benign, ATranslatorInFrontAnswersLateSegments) {
  ResetStory story;
  story.open().hello();
  story.rst(41'000, kC, 245, 1);
  story.packet(10, kS, kAck, 1, 245, 1400);
  story.rst(15, kC, 245).ttl = 255;
  EXPECT_EQ(id_of(story, 0), "");
  EXPECT_EQ(id_of(story, 1), "nat-in-front");
}

TEST(Benign, ARestOfAnOlderConnectionIsReset) {
  for (const bool syn_ack : {false, true}) {
    ResetStory story;
    story.syn();
    story.packet(40'000, kS, syn_ack ? kSyn | kAck : kAck, 700, 9'000);
    if (syn_ack) story.flow.tcp.syn_ack = story.flow.last;
    story.rst(40, kC, 0).seq = testing::kIsn[0] + 9'000;
    EXPECT_EQ(id_of(story), syn_ack ? "" : "challenge-ack-then-rst");
  }
}

TEST(Benign, AClientCancelsWhatWasInUse) {
  for (const bool in_use : {true, false}) {
    ResetStory story;
    story.open().hello();
    if (in_use) story.packet(41'000, kS, kAck, 1, 245, 1400);
    story.rst(900'000, kC, 245, 1);
    EXPECT_EQ(id_of(story), in_use ? "client-cancel" : "");
  }
}
TEST(Benign, ACancelHasTheClientsOwnTtl) {
  ResetStory story;
  story.open().hello();
  story.packet(41'000, kS, kAck, 1, 245, 1400);
  story.rst(900'000, kC, 245, 1).ttl = 57;
  EXPECT_EQ(id_of(story), "");
}

// A brief of another connection of the same client.
FlowBrief brief(std::uint64_t id, FlowShape shape, std::uint16_t port, std::int64_t start_ns) {
  FlowBrief b;
  b.id = id;
  b.client = ipv4(192, 0, 2, 5);
  b.server = ipv4(203, 0, 113, 10);
  b.client_port = static_cast<std::uint16_t>(51000 + id);
  b.server_port = port;
  b.start_ns = start_ns;
  b.end_ns = start_ns + 1'000'000;
  b.shape = shape;
  b.ttl_min[0] = b.ttl_max[0] = 64;
  b.ttl_min[1] = b.ttl_max[1] = 49;
  return b;
}
CaptureContext context_of(std::vector<FlowBrief> briefs) { return {std::move(briefs), CaptureCounters{}}; }

ResetStory half_open() {
  ResetStory story;
  story.syn();
  story.packet(40'000, kS, kSyn | kAck, 0, 1);
  story.flow.tcp.syn_ack = story.flow.last;
  story.rst(40, kC, 1);
  return story;
}
ResetStory connected() {
  ResetStory story;
  story.open();
  story.rst(100, kC, 1, 1);
  return story;
}

TEST(Benign, ScansHaveManyTargets) {
  for (const std::uint16_t targets : {std::uint16_t{5}, std::uint16_t{4}}) {
    ResetStory story = half_open();
    std::vector<FlowBrief> briefs;
    for (std::uint16_t i = 0; i < targets; ++i) {
      briefs.push_back(brief(i + 1u, FlowShape::half_open, static_cast<std::uint16_t>(20 + i), i * 777'000));
    }
    EXPECT_EQ(id_of(story, 0, context_of(briefs)), targets >= 5 ? "half-open-scan" : "");
  }
  for (const std::uint16_t targets : {std::uint16_t{3}, std::uint16_t{2}}) {
    ResetStory story = connected();
    std::vector<FlowBrief> briefs;
    for (std::uint16_t i = 0; i < targets; ++i) {
      briefs.push_back(brief(i + 1u, FlowShape::connect, static_cast<std::uint16_t>(20 + i), i * 777'000));
    }
    EXPECT_EQ(id_of(story, 0, context_of(briefs)), targets >= 3 ? "connect-scan" : "");
  }
}
TEST(Benign, OneOddSynIsAProbe) {
  ResetStory story = half_open();
  std::vector<FlowBrief> briefs = {brief(1, FlowShape::half_open, 443, 0)};
  briefs[0].odd_syn = true;
  EXPECT_EQ(id_of(story, 0, context_of(briefs)), "half-open-scan");
}

TEST(Benign, HealthChecksKeepARhythm) {
  for (const bool regular : {true, false}) {
    ResetStory story = connected();
    std::vector<FlowBrief> briefs;
    const std::int64_t starts[] = {0, 2 * kSecond, regular ? 4 * kSecond : 19 * kSecond, 20 * kSecond};
    for (std::size_t i = 0; i < (regular ? 3u : 4u); ++i) {
      briefs.push_back(brief(i + 1, FlowShape::connect, 443, starts[i]));
    }
    EXPECT_EQ(id_of(story, 0, context_of(briefs)), regular ? "health-check" : "");
  }
}

// Six connections behind each other, on a long path.
TEST(Benign, WhoBeginsAnewAtOnceKeepsNoRhythm) {
  for (const bool pauses : {true, false}) {
    ResetStory story;
    story.open();
    story.rst(200'000, kC, 1, 1);
    std::vector<FlowBrief> briefs;
    for (std::uint16_t i = 0; i < 6; ++i) {
      briefs.push_back(brief(i + 1u, FlowShape::connect, 443, i * (pauses ? kSecond : 300'000'000)));
    }
    EXPECT_EQ(id_of(story, 0, context_of(briefs)), pauses ? "health-check" : "");
  }
}

TEST(Benign, ARaceIsLostOnlyToOneThatWasWon) {
  for (const bool won : {true, false}) {
    ResetStory story = half_open();
    std::vector<FlowBrief> briefs = {brief(1, FlowShape::half_open, 443, 0),
                                     brief(2, FlowShape::other, 443, 250'000'000)};
    briefs[1].server = ipv4(203, 0, 113, 11);
    briefs[1].established = won;
    EXPECT_EQ(id_of(story, 0, context_of(briefs)), won ? "happy-eyeballs-loser" : "");
  }
}

TEST(Benign, ARefusalComesFromWhereTheHostIs) {
  for (const std::uint8_t ttl : {std::uint8_t{49}, std::uint8_t{62}}) {
    ResetStory story;
    story.syn();
    story.rst(40'000, kS, -5000, 1).ttl = ttl;
    EXPECT_EQ(id_of(story, 0, context_of({brief(1, FlowShape::refused, 443, 0), brief(2, FlowShape::other, 80, 0)})),
              ttl == 49 ? "refused-by-host" : "");
  }
}
TEST(Benign, AHostRefusesAsQuicklyAsItAccepts) {
  for (const std::int64_t later : {40'000, 21'000, 19'000}) {
    ResetStory story;
    story.syn();
    story.rst(later, kS, -5000, 1);
    std::vector<FlowBrief> briefs = {brief(1, FlowShape::refused, 443, 0), brief(2, FlowShape::other, 80, 0)};
    briefs[1].rtt_server = 40'000'000;
    EXPECT_EQ(id_of(story, 0, context_of(briefs)), later > 20'000 ? "refused-by-host" : "") << later;
  }
}
// The SYN-ACK is not in the capture: a reset after the ClientHello is no refusal.
TEST(Benign, NoRefusalAfterTheClientSpokeOn) {
  ResetStory story;
  story.syn();
  story.packet(40'040, kC, kAck, 1, 1);
  story.hello();
  story.rst(41'000, kS, 1, 245);
  EXPECT_EQ(id_of(story, 0, context_of({brief(1, FlowShape::refused, 443, 0), brief(2, FlowShape::other, 80, 0)})), "");
}

TEST(Benign, ServersForgetInTheMiddleOfACapture) {
  for (const std::int64_t before : {100 * kSecond, kSecond}) {
    ResetStory story;
    story.packet(0, kC, kAck, 500, 700, 20);
    story.rst(40'000, kS, 700);
    story.flow.midstream = true;
    const std::int64_t start = story.flow.first.time.ns;
    std::vector<FlowBrief> briefs = {brief(0, FlowShape::other, 80, start - before),
                                     brief(1, FlowShape::other, 443, start)};
    EXPECT_EQ(id_of(story, 0, context_of(briefs)), before > 30 * kSecond ? "restart-stale-state" : "");
  }
}

TEST(Benign, ATranslationThatLostTrack) {
  for (const std::uint16_t port : {std::uint16_t{51000}, std::uint16_t{51001}}) {
    ResetStory story;
    story.packet(0, kS, kSyn | kAck, 0, 1);
    story.flow.tcp.syn_ack = story.flow.last;
    story.rst(40, kC, 1);
    std::vector<FlowBrief> briefs = {brief(1, FlowShape::other, 443, story.flow.first.time.ns),
                                     brief(2, FlowShape::other, 443, story.flow.first.time.ns)};
    briefs[1].server = ipv4(198, 51, 100, 9);
    briefs[1].client_port = port;
    EXPECT_EQ(id_of(story, 0, context_of(briefs)), port == 51000 ? "conntrack-invalid" : "");
  }
}

}  // namespace
}  // namespace handlens
