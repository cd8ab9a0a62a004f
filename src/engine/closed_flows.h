// Closed flows in the order of their newest packets: a busy capture does not wait long for what comes late to them.
//
// Whether a flow is over by the number of packets that came since shows at once, with the packet that makes it so. If
// it had to wait for the sweep to come by, how long it was silent would depend on which other flows its shard has.
// Memory: 16 bytes for each entry, of which there is at most one for each packet of the lingering time.
// Threads: belongs to one shard.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "src/flow/flow_table.h"

namespace handlens {

// Flows that linger for the same number of packets. An entry is good as long as its packet is the flow's newest one;
// whoever takes it has to look.
class ClosedFlows {
 public:
  struct Entry {
    std::uint64_t packet = 0;  // number
    FlowTable::Slot slot = 0;
  };

  explicit ClosedFlows(std::uint64_t linger_packets) : linger_packets_(linger_packets) {}
  // REQUIRES: no entry has a packet with a higher number.
  void add(const Entry& entry);
  // The first packet with which an entry is due; UINT64_MAX: there is none.
  [[nodiscard]] std::uint64_t next_due() const {
    if (size_ == 0) return UINT64_MAX;
    const std::uint64_t after = ring_[first_].packet + linger_packets_;
    return after < linger_packets_ || after == UINT64_MAX ? UINT64_MAX : after + 1;
  }
  // REQUIRES: there is one.
  Entry take();
  // The entry so many places behind the first one; null: there are fewer.
  [[nodiscard]] const Entry* ahead(std::size_t places) const {
    return places < size_ ? &ring_[(first_ + places) & (ring_.size() - 1)] : nullptr;
  }

 private:
  void grow();

  std::uint64_t linger_packets_;
  std::vector<Entry> ring_;  // a power of two
  std::size_t first_ = 0, size_ = 0;
};

}  // namespace handlens
