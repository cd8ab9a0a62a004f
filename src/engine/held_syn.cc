#include "src/engine/held_syn.h"

#include "src/engine/elapsed.h"
#include "src/engine/engine_impl.h"

namespace handlens {

namespace {

HeldSynVerdict judge_repetition(const DeferredPacket& syn, bool told, const Segment& s) {
  // Once the old connection went on, a repetition is as doubtful as the first one was: it is held anew.
  if (told) return HeldSynVerdict::foreign;
  const std::int64_t apart = elapsed(syn.time_ns, s.stamp.time.ns);
  return apart >= kShortestRetry ? HeldSynVerdict::newer : HeldSynVerdict::copy;
}

}  // namespace

HeldSynVerdict judge_held_syn(const DeferredPacket& syn, bool told, bool in_old_numbers, const Segment& s) {
  const bool same_side = s.from == syn.from();
  const bool opens = s.has(tcp_flag::syn), acks = s.has(tcp_flag::ack);
  if (same_side && opens && !acks && !s.has(tcp_flag::rst) && s.seq == syn.seq) return judge_repetition(syn, told, s);
  const bool acknowledges_it = !same_side && acks && s.ack == syn.seq + 1;
  if (acknowledges_it && opens && !s.has(tcp_flag::rst)) return HeldSynVerdict::newer;
  if (told || in_old_numbers) return HeldSynVerdict::foreign;
  // A refusal, or what comes after an answer that was not captured.
  const bool follows_it = same_side && !opens && s.seq == syn.seq + 1;
  return acknowledges_it || follows_it ? HeldSynVerdict::newer : HeldSynVerdict::foreign;
}

// The way of a segment through a flow that holds a SYN, and of a SYN that is to be held. True: it is done with.
bool Engine::Impl::take_with_held_syn(FlowTable::Slot slot, const Segment& segment, const PacketView& packet,
                                      std::uint32_t interface_id, const DirectedKey& key) {
  FlowRecord& record = table.record(slot);
  const std::int64_t silence = elapsed(record.last_ns, clock_ns);
  if (record.state != FlowState::open || is_over(record, silence)) return false;
  OpenFlow& flow = *flows[record.payload];
  if (!flow.held_syn().is_set() && !segment.has(tcp_flag::syn)) return false;
  Segment s = segment;
  s.from = direction_of(record, key.sender);
  if (flow.held_syn().is_set()) {
    const DeferredPacket& syn = deferred.at(flow.held_syn().first);
    const bool in_old_numbers = flow.may_have_sent(syn.from(), syn.seq);
    switch (judge_held_syn(syn, flow.held_syn().told, in_old_numbers, s)) {
      case HeldSynVerdict::newer:
        begin_with_held_syn(slot);
        return false;
      case HeldSynVerdict::copy:
        if (hold_syn(flow, s, packet, interface_id)) {
          touch(slot, s.stamp.time);
          return true;
        }
        [[fallthrough]];
      case HeldSynVerdict::foreign:
        tell_held_syn(flow);
        break;
    }
  }
  // By the packet's own time: the clock is one packet behind after a pause.
  if (!flow.may_be_foreign(s) || elapsed(record.last_ns, s.stamp.time.ns) > limits.reuse_silence) return false;
  if (flow.held_syn().is_set()) drop_held_syn(flow);
  if (!hold_syn(flow, s, packet, interface_id)) return false;
  touch(slot, s.stamp.time);
  return true;
}

// False: there is no note for it.
bool Engine::Impl::hold_syn(OpenFlow& flow, const Segment& s, const PacketView& packet, std::uint32_t interface_id) {
  HeldSyn& held = flow.held_syn();
  if (held.notes == HeldSyn::kMostNotes || !is_deferrable(s)) return false;
  const DeferredPool::Handle handle = note_down(s, packet.link, interface_id);
  (held.is_set() ? deferred.at(held.first).next : held.first) = handle;
  ++held.notes;
  return true;
}

// The old connection goes on: it hears of the SYN, as of one that is not its own.
void Engine::Impl::tell_held_syn(OpenFlow& flow) {
  if (!flow.held_syn().waits()) return;
  for (DeferredPool::Handle h = flow.held_syn().first; h != DeferredPool::kNone; h = deferred.at(h).next) {
    Segment s = deferred.to_segment(deferred.at(h));
    flow.on_segment(s);
  }
  flow.held_syn().told = true;
}

void Engine::Impl::drop_held_syn(OpenFlow& flow) {
  deferred.release_chain(flow.held_syn().first);
  flow.held_syn() = {};
}

// The network refused the SYN itself: it was a host's.
void Engine::Impl::take_up_quoted_syn(FlowTable::Slot slot, std::uint32_t quoted_seq) {
  const FlowRecord& record = table.record(slot);
  if (record.state != FlowState::open || !flows[record.payload]->held_syn().waits()) return;
  if (deferred.at(flows[record.payload]->held_syn().first).seq == quoted_seq) begin_with_held_syn(slot);
}

// The old connection is over; the new one begins with the notes of its SYN.
void Engine::Impl::begin_with_held_syn(FlowTable::Slot slot) {
  FlowRecord& record = table.record(slot);
  OpenFlow& flow = *flows[record.payload];
  const HeldSyn held = flow.held_syn();
  flow.held_syn() = {};
  const bool same_sender = deferred.at(held.first).from() == Direction::forward;
  const std::uint8_t sender = same_sender ? record.first_sender : static_cast<std::uint8_t>(1 - record.first_sender);
  settle(slot, CutShort::none);
  begin(slot, sender);
  record.payload = held.first;
  record.deferred_count = held.notes;
  for (DeferredPool::Handle h = held.first; h != DeferredPool::kNone; h = deferred.at(h).next) {
    deferred.at(h).set_from(Direction::forward);
  }
}

}  // namespace handlens
