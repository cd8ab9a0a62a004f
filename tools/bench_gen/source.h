// A small capture as a pattern: its TCP flows, segment by segment, and where in them the bytes stand that are new in
// every connection: TLS randoms and session ids.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tools/bench_gen/wire.h"
#include "tools/builder/packet_builder.h"

namespace handlens::bench_gen {

// Bytes a copy of a connection is told apart by. They are XORed onto the pattern, so that what was equal stays equal:
// a session id that is echoed, a random that is repeated after a HelloRetryRequest.
inline constexpr std::size_t kMaskRandom[2] = {0, 32};  // client's, server's
inline constexpr std::size_t kMaskSession = 64, kMaskSize = 96;

struct Patch {
  std::uint16_t at = 0;  // in the frame
  std::uint8_t mask = 0, length = 0;
};

struct Segment {
  Bytes frame;
  Layers layers;
  std::int64_t time_ns = 0;  // since the capture's first packet
  bool from_client = false;
  std::vector<Patch> patches;

  [[nodiscard]] std::size_t payload_size() const { return layers.end - layers.payload; }
  [[nodiscard]] std::uint32_t seq() const { return get32(frame, layers.transport + 4); }
  [[nodiscard]] std::uint32_t ack() const { return get32(frame, layers.transport + 8); }
  [[nodiscard]] std::uint8_t flags() const { return frame[layers.transport + 13]; }
  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags() & flag) != 0; }
};

struct SourceFlow {
  std::vector<Segment> segments;  // the first is the client's SYN
  // Where a download fits in: before the first segment that closes the connection, in TCP or in TLS.
  std::size_t closing = 0;
  bool v6 = false;
  std::uint64_t bytes = 0;  // of its frames
};

struct Source {
  std::string name;
  std::vector<SourceFlow> flows;
};

// Reads a classic pcap file (either byte order, either resolution) of Ethernet frames. Packets that are not whole TCP
// over IPv4 or IPv6 are left out. Throws std::runtime_error if no flow remains, or one does not begin with a SYN.
[[nodiscard]] Source read_source(const std::filesystem::path& path);
[[nodiscard]] Source make_source(const std::string& name, const std::vector<builder::Frame>& frames);

}  // namespace handlens::bench_gen
