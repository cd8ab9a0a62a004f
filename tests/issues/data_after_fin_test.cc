// Found by fuzz_tcp: a host that sends more data behind its own FIN. The direction had ended for its reader, and then
// was read on.
#include <gtest/gtest.h>

#include <array>

#include "src/tcp/connection.h"

namespace handlens {
namespace {

class EndWatcher final : public TcpObserver {
 public:
  void on_tcp_fact(TcpFactKind, Direction, std::uint64_t, TcpFactNote) override {}
  std::uint64_t on_stream_window(Direction from, ByteView window, std::size_t, std::uint64_t) override {
    EXPECT_FALSE(ended[index(from)]);
    return window.size();
  }
  void on_stream_gap(Direction from, std::uint64_t) override { EXPECT_FALSE(ended[index(from)]); }
  void on_stream_end(Direction from, ByteView) override {
    EXPECT_FALSE(ended[index(from)]);
    ended[index(from)] = true;
  }
  std::array<bool, 2> ended{};
};

TEST(Issues, DataBehindTheFinIsNotReadOn) {
  static constexpr std::array<std::uint8_t, 8> kData{1, 2, 3, 4, 5, 6, 7, 8};
  const ConnectionLimits limits;
  Connection connection(limits);
  EndWatcher observer;
  const auto send = [&](std::uint16_t flags, std::uint32_t seq, std::size_t length) {
    Segment s;
    s.flags = flags;
    s.seq = seq;
    s.payload = ByteView(kData).first(length);
    s.payload_length = static_cast<std::uint32_t>(length);
    connection.on_segment(s, observer);
  };
  send(tcp_flag::syn, 99, 0);
  send(tcp_flag::ack, 100, 8);
  send(tcp_flag::ack | tcp_flag::fin, 108, 0);
  EXPECT_TRUE(observer.ended[0]);
  send(tcp_flag::ack, 108, 8);  // at the FIN's own number
  send(tcp_flag::ack, 140, 8);  // beyond a hole
  connection.finish(observer);
  EXPECT_EQ(connection.profile(Direction::forward).packets, 5u);
}

}  // namespace
}  // namespace handlens
