// Every bound of the program, with the reason for its value. Plain numbers, passed down by value; reaching one is
// itself an event or a counter, never silence.
#pragma once
#include <cstddef>
#include <cstdint>

#include "dissectors/tls_stream.h"
#include "src/tcp/half_stream.h"

namespace handlens {

inline constexpr std::int64_t kSecond = 1'000'000'000;

struct Limits {
  StreamLimits stream;
  TlsLimits tls;
  std::size_t events_head = 192, events_tail = 64;  // kept per flow; the middle is counted
  std::size_t kept_rst = 64, kept_fin = 32;         // per flow; more are counted
  std::size_t kept_icmp = 16;                       // senders of ICMP errors, per flow; all errors are events
  std::size_t fragment_datagrams = 4096;            // being reassembled at once
  std::size_t fragment_bytes = 16 * 1024 * 1024;    // of all of them
  std::int64_t fragment_timeout = 30 * kSecond;     // RFC 8200 §4.5 says 60 s; 30 s is what hosts use
  std::int64_t half_open_timeout = 75 * kSecond;    // the longest pause between SYN retransmissions is 64 s (Linux)
  std::int64_t closed_linger = 60 * kSecond;        // after FIN both ways or RST: late packets still belong to the flow
  std::uint64_t reset_linger_packets = 100'000;     // ... or so many packets of the capture, since a busy one closes
  std::uint64_t finished_linger_packets = 30'000;   // many: what comes after a reset tells who sent it, after FIN both
                                                    // ways only repetitions and resets of late data come
  // After so much silence a SYN with another number begins a new flow at once; sooner it may be forged (RFC 5961 §4),
  // and what comes next decides. As long as late packets are waited for.
  std::int64_t reuse_silence = 60 * kSecond;
  std::int64_t idle_timeout = 3600 * kSecond;  // an open flow with no packet for so long is reported
  std::size_t max_flows = 0;                   // 0: no limit below memory (offline)
  std::size_t max_memory = 0;                  // bytes of all open flows and fragments; 0: no limit
};

// Of `max_memory`, what fragments may take: they must not push out flows, nor flows them.
[[nodiscard]] constexpr std::size_t fragment_share(const Limits& limits) {
  if (limits.max_memory == 0 || limits.max_memory / 4 > limits.fragment_bytes) return limits.fragment_bytes;
  return limits.max_memory / 4;
}

// Of it, what the domains of link_origins.h may take, which are never forgotten.
[[nodiscard]] constexpr std::size_t domain_share(const Limits& limits) {
  return limits.max_memory == 0 ? SIZE_MAX : limits.max_memory / 8;
}

// Of the run as a whole, whatever the number of shards.
inline constexpr std::size_t kHeldReportBytes = 4 * 1024 * 1024;  // finished flows that wait for an earlier one; more
                                                                  // of them wait in a temporary file
inline constexpr std::size_t kFailedShare = 4;  // failed flows that wait for the end: one part more of that many; they
                                                // are read once, then
inline constexpr std::size_t kSpillReadAhead =
    4 * 1024 * 1024;  // of that file, in blocks of its runs: of up to 64 runs so much, of 1,024 runs four times as
                      // much, of more of them 4 KiB each besides; a block holds at least one flow
inline constexpr std::size_t kFlowsInOrder = 1024;  // of a capture with more flows, failed ones may come last
inline constexpr std::size_t kHeldFlows = 4096;     // flows that wait for the end of the input to be judged with all
                                                    // others known; more of them are judged by themselves
inline constexpr std::size_t kKeptBriefs = 8192;    // flows that they are compared with, about 200 bytes each; as many
                                                    // of failed ones as of others
inline constexpr std::size_t kKeptByShards = 16 * 1024 * 1024;  // rendered flows, by all shards together, while one
                                                                // is at the queue: more than comes while
                                                                // kHeldReportBytes are compressed
inline constexpr std::size_t kUnnumberedFlows = 65'536;  // begun by one shard while another is not so far: it waits

// Numbers for what many packets have in common. Who comes later keeps it for itself: nothing is lost but room.
inline constexpr std::size_t kMostHeaderShapes = 0xffff;  // a note has 16 bits for it; 32 bytes each
inline constexpr std::size_t kMostLinkOrigins = 8192;     // of notes; about 250 bytes each at most
inline constexpr std::size_t kMostDomains = 1u << 20;     // those behind share one; their packets are counted

}  // namespace handlens
