// One packet that ends a connection (a reset, or a FIN too early), with what a judge needs to see around it.
//
// `own` are the packets that carry the same address and are no resets: what is known of the side whose name it bears.
// Frames that the capture holds twice stand here once. Views into the flow's report, which must outlive the case.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "src/findings/capture_context.h"
#include "src/findings/finding.h"
#include "src/tcp/elapsed.h"

namespace handlens {

struct ResetCase {
  const FlowReport& flow;
  const Outcome& outcome;
  const CaptureContext& context;
  const RstFact& rst;
  bool is_fin = false;

  Side claimed = Side::client, peer = Side::server;
  const PacketNote* note = nullptr;  // of the packet itself; null: it was not kept
  std::vector<const PacketNote*> own = {},
                                 others = {};     // of the claimed and of the other side, in order, resets left out
  std::size_t own_before = 0, others_before = 0;  // how many of them came before it
  const PacketNote* trigger = nullptr;            // the newest packet of the other side before it
  std::vector<const RstFact*> burst = {};  // it and its like: same side, within two seconds, each captured frame once
  bool was_copied = false;                 // frames of this flow are in the capture twice

  std::optional<std::int64_t> rtt = {};  // ns, capture point to the claimed host and back, the shortest known
  std::uint32_t rtt_samples = 0;         // that agree with it, as RoundTrips counts them
  // Only one answer took so little, which a waking radio or a busy host may have kept back all the same, and the packet
  // has travelled as far as its host's: then coming sooner means little.
  bool may_rtt_be_less = false;
  bool opened = false;       // the three-way handshake was complete before it
  bool answers_syn = false;  // nothing of the server and only SYNs of the client came before it: a refusal
  // A bare reset that answers the SYN-ACK, as the kernel's for a SYN that another program made: they need not look
  // alike.
  bool may_be_kernels = false;
  bool after_fin = false;                            // a FIN of either side came before it
  bool after_data = false, after_data_both = false;  // payload came before it, from one side, from both
  bool first_of_burst = true;

  bool own_reset_before = false;  // that the connection did not outlive
  [[nodiscard]] std::int64_t since(const PacketNote& earlier) const { return elapsed(earlier.time_ns, rst.time.ns); }
  [[nodiscard]] const SideFacts& own_facts() const { return flow.facts(claimed); }
};

// Which packet of the other side the reset answers, as far as its numbers prove it: with ACK the data, SYN or FIN that
// it acknowledges and nothing did before; without, what acknowledged its sequence number (RFC 9293 §3.10.7.1). Of
// several that fit the oldest, so that the delay is never said too short; a bare reset answers within three round trips
// or a second.
struct Elicitor {
  const PacketNote* packet = nullptr;  // null: cannot be told
  std::int64_t delay = 0;              // ns
};
[[nodiscard]] Elicitor find_elicitor(const ResetCase& c);

[[nodiscard]] ResetCase make_case(const FlowReport& flow, const Outcome& outcome, const CaptureContext& context,
                                  const RstFact& rst, bool is_fin);

// The packets of a flow without the second copies of frames that were captured twice.
[[nodiscard]] std::vector<const PacketNote*> distinct_packets(const FlowReport& flow, bool& had_copies);
// Whether there are any.
[[nodiscard]] bool has_copies(const FlowReport& flow);

}  // namespace handlens
