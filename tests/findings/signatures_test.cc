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

// Packets that carry the address of one side; `from` is what the signature is asked of.
struct Told {
  ResetStory story;
  Side from;
  std::uint32_t windows = 0;

  explicit Told(Side side) : from(side) {}
  void syn() { story.packet(1000, from, from == Side::client ? kSyn : kSyn | kAck, 0, 1); }
  void ack() { story.packet(1000, from, kAck, 1, 1); }
  void data(std::int64_t seq) { story.packet(1000, from, kAck, seq, 1, 100); }
  void rst(std::int64_t ack_field) {
    PacketNote& n = story.rst(3000, from, 1);
    n.ack = static_cast<std::uint32_t>(ack_field);
  }
  void rst_ack() { story.rst(3000, from, 1, 1); }
  void quiet() { story.flow.quiet_ns = 4'000'000'000; }
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

TEST(Signatures, OfTheOtherSideThereIsNone) {
  for (const auto& [name, tell] : cases()) {
    Told told(Side::client);
    tell(told);
    static_cast<void>(told.signature());
    EXPECT_EQ(tampering_signature(told.story.flow, Side::server), "") << name;
  }
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

TEST(Signatures, SilenceNeedsTime) {
  Told told(Side::client);
  request(told);
  told.story.flow.quiet_ns = 2'900'000'000;
  EXPECT_EQ(told.signature(), "");
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
