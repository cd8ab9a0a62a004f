// When flows are over: timeouts by the capture's clock, the sweep, eviction, the end of the input.
#include <algorithm>

#include "src/engine/engine_impl.h"
#include "src/findings/analyze.h"
#include "src/findings/attribute.h"

namespace handlens {

namespace {

constexpr std::size_t kEvictionWindow = 256;  // records among which the one to evict is chosen

}  // namespace

void Engine::Impl::settle(FlowTable::Slot slot, CutShort cut_short) {
  FlowRecord& record = table.record(slot);
  if (record.number == 0) number_now(slot);
  // Without more packets there is nothing to be compared; and only closed flows are remembered.
  const bool is_kept = record.timeout == TimeoutClass::closed && !is_finishing;
  const SettledFlow told = is_kept ? remember(record) : SettledFlow{};
  // The same whenever the sweep comes by: a flow is watched until its time is over, not until somebody looks.
  const std::int64_t now = std::min(clock_ns, later_by(record.last_ns, timeout_of(record)));
  const AttemptEnd end{std::max<std::int64_t>(0, elapsed(record.last_ns, now)), cut_short};
  if (are_attempts_alike && record.state == FlowState::deferred && describe_attempt(record, deferred, end, attempt)) {
    if (is_finishing && !is_late && sink->may_come_late(attempt)) {
      has_late = true;
      return;
    }
    settle_attempt(record, attempt, now, cut_short);
  } else {
    sink->on_flow(make_whole(record, now, cut_short));
  }
  record.state = FlowState::settled;
  record.payload = told.file;
  record.number = told.packed_ttls;
}

// What a packet of a later file is compared with.
SettledFlow Engine::Impl::remember(const FlowRecord& record) const {
  return {is_of_earlier_files(record) ? file - 1 : file,
          pack_ttls(side_of(record, Direction::forward), side_of(record, Direction::reverse))};
}

// Its connection is made only if the sink asks for it.
void Engine::Impl::settle_attempt(FlowRecord& record, const FlowAttempt& attempted, std::int64_t now,
                                  CutShort cut_short) {
  class Maker final : public WholeFlow {
   public:
    Maker(Impl& engine, FlowRecord& flow, std::int64_t time, CutShort cut)
        : engine_(engine), flow_(flow), time_(time), cut_(cut) {}
    AnalyzedFlow make() override { return engine_.make_whole(flow_, time_, cut_); }

   private:
    Impl& engine_;
    FlowRecord& flow_;
    std::int64_t time_;
    CutShort cut_;
  } maker(*this, record, now, cut_short);
  sink->on_attempt(attempted, maker);
  if (record.state == FlowState::deferred && !is_finishing) deferred.release_chain(record.payload);
  record.deferred_count = 0;
}

AnalyzedFlow Engine::Impl::make_whole(FlowRecord& record, std::int64_t now, CutShort cut_short) {
  const bool was_open = record.state == FlowState::open;
  OpenFlow& flow = open(record, nullptr, 0);
  if (flow.held_syn().is_set()) {
    tell_held_syn(flow);  // nobody took it up
    drop_held_syn(flow);
  }
  const std::uint32_t handle = record.payload;
  AnalyzedFlow whole = analyze_facts(flow.finish(record, now, cut_short));
  if (!judges_with_others || !needs_context(whole)) judge_alone(whole);
  free_flows.push_back(handle);
  open_bytes -= charged[handle];
  charged[handle] = 0;
  // What is kept for the next flow would be counted for nobody, and at the end there is none: what waits to be judged
  // takes its memory.
  if (limits.max_memory != 0 || (is_finishing && was_open)) flows[handle].reset();
  return whole;
}

// Tells the other shards how far this one is, and takes the ids that are known by now; waits for the first `needed`.
void Engine::Impl::agree(std::size_t needed) {
  shard.numbers->publish(shard.index, taken, begun);
  begun.clear();
  agreed = taken;
  ids.resize(unnumbered.size());
  const std::size_t known = shard.numbers->take(shard.index, ids, needed);
  for (std::size_t i = 0; i < known; ++i) table.record(unnumbered[i]).number = ids[i];
  unnumbered.erase(unnumbered.begin(), unnumbered.begin() + static_cast<std::ptrdiff_t>(known));
}

// A flow cannot be told without its id: waits for the shards that are still before its first packet. The shard that is
// furthest behind waits for nobody.
void Engine::Impl::number_now(FlowTable::Slot slot) {
  const auto place = std::find(unnumbered.begin(), unnumbered.end(), slot);
  if (place != unnumbered.end()) agree(static_cast<std::size_t>(place - unnumbered.begin()) + 1);
}

// By time. What is over by the number of packets was settled with the packet at hand: end_lingering().
bool Engine::Impl::is_over(const FlowRecord& record, std::int64_t silence) const {
  return silence > timeout_of(record);
}

// A flow that is closed has had a packet.
void Engine::Impl::linger(FlowTable::Slot slot) {
  const FlowRecord& record = table.record(slot);
  if (record.state != FlowState::open) return;  // notes cost little
  const OpenFlow& flow = *flows[record.payload];
  ClosedFlows& others = flow.is_reset() ? closed_by_rst : closed_by_fin;
  others.add({flow.last_packet(), slot});
  next_due = std::min(next_due, others.next_due());
}

// Ends the closed flows for which enough packets were waited for. The same packet does so in every shard.
void Engine::Impl::end_lingering() {
  constexpr std::size_t kRecords = 16, kFlows = 8;  // fetched ahead
  for (ClosedFlows* closed : {&closed_by_fin, &closed_by_rst}) {
    while (closed->next_due() <= packet_number) {
      if (const ClosedFlows::Entry* later = closed->ahead(kRecords)) __builtin_prefetch(&table.record(later->slot));
      if (const ClosedFlows::Entry* later = closed->ahead(kFlows)) {
        const FlowRecord& next = table.record(later->slot);
        if (next.state == FlowState::open) flows[next.payload]->prefetch_last_packet();
      }
      const ClosedFlows::Entry entry = closed->take();
      const FlowRecord& record = table.record(entry.slot);
      if (record.state != FlowState::open || record.timeout != TimeoutClass::closed) continue;
      const OpenFlow& flow = *flows[record.payload];
      if (flow.last_packet() == entry.packet && flow.is_reset() == (closed == &closed_by_rst))
        settle(entry.slot, CutShort::none);
    }
  }
  next_due = std::min(closed_by_fin.next_due(), closed_by_rst.next_due());
}

// A settled flow is remembered only to swallow what comes late to a closed connection; whatever else comes after it is
// another flow.
bool Engine::Impl::is_forgotten(const FlowRecord& record, std::int64_t silence) const {
  return record.timeout != TimeoutClass::closed || silence > 2 * limits.closed_linger;
}

std::int64_t Engine::Impl::timeout_of(const FlowRecord& record) const {
  switch (record.timeout) {
    case TimeoutClass::half_open:
      return limits.half_open_timeout;
    case TimeoutClass::closed:
      return limits.closed_linger;
    case TimeoutClass::idle:
      return limits.idle_timeout;
  }
  return limits.idle_timeout;
}

// One packet with a wild time must not end every flow: the clock follows what two packets in a row agree on.
void Engine::Impl::tick(Timestamp time) {
  if (!counters.first || time < *counters.first) counters.first = time;
  if (!counters.last || *counters.last < time) counters.last = time;
  const bool is_new_file = packet_number == file_start;  // which has a clock of its own
  if (time.ns < previous_ns && !is_new_file) ++counters.time_backwards;
  const bool is_first = counters.packets == 1;
  clock_ns = is_first ? time.ns : std::max(clock_ns, std::min(time.ns, previous_ns));
  previous_ns = time.ns;
  if (wild != FlowTable::kNone) mend_wild_time();
}

// The time of the newest packet of a flow. The clock may be one packet behind it.
void Engine::Impl::touch(FlowTable::Slot slot, Timestamp time) {
  std::int64_t& last = table.record(slot).last_ns;
  last = std::max(clock_ns, time.ns);
  if (elapsed(clock_ns, last) > limits.idle_timeout) wild = slot;
}

// The packet before was far ahead of the clock. If this one does not follow it there, that time was wild, and its flow
// must not wait for it; else it was the first after a long pause.
void Engine::Impl::mend_wild_time() {
  FlowRecord& record = table.record(wild);
  wild = FlowTable::kNone;
  if (elapsed(record.last_ns, std::max(clock_ns, previous_ns)) < -limits.idle_timeout) record.last_ns = clock_ns;
}

void Engine::Impl::on_silence(std::int64_t nanoseconds) {
  if (counters.packets == 0 || nanoseconds < 0) return;
  if (!silent_since) {
    // The last packet's time counts now, unless it was wild.
    const bool is_wild = elapsed(clock_ns, previous_ns) >= limits.idle_timeout;
    silent_since = is_wild ? clock_ns : std::max(clock_ns, previous_ns);
  }
  clock_ns = std::max(clock_ns, later_by(*silent_since, nanoseconds));
  sweep(std::min<std::size_t>(kSweepOnSilence, table.slots()));
}

// How many records to look at after so many packets. Of a small table a few are enough to come by every record once in
// kSweepRound batches: sooner nothing is gained by it.
std::size_t Engine::Impl::sweep_after(std::size_t packets) const {
  const std::size_t most = std::min<std::size_t>(packets * kSweepPerPacket, table.slots());
  return std::min<std::size_t>(most, 4 + table.slots() / kSweepRound);
}

// Looks at the next few records: ends those that were silent for too long, and forgets those that ended long ago.
void Engine::Impl::sweep(std::size_t records) {
  const FlowTable::Slot all = table.slots();
  const std::int64_t shortest = std::min({limits.half_open_timeout, limits.closed_linger, limits.idle_timeout});
  for (std::size_t i = 0; i < records && all > 0; ++i) {
    hand = hand + 1 < all ? hand + 1 : 0;
    prefetch_ahead(all);
    const FlowRecord& record = table.record(hand);
    if (record.state == FlowState::unused) continue;
    const std::int64_t silence = elapsed(record.last_ns, clock_ns);
    if (record.state == FlowState::deferred && silence <= shortest) continue;  // most of a flood's
    if (record.state == FlowState::settled) {
      if (is_forgotten(record, silence)) table.erase(hand);
    } else if (is_over(record, silence)) {
      settle(hand, CutShort::none);
    }
  }
}

// Makes room: a settled flow if one is near, else a half-open, else the one that was silent longest.
void Engine::Impl::evict_one(CutShort why) {
  const FlowTable::Slot all = table.slots();
  FlowTable::Slot victim = FlowTable::kNone;
  auto rank = [](const FlowRecord& r) {
    return r.state == FlowState::settled ? 0 : r.state == FlowState::deferred ? 1 : 2;
  };
  for (std::size_t i = 0; i < kEvictionWindow || victim == FlowTable::kNone; ++i) {
    hand = hand + 1 < all ? hand + 1 : 0;
    const FlowRecord& record = table.record(hand);
    if (record.state == FlowState::unused) continue;
    if (victim == FlowTable::kNone) {
      victim = hand;
    } else {
      const FlowRecord& best = table.record(victim);
      if (rank(record) < rank(best) || (rank(record) == rank(best) && record.last_ns < best.last_ns)) victim = hand;
    }
    if (record.state == FlowState::settled) break;  // nothing is lost with it
  }
  if (table.record(victim).state != FlowState::settled) {
    ++counters.evicted_flows;
    settle(victim, why);
  }
  table.erase(victim);
}

// The flows, not the fragments, which have a share of their own, and not the room that tables have set aside: that does
// not grow by itself.
std::size_t Engine::Impl::memory_in_use() const {
  constexpr std::size_t kFlow = sizeof(FlowRecord) + 16;  // with its share of the index
  return table.size() * kFlow + deferred.held_bytes() + origins.held_bytes() + open_bytes;
}

void Engine::Impl::charge(FlowTable::Slot slot) {
  const FlowRecord& record = table.record(slot);
  if (record.state != FlowState::open) return;
  const std::size_t now = flows[record.payload]->held_bytes();
  open_bytes += now - charged[record.payload];
  charged[record.payload] = now;
}

void Engine::Impl::make_room() {
  const std::size_t room = limits.max_memory - fragment_share(limits);
  while (memory_in_use() > room && table.size() > 0) evict_one(CutShort::memory_limit);
}

// Every flow that was not told yet, in order of the ids.
void Engine::Impl::tell_left() {
  const auto is_left = [this](FlowTable::Slot slot) {
    const FlowState state = table.record(slot).state;
    return state == FlowState::open || state == FlowState::deferred;
  };
  const auto end = [this](FlowTable::Slot slot) {
    const bool cut = is_interrupted && table.record(slot).timeout != TimeoutClass::closed;
    settle(slot, cut ? CutShort::interrupted : CutShort::none);
  };
  if (is_table_in_order) {
    for (FlowTable::Slot slot = 0; slot < table.slots(); ++slot) {
      prefetch_left(slot);
      if (is_left(slot)) end(slot);
    }
  } else {
    std::vector<std::pair<std::uint32_t, FlowTable::Slot>> left;  // by id
    for (FlowTable::Slot slot = 0; slot < table.slots(); ++slot) {
      if (is_left(slot)) left.emplace_back(table.record(slot).number, slot);
    }
    std::sort(left.begin(), left.end());
    for (const auto& [id, slot] : left) end(slot);
  }
}

// Their notes are still there: what waits for all others need not be kept elsewhere.
void Engine::Impl::finish_late() {
  is_late = true;
  if (has_late) tell_left();
}

void Engine::Impl::finish(bool interrupted) {
  if (elapsed(clock_ns, previous_ns) < limits.idle_timeout) clock_ns = std::max(clock_ns, previous_ns);
  is_finishing = true;
  is_interrupted = interrupted;
  taken = UINT64_MAX;
  if (shard.count > 1) agree(unnumbered.size());
  tell_left();
  fragments.finish();
  counters.undecodable[static_cast<std::size_t>(Undecodable::fragment_incomplete)] += fragments.counters().incomplete;
  counters.undecodable[static_cast<std::size_t>(Undecodable::fragment_limit)] += fragments.counters().evicted;
  counters.beyond_network_limit = origins.packets_beyond() + joins.forgotten() + labelled.forgotten();
}

}  // namespace handlens
