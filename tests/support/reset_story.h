// A connection with a reset, told packet by packet with the fields that clues look at. Numbers are relative to each
// side's ISN, times in microseconds. The server is 40 ms and 15 routers away; the capture stands beside the client.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "src/findings/clues.h"
#include "src/findings/judged_packet.h"
#include "src/findings/reset_case.h"

namespace handlens::testing {

inline constexpr std::uint16_t kSyn = tcp_flag::syn, kAck = tcp_flag::ack, kRst = tcp_flag::rst, kFin = tcp_flag::fin;
inline constexpr std::uint32_t kIsn[2] = {1000, 5000};

inline IpAddress ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  IpAddress ip{};
  ip.bytes[0] = a;
  ip.bytes[1] = b;
  ip.bytes[2] = c;
  ip.bytes[3] = d;
  return ip;
}

class ResetStory {
 public:
  ResetStory() {
    flow.id = 1;
    flow.client = {ipv4(192, 0, 2, 5), 51000};
    flow.server = {ipv4(203, 0, 113, 10), 443};
    for (const Side side : {Side::client, Side::server}) facts(side).isn = kIsn[static_cast<std::size_t>(side)];
  }
  // The packet that comes next, `later` µs after the one before.
  PacketNote& packet(std::int64_t later, Side from, std::uint16_t flags, std::int64_t seq, std::int64_t ack = 0,
                     std::uint32_t length = 0) {
    const auto s = static_cast<std::size_t>(from);
    now += later * 1000;
    PacketNote n;
    n.frame = ++frame;
    n.time_ns = now;
    n.from = from == Side::client ? Direction::forward : Direction::reverse;
    n.flags = flags;
    n.seq = kIsn[s] + static_cast<std::uint32_t>(seq);
    n.ack = (flags & kAck) != 0 ? kIsn[1 - s] + static_cast<std::uint32_t>(ack) : 0;
    n.length = length;
    n.has_ip_id = true;
    n.ip_id = next_id_[s]++;
    n.dont_fragment = true;
    n.window = from == Side::client ? 64240 : 65160;
    n.ttl = from == Side::client ? 64 : 49;
    flow.packets.push_back(n);
    const PacketStamp stamp{frame, {now}};
    if (frame == 1) flow.first = stamp;
    flow.last = stamp;
    if ((flags & kRst) == 0) take(from, n, stamp);
    return flow.packets.back();
  }
  ResetStory& syn() {
    packet(0, Side::client, kSyn, 0);
    flow.tcp.syn = flow.last;
    return *this;
  }
  ResetStory& open() {
    syn();
    packet(40'000, Side::server, kSyn | kAck, 0, 1);
    flow.tcp.syn_ack = flow.last;
    packet(40, Side::client, kAck, 1, 1);
    flow.tcp.ack = flow.last;
    return *this;
  }
  ResetStory& hello() {
    packet(300, Side::client, kAck, 1, 1, 244);
    flow.is_tls = true;
    flow.tls.client_hello = std::make_unique<SeenHello<tls::ClientHello>>();
    flow.tls.client_hello->stamp = flow.last;
    flow.tls.client_hello->size = 239;
    flow.tls.client_hello->segments = 1;
    outcome.stage = Stage::client_hello;
    return *this;
  }
  // The reset; its note may be changed before judge() or make() reads it.
  PacketNote& rst(std::int64_t later, Side from, std::int64_t seq, std::optional<std::int64_t> ack = std::nullopt) {
    PacketNote& n = packet(later, from, ack ? kRst | kAck : kRst, seq, ack.value_or(0));
    n.window = 0;
    states_.push_back({next_[0], next_[1], acked_[0], acked_[1]});
    return n;
  }
  // The facts of the resets, from their notes; then the case of one of them.
  ResetCase make(std::size_t which = 0, const CaptureContext& context = nothing()) {
    flow.tcp.rst.clear();
    for (const PacketNote& n : flow.packets) {
      if (!n.is_rst()) continue;
      const auto& state = states_[flow.tcp.rst.size()];
      const auto s = static_cast<std::size_t>(flow.side(n.from));
      RstFact r;
      r.frame = n.frame;
      r.time = {n.time_ns};
      r.from = flow.side(n.from);
      r.ack_flag = n.has(kAck);
      r.raw_seq = n.seq;
      r.raw_ack = n.ack;
      r.window = n.window;
      r.ttl = n.ttl;
      r.ip_id = n.ip_id;
      r.dont_fragment = n.dont_fragment;
      r.payload = n.length;
      r.sender_next = state[s];
      r.receiver_next = state[1 - s];
      r.sender_ack = state[2 + s];
      r.receiver_ack = state[3 - s];
      flow.tcp.rst.push_back(r);
    }
    outcome.status = Status::failed;
    outcome.ended_by = EndedBy::rst;
    outcome.apparent_sender = flow.tcp.rst.at(which).from;
    outcome.ending_frame = flow.tcp.rst.at(which).frame;
    return make_case(flow, outcome, context, flow.tcp.rst.at(which), false);
  }
  // All signs of one reset.
  Signs signs(std::size_t which = 0, const CaptureContext& context = nothing(), const Guards& guards = {}) {
    return signs_of_reset(make(which, context), guards);
  }
  SideFacts& facts(Side side) { return flow.tcp.sides[static_cast<std::size_t>(side)]; }
  static const CaptureContext& nothing() {
    static const CaptureContext none;
    return none;
  }

  FlowReport flow;
  Outcome outcome;
  std::int64_t now = 1'000'000'000'123'456;
  std::uint64_t frame = 0;

 private:
  void take(Side from, const PacketNote& n, const PacketStamp& stamp) {
    const auto s = static_cast<std::size_t>(from);
    SideFacts& side = facts(from);
    if (side.packets++ == 0) {
      side.ttl = side.ttl_min = side.ttl_max = n.ttl;
      side.ip_id = n.ip_id;
      side.options = {2, 4, 3};
    }
    side.bytes += n.length;
    if (!next_[s] || static_cast<std::int32_t>(n.end() - *next_[s]) > 0) next_[s] = n.end();
    if (n.has(kAck)) acked_[s] = n.ack;
    if (n.has(kFin)) flow.tcp.fin.push_back({stamp.number, stamp.time, from});
  }

  std::optional<std::uint32_t> next_[2], acked_[2];
  std::vector<std::array<std::optional<std::uint32_t>, 4>> states_;
  std::uint32_t next_id_[2] = {100, 20000};
};

inline const Sign* find_sign(const Signs& signs, std::string_view rule) {
  for (const Sign& s : signs) {
    if (s.rule == rule) return &s;
  }
  return nullptr;
}

}  // namespace handlens::testing
