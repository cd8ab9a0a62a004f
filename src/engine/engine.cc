#include "src/engine/engine.h"

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "src/engine/deferred.h"
#include "src/engine/elapsed.h"
#include "src/engine/link_origins.h"
#include "src/engine/open_flow.h"
#include "src/engine/report_queue.h"
#include "src/findings/analyze.h"
#include "src/flow/flow_table.h"
#include "src/flow/ip_fragments.h"
#include "src/tcp/seq.h"

namespace handlens {

namespace {

constexpr std::size_t kBatch = 32;          // packets whose index entries and records are fetched ahead
constexpr std::size_t kSweepPerPacket = 2;  // records looked at for expiry
// A reassembled datagram may hold a tunnel whose packet is a fragment again: so many datagrams inside each other.
constexpr std::size_t kMaxReassemblyDepth = 3;
constexpr std::size_t kEvictionWindow = 256;  // records among which the one to evict is chosen

std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) ^ device();
}

// Of the packet's own direction; the record knows which end sent the flow's first packet.
Direction direction_of(const FlowRecord& record, std::uint8_t sender) {
  return sender == record.first_sender ? Direction::forward : Direction::reverse;
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
  s.payload = packet.payload;
  s.payload_length = packet.payload_length;
  if (packet.link.has_macs) s.mac = &packet.link.source_mac;
  if (s.flags & (tcp_flag::syn | tcp_flag::rst)) {
    s.options_length = static_cast<std::uint8_t>(std::min(packet.tcp.options.size(), kMaxOptionBytes));
    std::copy_n(packet.tcp.options.begin(), s.options_length, s.options.begin());
  }
  return s;
}

}  // namespace

struct Engine::Impl {
  Impl(const Limits& given, FlowSink& sink);

  void on_batch(std::span<const RawPacket> batch);
  void take(const RawPacket& raw, const DissectedPacket& packet, const DirectedKey& key, std::uint32_t hash);
  void take_rest(const RawPacket& raw, DissectedPacket& packet);
  void take_one(const RawPacket& raw, const DissectedPacket& packet);
  void take_fragment(const RawPacket& raw, const DissectedPacket& packet);
  void take_icmp_error(const DissectedPacket& packet, const PacketStamp& stamp);
  [[nodiscard]] bool may_have_sent(const FlowRecord& record, Direction from, std::uint32_t seq) const;
  void take_tcp(const PacketView& packet, const PacketStamp& stamp, std::uint32_t interface_id, const DirectedKey& key,
                std::uint32_t hash);
  [[nodiscard]] bool take_in_bulk(FlowRecord& record, const PacketView& packet, const PacketStamp& stamp,
                                  std::uint8_t sender);
  FlowTable::Slot slot_for(FlowTable::Slot slot, const Segment& segment, const DirectedKey& key, std::uint32_t hash);
  bool deferred_is_superseded(const FlowRecord& record, const Segment& s);
  void begin(FlowRecord& record, std::uint8_t sender);
  void feed(FlowRecord& record, Segment& s, const PacketView& packet, std::uint32_t interface_id);
  bool defer(FlowRecord& record, const Segment& s, const PacketView& packet, std::uint32_t interface_id);
  OpenFlow& open(FlowRecord& record, const PacketView* packet, std::uint32_t interface_id);
  void replay(FlowRecord& record, OpenFlow& flow);
  void settle(FlowRecord& record, CutShort cut_short);
  [[nodiscard]] std::int64_t timeout_of(const FlowRecord& record) const;
  [[nodiscard]] bool is_over(const FlowRecord& record, std::int64_t silence) const;
  [[nodiscard]] bool is_forgotten(const FlowRecord& record, std::int64_t silence) const;
  void tick(Timestamp time);
  void sweep(std::size_t records);
  void evict_one();
  void finish(bool interrupted);

