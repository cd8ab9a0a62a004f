#include "src/tcp/connection.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace handlens {
namespace {

constexpr std::uint16_t kSyn = tcp_flag::syn, kAck = tcp_flag::ack, kRst = tcp_flag::rst, kFin = tcp_flag::fin;

class Recorder final : public TcpObserver {
 public:
  void on_tcp_fact(TcpFactKind kind, Direction from, std::uint64_t size, TcpFactNote note) override {
    static const char* const kNames[] = {"syn", "syn-ack",     "ack",   "syn-again", "fin",
                                         "rst", "zero-window", "again", "gap",       "overflow"};
    std::string line = std::string(from == Direction::forward ? ">" : "<") + kNames[static_cast<int>(kind)];
    if (kind == TcpFactKind::gap) line += std::to_string(size);
    if (note == TcpFactNote::conflicting_bytes) line += "!";
    if (note == TcpFactNote::fast_open) line += "+data";
    if (note == TcpFactNote::simultaneous_open) line += "~";
    if (note == TcpFactNote::with_data && kind == TcpFactKind::rst) line += "+data";
    if (note == TcpFactNote::snaplen) line += "cut";
    facts.push_back(line);
  }
  std::uint64_t on_stream_window(Direction from, ByteView window, std::size_t, std::uint64_t) override {
    text[index(from)].append(window.begin(), window.end());
    return window.size();
  }
  void on_stream_gap(Direction from, std::uint64_t) override { text[index(from)] += '?'; }
  void on_stream_end(Direction from, ByteView) override { ++ends[index(from)]; }

  std::vector<std::string> facts;
  std::string text[2];
  int ends[2] = {0, 0};
};

class ConnectionTest : public ::testing::Test {
 protected:
  Segment make(Direction from, std::uint16_t flags, std::uint32_t seq, std::uint32_t ack, const std::string& payload) {
    Segment s;
    s.stamp = {++frame_, {static_cast<std::int64_t>(frame_) * 1'000'000}};
    s.from = from;
    s.flags = flags;
    s.seq = seq;
    s.ack = ack;
    s.window = 1000;
    s.ttl = 64;
    payloads_.push_back(payload);
    s.payload_length = static_cast<std::uint32_t>(payload.size());
    bytes_.assign(payload.begin(), payload.end());
    s.payload = bytes_;
    return s;
  }
  void c(std::uint16_t flags, std::uint32_t seq, std::uint32_t ack = 0, const std::string& payload = "") {
    connection_.on_segment(make(Direction::forward, flags, seq, ack, payload), seen_);
  }
  void s(std::uint16_t flags, std::uint32_t seq, std::uint32_t ack = 0, const std::string& payload = "") {
    connection_.on_segment(make(Direction::reverse, flags, seq, ack, payload), seen_);
  }
  void open() {
    c(kSyn, 100);
    s(kSyn | kAck, 500, 101);
    c(kAck, 101, 501);
  }

