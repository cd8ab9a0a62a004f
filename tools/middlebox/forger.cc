#include "tools/middlebox/forger.h"

namespace handlens::middlebox {

namespace {

// The next sequence number that the receiver expects from the claimed sender (cases G1 to G4 of a genuine reset).
std::uint32_t exact_seq(Flow& flow, Side claimed, const Forger::Occasion& occasion) {
  const Packet* packet = occasion.packet;
  const SideState& sender = flow.of(claimed);
  if (packet != nullptr && occasion.from == claimed && !occasion.passes) return packet->seq;
  if (sender.seen) return sender.next;
  if (packet != nullptr && (packet->flags & kAck) != 0) return packet->ack;
  return 0;
}

std::uint32_t exact_ack(Flow& flow, Side to, const Forger::Occasion& occasion) {
  if (occasion.packet != nullptr && occasion.from == to) return occasion.packet->seq + occasion.packet->length();
  return flow.of(to).next;
}

std::uint32_t seq_of(const Forged& forged, Flow& flow, Side to, const Forger::Occasion& occasion,
                     std::uint32_t random) {
  if (forged.seq == Forged::Seq::random) return random;
  if (occasion.packet != nullptr && forged.seq == Forged::Seq::trigger_seq) return occasion.packet->seq;
  if (occasion.packet != nullptr && forged.seq == Forged::Seq::trigger_ack) return occasion.packet->ack;
  Forger::Occasion known = occasion;
  // What the receiver never got counts too: the number tells how much was swallowed.
  known.passes = known.passes || forged.seq == Forged::Seq::sent;
  return exact_seq(flow, other(to), known);
}

std::uint32_t ack_of(const Forged& forged, Flow& flow, Side to, const Forger::Occasion& occasion) {
  if (forged.ack == Forged::Ack::zero) return 0;
  if (forged.ack == Forged::Ack::trigger && occasion.packet != nullptr) return occasion.packet->ack;
  // Without the flag the field means nothing, and stacks leave it zero.
  if ((forged.flags & kAck) == 0 && forged.ack_offset == 0) return 0;
  return exact_ack(flow, to, occasion) + static_cast<std::uint32_t>(forged.ack_offset);
}

void put_addresses(TcpFields& fields, const FlowKey& key, Flow& flow, Side to, bool own_mac) {
  const bool to_client = to == Side::client;
  fields.source = to_client ? key.server : key.client;
  fields.destination = to_client ? key.client : key.server;
  fields.source_port = to_client ? key.server_port : key.client_port;
  fields.destination_port = to_client ? key.client_port : key.server_port;
  const SideState &receiver = flow.of(to), &claimed = flow.of(other(to));
  fields.destination_mac = receiver.seen ? receiver.mac : claimed.peer_mac;
  fields.source_mac = receiver.seen ? receiver.peer_mac : claimed.mac;
  if (own_mac) fields.source_mac = kDeviceMac;
}

}  // namespace

std::uint32_t Forger::value(const Value& value, std::uint32_t trigger, std::uint32_t sender, std::uint32_t place) {
  switch (value.from) {
    case Value::From::trigger:
      return trigger;
    case Value::From::sender:
      return sender;
    case Value::From::random:
      return number();
    case Value::From::counter:
      return static_cast<std::uint32_t>(made_);
    case Value::From::fixed:
      break;
  }
  return value.number + value.step * place;
}

void Forger::forge(const Forged& forged, const FlowKey& key, Flow& flow, Side to, const Occasion& occasion,
                   std::vector<Output>& out) {
  const Packet trigger = occasion.packet != nullptr ? *occasion.packet : Packet{};
  const SideState& claimed = flow.of(other(to));
  TcpFields fields;
  put_addresses(fields, key, flow, to, forged.own_mac);
  fields.flags = forged.flags;
  fields.options = forged.options;
  fields.payload = forged.text;
  if (forged.trigger_payload && occasion.packet != nullptr) {
    const View payload = trigger.payload(occasion.frame);
    fields.payload.assign(payload.begin(), payload.end());
  }
  fields.dont_fragment = forged.fragment == Forged::Fragment::trigger ? trigger.dont_fragment
                                                                      : forged.fragment == Forged::Fragment::forbidden;
  fields.ack = ack_of(forged, flow, to, occasion);
  const std::uint32_t seq = seq_of(forged, flow, to, occasion, number());
  std::uint32_t place = 0;
  for (const std::int64_t offset : forged.offsets) {
    for (std::uint32_t i = 0; i < forged.count; ++i, ++place) {
      ++made_;
      fields.seq = seq + static_cast<std::uint32_t>(offset);
      fields.ttl = static_cast<std::uint8_t>(value(forged.ttl, trigger.ttl, claimed.ttl, place));
      fields.id = static_cast<std::uint16_t>(value(forged.id, trigger.id, claimed.id + 1U, place));
      fields.window = static_cast<std::uint16_t>(value(forged.window, trigger.window, claimed.window, place));
      fields.tos = static_cast<std::uint8_t>(value(forged.tos, trigger.tos, claimed.tos, place));
      out.push_back({forged.after + forged.gap * place, to, build_tcp(fields)});
    }
  }
}

}  // namespace handlens::middlebox