  Limits limits;
  ConnectionLimits connection_limits;
  ReportQueue reports;
  FlowTable table;
  DeferredPool deferred;
  LinkOrigins origins;
  FragmentTable fragments;
  std::array<ReassembledDatagram, kMaxReassemblyDepth> datagrams;
  DissectedPacket inner;  // of the innermost of them
  CaptureCounters counters;
  std::vector<std::unique_ptr<OpenFlow>> flows;
  std::vector<std::uint32_t> free_flows;
  std::uint32_t next_number = 1;
  std::int64_t clock_ns = 0;  // newest time that two packets in a row have reached; decides all timeouts
  std::int64_t previous_ns = 0;
  std::uint64_t packet_number = 0;
  FlowTable::Slot hand = 0;  // where the sweep goes on
  std::array<DissectedPacket, kBatch> dissected;
  std::array<DirectedKey, kBatch> keys;
  std::array<std::uint32_t, kBatch> hashes{};
};

Engine::Impl::Impl(const Limits& given, FlowSink& sink)
    : limits(given),
      connection_limits{given.stream, given.kept_rst, given.kept_fin},
      reports(sink, given.in_order),
      table(random_seed()),
      fragments(FragmentLimits{given.fragment_datagrams, given.fragment_bytes, given.fragment_timeout}) {}

void Engine::Impl::on_batch(std::span<const RawPacket> batch) {
  while (!batch.empty()) {
    const std::size_t n = std::min(batch.size(), kBatch);
    for (std::size_t i = 0; i < n; ++i) {
      DissectedPacket& d = dissected[i];
      dissect_packet_into(batch[i].link, batch[i].bytes, batch[i].wire_length, d);
      if (d.kind != PacketKind::tcp) continue;
      keys[i] = make_key(d.packet.ip.source, d.packet.tcp.source_port, d.packet.ip.destination,
                         d.packet.tcp.destination_port, origins.domain_of(d.packet.link));
      hashes[i] = table.hash(keys[i].key);
      table.prefetch_index(hashes[i]);
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (dissected[i].kind == PacketKind::tcp) table.prefetch_record(hashes[i]);
    }
    for (std::size_t i = 0; i < n; ++i) {
      take(batch[i], dissected[i], keys[i], hashes[i]);
      if (dissected[i].more) [[unlikely]]
        take_rest(batch[i], dissected[i]);
    }
    sweep(std::min<std::size_t>(n * kSweepPerPacket, table.slots()));
    batch = batch.subspan(n);
  }
}

void Engine::Impl::take(const RawPacket& raw, const DissectedPacket& packet, const DirectedKey& key,
                        std::uint32_t hash) {
  ++counters.packets;
  packet_number = raw.stamp.number;
  counters.bytes += raw.bytes.size();
  tick(raw.stamp.time);
  if (packet.kind == PacketKind::tcp) {
    take_tcp(packet.packet, raw.stamp, raw.interface_id, key, hash);
  } else {
    take_one(raw, packet);
  }
}

// What else a frame holds behind its first packet. The frame itself is counted already.
void Engine::Impl::take_rest(const RawPacket& raw, DissectedPacket& packet) {
  while (dissect_next_into(packet)) take_one(raw, packet);
}

