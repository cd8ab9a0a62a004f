// One connection of a source once more: with addresses, ports, sequence numbers, TCP timestamps, TLS randoms and a time
// of its own, and perhaps a download in the middle. All checksums are right.
#pragma once
#include <array>
#include <cstdint>
#include <memory>

#include "tools/bench_gen/source.h"
#include "tools/bench_gen/talk.h"

namespace handlens::bench_gen {

struct Identity {
  std::uint64_t number = 0;  // of the connection: its client's address and port, no two the same
  // Server addresses tell where a flow comes from: 198.18.<source>.<64 * flow + 1..63>, 2001:2::<source>:<the same>.
  std::uint8_t source = 0, flow = 0;
  std::uint64_t secret = 0;   // randoms, sequence numbers, TCP timestamps
  std::uint64_t session = 0;  // TLS session ids; the same in connections that resume each other
};

struct Download {
  std::uint64_t size = 0;       // at least so many bytes; whole records
  bool records = true;          // in TLS application-data records of the largest size
  std::int64_t pace = 100'000;  // nanoseconds from one segment to the next
  [[nodiscard]] std::uint64_t stream_size() const;
};

// `flow` must outlive the replay. `start_ns` is the time of the connection's source capture's first packet.
[[nodiscard]] std::unique_ptr<Talk> make_replay(const SourceFlow& flow, const Identity& identity, std::int64_t start_ns,
                                                const Download& download = {});

// Bytes that look random, the same for every seed: contents that nobody reads.
[[nodiscard]] const Bytes& noise();

}  // namespace handlens::bench_gen
