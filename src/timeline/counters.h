// What one run saw of its input as a whole: the `capture` object of the record.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dissectors/packet.h"
#include "src/capture/input_file.h"

namespace handlens {

// What was concluded about the capture as a whole, in the words of the record; empty where nothing was.
struct CaptureJudgement {
  struct Cluster {
    std::string sentence;
    std::string finding;               // id
    std::vector<std::uint64_t> flows;  // ids, in order
  };
  std::string vantage, vantage_confidence, vantage_why;
  std::vector<std::string> quality;
  std::vector<Cluster> clusters;  // the largest first
};

struct CaptureCounters {
  std::vector<InputFile> files;
  std::uint64_t packets = 0, bytes = 0;
  std::optional<Timestamp> first, last;  // smallest and largest packet time
  std::uint64_t flows = 0;
  std::uint64_t not_tcp = 0;
  std::uint64_t fragments = 0;
  std::uint64_t icmp_unmatched = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(Undecodable::count_)> undecodable{};
  std::uint64_t evicted_flows = 0;
  std::uint64_t late_packets = 0;  // of flows that were already reported
  std::uint64_t time_backwards = 0;
  std::uint64_t beyond_network_limit = 0;  // packets of VLAN stacks and tunnels too many to be
                                           // kept apart, directions too many to be joined
  CaptureJudgement judgement;
  std::optional<std::uint64_t> dropped_kernel, dropped_interface, received;  // live only
};

}  // namespace handlens