// A packet that was not looked up ahead of its turn.
void Engine::Impl::take_one(const RawPacket& raw, const DissectedPacket& packet) {
  switch (packet.kind) {
    case PacketKind::tcp: {
      const PacketView& p = packet.packet;
      const DirectedKey key =
          make_key(p.ip.source, p.tcp.source_port, p.ip.destination, p.tcp.destination_port, origins.domain_of(p.link));
      take_tcp(p, raw.stamp, raw.interface_id, key, table.hash(key.key));
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
  const DirectedKey key = make_key(icmp.quoted_ip.source, icmp.quoted_source_port, icmp.quoted_ip.destination,
                                   icmp.quoted_destination_port, origins.domain_of(packet.packet.link));
  const FlowTable::Slot slot = table.find(key.key, table.hash(key.key));
  const bool known = slot != FlowTable::kNone && table.record(slot).state != FlowState::settled;
  if (!known || is_over(table.record(slot), elapsed(table.record(slot).last_ns, clock_ns)) ||
      !may_have_sent(table.record(slot), direction_of(table.record(slot), key.sender), icmp.quoted_seq)) {
    ++counters.icmp_unmatched;
    return;
  }
  FlowRecord& record = table.record(slot);
  OpenFlow& flow = open(record, nullptr, 0);
  flow.on_icmp_error(icmp, direction_of(record, key.sender), stamp);
}

// As Connection::may_have_sent, also for a flow that is still a list of notes. RFC 5927 §4.1: whoever did not see the
// connection has to guess the number.
bool Engine::Impl::may_have_sent(const FlowRecord& record, Direction from, std::uint32_t seq) const {
  if (record.state == FlowState::open) return flows[record.payload]->may_have_sent(from, seq);
  bool heard = false;
  for (std::uint32_t h = record.payload; h != DeferredPool::kNone; h = deferred.at(h).next) {
    const DeferredPacket& note = deferred.at(h);
    if (note.from != static_cast<std::uint8_t>(from)) continue;
    heard = true;
    const std::int32_t distance = seq_distance(note.seq, seq);
    if (distance >= -kUnseenSequence && distance <= kUnseenSequence) return true;
  }
  return !heard;
}

void Engine::Impl::take_tcp(const PacketView& packet, const PacketStamp& stamp, std::uint32_t interface_id,
                            const DirectedKey& key, std::uint32_t hash) {
  FlowTable::Slot slot = table.find(key.key, hash);
  if (slot != FlowTable::kNone && take_in_bulk(table.record(slot), packet, stamp, key.sender)) return;
  Segment s = to_segment(packet, stamp);
  slot = slot_for(slot, s, key, hash);
  FlowRecord& record = table.record(slot);
  if (record.state == FlowState::settled) {
    ++counters.late_packets;
    return;
  }
  s.from = direction_of(record, key.sender);
  record.last_ns = std::max(clock_ns, stamp.time.ns);
  feed(record, s, packet, interface_id);
}

// The short way for what comes after the handshake: no segment is made of it.
bool Engine::Impl::take_in_bulk(FlowRecord& record, const PacketView& packet, const PacketStamp& stamp,
                                std::uint8_t sender) {
  if (record.state != FlowState::open || is_over(record, elapsed(record.last_ns, clock_ns))) return false;
  if (!flows[record.payload]->take_in_bulk(direction_of(record, sender), packet, stamp)) return false;
  record.last_ns = std::max(clock_ns, stamp.time.ns);
  return true;
}

// The flow this segment belongs to: the one found, or a new one (in a new record, or in that of a flow which is over).
FlowTable::Slot Engine::Impl::slot_for(FlowTable::Slot slot, const Segment& segment, const DirectedKey& key,
                                       std::uint32_t hash) {
  if (slot == FlowTable::kNone) {
    if (limits.max_flows != 0 && table.size() >= limits.max_flows) evict_one();
    slot = table.insert(key.key, hash);
    begin(table.record(slot), key.sender);
    return slot;
  }
  FlowRecord& record = table.record(slot);
  const std::int64_t silence = elapsed(record.last_ns, clock_ns);
  if (record.state != FlowState::settled && is_over(record, silence)) settle(record, CutShort::none);
  if (record.state == FlowState::settled) {
    const bool opens = segment.has(tcp_flag::syn) && !segment.has(tcp_flag::rst);
    if (opens || is_forgotten(record, silence)) begin(record, key.sender);
    return slot;
  }
  Segment s = segment;
  s.from = direction_of(record, key.sender);
  const bool superseded = record.state == FlowState::open ? flows[record.payload]->starts_new_connection(s)
                                                          : deferred_is_superseded(record, s);
  if (superseded) {
    settle(record, CutShort::none);
    begin(record, key.sender);
  }
  return slot;
}

// As Connection::starts_new_connection, for a flow that is still a list of notes.
bool Engine::Impl::deferred_is_superseded(const FlowRecord& record, const Segment& s) {
  if (!s.has(tcp_flag::syn) || s.has(tcp_flag::rst)) return false;
  bool reset = false, answered = false;
  for (std::uint32_t h = record.payload; h != DeferredPool::kNone; h = deferred.at(h).next) {
    const DeferredPacket& note = deferred.at(h);
    const bool same_sender = note.from == static_cast<std::uint8_t>(s.from);
    if (!s.has(tcp_flag::ack) && same_sender && (note.flags & tcp_flag::syn) && note.seq != s.seq) return true;
    reset = reset || (note.flags & tcp_flag::rst) != 0;
    answered = answered || ((note.flags & tcp_flag::syn) != 0 && (note.flags & tcp_flag::ack) != 0);
  }
  return reset && answered && !s.has(tcp_flag::ack);
}

void Engine::Impl::begin(FlowRecord& record, std::uint8_t sender) {
  record.number = next_number++;
  record.first_sender = sender;
  record.state = FlowState::deferred;
  record.timeout = TimeoutClass::half_open;
  record.payload = DeferredPool::kNone;
  record.deferred_count = 0;
  record.last_ns = clock_ns;
  ++counters.flows;
}

void Engine::Impl::feed(FlowRecord& record, Segment& s, const PacketView& packet, std::uint32_t interface_id) {
  if (record.state == FlowState::deferred && defer(record, s, packet, interface_id)) return;
  OpenFlow& flow = open(record, &packet, interface_id);
  flow.on_segment(s);
  if (record.timeout == TimeoutClass::half_open && flow.is_under_way()) record.timeout = TimeoutClass::idle;
  if (s.flags & (tcp_flag::fin | tcp_flag::rst) && flow.is_closed()) record.timeout = TimeoutClass::closed;
}

bool Engine::Impl::defer(FlowRecord& record, const Segment& s, const PacketView& packet, std::uint32_t interface_id) {
  if (!is_deferrable(s) || record.deferred_count >= kMaxDeferredPackets) return false;
  const DeferredPool::Handle handle = deferred.add(s, origins.number_of(packet.link, interface_id));
  if (record.payload == DeferredPool::kNone) {
    record.payload = handle;
  } else {
    DeferredPool::Handle last = record.payload;
    while (deferred.at(last).next != DeferredPool::kNone) last = deferred.at(last).next;
    deferred.at(last).next = handle;
  }
  ++record.deferred_count;
  if (s.has(tcp_flag::rst)) record.timeout = TimeoutClass::closed;
  return true;
}

// The flow's connection, made now if it has none. `packet` is the one at hand when the flow has no earlier one.
OpenFlow& Engine::Impl::open(FlowRecord& record, const PacketView* packet, std::uint32_t interface_id) {
  if (record.state == FlowState::open) return *flows[record.payload];
  std::uint32_t handle = 0;
  if (!free_flows.empty()) {
    handle = free_flows.back();
    free_flows.pop_back();
  } else {
    handle = static_cast<std::uint32_t>(flows.size());
    flows.push_back(std::make_unique<OpenFlow>(limits, connection_limits));
  }
  OpenFlow& flow = *flows[handle];
  if (record.deferred_count > 0) {
    const LinkOrigin& origin = origins.origin(deferred.at(record.payload).link_origin);
    flow.start(origin.link, origin.interface_id);
    replay(record, flow);
  } else {
    flow.start(packet != nullptr ? packet->link : LinkFacts{}, interface_id);
  }
  record.state = FlowState::open;
  record.payload = handle;
  return flow;
}

void Engine::Impl::replay(FlowRecord& record, OpenFlow& flow) {
  for (std::uint32_t h = record.payload; h != DeferredPool::kNone; h = deferred.at(h).next) {
    Segment s = DeferredPool::to_segment(deferred.at(h));
    const LinkOrigin& origin = origins.origin(deferred.at(h).link_origin);
    if (origin.link.has_macs) s.mac = &origin.link.source_mac;
    flow.on_segment(s);
  }
  deferred.release_chain(record.payload);
  record.payload = DeferredPool::kNone;
  record.deferred_count = 0;
}

void Engine::Impl::settle(FlowRecord& record, CutShort cut_short) {
  OpenFlow& flow = open(record, nullptr, 0);
  const std::uint32_t handle = record.payload;
  // The same whenever the sweep comes by: a flow is watched until its time is over, not until somebody looks.
  const std::int64_t now = std::min(clock_ns, later_by(record.last_ns, timeout_of(record)));
  reports.put(analyze(flow.finish(record, now, cut_short)));
  free_flows.push_back(handle);
  record.state = FlowState::settled;
  record.payload = 0;
}

bool Engine::Impl::is_over(const FlowRecord& record, std::int64_t silence) const {
  if (silence > timeout_of(record)) return true;
  if (record.state != FlowState::open || record.timeout != TimeoutClass::closed) return false;
  return packet_number - flows[record.payload]->last_packet() > limits.closed_linger_packets;
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
  if (time.ns < previous_ns) ++counters.time_backwards;
  const bool is_first = counters.packets == 1;
  clock_ns = is_first ? time.ns : std::max(clock_ns, std::min(time.ns, previous_ns));
  previous_ns = time.ns;
}

// Looks at the next few records: ends those that were silent for too long, and forgets those that ended long ago.
void Engine::Impl::sweep(std::size_t records) {
  const FlowTable::Slot all = table.slots();
  for (std::size_t i = 0; i < records && all > 0; ++i) {
    hand = hand + 1 < all ? hand + 1 : 0;
    FlowRecord& record = table.record(hand);
    if (record.state == FlowState::unused) continue;
    const std::int64_t silence = elapsed(record.last_ns, clock_ns);
    // A packet with a wild time; the newest one may only be the first after a long pause.
    if (elapsed(record.last_ns, std::max(clock_ns, previous_ns)) < -limits.idle_timeout) record.last_ns = clock_ns;
    if (record.state == FlowState::settled) {
      if (is_forgotten(record, silence)) table.erase(hand);
    } else if (is_over(record, silence)) {
      settle(record, CutShort::none);
    }
  }
}

// Makes room: a settled flow if one is near, else a half-open, else the one that was silent longest.
void Engine::Impl::evict_one() {
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
  FlowRecord& record = table.record(victim);
  if (record.state != FlowState::settled) {
    ++counters.evicted_flows;
    settle(record, CutShort::evicted);
  }
  table.erase(victim);
}

void Engine::Impl::finish(bool interrupted) {
  if (elapsed(clock_ns, previous_ns) < limits.idle_timeout) clock_ns = std::max(clock_ns, previous_ns);
  std::vector<FlowTable::Slot> left;
  for (FlowTable::Slot slot = 0; slot < table.slots(); ++slot) {
    const FlowState state = table.record(slot).state;
    if (state == FlowState::open || state == FlowState::deferred) left.push_back(slot);
  }
  std::sort(left.begin(), left.end(),
            [this](FlowTable::Slot a, FlowTable::Slot b) { return table.record(a).number < table.record(b).number; });
  for (const FlowTable::Slot slot : left) {
    FlowRecord& record = table.record(slot);
    const bool cut = interrupted && record.timeout != TimeoutClass::closed;
    settle(record, cut ? CutShort::interrupted : CutShort::none);
  }
  fragments.finish();
  counters.undecodable[static_cast<std::size_t>(Undecodable::fragment_incomplete)] += fragments.counters().incomplete;
  counters.undecodable[static_cast<std::size_t>(Undecodable::fragment_limit)] += fragments.counters().evicted;
  counters.beyond_network_limit = origins.packets_beyond();
}

Engine::Engine(const Limits& limits, FlowSink& sink) : impl_(std::make_unique<Impl>(limits, sink)) {}
Engine::~Engine() = default;
void Engine::on_batch(std::span<const RawPacket> batch) { impl_->on_batch(batch); }
void Engine::finish(bool interrupted) { impl_->finish(interrupted); }
const CaptureCounters& Engine::counters() const { return impl_->counters; }

}  // namespace handlens
