// What connection_test.cc does not try of src/tcp/connection_handshake.cc: packets that are in the capture twice.
#include <gtest/gtest.h>

#include "src/tcp/connection.h"

namespace handlens {
namespace {

class Counter final : public TcpObserver {
 public:
  void on_tcp_fact(TcpFactKind kind, Direction, std::uint64_t, TcpFactNote) override {
    again += kind == TcpFactKind::syn_retransmission ? 1 : 0;
  }
  std::uint64_t on_stream_window(Direction, ByteView window, std::size_t, std::uint64_t) override {
    return window.size();
  }
  void on_stream_gap(Direction, std::uint64_t) override {}
  void on_stream_end(Direction, ByteView) override {}
  int again = 0;
};

Segment syn(std::int64_t time, std::uint32_t ip_id) {
  Segment s;
  s.stamp.time.ns = time;
  s.flags = tcp_flag::syn;
  s.seq = 100;
  s.ip_id = ip_id;
  s.has_ip_id = true;
  s.options_length = 4;
  s.options = {2, 4, 5, 180};
  return s;
}

struct Row {
  std::int64_t later;
  std::uint32_t ip_id;
  std::uint8_t option;
  bool twice;
};

TEST(ConnectionHandshake, TheSamePacketTwiceIsNoRepetition) {
  constexpr Row kRows[] = {
      {5'000, 7, 180, true},           // a mirror port, both ways of one packet
      {-5'000, 7, 180, true},          // and its capture time a little earlier
      {5'000, 8, 180, false},          // another datagram
      {5'000, 7, 181, false},          // other options
      {1'000'000'000, 7, 180, false},  // a timer's distance
      {INT64_MIN + 1, 7, 180, false},  // whatever the clock says
  };
  for (const Row& row : kRows) {
    const ConnectionLimits limits;
    Connection connection(limits);
    Counter counter;
    connection.on_segment(syn(0, 7), counter);
    Segment second = syn(row.later, row.ip_id);
    second.options[3] = row.option;
    connection.on_segment(second, counter);
    EXPECT_EQ(counter.again, row.twice ? 0 : 1) << row.later;
    EXPECT_EQ(connection.profile(Direction::forward).captured_twice, row.twice ? 1u : 0u);
    EXPECT_EQ(connection.handshake().syn_retransmissions, row.twice ? 0u : 1u);
    EXPECT_EQ(connection.profile(Direction::forward).packets, 2u);
  }
}

}  // namespace
}  // namespace handlens
