// What will be needed soon is fetched into the processor's cache: a flood's flows have long left it.
#include "src/engine/engine_impl.h"

namespace handlens {

// What is looked up in tables is fetched ahead in loops of its own: next to each other the fetches overlap, translation
// of addresses included.
void Engine::Impl::look_up_ahead(std::span<const RawPacket> batch) {
  const std::size_t n = batch.size();
  for (std::size_t i = 0; i < n; ++i) {
    DissectedPacket& d = dissected[i];
    dissect_packet_into(batch[i].link, batch[i].bytes, batch[i].wire_length, d);
    if (batch[i].direction != CaptureDirection::unknown) d.packet.link.seen_as = batch[i].direction;
    if (d.kind != PacketKind::tcp) continue;
    keys[i] = key_in_own_domain(d.packet);
    ends[i] = DomainJoins::ends_of(keys[i], d.packet.tcp);
  }
  const auto is_tcp = [this](std::size_t i) { return dissected[i].kind == PacketKind::tcp; };
  for (std::size_t i = 0; i < n; ++i) {
    if (is_tcp(i) && ends[i] != 0) joins.prefetch(ends[i]);
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (!is_tcp(i)) continue;
    const PacketView& p = dissected[i].packet;
    joins.take(keys[i], p.tcp, ends[i]);
    labelled.take(keys[i], p.tcp, p.link.labels);
    if (batch[i].file == 0) first_file.take(keys[i]);
    hashes[i] = table.hash(keys[i].key);
  }
  const auto is_own = [this, is_tcp](std::size_t i) { return is_tcp(i) && shard.owns(hashes[i]); };
  for (std::size_t i = 0; i < n; ++i) {
    if (is_own(i)) table.prefetch_index(hashes[i]);
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (is_own(i)) table.prefetch_record(hashes[i]);
  }
}

// For the sweep: the records that come next, and the notes of those that will be told.
void Engine::Impl::prefetch_ahead(FlowTable::Slot all) const {
  constexpr FlowTable::Slot kRecords = 16, kNotes = 8;
  if (hand + kRecords >= all) return;
  __builtin_prefetch(&table.record(hand + kRecords));
  const FlowRecord& record = table.record(hand + kNotes);
  if (record.state != FlowState::deferred || record.deferred_count == 0) return;
  if (elapsed(record.last_ns, clock_ns) > limits.half_open_timeout) deferred.prefetch(record.payload);
}

// The notes of a record that comes soon, and the record that will ask for its notes then.
void Engine::Impl::prefetch_left(FlowTable::Slot slot) const {
  constexpr FlowTable::Slot kRecords = 16, kNotes = 8;
  if (slot + kRecords >= table.slots()) return;
  __builtin_prefetch(&table.record(slot + kRecords));
  const FlowRecord& record = table.record(slot + kNotes);
  if (record.state == FlowState::deferred && record.deferred_count > 0) deferred.prefetch(record.payload);
  const FlowRecord& sooner = table.record(slot + kNotes / 2);
  if (sooner.state == FlowState::deferred && sooner.deferred_count > 1) {
    deferred.prefetch(deferred.at(sooner.payload).next);
  }
}

}  // namespace handlens
