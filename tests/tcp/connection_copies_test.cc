// Packets that a mirror port delivered twice are no retransmissions.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "src/tcp/connection.h"

namespace handlens {
namespace {

constexpr std::uint16_t kSyn = tcp_flag::syn, kAck = tcp_flag::ack, kFin = tcp_flag::fin;

class Observer final : public TcpObserver {
 public:
  void on_tcp_fact(TcpFactKind kind, Direction, std::uint64_t, TcpFactNote) override {
    if (kind == TcpFactKind::retransmission) ++repetitions;
  }
  std::uint64_t on_stream_window(Direction, ByteView window, std::size_t, std::uint64_t) override {
    bytes += window.size();
    return window.size() + skip;
  }
  void on_stream_gap(Direction, std::uint64_t) override {}
  void on_stream_end(Direction, ByteView) override {}

  int repetitions = 0;
  std::size_t bytes = 0;
  std::size_t skip = 0;
};

class Copies : public ::testing::Test {
 protected:
  Segment make(Direction from, std::uint16_t flags, std::uint32_t seq, std::uint32_t ack, std::uint32_t ip_id) {
    Segment s;
    s.stamp = {++frame_, {time_}};
    s.from = from;
    s.flags = flags;
    s.seq = seq;
    s.ack = ack;
    s.window = 1000;
    s.has_ip_id = true;
    s.ip_id = ip_id;
    return s;
  }
  void SetUp() override {
    connection_.on_segment(make(Direction::forward, kSyn, 100, 0, 1), seen_);
    connection_.on_segment(make(Direction::reverse, kSyn | kAck, 500, 101, 1), seen_);
    connection_.on_segment(make(Direction::forward, kAck, 101, 501, 2), seen_);
  }
  void data(std::uint32_t seq, std::uint32_t ip_id, const std::string& text, std::uint16_t flags = kAck) {
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    Segment s = make(Direction::forward, flags, seq, 501, ip_id);
    s.payload = bytes;
    s.payload_length = static_cast<std::uint32_t>(bytes.size());
    connection_.on_segment(s, seen_);
  }
  [[nodiscard]] const PathProfile& client() const { return connection_.profile(Direction::forward); }
  [[nodiscard]] const PathProfile& server() const { return connection_.profile(Direction::reverse); }

  const ConnectionLimits limits_;
  Connection connection_{limits_};
  Observer seen_;
  std::uint64_t frame_ = 0;
  std::int64_t time_ = 0;
};

TEST_F(Copies, TheSamePacketIsNoRetransmission) {
  data(101, 3, "hello");
  time_ += 3'000;
  data(101, 3, "hello");
  EXPECT_EQ(client().captured_twice, 1u);
  EXPECT_EQ(client().retransmissions, 0u);
  EXPECT_EQ(client().overlaps_same, 0u);
  EXPECT_EQ(client().packets, 4u);
  EXPECT_TRUE(client().ip_id.all_rising) << "a copy is not the host's next datagram";
  EXPECT_EQ(seen_.repetitions, 0);
  EXPECT_EQ(seen_.bytes, 5u);
}

TEST_F(Copies, OthersMayComeInBetween) {
  data(101, 3, "ab");
  data(103, 4, "cd");
  data(105, 5, "ef");
  time_ += 1'000;
  data(101, 3, "ab");
  data(103, 4, "cd");
  data(105, 5, "ef");
  EXPECT_EQ(client().captured_twice, 3u);
  EXPECT_EQ(client().retransmissions, 0u);
}

TEST_F(Copies, AnotherDatagramALaterOneAndOneWithoutANumberAreRetransmissions) {
  data(101, 3, "hello");
  data(101, 4, "hello");
  EXPECT_EQ(client().retransmissions, 1u);
  time_ += 5'000'000;
  data(101, 3, "hello");
  EXPECT_EQ(client().retransmissions, 2u);
  data(106, 0, "again");
  data(106, 0, "again");
  EXPECT_EQ(client().retransmissions, 3u);
  EXPECT_EQ(client().captured_twice, 0u);
}

TEST_F(Copies, OtherBytesAreNoCopy) {
  data(101, 3, "hello");
  data(101, 3, "HELLO");
  EXPECT_EQ(client().captured_twice, 0u);
  EXPECT_EQ(client().overlaps_conflicting, 1u);
}

TEST_F(Copies, AcksAndFinsAreCountedOnce) {
  const Segment ack = make(Direction::reverse, kAck, 501, 101, 2);
  connection_.on_segment(ack, seen_);
  connection_.on_segment(ack, seen_);
  EXPECT_EQ(server().captured_twice, 1u);
  EXPECT_EQ(server().duplicate_acks, 1u) << "it repeats what the SYN-ACK acknowledged, once";
  data(101, 3, "bye", kFin | kAck);
  data(101, 3, "bye", kFin | kAck);
  EXPECT_EQ(connection_.fin_total(), 1u);
  EXPECT_EQ(client().retransmissions, 0u);
}

TEST_F(Copies, AlsoAfterTheHandshake) {
  seen_.skip = 1'000'000;
  data(101, 3, "x");
  connection_.enter_bulk();
  PacketView packet;
  packet.tcp.seq = 102;
  packet.tcp.ack = 501;
  packet.tcp.flags = kAck;
  packet.tcp.window = 1000;
  packet.ip.has_id = true;
  packet.ip.id = 4;
  packet.payload_length = 5;
  ASSERT_TRUE(connection_.take_in_bulk(Direction::forward, packet, {++frame_, {time_}}));
  data(102, 4, "bytes");
  EXPECT_EQ(client().captured_twice, 1u);
  EXPECT_EQ(client().retransmissions, 0u);
  data(102, 5, "bytes");
  EXPECT_EQ(client().retransmissions, 1u);
}

}  // namespace
}  // namespace handlens
