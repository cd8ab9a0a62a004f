// What is wrong with a capture or a flow, so that some clues mean nothing in it. Looked at before any clue.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "src/tcp/disorder.h"
#include "src/timeline/counters.h"
#include "src/timeline/flow_report.h"

namespace handlens {

struct FlowBrief;

struct Guards {
  bool one_way = false;               // one direction is missing in (nearly) all flows
  bool loss = false;                  // packets are missing that the receivers had
  bool drops = false;                 // whoever captured counted packets that it had no room for
  bool offload = false;               // segments larger than the wire carries: the host's card cuts or joins them
  bool local_nat = false;             // all far hosts look alike: something next to the capture rewrites TTL and IP-ID
  bool answered_nearby = false;       // the server's packets come from where no public address is (of a flow)
  bool duplicates = false;            // frames are in the capture twice
  bool clock = false;                 // time goes back, or is rounded
  bool synthetic = false;             // looks like packets from a test tool on both sides
  bool anonymised = false;            // addresses of the link are blank
  bool tunnel = false;                // captured on a raw IP interface: distances begin behind a local program
  bool midstream = false;             // begins in the middle (of a flow)
  std::int64_t resolution_ns = 1000;  // of the timestamps
  std::int64_t backstep_ns = 0;       // how far time goes back at most (in a flow)

  // By so much the time between two packets may be wrong, five times over.
  [[nodiscard]] std::int64_t time_error() const {
    return 5 * std::min(std::max(resolution_ns, backstep_ns), INT64_MAX / 5);
  }
  // By more than what captures usually disorder.
  [[nodiscard]] bool runs_backwards() const { return backstep_ns > kDisorder; }
  // The words of `capture.quality`.
  [[nodiscard]] std::vector<std::string_view> words() const;
};

// Why nothing can be said of a server that is answered for nearby.
inline constexpr std::string_view kAnsweredNearby =
    "packets with the server's address have passed no router, though it is a public one and the client's is not: "
    "something close to the client answers in its place, such as a proxy or a portal, or rewrites the packets";

[[nodiscard]] Guards capture_guards(const std::vector<FlowBrief>& briefs, const CaptureCounters& counters);
// Those of the capture and those of this flow.
[[nodiscard]] Guards flow_guards(const FlowReport& flow, const Guards& of_capture);

}  // namespace handlens
