// Whether a connection went on after one reset: what each side sent since, held against what had been sent until then.
// Records a fact; judges nothing.
//
// A reset on the wire says that somebody sent it, not that it took effect: it may lie outside the receiver's window, be
// lost behind the capture point, or belong to an older attempt. The connection went on when the *receiver* of the reset
// did, with something that cannot have been under way already:
//  - it acknowledged what the other side sent only after the reset (on a short path: what that side sent in answer to
//    its receiver's newer data);
//  - a new SYN was answered by a SYN-ACK;
//  - the reset was unacceptable (RFC 9293 §3.10.7.4), and new data came from either side;
//  - longer after the reset than packets fly, it acknowledged more than before, or sent new data or a bare ACK while
//  the
//    other side spoke as well. A host without the connection would have answered with a reset (RFC 9293 §3.10.7.1).
// Not enough: what only the reset's claimed sender sends (its receiver may be dead), retransmissions, data in flight.
// Threads: belongs to one Connection.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "src/tcp/segment.h"

namespace handlens {

class ResetWatch {
 public:
  // The connection when the reset came. Numbers are unknown if nothing was seen that tells them.
  struct Before {
    std::optional<std::uint32_t> sender_next = {};  // one past the highest sequence number that the reset's sender used
    std::optional<std::uint32_t> receiver_next = {};  // ... that its receiver used
    std::optional<std::uint32_t> receiver_ack = {};   // the highest number its receiver acknowledged
    bool open = false;                                // the three-way handshake was complete
    std::int64_t receiver_rtt = 0;  // ns, from the capture point to the receiver and back; 0: not known
  };
  ResetWatch() = default;
  ResetWatch(const Segment& reset, const Before& before);

  // A later segment that is no reset. True: it shows that the connection went on.
  [[nodiscard]] bool on_segment(const Segment& s);

 private:
  [[nodiscard]] bool on_opening(const Segment& s, std::int64_t since);
  [[nodiscard]] bool on_sender(const Segment& s, std::int64_t since);
  [[nodiscard]] bool on_receiver(const Segment& s, std::int64_t since);
  void note_sent(std::uint32_t end);

  Before before_;
  Direction from_ = Direction::forward;
  std::int64_t time_ = 0, flight_ = 0;  // ns
  std::uint32_t seq_ = 0;
  bool acceptable_ = true;
  bool sender_spoke_ = false;
  std::array<bool, 2> syn_since_{};  // by direction
  // One past the highest new sequence number: of the reset's sender, and of its receiver.
  std::optional<std::uint32_t> sent_since_, received_since_;
};

}  // namespace handlens
