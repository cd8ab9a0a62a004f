#include "src/engine/captured_again.h"

#include <algorithm>
#include <span>

#include "src/engine/elapsed.h"
#include "src/engine/engine_impl.h"
#include "src/findings/frame_copies.h"
#include "src/findings/path_trace.h"
#include "src/tcp/disorder.h"
#include "src/tcp/elapsed.h"

namespace handlens {

namespace {

bool is_syn(const PacketNote& n) { return n.has(tcp_flag::syn) && !n.has(tcp_flag::ack); }

}  // namespace

std::uint32_t pack_ttls(const SeenSide& forward, const SeenSide& reverse) {
  const auto pack = [](const SeenSide& side) { return std::uint32_t{side.ttl_min} << 8 | side.ttl_max; };
  return pack(forward) << 16 | pack(reverse);
}

SeenSide unpack_ttls(std::uint32_t packed, Direction from) {
  if (from == Direction::forward) packed >>= 16;
  SeenSide side;
  side.ttl_min = static_cast<std::uint8_t>(packed >> 8);
  side.ttl_max = static_cast<std::uint8_t>(packed);
  return side;
}

void DirectionsSeen::take(const DirectedKey& key) {
  if (both_) return;
  std::optional<DirectedKey>& place = newest_[(key.key.port[0] ^ key.key.port[1]) % newest_.size()];
  both_ = place && place->key == key.key && place->sender != key.sender;
  place = key;
}

bool is_not_before(std::int64_t last_ns, const PacketNote& packet) {
  return elapsed(packet.time_ns, last_ns) <= kDisorder;
}

bool may_go_on(const SeenSide& side, std::int64_t last_ns, const PacketNote& packet) {
  if (!is_not_before(last_ns, packet)) return false;
  // A traceroute's next probe goes one router further.
  const bool may_be_probe = is_syn(packet) && is_trace_ttl(side.ttl_max) && is_trace_ttl(packet.ttl);
  if (packet.ttl < side.ttl_min || (packet.ttl > side.ttl_max && !may_be_probe)) return false;
  return !side.mac || !packet.has_mac || *side.mac == packet.mac;
}

bool is_same_syn(const PacketNote& syn, const PacketNote& again, std::int64_t last_ns) {
  if (!is_syn(syn) || !is_syn(again) || syn.from != again.from || syn.seq != again.seq) return false;
  // RFC 7323 §3.2: a clock that ticks at least once a second.
  if (syn.has_timestamps && again.has_timestamps) return syn.tsval == again.tsval;
  const bool are_numbered = syn.has_ip_id && again.has_ip_id && syn.ip_id != 0;
  if (are_numbered && syn.ip_id == again.ip_id) return true;
  return !is_not_before(last_ns, again) || is_within(syn.time_ns, again.time_ns, kShortestRetry);
}

// The flow has packets of earlier files only.
bool Engine::Impl::is_of_earlier_files(const FlowRecord& record) const {
  if (record.state == FlowState::settled) return record.payload < file;
  if (record.state == FlowState::open) return flows[record.payload]->last_packet() < file_start;
  if (record.state != FlowState::deferred || record.payload == DeferredPool::kNone) return false;
  std::uint64_t last = 0;
  for (std::uint32_t h = record.payload; h != DeferredPool::kNone; h = deferred.at(h).next)
    last = deferred.at(h).number();
  return last < file_start;
}

// What was seen of a side of a flow that is not settled; of notes no station.
SeenSide Engine::Impl::side_of(const FlowRecord& record, Direction from) const {
  SeenSide side;
  if (record.state == FlowState::open) {
    const PathProfile& profile = flows[record.payload]->profile(from);
    side.ttl_min = profile.ttl_min;
    side.ttl_max = profile.ttl_max;
    if (profile.has_mac) side.mac = profile.mac;
    return side;
  }
  for (std::uint32_t h = record.payload; h != DeferredPool::kNone; h = deferred.at(h).next) {
    const HeaderShape& shape = deferred.shape(deferred.at(h));
    if (deferred.at(h).from() == from && !shape.has(tcp_flag::rst)) side.add(shape.ttl);
  }
  return side;
}

bool Engine::Impl::may_be_first_of_side(const PacketNote& packet) const {
  return !first_file.are_both() || is_not_before(earlier_files_end, packet);
}

// Whether a packet of a later file comes late to a flow that was told.
bool Engine::Impl::may_be_late(const FlowRecord& record, const Segment& s) const {
  const SeenSide side = unpack_ttls(record.number, s.from);
  const PacketNote packet = note_of(s);
  return side.is_empty() ? may_be_first_of_side(packet) : may_go_on(side, record.last_ns, packet);
}

bool Engine::Impl::goes_on(const FlowRecord& record, const Segment& s) const {
  const PacketNote packet = note_of(s);
  const SeenSide side = side_of(record, s.from);
  std::vector<PacketNote> notes;  // the first ones
  bool has_more = false, has_answered = false;
  if (record.state == FlowState::open) {
    const OpenFlow& flow = *flows[record.payload];
    const std::span<const PacketNote> first = flow.first_packets();
    notes.assign(first.begin(), first.end());
    has_more = notes.empty() || flow.went_on_after(notes.back().frame);
    has_answered = flow.has_answered(s.from);
  } else {
    for (std::uint32_t h = record.payload; h != DeferredPool::kNone; h = deferred.at(h).next)
      notes.push_back(note_of(deferred.to_segment(deferred.at(h))));
  }
  // One frame that a capture holds twice or more, right behind each other, may stand on both sides of a cut.
  const bool may_be_copy = !has_more && is_syn(packet) && is_syn(notes.back()) && notes.back().seq == packet.seq &&
                           is_within(notes.back().time_ns, packet.time_ns, kCopies);
  if (may_be_copy) return true;
  if (side.is_empty()) return may_be_first_of_side(packet);
  if (!may_go_on(side, record.last_ns, packet)) return false;
  if (!is_syn(packet)) return true;
  return std::none_of(notes.begin(), notes.end(), [&](const PacketNote& syn) {
    // Whoever has gone on does not send the SYN again.
    const bool is_too_late = has_answered && is_syn(syn) && syn.from == packet.from && syn.seq == packet.seq;
    return is_too_late || is_same_syn(syn, packet, record.last_ns);
  });
}

// A packet of a later file which does not belong to the flow that earlier files hold: that flow is over.
void Engine::Impl::part_from_earlier_files(FlowTable::Slot slot, const PacketView& packet, const PacketStamp& stamp,
                                           std::uint8_t sender) {
  const FlowRecord& record = table.record(slot);
  if (!is_of_earlier_files(record)) return;
  const std::int64_t silence = elapsed(record.last_ns, clock_ns);
  // As if the sweep had just come by.
  if (record.state != FlowState::settled && is_over(record, silence)) settle(slot, CutShort::none);
  if (record.state == FlowState::settled && is_forgotten(record, silence)) return;
  Segment s = to_segment(packet, stamp);
  s.from = direction_of(record, sender);
  if (record.state == FlowState::settled ? may_be_late(record, s) : goes_on(record, s)) return;
  if (record.state != FlowState::settled) settle(slot, CutShort::none);
  begin(slot, sender);
}

}  // namespace handlens
