#include "src/findings/ending.h"

#include <gtest/gtest.h>

#include "tests/findings/story.h"

namespace handlens {
namespace {

using testing::kC;
using testing::kS;
using testing::Story;

// A TLS 1.3 client that was asked for a certificate and has finished.
Story finished(bool certificate = true) {
  Story story;
  story.open().hello().server_hello();
  story.flow.tls.server_hello->hello.version = 0x0304;
  if (certificate) {
    story.event(EventKind::encrypted_record, kC);
    story.flow.events.back().likely = TlsEvent::Likely::certificate;
  }
  story.event(EventKind::encrypted_record, kC);
  story.flow.events.back().likely = TlsEvent::Likely::finished;
  story.established();
  return story;
}
void server_says(Story& story, TlsEvent::Likely likely) {
  story.event(EventKind::encrypted_record, kS);
  story.flow.events.back().likely = likely;
}

TEST(Ending, OutlivedResetsAreNone) {
  Story story;
  story.open().rst(kS).rst(kS);
  ASSERT_NE(find_ending(story.flow, false), nullptr);
  EXPECT_EQ(find_ending(story.flow, false)->frame, 4u);
  story.flow.tcp.rst[0].outlived_by = 9;
  EXPECT_EQ(find_ending(story.flow, false)->frame, 5u);
  story.flow.tcp.rst[1].outlived_by = 9;
  EXPECT_EQ(find_ending(story.flow, false), nullptr);
}

// Of very many resets the middle ones are only counted.
TEST(Ending, ResetsWithoutAFactOfTheirOwnAreNone) {
  Story story;
  story.open().rst(kS).rst(kS);
  story.flow.tcp.rst.erase(story.flow.tcp.rst.begin());
  EXPECT_EQ(find_ending(story.flow, false)->frame, 5u);
}

// The server's FIN was captured before the alert in front of it.
TEST(Ending, RefusalBeforeTheFinThatWasCapturedFirst) {
  Story story = finished();
  story.event(EventKind::fin, kS);
  EXPECT_EQ(find_refusal_of_client(story.flow), nullptr);
  server_says(story, TlsEvent::Likely::alert);
  ASSERT_NE(find_refusal_of_client(story.flow), nullptr);
  EXPECT_EQ(find_refusal_of_client(story.flow)->likely, TlsEvent::Likely::alert);
}

TEST(Ending, RefusalNeedsARequestForTheCertificate) {
  for (const bool asked : {true, false}) {
    Story story = finished(asked);
    server_says(story, TlsEvent::Likely::alert);
    story.event(EventKind::fin, kS);
    EXPECT_EQ(find_refusal_of_client(story.flow) != nullptr, asked);
    EXPECT_EQ(answer_to_finished(story.flow), Answer::alert_sized);
  }
}

TEST(Ending, AResetInPlaceOfAnAnswerMayRefuse) {
  Story story = finished();
  story.rst(kS);
  ASSERT_NE(find_refusal_of_client(story.flow), nullptr);
  EXPECT_EQ(find_refusal_of_client(story.flow)->kind, EventKind::rst);
  EXPECT_EQ(answer_to_finished(story.flow), Answer::none);
  story.flow.tcp.rst[0].outlived_by = 20;
  EXPECT_EQ(find_refusal_of_client(story.flow), nullptr);
}

TEST(Ending, TicketsAndTimeSpeakAgainstARefusal) {
  Story tickets = finished();
  server_says(tickets, TlsEvent::Likely::new_session_ticket);
  server_says(tickets, TlsEvent::Likely::alert);
  tickets.event(EventKind::fin, kS);
  EXPECT_EQ(find_refusal_of_client(tickets.flow), nullptr);
  EXPECT_EQ(answer_to_finished(tickets.flow), Answer::something);
  Story later = finished();
  later.frame += 60'000;
  server_says(later, TlsEvent::Likely::alert);
  later.event(EventKind::fin, kS);
  EXPECT_EQ(find_refusal_of_client(later.flow), nullptr);
}

TEST(Ending, PartOfAHello) {
  Story story;
  story.open();
  EXPECT_FALSE(has_part_of_hello(story.flow));
  story.flow.tls.cut[0] = {true, 22, 1, 500, 95};
  EXPECT_TRUE(has_part_of_hello(story.flow));
  story.flow.tls.cut[0].handshake_type = 2;
  EXPECT_FALSE(has_part_of_hello(story.flow));
}

TEST(Ending, OnlySyns) {
  Story story;
  story.syn().event(EventKind::syn_retransmission, kC);
  story.flow.tcp.syn_retransmissions = 1;
  EXPECT_TRUE(is_only_syns(story.flow));
  story.event(EventKind::plaintext, kC);
  EXPECT_TRUE(client_goes_on_unanswered(story.flow));
  EXPECT_FALSE(is_only_syns(story.flow));
  Story twice;
  twice.syn();
  twice.flow.tcp.sides[0].packets = 2;
  twice.flow.tcp.sides[0].captured_twice = 1;
  EXPECT_TRUE(is_only_syns(twice.flow));
}

}  // namespace
}  // namespace handlens
