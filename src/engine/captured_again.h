// One connection in several input files. Files of one capture that was split go on where the one before ended, and
// their connections stay whole. Files that were taken at two places, at both ends say, hold the same connection twice:
// it stays two flows, so that what one place shows is not taken for retransmissions or forgeries at the other.
//
// When a later file brings the first packet of a flow that it has not opened, the flow goes on only if that packet may
// be its next one: it is not older than what the flow has, has the station of its side, and its TTL or, as a later
// probe of a traceroute, a longer one. Otherwise what it belongs to is another flow, which begins in the middle if it
// is no SYN. A side of which nothing was seen goes on where the earlier files ended; or anywhere, if the first file
// holds one direction only (a tap for each). A SYN is compared with the flow's own: it may be a retransmission.
//
// Of a closed flow that was told already only the TTLs are left. A packet of a later file comes late to it if these and
// its time allow that; otherwise it, too, begins another flow.
// Threads: none of its own.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "src/flow/flow_key.h"
#include "src/timeline/packet_note.h"

namespace handlens {

// Whether a file holds both directions of some connection: nearly always the first few packets tell. The same whatever
// the number of shards.
class DirectionsSeen {
 public:
  void take(const DirectedKey& key);
  [[nodiscard]] bool are_both() const { return both_; }

 private:
  std::array<std::optional<DirectedKey>, 64> newest_{};
  bool both_ = false;
};

// What earlier files showed of the packets of one side, resets left out.
struct SeenSide {
  std::uint8_t ttl_min = 255, ttl_max = 0;
  std::optional<MacAddress> mac;

  void add(std::uint8_t ttl) {
    ttl_min = std::min(ttl_min, ttl);
    ttl_max = std::max(ttl_max, ttl);
  }
  [[nodiscard]] bool is_empty() const { return ttl_min > ttl_max; }
};

// What is kept of a closed flow that was told, in its record.
struct SettledFlow {
  std::uint32_t file = 0;         // of its newest packet, or one between that and the file at hand
  std::uint32_t packed_ttls = 0;  // of both sides, without stations
};
[[nodiscard]] std::uint32_t pack_ttls(const SeenSide& forward, const SeenSide& reverse);
[[nodiscard]] SeenSide unpack_ttls(std::uint32_t packed, Direction from);

// Not older than the time by more than the little by which times of one capture go back.
[[nodiscard]] bool is_not_before(std::int64_t last_ns, const PacketNote& packet);
// Whether this packet of a later file may be the next of its flow. `side`: of its sender, of which something was seen;
// `last_ns`: the time of the flow's newest packet.
[[nodiscard]] bool may_go_on(const SeenSide& side, std::int64_t last_ns, const PacketNote& packet);

// Whether `again`, a SYN out of a later file, is the packet `syn` once more and no retransmission. `last_ns`: as above.
[[nodiscard]] bool is_same_syn(const PacketNote& syn, const PacketNote& again, std::int64_t last_ns);

}  // namespace handlens
