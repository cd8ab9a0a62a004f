#include "src/engine/captured_again.h"

#include <algorithm>

#include "src/engine/elapsed.h"
#include "src/engine/engine_impl.h"
#include "src/tcp/elapsed.h"

namespace handlens {

namespace {

// The times of one capture go back by less than this, from one of its files to the next.
constexpr std::int64_t kDisorder = 10'000'000;  // ns
// A mirror port or a second interface adds a copy this soon (frame_copies.h).
constexpr std::int64_t kCopies = 2'000'000;  // ns

}  // namespace

bool is_same_syn(const PacketNote& syn, const PacketNote& again, std::int64_t last_ns) {
  const auto is_syn = [](const PacketNote& n) { return n.has(tcp_flag::syn) && !n.has(tcp_flag::ack); };
  if (!is_syn(syn) || !is_syn(again) || syn.from != again.from || syn.seq != again.seq) return false;
  // RFC 7323 §3.2: a clock that ticks at least once a second.
  if (syn.has_timestamps && again.has_timestamps) return syn.tsval == again.tsval;
  const bool are_numbered = syn.has_ip_id && again.has_ip_id && syn.ip_id != 0;
  if (are_numbered && syn.ip_id == again.ip_id) return true;
  return elapsed(again.time_ns, last_ns) > kDisorder || is_within(syn.time_ns, again.time_ns, kShortestRetry);
}

bool Engine::Impl::is_captured_again(const FlowRecord& record, const Segment& s) const {
  if (!s.has(tcp_flag::syn) || s.has(tcp_flag::ack | tcp_flag::rst)) return false;
  const PacketNote again = note_of(s);
  // Where nothing followed, it may be a frame that one capture holds twice, right behind each other.
  const auto is_it = [&](const PacketNote& syn, bool is_last) {
    const bool may_be_copy = is_last && is_within(syn.time_ns, again.time_ns, kCopies);
    return syn.frame < file_start && !may_be_copy && is_same_syn(syn, again, record.last_ns);
  };
  if (record.state == FlowState::open) {
    const OpenFlow& flow = *flows[record.payload];
    const std::vector<PacketNote>& packets = flow.first_packets();
    return std::any_of(packets.begin(), packets.end(),
                       [&](const PacketNote& syn) { return is_it(syn, !flow.went_on_after(syn.frame)); });
  }
  std::uint64_t last = 0;
  for (std::uint32_t h = record.payload; h != DeferredPool::kNone; h = deferred.at(h).next)
    last = deferred.at(h).number;
  for (std::uint32_t h = record.payload; h != DeferredPool::kNone; h = deferred.at(h).next) {
    if (is_it(note_of(DeferredPool::to_segment(deferred.at(h))), deferred.at(h).number == last)) return true;
  }
  return false;
}

}  // namespace handlens
