#include "tools/middlebox/split.h"

#include <utility>

namespace handlens::middlebox {

namespace {

const std::vector<std::uint8_t> kUntranslated = {3, 4, 5, 8};  // window scale, SACK permitted, SACK, timestamps

// A packet of the device's own without payload, under the address of the side opposite to `to`.
TcpFields own_packet(const Split& split, const FlowKey& key, Flow& flow, Side to, Forger& forger) {
  const bool to_client = to == Side::client;
  const SideState& client = flow.of(Side::client);
  TcpFields fields;
  fields.source = to_client ? key.server : key.client;
  fields.destination = to_client ? key.client : key.server;
  fields.source_port = to_client ? key.server_port : key.client_port;
  fields.destination_port = to_client ? key.client_port : key.server_port;
  fields.source_mac = to_client ? client.peer_mac : client.mac;
  fields.destination_mac = to_client ? client.mac : client.peer_mac;
  fields.ttl = split.ttl;
  fields.window = split.window;
  fields.id = static_cast<std::uint16_t>(forger.number());
  return fields;
}

Bytes renewed(const Split& split, View frame, Forger& forger) {
  Bytes copy(frame.begin(), frame.end());
  set_ttl(copy, split.ttl);
  set_id(copy, static_cast<std::uint16_t>(forger.number()));
  strip_options(copy, kUntranslated);
  return copy;
}

Bytes towards_server(const Split& split, const SplitState& state, View frame, Forger& forger) {
  Bytes copy = renewed(split, frame, forger);
  set_ack(copy, parse(copy).ack - state.shift);
  fix_checksums(copy);
  return copy;
}

void on_client(const Split& split, const FlowKey& key, Flow& flow, const Packet& packet, View frame, Forger& forger,
               std::vector<Output>& out) {
  SplitState& state = flow.split;
  TcpFields answer = own_packet(split, key, flow, Side::client, forger);
  if ((packet.flags & kSyn) != 0) {
    if (state.isn == 0) state.isn = forger.number() | 1U;
    answer.flags = kSyn | kAck;
    answer.seq = state.isn;
    answer.ack = packet.seq + 1;
    answer.options = {2, 4, static_cast<std::uint8_t>(split.mss >> 8), static_cast<std::uint8_t>(split.mss)};
    out.push_back({0, Side::client, build_tcp(answer)});
    Bytes syn = renewed(split, frame, forger);
    clamp_mss(syn, split.mss);
    fix_checksums(syn);
    out.push_back({0, Side::server, std::move(syn)});
    return;
  }
  if (packet.payload_size() > 0) {
    answer.flags = kAck;
    answer.seq = state.connected ? flow.of(Side::server).next + state.shift : state.isn + 1;
    answer.ack = packet.seq + packet.length();
    out.push_back({0, Side::client, build_tcp(answer)});
  }
  if (state.connected) {
    out.push_back({0, Side::server, towards_server(split, state, frame, forger)});
  } else if (packet.length() > 0 && state.held.size() < kMaxHeld) {
    state.held.emplace_back(frame.begin(), frame.end());
  }
}

void on_server(const Split& split, const FlowKey& key, Flow& flow, const Packet& packet, View frame, Forger& forger,
               std::vector<Output>& out) {
  SplitState& state = flow.split;
  if ((packet.flags & kSyn) != 0) {
    state.shift = state.isn - packet.seq;
    state.connected = true;
    TcpFields ack = own_packet(split, key, flow, Side::server, forger);
    ack.flags = kAck;
    ack.seq = packet.ack;
    ack.ack = packet.seq + 1;
    out.push_back({0, Side::server, build_tcp(ack)});
    for (const Bytes& held : state.held) out.push_back({0, Side::server, towards_server(split, state, held, forger)});
    state.held.clear();
    return;
  }
  Bytes copy = renewed(split, frame, forger);
  // A refusal has no number of the server's: it comes after the SYN, ACK that the client has already got.
  set_seq(copy, state.connected ? packet.seq + state.shift : state.isn + 1);
  fix_checksums(copy);
  out.push_back({0, Side::client, std::move(copy)});
}

}  // namespace

void pass_split(const Split& split, const FlowKey& key, Flow& flow, Side from, const Packet& packet, View frame,
                Forger& forger, std::vector<Output>& out) {
  if (from == Side::client) {
    on_client(split, key, flow, packet, frame, forger, out);
  } else {
    on_server(split, key, flow, packet, frame, forger, out);
  }
}

}  // namespace handlens::middlebox
