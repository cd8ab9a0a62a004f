// A Connection fed with any segments: [control][seq offset, 2 bytes][ack offset, 2 bytes][length][bytes].
//
// Invariants: what is delivered, skipped and lost of a direction is never more than the sequence space it can have
// used; a byte that is delivered was sent at that place by some segment; a direction ends once; nothing comes after its
// end; stored windows stay within their limits.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "src/tcp/connection.h"

namespace {

using handlens::Direction;

void check(bool promise) {
  if (!promise) std::abort();
}

handlens::ConnectionLimits limits() {
  handlens::ConnectionLimits limits;
  limits.stream.reorder_segments = 6;
  limits.stream.reorder_bytes = 600;
  limits.stream.window_bytes = 700;
  limits.stream.history_bytes = 300;
  limits.stream.gap_patience_packets = 3;
  limits.kept_rst = limits.kept_fin = 3;
  return limits;
}

class Observer final : public handlens::TcpObserver {
 public:
  void on_tcp_fact(handlens::TcpFactKind, Direction, std::uint64_t, handlens::TcpFactNote) override { ++facts; }
  std::uint64_t on_stream_window(Direction from, handlens::ByteView window, std::size_t fresh,
                                 std::uint64_t first_frame) override {
    Side& side = sides[handlens::index(from)];
    check(!side.ended && !window.empty() && fresh < window.size() && first_frame <= frame);
    check(window.size() <= std::max<std::size_t>(limits().stream.window_bytes, 256));
    check(fresh == side.waiting);
    for (const std::uint8_t byte : window) sum += byte;  // the sanitizer sees a view that outlived its bytes
    side.delivered += window.size() - fresh;
    // What is consumed depends on the bytes, as it does for records: some of them ask to skip what comes.
    const std::uint8_t wish = window[0];
    std::uint64_t consumed = window.size();
    if (wish % 4 == 1) consumed = window.size() / 2;
    if (wish % 4 == 2) consumed = 0;
    if (wish % 4 == 3) consumed = window.size() + wish;
    side.waiting = consumed >= window.size() ? 0 : window.size() - static_cast<std::size_t>(consumed);
    return consumed;
  }
  void on_stream_gap(Direction from, std::uint64_t bytes) override {
    Side& side = sides[handlens::index(from)];
    check(!side.ended && bytes > 0);
    side.missing += bytes;
    side.waiting = 0;
  }
  void on_stream_end(Direction from, handlens::ByteView unconsumed) override {
    Side& side = sides[handlens::index(from)];
    check(!side.ended && unconsumed.size() <= limits().stream.window_bytes);
    side.ended = true;
  }

  struct Side {
    std::uint64_t delivered = 0, missing = 0;
    std::size_t waiting = 0;
    bool ended = false;
  };
  std::array<Side, 2> sides;
  std::uint64_t frame = 0, facts = 0, sum = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const handlens::ConnectionLimits bounds = limits();
  handlens::Connection connection(bounds);
  Observer observer;
  std::array<std::uint64_t, 2> sent{};
  std::uint64_t rst = 0;
  constexpr std::array<std::uint32_t, 2> kBase = {0xffff'ff00u, 0x7fff'fff0u};
  while (size >= 6) {
    const std::uint8_t control = data[0];
    handlens::Segment s;
    s.from = (control & 1) != 0 ? Direction::reverse : Direction::forward;
    const std::size_t from = handlens::index(s.from);
    s.flags = static_cast<std::uint16_t>(control >> 1 & 0x1f);  // FIN SYN RST PSH ACK
    s.seq = kBase[from] + static_cast<std::uint32_t>(data[1] | data[2] << 8) % 2048;
    s.ack = kBase[1 - from] + static_cast<std::uint32_t>(data[3] | data[4] << 8) % 2048;
    s.window = (control & 0x40) != 0 ? 0 : 1000;
    const std::size_t length = std::min<std::size_t>(data[5], size - 6);
    s.payload = handlens::ByteView(data + 6, length);
    s.payload_length =
        static_cast<std::uint32_t>(length) + ((control & 0x80) != 0 ? 40u : 0u);  // cut by the snap length
    s.stamp = {++observer.frame, {static_cast<std::int64_t>(observer.frame)}};
    sent[from] += s.payload_length;
    rst += s.has(handlens::tcp_flag::rst) ? 1u : 0u;
    (void)connection.starts_new_connection(s);
    connection.on_segment(s, observer);
    data += 6 + length;
    size -= 6 + length;
  }
  connection.finish(observer);
  for (const Direction d : {Direction::forward, Direction::reverse}) {
    const Observer::Side& side = observer.sides[handlens::index(d)];
    check(side.ended);
    check(side.delivered <= sent[handlens::index(d)]);
    check(side.delivered + side.missing <= 64u * 1024 * 1024);
    check(side.missing <= connection.lost_bytes(d) + 40 * observer.frame);
  }
  check(connection.resets().size() <= bounds.kept_rst && connection.rst_total() == rst);
  check(connection.fins().size() <= bounds.kept_fin);
  return 0;
}
