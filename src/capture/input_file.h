// What is told about one input file in `capture.files`.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace handlens {

struct InputFile {
  std::string name;
  std::string format;  // "pcap", "pcap-nanosecond", "pcap-modified", "pcapng", ... ; "+gzip", "+zstd", "+lz4" appended
  std::uint64_t packets = 0;  // in the file, also those a filter left out
  std::uint64_t bytes = 0;    // captured bytes of its packets
  // Time of its newest packet, ns. One that is long after the packet before it may be wrong, and counts as kShownPause
  // after that one. INT64_MIN: it has no packet.
  std::int64_t last_ns = INT64_MIN;
  static constexpr std::int64_t kShownPause = 10'000'000'000;  // ns
  std::vector<std::string> link_types;                         // names, in order of first use
  std::uint64_t dropped = 0;  // pcapng: packets its statistics blocks say the capturing host lost
  std::string truncated;      // "" or why and where reading stopped ("cut short at offset 1234 in packet 17")
};

}  // namespace handlens
