// Flows that are lists of notes (deferred.h): what waits, and how a connection is made of them.
#include "src/engine/engine_impl.h"

namespace handlens {

// As Connection::starts_new_connection, for a flow that is still a list of notes.
bool Engine::Impl::deferred_is_superseded(const FlowRecord& record, const Segment& s) {
  if (!s.has(tcp_flag::syn) || s.has(tcp_flag::rst)) return false;
  bool reset = false, answered = false;
  for (std::uint32_t h = record.payload; h != DeferredPool::kNone; h = deferred.at(h).next) {
    const DeferredPacket& note = deferred.at(h);
    const HeaderShape& shape = deferred.shape(note);
    if (!s.has(tcp_flag::ack) && note.from() == s.from && shape.has(tcp_flag::syn) && note.seq != s.seq) return true;
    reset = reset || shape.has(tcp_flag::rst);
    answered = answered || (shape.has(tcp_flag::syn) && shape.has(tcp_flag::ack));
  }
  return reset && answered && !s.has(tcp_flag::ack);
}

// Whether the flow is a list of lone ACKs of one side.
bool Engine::Impl::is_of_lone_acks(const FlowRecord& record) {
  return record.state == FlowState::deferred && record.deferred_count > 0 &&
         !deferred.is_handshake(deferred.at(record.payload));
}

// Lone ACKs wait among their like, from one side; what opens, answers or refuses waits among its own. A mixture may be
// a connection under way, which only a connection can tell.
bool Engine::Impl::may_wait(const FlowRecord& record, const Segment& s) {
  if (record.deferred_count >= kMaxDeferredPackets) return false;
  if (!is_lone_ack(s)) return is_deferrable(s) && !is_of_lone_acks(record);
  if (record.deferred_count == 0) return true;
  return is_of_lone_acks(record) && deferred.at(record.payload).from() == s.from;
}

DeferredPool::Handle Engine::Impl::note_down(const Segment& s, const LinkFacts& link, std::uint32_t interface_id) {
  const std::uint16_t origin = origins.number_of(link, interface_id);
  return deferred.add(s, origin, origin == LinkOrigins::kNone ? origins.unnumbered() : ByteView{});
}

// Where a note's packet was captured; `room` has to live as long as what is returned.
const LinkOrigin& Engine::Impl::origin_of(const DeferredPacket& note, LinkOrigin& room) const {
  if (!deferred.has_own_origin(note)) return origins.origin(deferred.shape(note).link_origin);
  BytePieces::Room bytes;
  room = LinkOrigins::decode(deferred.own_origin(note, bytes));
  return room;
}

bool Engine::Impl::defer(FlowRecord& record, const Segment& s, const PacketView& packet, std::uint32_t interface_id) {
  if (!may_wait(record, s)) return false;
  const DeferredPool::Handle handle = note_down(s, packet.link, interface_id);
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
    if (!flows[handle]) flows[handle] = std::make_unique<OpenFlow>(limits, connection_limits);
  } else {
    handle = static_cast<std::uint32_t>(flows.size());
    flows.push_back(std::make_unique<OpenFlow>(limits, connection_limits));
    charged.push_back(0);
  }
  OpenFlow& flow = *flows[handle];
  if (record.deferred_count > 0) {
    LinkOrigin own;
    const LinkOrigin& origin = origin_of(deferred.at(record.payload), own);
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
  LinkOrigin own;
  for (std::uint32_t h = record.payload; h != DeferredPool::kNone; h = deferred.at(h).next) {
    Segment s = deferred.to_segment(deferred.at(h));
    const LinkOrigin& origin = origin_of(deferred.at(h), own);
    if (origin.link.has_macs) s.mac = &origin.link.source_mac;
    s.encapsulation = encapsulation_digest(origin.link);
    flow.on_segment(s);
  }
  deferred.release_chain(record.payload);
  record.payload = DeferredPool::kNone;
  record.deferred_count = 0;
}

}  // namespace handlens
