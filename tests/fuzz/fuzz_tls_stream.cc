// Feeds TlsStream a conversation: chunks of [control][length][bytes], where control says direction, gap or end.
//
// Invariants beyond "no crash": nothing is consumed from a stream that is done without being skipped; a stream never
// waits with a window that the reassembly could not hold; events of bounded facts stay bounded.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "dissectors/tls_stream.h"

namespace {

using handlens::Direction;

void require(bool condition) {
  if (!condition) std::abort();
}

class Caller : public handlens::TlsSink {
 public:
  Caller() : stream_(limits()) {}

  void chunk(std::uint8_t control, handlens::ByteView bytes) {
    const Direction from = (control & 1) != 0 ? Direction::reverse : Direction::forward;
    ++frame_;
    if ((control & 0xf0) == 0xe0) return gap(from, bytes.size());
    if ((control & 0xf0) == 0xf0) return end(from);
    deliver(from, bytes);
  }
  void end(Direction from) {
    Side& side = sides_[handlens::index(from)];
    if (side.ended) return;
    side.ended = true;
    stream_.on_end(from, side.window, {frame_, {}}, *this);
    require(stream_.is_done(from));
  }
  void check_facts() const {
    const handlens::TlsFacts& facts = stream_.facts();
    require(facts.alerts.size() <= limits().max_alerts);
    require(facts.plaintext.reply.size() <= 80 && facts.plaintext.target.size() <= 255);
    require(!facts.established || stream_.is_tls());
  }
  void on_tls_event(Direction, const handlens::TlsEvent& event) override {
    require(event.kind < handlens::EventKind::count_);
  }

 private:
  struct Side {
    std::vector<std::uint8_t> window;
    std::uint64_t skip = 0;
    std::uint64_t first_frame = 0;
    bool ended = false;
  };
  static handlens::TlsLimits limits() {
    handlens::TlsLimits limits;
    limits.max_handshake_message = 16 * 1024;
    limits.max_plaintext_before_tls = 4 * 1024;
    return limits;
  }

  void deliver(Direction from, handlens::ByteView bytes) {
    Side& side = sides_[handlens::index(from)];
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(side.skip, bytes.size()));
    side.skip -= skipped;
    bytes = bytes.subspan(skipped);
    if (bytes.empty() || side.ended || stream_.is_done(from)) return;
    const std::size_t fresh = side.window.size();
    if (fresh == 0) side.first_frame = frame_;
    side.window.insert(side.window.end(), bytes.begin(), bytes.end());
    const std::uint64_t consumed = stream_.on_bytes(from, side.window, fresh, side.first_frame, {frame_, {}}, *this);
    if (consumed >= side.window.size()) {
      side.skip = consumed - side.window.size();
      side.window.clear();
      require(side.skip <= 18432);  // never past the record whose header was read
    } else {
      if (consumed > 0) side.first_frame = frame_;
      side.window.erase(side.window.begin(), side.window.begin() + static_cast<std::ptrdiff_t>(consumed));
      require(side.window.size() <= 40000);  // a record and its successor's header, or an SSLv2 hello
    }
    // Asking again with nothing new changes nothing.
    if (!side.window.empty() && !stream_.is_done(from)) {
      require(stream_.on_bytes(from, side.window, side.window.size(), side.first_frame, {frame_, {}}, *this) == 0);
    }
  }
  void gap(Direction from, std::size_t bytes) {
    Side& side = sides_[handlens::index(from)];
    if (side.ended || bytes == 0) return;
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(side.skip, bytes));
    side.skip -= skipped;
    if (skipped == bytes) return;
    stream_.on_gap(from, bytes - skipped, {frame_, {}}, *this);
    side.window.clear();
  }

  handlens::TlsStream stream_;
  Side sides_[2];
  std::uint64_t frame_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Caller caller;
  handlens::ByteView rest(data, size);
  while (rest.size() >= 3) {
    const std::uint8_t control = rest[0];
    const std::size_t length = std::min<std::size_t>(handlens::read_u16(rest.data() + 1), rest.size() - 3);
    caller.chunk(control, rest.subspan(3, length));
    rest = rest.subspan(3 + length);
  }
  caller.end(Direction::forward);
  caller.end(Direction::reverse);
  caller.check_facts();
  return 0;
}
