#include "src/engine/engine.h"

#include <algorithm>

#include "src/engine/engine_impl.h"
#include "src/findings/rule.h"
#include "src/flow/keyed_hash.h"
#include "src/tcp/seq.h"

namespace handlens {

namespace {

// The timestamp option where nearly every stack puts it: two no-operations, then the option (RFC 7323 appendix A). What
// stands elsewhere is read of SYN and RST only.
void read_timestamps(ByteView options, Segment& s) {
  constexpr std::uint8_t kNoOperation = 1, kTimestamps = 8, kLength = 10;
  if (options.size() < 12 || options[0] != kNoOperation || options[1] != kNoOperation || options[2] != kTimestamps ||
      options[3] != kLength) {
    return;
  }
  s.has_timestamps = true;
  s.tsval = read_u32(options.data() + 4);
  s.tsecr = read_u32(options.data() + 8);
}

}  // namespace

std::uint8_t encapsulation_digest(const LinkFacts& link) {
  // A tag without a VLAN (id 0) only carries a priority (IEEE 802.1Q): some packets of a connection have one.
  const auto is_only_priority = [&link](Encapsulation kind) {
    const auto end = link.vlans.begin() + link.vlan_count;
    return (kind == Encapsulation::vlan || kind == Encapsulation::qinq) &&
           std::all_of(link.vlans.begin(), end, [](std::uint16_t id) { return id == 0; });
  };
  unsigned digest = 0;
  for (std::size_t i = 0; i < link.encapsulation_count; ++i) {
    if (!is_only_priority(link.encapsulations[i]))
      digest = digest * 31 + static_cast<unsigned>(link.encapsulations[i]) + 1;
  }
  // The directions of one connection may be joined out of several VLANs (domain_joins.h).
  for (std::size_t i = 0; i < link.vlan_count; ++i) {
    if (link.vlans[i] != 0) digest = digest * 31 + link.vlans[i] + 1;
  }
  digest = static_cast<std::uint8_t>(digest);
  return static_cast<std::uint8_t>(digest == PacketNote::kUnknownEncapsulation ? 0 : digest);
}

Segment to_segment(const PacketView& packet, const PacketStamp& stamp) {
  Segment s;
  s.stamp = stamp;
  s.seq = packet.tcp.seq;
  s.ack = packet.tcp.ack;
  s.flags = packet.tcp.flags;
  s.window = packet.tcp.window;
  s.urgent = packet.tcp.urgent;
  s.ttl = packet.ip.ttl;
  s.has_ip_id = packet.ip.has_id;
  s.ip_id = packet.ip.id;
  s.dont_fragment = packet.ip.dont_fragment;
  s.tos = packet.ip.tos;
  s.has_tos = true;
  s.seen_as = packet.link.seen_as;
  s.encapsulation = encapsulation_digest(packet.link);
  read_timestamps(packet.tcp.options, s);
  s.payload = packet.payload;
  s.payload_length = packet.payload_length;
  if (packet.link.has_macs) s.mac = &packet.link.source_mac;
  if (s.flags & (tcp_flag::syn | tcp_flag::rst)) {
    s.options_length = static_cast<std::uint8_t>(std::min(packet.tcp.options.size(), kMaxOptionBytes));
    std::copy_n(packet.tcp.options.begin(), s.options_length, s.options.begin());
  }
  return s;
}

Engine::Impl::Impl(const Limits& given, FlowSink& to, const Shard& part)
    : limits(given),
      shard(part),
      connection_limits{given.stream, given.kept_rst, given.kept_fin, &history},
      sink(&to),
      judges_with_others(to.judges_with_others()),
      table(part.count > 1 ? part.seed : random_hash_seed()),
      deferred(random_hash_seed()),
      closed_by_fin(given.finished_linger_packets),
      closed_by_rst(given.reset_linger_packets),
      origins(random_hash_seed(), domain_share(given)),
      fragments(FragmentLimits{given.fragment_datagrams, fragment_share(given), given.fragment_timeout},
                random_hash_seed()),
      are_attempts_alike(!is_any_judging_attempts()) {}

DirectedKey Engine::Impl::key_in_own_domain(const PacketView& p) {
  return make_key(p.ip.source, p.tcp.source_port, p.ip.destination, p.tcp.destination_port, origins.domain_of(p.link));
}

void Engine::Impl::on_batch(std::span<const RawPacket> batch) {
  if (!batch.empty()) silent_since.reset();
  while (!batch.empty()) {
    const std::size_t n = std::min(batch.size(), kEngineBatch);
    look_up_ahead(batch.first(n));
    for (std::size_t i = 0; i < n; ++i) {
      take(batch[i], dissected[i], keys[i], hashes[i]);
      taken = position;
      if (dissected[i].more) [[unlikely]]
        take_rest(batch[i], dissected[i]);
    }
    sweep(sweep_after(n));
    if (shard.count > 1 && taken - agreed >= kAgreeEvery) agree(0);
    batch = batch.subspan(n);
  }
}

void Engine::Impl::take(const RawPacket& raw, const DissectedPacket& packet, const DirectedKey& key,
                        std::uint32_t hash) {
  ++counters.packets;
  ++position;
  packet_number = raw.stamp.number;
  if (raw.file != file) [[unlikely]] {
    file = raw.file;
    file_start = packet_number;
    earlier_files_end = clock_ns;
  }
  counters.bytes += raw.bytes.size();
  tick(raw.stamp.time);
  if (packet_number >= next_due) [[unlikely]]
    end_lingering();
  if (packet.kind == PacketKind::tcp) {
    if (shard.owns(hash)) take_tcp(packet.packet, raw.stamp, raw.interface_id, key, hash);
  } else {
    take_one(raw, packet);
  }
}

// What else a frame holds behind its first packet. The frame itself is counted already.
void Engine::Impl::take_rest(const RawPacket& raw, DissectedPacket& packet) {
  while (dissect_next_into(packet)) {
    ++position;
    take_one(raw, packet);
    taken = position;
  }
}

// A packet that was not looked up ahead of its turn.
void Engine::Impl::take_one(const RawPacket& raw, const DissectedPacket& packet) {
  switch (packet.kind) {
    case PacketKind::tcp: {
      const PacketView& p = packet.packet;
      DirectedKey key = key_in_own_domain(p);
      joins.take(key, p.tcp);
      labelled.take(key, p.tcp, p.link.labels);
      const std::uint32_t hash = table.hash(key.key);
      if (shard.owns(hash)) take_tcp(p, raw.stamp, raw.interface_id, key, hash);
      break;
    }
    case PacketKind::fragment:
      take_fragment(raw, packet);
      break;
    case PacketKind::icmp_error:
      take_icmp_error(packet, raw.stamp);
      break;
    case PacketKind::not_tcp:
      ++counters.not_tcp;
      break;
    case PacketKind::undecodable:
      ++counters.undecodable[static_cast<std::size_t>(packet.reason)];
      break;
  }
}

void Engine::Impl::take_fragment(const RawPacket& raw, const DissectedPacket& packet) {
  ++counters.fragments;
  inner.packet.link = packet.packet.link;
  const DissectedPacket* part = &packet;
  for (ReassembledDatagram& datagram : datagrams) {
    Undecodable reason = Undecodable::none;
    const FragmentResult result = fragments.add(*part, raw.stamp, datagram, reason);
    if (result == FragmentResult::dropped) ++counters.undecodable[static_cast<std::size_t>(reason)];
    if (result != FragmentResult::complete) return;
    dissect_ip_into(datagram.bytes, datagram.wire_length, inner);
    if (inner.kind == PacketKind::fragment && inner.more) {  // as for the later packets of such an aggregate
      ++counters.undecodable[static_cast<std::size_t>(Undecodable::nesting_limit)];
      take_rest(raw, inner);
      return;
    }
    if (inner.kind != PacketKind::fragment) {
      take_one(raw, inner);
      if (inner.more) take_rest(raw, inner);
      return;
    }
    part = &inner;
  }
  ++counters.undecodable[static_cast<std::size_t>(Undecodable::nesting_limit)];
}

void Engine::Impl::take_icmp_error(const DissectedPacket& packet, const PacketStamp& stamp) {
  const IcmpErrorView& icmp = packet.icmp;
  DirectedKey key = make_key(icmp.quoted_ip.source, icmp.quoted_source_port, icmp.quoted_ip.destination,
                             icmp.quoted_destination_port, origins.domain_of(packet.packet.link));
  joins.find(key);
  labelled.find(key, icmp.quoted_seq);
  const std::uint32_t hash = table.hash(key.key);
  if (!shard.owns(hash)) return;
  if (limits.max_memory != 0) make_room();
  const FlowTable::Slot slot = table.find(key.key, hash);
  const bool is_known = slot != FlowTable::kNone && table.record(slot).state != FlowState::settled &&
                        !is_over(table.record(slot), elapsed(table.record(slot).last_ns, clock_ns));
  if (is_known) take_up_quoted_syn(slot, icmp.quoted_seq);
  if (!is_known || !may_have_sent(table.record(slot), direction_of(table.record(slot), key.sender), icmp.quoted_seq)) {
    ++counters.icmp_unmatched;
    return;
  }
  FlowRecord& record = table.record(slot);
  OpenFlow& flow = open(record, nullptr, 0);
  flow.on_icmp_error(icmp, direction_of(record, key.sender), stamp, packet.packet.ip);
  if (limits.max_memory != 0) charge(slot);
}

// As Connection::may_have_sent, also for a flow that is still a list of notes. RFC 5927 §4.1: whoever did not see the
// connection has to guess the number.
bool Engine::Impl::may_have_sent(const FlowRecord& record, Direction from, std::uint32_t seq) const {
  if (record.state == FlowState::open) return flows[record.payload]->may_have_sent(from, seq);
  bool heard = false;
  for (std::uint32_t h = record.payload; h != DeferredPool::kNone; h = deferred.at(h).next) {
    const DeferredPacket& note = deferred.at(h);
    if (note.from() != from) continue;
    heard = true;
    const std::int32_t distance = seq_distance(note.seq, seq);
    if (distance >= -kUnseenSequence && distance <= kUnseenSequence) return true;
  }
  return !heard;
}

void Engine::Impl::take_tcp(const PacketView& packet, const PacketStamp& stamp, std::uint32_t interface_id,
                            const DirectedKey& key, std::uint32_t hash) {
  if (limits.max_memory != 0) make_room();
  FlowTable::Slot slot = table.find(key.key, hash);
  if (file != 0 && slot != FlowTable::kNone) [[unlikely]]
    part_from_earlier_files(slot, packet, stamp, key.sender);
  if (slot != FlowTable::kNone && take_in_bulk(slot, packet, stamp, key.sender)) return;
  Segment s = to_segment(packet, stamp);
  if (slot != FlowTable::kNone && take_with_held_syn(slot, s, packet, interface_id, key)) {
    if (limits.max_memory != 0) charge(slot);
    return;
  }
  slot = slot_for(slot, s, key, hash);
  FlowRecord& record = table.record(slot);
  if (record.state == FlowState::settled) {
    ++counters.late_packets;
    return;
  }
  s.from = direction_of(record, key.sender);
  touch(slot, stamp.time);
  feed(record, s, packet, interface_id);
  if (record.timeout == TimeoutClass::closed) linger(slot);
  if (limits.max_memory != 0) charge(slot);
}

// The short way for what comes after the handshake: no segment is made of it.
bool Engine::Impl::take_in_bulk(FlowTable::Slot slot, const PacketView& packet, const PacketStamp& stamp,
                                std::uint8_t sender) {
  const FlowRecord& record = table.record(slot);
  if (record.state != FlowState::open || is_over(record, elapsed(record.last_ns, clock_ns))) return false;
  if (!flows[record.payload]->take_in_bulk(direction_of(record, sender), packet, stamp)) return false;
  touch(slot, stamp.time);
  if (record.timeout == TimeoutClass::closed) linger(slot);
  return true;
}

// The flow this segment belongs to: the one found, or a new one (in a new record, or in that of a flow which is over).
// Writes the segment's direction in a flow that was found. In the one returned, which may be new, the caller writes it.
FlowTable::Slot Engine::Impl::slot_for(FlowTable::Slot slot, Segment& s, const DirectedKey& key, std::uint32_t hash) {
  if (slot == FlowTable::kNone) {
    if (limits.max_flows != 0 && table.size() >= limits.max_flows) evict_one(CutShort::evicted);
    slot = table.insert(key.key, hash);
    begin(slot, key.sender);
    return slot;
  }
  FlowRecord& record = table.record(slot);
  const std::int64_t silence = elapsed(record.last_ns, clock_ns);
  if (record.state != FlowState::settled && is_over(record, silence)) settle(slot, CutShort::none);
  if (record.state == FlowState::settled) {
    const bool opens = s.has(tcp_flag::syn) && !s.has(tcp_flag::rst);
    if (opens || is_forgotten(record, silence)) begin(slot, key.sender);
    return slot;
  }
  s.from = direction_of(record, key.sender);
  if (s.has(tcp_flag::syn) && is_of_lone_acks(record)) open(record, nullptr, 0);
  const bool superseded = record.state == FlowState::open ? flows[record.payload]->starts_new_connection(s)
                                                          : deferred_is_superseded(record, s);
  if (superseded) {
    settle(slot, CutShort::none);
    begin(slot, key.sender);
  }
  return slot;
}

void Engine::Impl::begin(FlowTable::Slot slot, std::uint8_t sender) {
  FlowRecord& record = table.record(slot);
  if (shard.count == 1) {
    record.number = next_number++;
  } else {
    record.number = 0;  // until the other shards have come so far
    unnumbered.push_back(slot);
    begun.push_back(position);
  }
  record.first_sender = sender;
  record.state = FlowState::deferred;
  record.timeout = TimeoutClass::half_open;
  record.payload = DeferredPool::kNone;
  record.deferred_count = 0;
  record.last_ns = clock_ns;
  is_table_in_order = is_table_in_order && slot >= newest;
  newest = slot;
  ++counters.flows;
}

void Engine::Impl::feed(FlowRecord& record, Segment& s, const PacketView& packet, std::uint32_t interface_id) {
  if (record.state == FlowState::deferred && defer(record, s, packet, interface_id)) return;
  OpenFlow& flow = open(record, &packet, interface_id);
  flow.on_segment(s);
  if (record.timeout == TimeoutClass::half_open && flow.is_under_way()) record.timeout = TimeoutClass::idle;
  if (s.flags & (tcp_flag::fin | tcp_flag::rst) && flow.is_closed()) record.timeout = TimeoutClass::closed;
  // A reset that the connection turned out to outlive.
  if (record.timeout == TimeoutClass::closed && !flow.is_closed()) record.timeout = TimeoutClass::idle;
}

Engine::Engine(const Limits& limits, FlowSink& sink, const Shard& shard)
    : impl_(std::make_unique<Impl>(limits, sink, shard)) {}
Engine::~Engine() = default;
void Engine::on_batch(std::span<const RawPacket> batch) { impl_->on_batch(batch); }
void Engine::on_silence(std::int64_t nanoseconds) { impl_->on_silence(nanoseconds); }
void Engine::finish(bool interrupted) { impl_->finish(interrupted); }
void Engine::finish_late() { impl_->finish_late(); }
const CaptureCounters& Engine::counters() const { return impl_->counters; }

}  // namespace handlens
