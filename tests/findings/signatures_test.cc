// The 19 signatures, each in both directions: towards the server as published, towards the client as its mirror.
#include "src/findings/signatures.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/support/reset_story.h"

namespace handlens {
namespace {

using testing::kAck;
using testing::kFin;
using testing::kRst;
using testing::kSyn;
using testing::ResetStory;

// The client's packets, and resets that carry the address of one side; `from` is what the signature is asked of.
struct Told {
  ResetStory story;
  Side from;
  std::uint32_t windows = 0;

  explicit Told(Side side) : from(side) {}
  void syn() { story.syn(); }
  void ack() { story.packet(1000, Side::client, kAck, 1, 1); }
  void data(std::int64_t seq) { story.packet(1000, Side::client, kAck, seq, 1, 100); }
  void rst(std::int64_t ack_field) {
    PacketNote& n = story.rst(3000, from, 1);
    n.ack = static_cast<std::uint32_t>(ack_field);
  }
  void rst_ack() { story.rst(3000, from, 1, 1); }
  void quiet() { story.flow.quiet_ns = 6'000'000'000; }
  std::string_view signature() {
    if (!story.flow.packets.empty() && story.flow.packets.back().is_rst()) story.make();
    return tampering_signature(story.flow, from);
  }
};
using Tell = std::function<void(Told&)>;

void open(Told& t) {
  t.syn();
  t.ack();
}
void request(Told& t) {
  open(t);
  t.data(1);
}
void more(Told& t) {
  request(t);
  t.data(101);
}

const std::vector<std::pair<std::string_view, Tell>>& cases() {
  static const std::vector<std::pair<std::string_view, Tell>> kCases = {
      {"SYN -> none", [](Told& t) { t.syn(), t.quiet(); }},
      {"SYN -> RST", [](Told& t) { t.syn(), t.rst(0); }},
      {"SYN -> RST+ACK", [](Told& t) { t.syn(), t.rst_ack(); }},
      {"SYN -> RST;RST+ACK", [](Told& t) { t.syn(), t.rst(0), t.rst_ack(); }},
      {"SYN;ACK -> none", [](Told& t) { open(t), t.quiet(); }},
      {"SYN;ACK -> RST", [](Told& t) { open(t), t.rst(0); }},
      {"SYN;ACK -> RST;RST", [](Told& t) { open(t), t.rst(0), t.rst(0); }},
      {"SYN;ACK -> RST+ACK", [](Told& t) { open(t), t.rst_ack(); }},
      {"SYN;ACK -> RST+ACK;RST+ACK", [](Told& t) { open(t), t.rst_ack(), t.rst_ack(); }},
      {"PSH+ACK -> none", [](Told& t) { request(t), t.quiet(); }},
      {"PSH+ACK -> RST", [](Told& t) { request(t), t.rst(0); }},
      {"PSH+ACK -> RST+ACK", [](Told& t) { request(t), t.rst_ack(); }},
      {"PSH+ACK -> RST;RST+ACK", [](Told& t) { request(t), t.rst(0), t.rst_ack(); }},
      {"PSH+ACK -> RST+ACK;RST+ACK", [](Told& t) { request(t), t.rst_ack(), t.rst_ack(); }},
      {"PSH+ACK -> RST=RST", [](Told& t) { request(t), t.rst(7), t.rst(7); }},
      {"PSH+ACK -> RST!=RST", [](Told& t) { request(t), t.rst(7), t.rst(9); }},
      {"PSH+ACK -> RST;RST0", [](Told& t) { request(t), t.rst(7), t.rst(0); }},
      {"PSH+ACK;Data -> RST", [](Told& t) { more(t), t.rst(0); }},
      {"PSH+ACK;Data -> RST+ACK", [](Told& t) { more(t), t.rst_ack(); }},
  };
  return kCases;
}

TEST(Signatures, AllNineteenInBothDirections) {
  ASSERT_EQ(cases().size(), 19u);
  for (const auto& [name, tell] : cases()) {
    for (const Side side : {Side::client, Side::server}) {
      Told told(side);
      tell(told);
      EXPECT_EQ(told.signature(), name) << "packets of the " << to_text(side);
    }
  }
}

// Silence has no address: it is of both sides.
TEST(Signatures, OfTheOtherSidesResetsThereIsNone) {
  for (const auto& [name, tell] : cases()) {
    Told told(Side::client);
    tell(told);
    static_cast<void>(told.signature());
    if (told.story.flow.tcp.rst.empty()) continue;
    EXPECT_EQ(tampering_signature(told.story.flow, Side::server), "") << name;
  }
}

// Not the server's own packets tell how far it went.
TEST(Signatures, AServersResetEndsWhatTheClientReached) {
  ResetStory story;
  story.open().hello();
  story.rst(41'000, Side::server, 1, 245);
  story.make();
  EXPECT_EQ(tampering_signature(story.flow, Side::server), "PSH+ACK -> RST+ACK");
  EXPECT_EQ(tampering_signature(story.flow, Side::client), "");

  ResetStory opened;
  opened.open();
  opened.rst(41'000, Side::server, 1);
  opened.make();
  EXPECT_EQ(tampering_signature(opened.flow, Side::server), "SYN;ACK -> RST");
}

TEST(Signatures, ARefusedSynHasOne) {
  for (const bool with_ack : {false, true}) {
    ResetStory story;
    story.syn();
    story.rst(40'000, Side::server, -5000, with_ack ? std::optional<std::int64_t>(1) : std::nullopt);
    story.make();
    EXPECT_EQ(tampering_signature(story.flow, Side::server), with_ack ? "SYN -> RST+ACK" : "SYN -> RST");
    EXPECT_EQ(tampering_signature(story.flow, Side::client), "");
  }
}

TEST(Signatures, BothKindsOfResetsAfterTheAckAreNone) {
  for (const Side side : {Side::client, Side::server}) {
    for (const bool bare_first : {false, true}) {
      Told told(side);
      open(told);
      if (bare_first) told.rst(0);
      told.rst_ack();
      if (!bare_first) told.rst(0);
      EXPECT_EQ(told.signature(), "");
      told.rst_ack();
      EXPECT_EQ(told.signature(), "");
    }
  }
}

TEST(Signatures, AnAcknowledgementOf0IsNoSignOfItself) {
  Told zeros(Side::client);
  request(zeros);
  zeros.rst(0), zeros.rst(0);
  EXPECT_EQ(zeros.signature(), "");
  zeros.rst(9);
  EXPECT_EQ(zeros.signature(), "PSH+ACK -> RST;RST0");
  Told three(Side::client);
  request(three);
  three.rst(7), three.rst(9), three.rst(0);
  EXPECT_EQ(three.signature(), "PSH+ACK -> RST;RST0");
}

// As Linux sends them: IP-ID 0, within microseconds.
TEST(Signatures, EqualResetsWithoutANumberAreSeveral) {
  Told told(Side::client);
  open(told);
  for (int i = 0; i < 2; ++i) told.story.rst(10, Side::client, 1).ip_id = 0;
  EXPECT_EQ(told.signature(), "SYN;ACK -> RST;RST");
}
TEST(Signatures, ButNotOfFramesThatAreInTheCaptureTwice) {
  Told numbered(Side::client);
  open(numbered);
  for (int i = 0; i < 2; ++i) numbered.story.rst(10, Side::client, 1).ip_id = 77;
  EXPECT_EQ(numbered.signature(), "SYN;ACK -> RST");

  Told routed(Side::client);
  open(routed);
  for (std::uint8_t i = 0; i < 2; ++i) {
    PacketNote& n = routed.story.rst(10, Side::client, 1);
    n.ip_id = 0;
    n.ttl = static_cast<std::uint8_t>(64 - i);
  }
  EXPECT_EQ(routed.signature(), "SYN;ACK -> RST");

  Told mirrored(Side::client);
  open(mirrored);
  PacketNote again = mirrored.story.flow.packets.back();
  again.frame = ++mirrored.story.frame;
  mirrored.story.flow.packets.push_back(again);
  for (int i = 0; i < 2; ++i) mirrored.story.rst(10, Side::client, 1).ip_id = 0;
  EXPECT_EQ(mirrored.signature(), "SYN;ACK -> RST");

  Told counted(Side::client);
  open(counted);
  counted.story.facts(Side::client).captured_twice = 1;
  for (int i = 0; i < 2; ++i) counted.story.rst(10, Side::client, 1).ip_id = 0;
  EXPECT_EQ(counted.signature(), "SYN;ACK -> RST");
}

TEST(Signatures, AFinBeforeTheResetMakesItATeardown) {
  Told told(Side::client);
  request(told);
  told.story.packet(100, Side::server, kFin | kAck, 1, 101);
  told.rst(0);
  EXPECT_EQ(told.signature(), "");
}

TEST(Signatures, ARepeatedRequestIsOneRequest) {
  Told told(Side::client);
  request(told);
  told.data(1);
  told.rst_ack();
  EXPECT_EQ(told.signature(), "PSH+ACK -> RST+ACK");
}

// With a large key share a ClientHello needs two segments.
TEST(Signatures, AHelloInTwoSegmentsIsOneRequest) {
  Told told(Side::client);
  more(told);
  told.story.flow.tls.client_hello = std::make_unique<SeenHello<tls::ClientHello>>();
  told.story.flow.tls.client_hello->segments = 2;
  told.rst_ack();
  EXPECT_EQ(told.signature(), "PSH+ACK -> RST+ACK");
}

// As stacks repeat what was lost: a part of it, all of it, or all with more behind it.
TEST(Signatures, ARequestRepeatedAtOtherBoundariesIsOneRequest) {
  Told told(Side::client);
  request(told);
  told.story.packet(2000, Side::client, kAck, 1, 1, 40);
  told.story.packet(2000, Side::client, kAck, 41, 1, 60);
  told.rst_ack();
  EXPECT_EQ(told.signature(), "PSH+ACK -> RST+ACK");
  Told longer(Side::client);
  request(longer);
  longer.story.packet(2000, Side::client, kAck, 1, 1, 101);
  longer.rst_ack();
  EXPECT_EQ(longer.signature(), "PSH+ACK;Data -> RST+ACK");
}

// Also where sequence numbers begin anew at 0, and the second half comes first.
TEST(Signatures, HalvesThatCameInAnotherOrderAreKnownTogether) {
  for (const std::int64_t first : {std::int64_t{1}, std::int64_t{0xffff'ffff} - 1000 - 149}) {
    Told told(Side::client);
    open(told);
    told.story.flow.tls.client_hello = std::make_unique<SeenHello<tls::ClientHello>>();
    told.story.flow.tls.client_hello->segments = 2;
    told.story.packet(1000, Side::client, kAck, first + 100, 1, 100);
    told.story.packet(1000, Side::client, kAck, first, 1, 100);
    told.story.packet(2000, Side::client, kAck, first + 50, 1, 150);
    told.rst_ack();
    EXPECT_EQ(told.signature(), "PSH+ACK -> RST+ACK") << first;
  }
}

// The answer does not make two requests of it; what the client says to that does.
TEST(Signatures, AnAnsweredHelloInTwoSegmentsIsStillOneRequest) {
  for (const bool has_finished : {false, true}) {
    Told told(Side::client);
    more(told);
    told.story.flow.tls.client_hello = std::make_unique<SeenHello<tls::ClientHello>>();
    told.story.flow.tls.client_hello->segments = 2;
    told.story.flow.tls.server_hello = std::make_unique<SeenHello<tls::ServerHello>>();
    if (has_finished) told.data(201);
    told.rst_ack();
    EXPECT_EQ(told.signature(), has_finished ? "PSH+ACK;Data -> RST+ACK" : "PSH+ACK -> RST+ACK");
  }
}

// Six retransmission timeouts, and 3 s at least: a second each while no round trip is known.
TEST(Signatures, SilenceNeedsTime) {
  const auto after = [](std::int64_t round_trip_us, std::int64_t quiet_ms) {
    ResetStory story;
    story.syn();
    if (round_trip_us > 0) {
      story.packet(round_trip_us, Side::server, kSyn | kAck, 0, 1);
      story.flow.tcp.syn_ack = story.flow.last;
      story.packet(0, Side::client, kAck, 1, 1);
      story.flow.tcp.ack = story.flow.last;
    }
    story.flow.quiet_ns = quiet_ms * 1'000'000;
    return tampering_signature(story.flow, Side::client);
  };
  EXPECT_EQ(after(0, 5'900), "");
  EXPECT_EQ(after(0, 6'000), "SYN -> none");
  EXPECT_EQ(after(20'000, 2'900), "");
  EXPECT_EQ(after(20'000, 3'600), "SYN;ACK -> none");
  EXPECT_EQ(after(600'000, 10'700), "");
  EXPECT_EQ(after(600'000, 10'800), "SYN;ACK -> none");
}

// The other side may go on: the server repeats its SYN-ACK, the client its request.
TEST(Signatures, OneSideMayBeSilentWhileTheOtherRepeats) {
  ResetStory no_ack;
  no_ack.syn();
  for (int i = 0; i < 4; ++i) no_ack.packet(i == 0 ? 40'000 : 2'500'000, Side::server, kSyn | kAck, 0, 1);
  EXPECT_EQ(tampering_signature(no_ack.flow, Side::client), "SYN -> none");
  EXPECT_EQ(tampering_signature(no_ack.flow, Side::server), "");

  ResetStory no_answer;
  no_answer.open();
  for (int i = 0; i < 4; ++i) no_answer.packet(i == 0 ? 300 : 1'500'000, Side::client, kAck, 1, 1, 244);
  EXPECT_EQ(tampering_signature(no_answer.flow, Side::client), "");
  EXPECT_EQ(tampering_signature(no_answer.flow, Side::server), "PSH+ACK -> none");
  no_answer.flow.packets_elided = true;  // its answer may be among those
  EXPECT_EQ(tampering_signature(no_answer.flow, Side::server), "");
}

// It is not silent before it was asked.
TEST(Signatures, ALateRequestHasHadNoTimeForAnAnswer) {
  ResetStory story;
  story.open();
  story.packet(20'000'000, Side::client, kAck, 1, 1, 244);
  story.flow.quiet_ns = 100'000'000;
  for (const Side side : {Side::client, Side::server}) EXPECT_EQ(tampering_signature(story.flow, side), "");
}

TEST(Signatures, AServerThatAnsweredIsNotSilent) {
  Told told(Side::server);
  request(told);
  told.story.packet(40'000, Side::server, kAck, 1, 101, 500);
  told.quiet();
  EXPECT_EQ(told.signature(), "");
  EXPECT_EQ(tampering_signature(told.story.flow, Side::client), "PSH+ACK -> none");
}

TEST(Signatures, AnAnswerThatIsOnlyMissingHereIsNoSilence) {
  const auto of_server = [](auto change) {
    Told told(Side::server);
    request(told);
    told.quiet();
    change(told.story);
    return std::string(told.signature());
  };
  EXPECT_EQ(of_server([](ResetStory&) {}), "PSH+ACK -> none");
  EXPECT_EQ(of_server([](ResetStory& s) { s.flow.one_sided = Side::server; }), "");
  EXPECT_EQ(of_server([](ResetStory& s) { s.facts(Side::client).acknowledged = 700; }), "");
  // A client that never got a SYN-ACK sends nothing but SYNs.
  Told syn(Side::server);
  syn.syn();
  syn.quiet();
  syn.story.flow.one_sided = Side::server;
  EXPECT_EQ(syn.signature(), "SYN -> none");
}

// What is silent must be silent before the capture ends.
TEST(Signatures, AShortCaptureHasNoSilence) {
  Told told(Side::client);
  request(told);
  told.story.flow.quiet_ns = 0;
  for (const Side side : {Side::client, Side::server}) EXPECT_EQ(tampering_signature(told.story.flow, side), "");
}

TEST(Signatures, NothingOfAConnectionSeenFromItsMiddle) {
  Told told(Side::client);
  request(told);
  told.rst(0);
  told.story.flow.midstream = true;
  EXPECT_EQ(told.signature(), "");
}

}  // namespace
}  // namespace handlens
