#include "tools/middlebox/flow.h"

#include <algorithm>

namespace handlens::middlebox {

namespace {

bool later(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) > 0; }  // RFC 9293 §3.4

void remember(SideState& side, const Packet& packet, View frame) {
  if (!side.seen) side.next = packet.seq;
  if ((packet.flags & kSyn) != 0) side.isn = packet.seq;
  side.seen = true;
  const std::uint32_t end = packet.seq + packet.length();
  if (later(end, side.next) && (packet.flags & kRst) == 0) side.next = end;
  if ((packet.flags & kAck) != 0 && (packet.flags & kRst) == 0) side.acked = packet.ack;
  side.id = packet.id;
  side.window = packet.window;
  side.ttl = packet.ttl;
  side.tos = packet.tos;
  side.mac = source_mac(frame);
  side.peer_mac = destination_mac(frame);
}

// Takes the part of a client's payload that continues its stream; whether the packet holds a piece of the hello.
bool feed_hello(Flow& flow, const Packet& packet, View frame) {
  using State = Hello::State;
  if (!flow.syn || flow.hello.state == State::none) return false;
  const std::uint32_t offset = packet.seq - flow.of(Side::client).isn - 1;  // within the stream
  const std::size_t known = flow.client_stream.size();
  if (flow.hello.state != State::complete && offset <= known && offset + packet.payload_size() > known) {
    View fresh = packet.payload(frame).subspan(known - offset);
    fresh = fresh.first(std::min(fresh.size(), kMaxHello - known));
    flow.client_stream.insert(flow.client_stream.end(), fresh.begin(), fresh.end());
    flow.hello = read_hello(flow.client_stream);
    if (flow.hello.state != State::none) ++flow.hello_packets;
  }
  return flow.hello.state != State::none && offset < std::max(flow.hello.size, std::size_t{6});
}

}  // namespace

FlowKey key_of(const Packet& packet, Side from) {
  if (from == Side::client) return {packet.source, packet.destination, packet.source_port, packet.destination_port};
  return {packet.destination, packet.source, packet.destination_port, packet.source_port};
}

Sight see(Flow& flow, Side from, const Packet& packet, View frame, std::int64_t now) {
  Sight sight;
  const bool from_client = from == Side::client, ack = (packet.flags & kAck) != 0;
  sight.silence = flow.last == 0 ? 0 : now - flow.last;
  flow.last = now;
  remember(flow.of(from), packet, frame);
  if ((packet.flags & kSyn) != 0) {
    sight.syn = from_client && !ack;
    sight.syn_ack = !from_client && ack;
    flow.syn = flow.syn || sight.syn;
    flow.syn_ack = flow.syn_ack || sight.syn_ack;
    return sight;
  }
  if (from_client && ack && flow.syn_ack && !flow.open && (packet.flags & kRst) == 0) {
    flow.open = true;
    sight.ack = packet.payload_size() == 0;
  }
  sight.data = packet.payload_size() > 0;
  if (sight.data && from_client) sight.hello = feed_hello(flow, packet, frame);
  if (sight.data && !from_client) sight.first_server_data = flow.server_data_packets++ == 0;
  return sight;
}

Flow& FlowTable::at(const FlowKey& key, const Packet& packet, Side from, std::int64_t now) {
  const auto found = flows_.find(key);
  const bool fresh_syn = from == Side::client && (packet.flags & (kSyn | kAck)) == kSyn;
  if (found != flows_.end()) {
    Flow& flow = found->second;
    if (fresh_syn && flow.syn && flow.of(Side::client).isn != packet.seq) flow = Flow{};
    return flow;
  }
  if (flows_.size() >= max_) forget_oldest();
  Flow& flow = flows_[key];
  flow.last = now;
  return flow;
}

void FlowTable::forget_oldest() {
  const auto oldest = std::min_element(flows_.begin(), flows_.end(),
                                       [](const auto& a, const auto& b) { return a.second.last < b.second.last; });
  if (oldest != flows_.end()) flows_.erase(oldest);
  ++forgotten_;
}

}  // namespace handlens::middlebox
