#include "tools/middlebox/wire.h"

#include <utility>

#include "tools/middlebox/device.h"

namespace handlens::middlebox {

namespace {

// The frame after so many routers; false when it did not survive them.
bool travel(Bytes& frame, std::uint8_t hops) {
  const Packet packet = parse(frame);
  if (!packet.ip || packet.neighbour || hops == 0) return true;
  if (packet.ttl <= hops) return false;
  set_ttl(frame, static_cast<std::uint8_t>(packet.ttl - hops));
  fix_checksums(frame);
  return true;
}

// RFC 792 and RFC 4443 §3.3: time exceeded.
Bytes time_exceeded(const Config& config, View frame) {
  const bool v6 = parse(frame).v6();
  IcmpFields fields{.from = router_address(config, v6), .from_mac = kDeviceMac};
  fields.type = v6 ? 3 : 11;
  fields.code = 0;
  return build_icmp_error(frame, fields);
}

}  // namespace

std::vector<Passage> Wire::from_side(Side side, View frame) {
  const Packet packet = parse(frame);
  Bytes copy(frame.begin(), frame.end());
  std::vector<Passage> passages;
  if (!packet.ip || packet.neighbour) {
    passages.push_back({0, false, other(side), std::move(copy)});
    return passages;
  }
  const Leg& leg = config_.towards[index(other(side))];
  if (happens(leg.loss)) {
    ++lost_;
    return passages;
  }
  const std::int64_t delay = config_.delay_in[index(side)];
  if (!travel(copy, config_.hops[index(side)])) {
    ++lost_;
    passages.push_back({delay, false, side, time_exceeded(config_, frame)});
    return passages;
  }
  if (happens(leg.duplicate)) passages.push_back({delay + leg.duplicate_by, true, side, copy});
  const std::int64_t late = happens(leg.reorder) ? leg.reorder_by : 0;
  passages.insert(passages.begin(), {delay + late, true, side, std::move(copy)});
  return passages;
}

std::vector<Passage> Wire::from_device(Side to, Bytes frame) {
  std::vector<Passage> passages;
  if (!travel(frame, config_.hops[index(to)])) {
    ++lost_;
    return passages;
  }
  passages.push_back({config_.delay_out[index(to)], false, to, std::move(frame)});
  return passages;
}

}  // namespace handlens::middlebox
