// What one finished flow tells about its hosts and its network: the few facts by which flows are compared. Made for
// every flow that both sides had a part in, kept until the input ends, so it is small and owns no memory.
#pragma once
#include <cstdint>

#include "dissectors/packet.h"
#include "src/findings/finding.h"

namespace handlens {

// What a flow without a byte of data looked like; scanners and health checks have shapes of their own.
enum class FlowShape : std::uint8_t {
  other,      // data was exchanged, or none of these
  refused,    // SYN, then a reset with the server's address
  half_open,  // SYN, SYN-ACK, then a reset with the client's address
  connect,    // ... and the ACK in between: SYN, SYN-ACK, ACK, reset
  closed      // SYN, SYN-ACK, ACK, FIN with the client's address
};

struct FlowBrief {
  static constexpr std::int64_t kUnknown = -1;

  std::uint64_t id = 0;
  std::int64_t start_ns = 0, end_ns = 0;
  IpAddress client, server;
  std::uint16_t client_port = 0, server_port = 0;
  std::int64_t rtt_client = kUnknown, rtt_server = kUnknown;  // ns, from the capture point; from the handshake
  std::int64_t answer[2] = {kUnknown, kUnknown};  // ns, by Side: from one hello to what answers it, programs included
  std::uint8_t ttl_min[2] = {}, ttl_max[2] = {};  // of packets that are no resets, by Side; 0: none
  MacAddress mac[2] = {};                         // of resets no
  bool has_mac[2] = {};
  CaptureDirection seen_as[2] = {};  // of packets that are no resets; unknown where they differ
  std::uint64_t name = 0;            // of the SNI; 0: none
  std::uint32_t hello_size = 0;
  std::uint16_t hello_segments = 0;
  Status status = Status::incomplete;
  Stage stage = Stage::syn;
  EndedBy ended_by = EndedBy::capture_end;
  FlowShape shape = FlowShape::other;
  bool odd_syn = false;         // a SYN as scanners make them: no options, or the IP-ID 54321
  bool answered_hello = false;  // the server's side sent TLS after the ClientHello
  bool established = false;     // data or TLS of both sides
  bool one_sided = false;
  bool is_unused = false;    // not a byte of data
  bool is_trace = false;     // a traceroute by itself
  bool has_expired = false;  // ICMP said that packets of it had run out of their time to live
  bool has_loss = false, has_offload = false, has_duplicates = false, is_synthetic = false, is_raw_ip = false;
  bool whole_milliseconds = false;  // all of its times are
  bool is_complete = false;         // neither cut short nor begun in the middle
  // Of the reset that ended it, if any.
  bool has_reset = false;
  Side reset_from = Side::client;
  std::uint8_t reset_ttl = 0;
  bool reset_has_ack = false, reset_has_window = false;
  std::int64_t reset_delay = kUnknown;  // ns since the packet that it may have answered
  std::uint64_t fingerprint = 0;        // of its header fields where they are peculiar; 0: nothing is
  // Which connection it is, and how far its streams went: the same one may be in other flows (another VLAN, another
  // capture).
  std::uint32_t network = 0;   // of VLANs and tunnels; 0: none
  std::uint32_t isn[2] = {};   // with has_isn
  std::uint32_t sent[2] = {};  // payload bytes, repetitions included
  bool has_isn[2] = {};
  std::int64_t closing_ns = INT64_MAX;  // of its first FIN or reset
  // By the side whose address they carry.
  std::uint16_t resets[2] = {};
  std::int64_t reset_ns[2] = {};  // of the first of them
  std::uint64_t first_frame = 0;
  std::uint64_t issuer = 0;  // of the server's certificate, a digest; 0: none was seen
  // The client's side asked and nothing answered, until somebody gave up; when it last sent something to be answered.
  bool is_silence = false;
  std::int64_t last_try_ns = 0;
};

[[nodiscard]] FlowBrief brief_of(const AnalyzedFlow& flow);
inline constexpr std::int64_t kBeside = 300'000;  // ns: hosts next to each other answer sooner
// The capture was taken beside that side: its packets have passed no router, and it answered the opening at once.
[[nodiscard]] bool stands_beside(const FlowReport& flow, Side side);
// A FIN with the client's address closed a connection that nobody had used. What a server may have said to the FIN came
// too late.
[[nodiscard]] bool is_closed_unused(const FlowReport& flow, const Outcome& o);
// Nothing ended it, or the client's side did, without a word why: it may have waited in vain.
[[nodiscard]] bool is_silence(const Outcome& o);
// The same connection, captured at another place or in another network: same ends, same initial numbers of both sides.
[[nodiscard]] bool is_same_connection(const FlowBrief& a, const FlowBrief& b);
// Equal for packets of one VLAN stack and one tunnel; 0 without either.
[[nodiscard]] std::uint32_t network_digest(const LinkFacts& link);
// False: nothing in it can be compared (one packet, one side, no trace of the path).
[[nodiscard]] bool is_worth_keeping(const FlowBrief& brief);

// The network of an address as the rules about distance count them: /16 of IPv4, /32 of IPv6.
[[nodiscard]] inline std::uint64_t network_of(const IpAddress& ip) {
  std::uint64_t out = ip.v6 ? 1 : 0;
  const std::size_t bytes = ip.v6 ? 4 : 2;
  for (std::size_t i = 0; i < bytes; ++i) out = (out << 8) | ip.bytes[i];
  return out;
}

// How many routers a packet with this TTL has passed, if its sender began with the next usual value (64, 128, 255). 32
// is not taken for a beginning: few hosts use it, and a far host that began with 64 looks the same.
[[nodiscard]] constexpr int hops(std::uint8_t ttl) {
  if (ttl <= 64) return 64 - ttl;
  return ttl <= 128 ? 128 - ttl : 255 - ttl;
}
[[nodiscard]] constexpr int initial_ttl(std::uint8_t ttl) { return ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255; }

}  // namespace handlens