  ConnectionLimits limits_;
  Connection connection_{limits_};
  Recorder seen_;
  std::uint64_t frame_ = 0;
  std::vector<std::string> payloads_;
  std::vector<std::uint8_t> bytes_;
};

using Facts = std::vector<std::string>;

TEST_F(ConnectionTest, ThreeWayHandshakeDataAndClose) {
  open();
  c(kAck, 101, 501, "hello");
  s(kAck, 501, 106, "world");
  c(kFin | kAck, 106, 506);
  s(kFin | kAck, 506, 107);
  EXPECT_EQ(seen_.facts, (Facts{">syn", "<syn-ack", ">ack", ">fin", "<fin"}));
  EXPECT_EQ(seen_.text[0], "hello");
  EXPECT_EQ(seen_.text[1], "world");
  EXPECT_EQ(seen_.ends[0], 1);
  EXPECT_EQ(seen_.ends[1], 1);
  EXPECT_TRUE(connection_.is_closed());
  EXPECT_EQ(connection_.handshake().ack->number, 3u);
}

TEST_F(ConnectionTest, DataInTheHandshakeAckCompletesIt) {
  c(kSyn, 100);
  s(kSyn | kAck, 500, 101);
  c(kAck, 101, 501, "hi");
  EXPECT_EQ(seen_.facts.back(), ">ack");
  EXPECT_EQ(seen_.text[0], "hi");
}

TEST_F(ConnectionTest, AckOfSomethingElseDoesNotComplete) {
  c(kSyn, 100);
  s(kSyn | kAck, 500, 101);
  c(kAck, 101, 502);
  EXPECT_FALSE(connection_.handshake().ack);
}

TEST_F(ConnectionTest, FastOpenDataStandsBehindTheSyn) {
  c(kSyn, 100, 0, "early");
  s(kSyn | kAck, 500, 106);
  c(kAck, 106, 501, "later");
  EXPECT_EQ(seen_.facts.front(), ">syn+data");
  EXPECT_EQ(seen_.text[0], "earlylater");
  EXPECT_TRUE(connection_.profile(Direction::forward).fast_open);
}

TEST_F(ConnectionTest, SynAndSynAckRetransmissions) {
  c(kSyn, 100);
  frame_ += 1000;  // a second
  c(kSyn, 100);
  s(kSyn | kAck, 500, 101);
  frame_ += 1000;
  s(kSyn | kAck, 500, 101);
  EXPECT_EQ(seen_.facts, (Facts{">syn", ">syn-again", "<syn-ack", "<syn-again"}));
  EXPECT_EQ(connection_.handshake().syn_retransmissions, 1u);
}

TEST_F(ConnectionTest, SimultaneousOpen) {
  c(kSyn, 100);
  s(kSyn, 500);
  c(kSyn | kAck, 100, 501);
  EXPECT_FALSE(connection_.handshake().ack);
  s(kSyn | kAck, 500, 101);
  EXPECT_TRUE(connection_.handshake().simultaneous_open);
  EXPECT_TRUE(connection_.handshake().syn_ack);
  ASSERT_TRUE(connection_.handshake().ack) << "each SYN-ACK acknowledges the other side's SYN";
  EXPECT_EQ(connection_.handshake().ack->number, 4u);
}

TEST_F(ConnectionTest, SplitHandshakeIsOneConnection) {
  c(kSyn, 100);
  s(kAck, 0, 101);
  const Segment answer = make(Direction::reverse, kSyn, 90'000, 0, "");
  EXPECT_FALSE(connection_.starts_new_connection(answer));
  connection_.on_segment(answer, seen_);
  c(kSyn | kAck, 100, 90'001);
  s(kAck, 90'001, 101);
  EXPECT_TRUE(connection_.handshake().split_handshake);
  EXPECT_FALSE(connection_.handshake().simultaneous_open);
  ASSERT_TRUE(connection_.handshake().ack);
  EXPECT_EQ(connection_.handshake().ack->number, 5u);
}

TEST_F(ConnectionTest, OfTwoSynAcksTheAcknowledgedOneCounts) {
  c(kSyn, 100);
  s(kSyn | kAck, 500, 101);
  s(kSyn | kAck, 900'000'000, 101);
  c(kAck, 101, 900'000'001);
  s(kAck, 900'000'001, 101, "hello");
  ASSERT_TRUE(connection_.handshake().ack);
  EXPECT_EQ(connection_.handshake().syn_ack->number, 3u);
  EXPECT_EQ(connection_.profile(Direction::reverse).isn, 900'000'000u);
  EXPECT_EQ(seen_.text[1], "hello");
}

TEST_F(ConnectionTest, TheFirstSynAckCountsIfItIsTheAcknowledgedOne) {
  c(kSyn, 100);
  s(kSyn | kAck, 500, 101);
  s(kSyn | kAck, 900'000'000, 101);
  c(kAck, 101, 501);
  s(kAck, 501, 101, "hello");
  EXPECT_EQ(connection_.handshake().syn_ack->number, 2u);
  EXPECT_EQ(seen_.text[1], "hello");
}

TEST_F(ConnectionTest, ResetsAreHeldAgainstTheTtlOfTheOtherPackets) {
  Segment injected = make(Direction::reverse, kRst, 500, 0, "");
  injected.ttl = 201;
  connection_.on_segment(injected, seen_);
  EXPECT_EQ(connection_.profile(Direction::reverse).first_ttl, 201);  // nothing else was seen yet
  s(kSyn | kAck, 500, 101);
  const PathProfile& server = connection_.profile(Direction::reverse);
  EXPECT_EQ(server.first_ttl, 64);
  EXPECT_EQ(server.ttl_min, 64);
  EXPECT_EQ(server.ttl_max, 64);
}

TEST_F(ConnectionTest, SnapLengthGapIsMarked) {
  open();
  Segment cut = make(Direction::forward, kAck, 101, 501, "abc");
  cut.payload_length = 10;
  connection_.on_segment(cut, seen_);
  EXPECT_EQ(seen_.facts.back(), ">gap7cut");
}

TEST_F(ConnectionTest, RetransmissionWithOtherBytesIsAConflict) {
  open();
  c(kAck, 101, 501, "abcd");
  c(kAck, 101, 501, "abcd");
  c(kAck, 101, 501, "aXcd");
  EXPECT_EQ(seen_.facts[3], ">again");
  EXPECT_EQ(seen_.facts[4], ">again!");
  EXPECT_EQ(connection_.profile(Direction::forward).overlaps_conflicting, 1u);
  EXPECT_EQ(seen_.text[0], "abcd");
}

TEST_F(ConnectionTest, KeepAliveIsNoRetransmission) {
  open();
  c(kAck, 101, 501, "abcd");
  c(kAck, 104, 501, "d");
  c(kAck, 104, 501);
  EXPECT_EQ(seen_.facts.size(), 3u);
  EXPECT_EQ(connection_.profile(Direction::forward).keep_alives, 2u);
}

TEST_F(ConnectionTest, AcknowledgedHoleBecomesAGapAfterSomePatience) {
  open();
  c(kAck, 111, 501, "later");  // ten bytes before it were never captured
  for (std::uint32_t i = 0; i <= limits_.stream.gap_patience_packets; ++i) s(kAck, 501, 116);
  EXPECT_EQ(seen_.text[0], "?later");
  EXPECT_EQ(connection_.lost_bytes(Direction::forward), 10u);
}

TEST_F(ConnectionTest, LateBytesFillTheHoleInTime) {
  open();
  c(kAck, 106, 501, "world");
  s(kAck, 501, 111);
  c(kAck, 101, 501, "hello");
  EXPECT_EQ(seen_.text[0], "helloworld");
}

TEST_F(ConnectionTest, FinishGivesUpHoles) {
  open();
  c(kAck, 111, 501, "later");
  connection_.finish(seen_);
  EXPECT_EQ(seen_.text[0], "?later");
  EXPECT_EQ(seen_.ends[0], 1);
}

TEST_F(ConnectionTest, FinBeyondMissingBytesDoesNotEndTheStream) {
  open();
  c(kFin | kAck, 150, 501);
  EXPECT_EQ(seen_.ends[0], 0);
  connection_.finish(seen_);
  EXPECT_EQ(seen_.ends[0], 1);
}

TEST_F(ConnectionTest, ResetWithDataIsNoStreamData) {
  open();
  s(kRst | kAck, 501, 101, "go away");
  EXPECT_EQ(seen_.text[1], "");
  ASSERT_EQ(connection_.resets().size(), 1u);
  EXPECT_EQ(connection_.resets()[0].payload, 7u);
  EXPECT_EQ(seen_.facts.back(), "<rst+data");
}

TEST_F(ConnectionTest, ManyResetsAreCountedBeyondTheKeptOnes) {
  limits_.kept_rst = 2;
  open();
  for (int i = 0; i < 5; ++i) s(kRst, 501);
  EXPECT_EQ(connection_.resets().size(), 2u);
  EXPECT_EQ(connection_.rst_total(), 5u);
}

TEST_F(ConnectionTest, NewSynStartsANewConnection) {
  open();
  EXPECT_FALSE(connection_.starts_new_connection(make(Direction::forward, kSyn, 100, 0, "")));  // again
  EXPECT_TRUE(connection_.starts_new_connection(make(Direction::forward, kSyn, 7777, 0, "")));
  c(kRst, 101);
  EXPECT_TRUE(connection_.starts_new_connection(make(Direction::forward, kSyn, 100, 0, "")));
}

TEST_F(ConnectionTest, RefusedSynThatComesAgainIsTheSameAttempt) {
  c(kSyn, 100);
  s(kRst | kAck, 0, 101);
  EXPECT_FALSE(connection_.starts_new_connection(make(Direction::forward, kSyn, 100, 0, "")));
  EXPECT_TRUE(connection_.starts_new_connection(make(Direction::forward, kSyn, 101, 0, "")));
}

TEST_F(ConnectionTest, SynThatDoesNotFitWhatThePeerAcknowledgedIsNew) {
  s(kAck, 501, 101, "hello");  // only this direction was captured so far
  EXPECT_FALSE(connection_.starts_new_connection(make(Direction::forward, kSyn, 100, 0, "")));
  EXPECT_TRUE(connection_.starts_new_connection(make(Direction::forward, kSyn, 9'000'000, 0, "")));
}

TEST_F(ConnectionTest, SynCapturedAfterItsDataBelongsToTheFlow) {
  c(kAck, 101, 501, "hello");
  EXPECT_FALSE(connection_.starts_new_connection(make(Direction::forward, kSyn, 100, 0, "")));
  EXPECT_TRUE(connection_.starts_new_connection(make(Direction::forward, kSyn, 9'000'000, 0, "")));
}

TEST_F(ConnectionTest, ZeroWindowIsReportedOncePerClosing) {
  open();
  Segment zero = make(Direction::reverse, kAck, 501, 101, "");
  zero.window = 0;
  connection_.on_segment(zero, seen_);
  connection_.on_segment(zero, seen_);
  EXPECT_EQ(seen_.facts.back(), "<zero-window");
  EXPECT_EQ(seen_.facts.size(), 4u);
}

TEST_F(ConnectionTest, ChallengeAckAnswersAMisplacedReset) {
  open();
  c(kAck, 101, 501, "hello");
  s(kAck, 501, 106);
  c(kRst, 150);       // within the window, but not the next byte
  s(kAck, 501, 106);  // "I still expect 106"
  EXPECT_EQ(connection_.profile(Direction::reverse).challenge_acks, 1u);
  s(kAck, 501, 106);
  EXPECT_EQ(connection_.profile(Direction::reverse).challenge_acks, 1u);
  c(kRst, 106);  // exactly at the next byte: taken, not challenged
  s(kAck, 501, 106);
  EXPECT_EQ(connection_.profile(Direction::reverse).challenge_acks, 1u);
}

// The receiver asked for the missing bytes to the end: it did not have them either.
TEST_F(ConnectionTest, AHoleThatNobodyAcknowledgedIsNoGapOfTheCapture) {
  open();
  s(kAck, 501, 101, "one");
  s(kAck, 604, 101, "three");
  c(kAck, 101, 504);
  c(kAck, 101, 504);
  connection_.finish(seen_);
  EXPECT_EQ(seen_.facts.back(), "<gap100");
  EXPECT_EQ(seen_.text[1], "one");
  EXPECT_EQ(connection_.lost_bytes(Direction::reverse), 0u);
  EXPECT_EQ(seen_.ends[1], 1);
}

TEST_F(ConnectionTest, OfAHoleThatShowedJustBeforeTheEndNothingIsKnown) {
  open();
  s(kAck, 501, 101, "one");
  c(kAck, 101, 504);
  s(kAck, 604, 101, "three");
  connection_.finish(seen_);
  EXPECT_EQ(seen_.text[1], "one?three");
  EXPECT_EQ(connection_.lost_bytes(Direction::reverse), 100u);
}

TEST_F(ConnectionTest, AHoleThatWasAcknowledgedOrCannotBeIsAGapOfTheCapture) {
  for (const int how : {0, 1, 2}) {
    connection_.reset();
    seen_ = {};
    if (how < 2) open();
    s(kAck, 501, 101, "one");
    s(kAck, 604, 101, "three");
    if (how == 0) c(kAck, 101, 609);
    if (how == 1) c(kRst | kAck, 101, 609);  // how == 2: the receiver is not in the capture
    connection_.finish(seen_);
    EXPECT_EQ(seen_.text[1], "one?three") << how;
    EXPECT_EQ(connection_.lost_bytes(Direction::reverse), 100u) << how;
  }
}

TEST_F(ConnectionTest, AForeignSynSaysNothingOfTheSide) {
  open();
  c(kAck, 101, 501, "hello");
  s(kAck, 501, 106);
  Segment forged = make(Direction::forward, kSyn, 3'000'000'000, 0, "");
  forged.ttl = 200;
  EXPECT_TRUE(connection_.may_be_foreign(forged));
  connection_.on_segment(forged, seen_);
  s(kAck, 501, 106);
  c(kAck, 106, 501, " world");
  EXPECT_EQ(seen_.text[0], "hello world");
  EXPECT_EQ(connection_.profile(Direction::forward).ttl_max, 64);
  EXPECT_EQ(connection_.profile(Direction::forward).isn, 100u);
  EXPECT_EQ(connection_.profile(Direction::forward).out_of_window, 1u);
  EXPECT_EQ(connection_.profile(Direction::reverse).challenge_acks, 1u);
  EXPECT_EQ(seen_.facts, (Facts{">syn", "<syn-ack", ">ack"}));
  c(kFin | kAck, 112, 501);
  EXPECT_FALSE(connection_.may_be_foreign(forged)) << "its sender is done: a port may be used again";
}

TEST_F(ConnectionTest, UrgentPacketsAreCountedAndTheirBytesAreDataLikeAnyOther) {
  open();
  Segment urgent = make(Direction::forward, kAck | tcp_flag::urg, 101, 501, "hi!");
  urgent.urgent = 3;
  connection_.on_segment(urgent, seen_);
  EXPECT_EQ(connection_.profile(Direction::forward).urgent, 1u);
  EXPECT_EQ(seen_.text[0], "hi!");
}

TEST_F(ConnectionTest, WhatASideMayHaveSent) {
  const auto forward = [this](std::uint32_t seq) { return connection_.may_have_sent(Direction::forward, seq); };
  EXPECT_TRUE(forward(123'456'789));  // nothing is known yet
  constexpr std::uint32_t kIsn = 0xffff'ff00, kFar = 5'000'000;
  c(kSyn, kIsn);
  EXPECT_TRUE(forward(kIsn));
  EXPECT_TRUE(forward(kIsn + 2'000'000));
  EXPECT_FALSE(forward(kIsn + kFar));
  EXPECT_FALSE(forward(kIsn - kFar));
  EXPECT_TRUE(connection_.may_have_sent(Direction::reverse, 77));  // not heard yet
  s(kSyn | kAck, 1000, kIsn + 1);
  c(kAck, kIsn + 1, 1001);
  EXPECT_FALSE(forward(kIsn + kFar));
  s(kAck, 1001, kIsn + kFar);  // acknowledged, so it was sent, captured or not
  EXPECT_TRUE(forward(kIsn + kFar));
  EXPECT_TRUE(forward(kIsn));
  EXPECT_FALSE(forward(kIsn + 2 * kFar));
  EXPECT_FALSE(connection_.may_have_sent(Direction::reverse, 1001 + kFar));
}

TEST_F(ConnectionTest, WhatAnUnseenSideMayHaveSent) {
  s(kAck, 1000, 50'000'000);
  EXPECT_TRUE(connection_.may_have_sent(Direction::forward, 50'000'000));
  EXPECT_TRUE(connection_.may_have_sent(Direction::forward, 1'000'000));  // who knows where it began
  EXPECT_FALSE(connection_.may_have_sent(Direction::forward, 60'000'000));
}

TEST_F(ConnectionTest, IpIdPatterns) {
  IpIdTrace zero, rising, constant;
  for (std::uint32_t i = 0; i < 4; ++i) {
    zero.add(0);
    rising.add((0xfffe + i) & 0xffff);
    constant.add(9);
  }
  EXPECT_TRUE(zero.all_zero);
  EXPECT_TRUE(rising.all_rising);
  EXPECT_TRUE(constant.all_equal && !constant.all_zero);
}

// After it is stopped a direction is only followed: what came late is no repetition, what never came is missing.
TEST_F(ConnectionTest, ReorderingAndLossAreToldApartInAStoppedDirection) {
  open();
  connection_.stop_stream(Direction::forward);
  c(kAck, 105, 501, "efgh");
  c(kAck, 101, 501, "abcd");
  c(kAck, 113, 501, "mnop");
  EXPECT_EQ(connection_.profile(Direction::forward).out_of_order, 2u);
  EXPECT_EQ(connection_.profile(Direction::forward).retransmissions, 0u);
  EXPECT_EQ(connection_.lost_bytes(Direction::forward), 4u);
  c(kAck, 113, 501, "mnop");
  EXPECT_EQ(connection_.profile(Direction::forward).retransmissions, 1u);
}

TEST_F(ConnectionTest, AJumpThatThePeerAcknowledgesIsALossElseItIsCounted) {
  constexpr std::uint32_t kFar = 70 * 1024 * 1024;
  open();
  s(kAck, 501, 101, "one");
  s(kAck, 504 + kFar, 101, "far");
  EXPECT_EQ(connection_.profile(Direction::reverse).out_of_window, 1u);
  EXPECT_EQ(seen_.text[1], "one");
  c(kAck, 101, 507 + kFar);
  s(kAck, 507 + kFar, 101, "on");
  EXPECT_EQ(seen_.text[1], "one?on");
  EXPECT_EQ(connection_.lost_bytes(Direction::reverse), kFar + 3);
}

TEST_F(ConnectionTest, AnAckFromBeforeTheSynAckBelongsToAnotherConnection) {
  c(kSyn, 100);
  s(kAck, 7777, 555555);
  c(kRst, 555555);
  frame_ += 1000;
  c(kSyn, 100);
  s(kSyn | kAck, 500, 101);
  c(kAck, 101, 501);
  connection_.finish(seen_);
  EXPECT_EQ(connection_.lost_bytes(Direction::forward), 0u);
}

}  // namespace
}  // namespace handlens
