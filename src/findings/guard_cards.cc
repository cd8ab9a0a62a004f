// The cards of all guards. How each is noticed is in guards.cc, what it disables at the head of the clues' functions;
// the words here are for people.
#include <algorithm>
#include <array>

#include "src/findings/guard_card.h"

namespace handlens {
namespace {

constexpr auto kCards = std::to_array<GuardCard>({
    {"one-way", "One direction is not in the capture.",
     "Of the capture: nine in ten flows have no packet of one side. What it disables, it disables in each flow of "
     "which one side was never seen, whatever the others are like.",
     "rst-faster-than-rtt, rst-at-distance, rst-seq-reveals-unseen-data, rst-seq-not-next, mtu-blackhole-suspect, "
     "split-rtt",
     "Without an ordinary explanation nobody is named for a reset; a handshake in TLS is incomplete unless an alert "
     "in clear ended it, and is not failed for silence.",
     "A host that is down, or a scan without answers, leaves one direction as well.", "RFC 9293 §3.10"},
    {"loss", "Packets are missing that were sent.",
     "Bytes of a stream that never came by although it went on, or drops that the capture itself counted. In a flow: "
     "its own such bytes, those drops, or a client's first data that came a retransmission timeout after its ACK and "
     "skips a number of its IP-ID.",
     "multi-rst-seq-guesses, fingerprint-12503, fingerprint-1460-4380, rst-seq-reveals-unseen-data",
     "rst-seq-not-next takes no number past the stream; no device is named for a silence, and a black hole for large "
     "segments is possible at most. Counted drops alone disable two-vantage-rst-unsent and two-vantage-both-reset.",
     "Bytes that a device swallowed look the same.", "draft-ietf-opsawg-pcapng §4.6; RFC 6298"},
    {"offload", "Segments are larger than the wire carries: the host's network card cuts or joins them.",
     "Data in one packet longer than the MSS which the other side announced.", "",
     "It is only told: no clue looks at checksums, and none depends on how large a frame was on the wire.",
     "A side that ignores the MSS.", "RFC 9293 §3.7.1"},
    {"local-nat", "Something next to the capture rewrites TTL and IP-ID: they are not the hosts'.",
     "All servers, of three networks or more, show one and the same TTL; or all clients stand in 10.0.2.0/24, the "
     "user-mode network of virtual machines, and their servers' TTL was never lowered. The latter also of a single "
     "flow.",
     "rst-hop-mismatch, rst-same-place-other-stack, rst-same-ttl, rst-ttl-undecremented, rst-ttl-impossible, "
     "rst-initial-255, rst-ip-id-break, rst-ip-id-continues, rst-timestamp-wrong, rst-timestamp-fits, "
     "timestamp-missing, rst-at-distance, rst-ack-causality, conflicting-content, content-from-elsewhere, split-rtt, "
     "control-pair",
     "rst-faster-than-rtt is left only where unseen data tell it, and is weak; a reset from another network is not "
     "matched to its connection. Names, stages and other flows still count.",
     "Servers that are all equally far.", "Public captures of virtual machines"},
    {"duplicates", "Frames are in the capture twice.",
     "Packets alike to the last field within a moment, as a mirror port or a capture on all interfaces makes them.",
     "rst-burst-identical",
     "The second copies are left out of every count; where a reset has no IP-ID to tell it by, a copy must have passed "
     "a router or nothing at all.",
     "A stack that repeats a reset at once.", "Documentation of mirror ports"},
    {"clock", "The clock of the capture goes back, or is rounded to milliseconds.",
     "A packet that is older than the one before it, or whole milliseconds only: in a flow of four packets or more, or "
     "in all of three flows or more.",
     "rst-instant-local, rst-instant-after-ack, rst-timestamp-wrong, rst-timestamp-fits",
     "rst-faster-than-rtt, rst-at-distance and rst-ack-causality need five times the error as margin. Where time goes "
     "back by more than packets are usually disordered, rst-ip-id-break is not used either.",
     "Files merged in another order; several interfaces.", "draft-ietf-opsawg-pcapng §4.2"},
    {"synthetic", "The packets look like those of a test tool, on both sides.",
     "IP-ID 0 or 1, window 8192 and TTL 64 in every packet; of all flows, or of this one.",
     "rst-hop-mismatch, rst-same-place-other-stack, rst-same-ttl, rst-ttl-undecremented, rst-ttl-impossible, "
     "rst-initial-255, rst-ip-id-break, rst-ip-id-continues, rst-mirrors-trigger, conflicting-content, "
     "content-from-elsewhere, split-rtt",
     "Nothing else.", "Small embedded stacks next to each other.", "Scapy documentation"},
    {"anonymised", "The addresses of the link were blanked.", "All MAC addresses are 0.", "rst-mac-mismatch",
     "Nothing else.", "Loopback interfaces have none.", "IEEE 802.3"},
    {"tunnel", "Captured on an interface without a link layer: a program on this host may answer for the far ones.",
     "All flows came as raw IP packets.", "",
     "It is only told: distances and times begin behind the program that holds the tunnel.",
     "A point-to-point line; a file that a tool has written so.", "tun(4)"},
    {"held-limit", "So many flows were held back for a verdict that the memory for them was full.",
     "More flows in question than are held.", "",
     "Those beyond it were judged without the flows around them: what compares flows says nothing there.",
     "None: the program counts them itself.", "handlens"},
    {"midstream", "The capture begins in the middle of this connection; told as `flow.midstream`.",
     "Neither a SYN nor a SYN-ACK of it.",
     "rst-seq-reveals-unseen-data, rst-seq-not-next, rst-burst-identical, rst-ack-causality, split-rtt",
     "rst-instant-local is not decisive, the flow is not failed for silence and has no published signature.",
     "A filter of the capture that leaves out SYNs.", "RFC 9293 §3.5"},
});

}  // namespace

std::span<const GuardCard> guard_cards() { return kCards; }

const GuardCard* find_guard(std::string_view id) {
  const auto found = std::find_if(kCards.begin(), kCards.end(), [id](const GuardCard& c) { return c.id == id; });
  return found == kCards.end() ? nullptr : &*found;
}

}  // namespace handlens
