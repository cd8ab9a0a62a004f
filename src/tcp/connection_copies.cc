// Packets that are in the capture twice: no repetitions of their sender, and counted apart.
#include <algorithm>

#include "src/tcp/connection.h"
#include "src/tcp/elapsed.h"

namespace handlens {

namespace {

// A host that sends again waits longer than this (RFC 6298 §2: a second; a fast retransmission, a round trip and three
// ACKs), and numbers the new datagram anew.
constexpr std::int64_t kTwice = 5'000'000;  // ns

}  // namespace

bool RecentPackets::has(const SeenPacket& p) const {
  return std::any_of(packets.begin(), packets.end(), [&p](const SeenPacket& known) {
    if (known.ip_id != p.ip_id || known.seq != p.seq || known.ack != p.ack || known.length != p.length) return false;
    const std::int64_t apart = elapsed(known.time_ns, p.time_ns);
    return known.flags == p.flags && known.window == p.window && apart > -kTwice && apart < kTwice;
  });
}

// Only an IP-ID shows that it is the packet itself and not another one with the same bytes; 0 is what hosts write that
// do not number (RFC 6864 §4.1).
bool Connection::is_captured_twice(const Segment& s) {
  if (s.has(tcp_flag::rst)) return false;
  if (s.has(tcp_flag::syn)) return is_opening_again(s);
  const auto ip_id = static_cast<std::uint16_t>(s.ip_id);
  if (!s.has_ip_id || ip_id == 0) return false;
  const SeenPacket packet{s.stamp.time.ns, s.seq, s.ack, s.payload_length, ip_id, s.flags, s.window};
  RecentPackets& recent = recent_[index(s.from)];
  if (recent.has(packet)) return true;
  recent.add(packet);
  return false;
}

// SYN or SYN-ACK: their options are compared as well, and hosts that write no IP-ID send them again only after a
// second.
bool Connection::is_opening_again(const Segment& s) {
  std::optional<Segment>& last = last_opening_[index(s.from)];
  const auto same_options = [](ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); };
  if (last && last->flags == s.flags && last->seq == s.seq && last->ack == s.ack && last->has_ip_id == s.has_ip_id &&
      last->ip_id == s.ip_id && last->payload_length == s.payload_length &&
      same_options(last->option_bytes(), s.option_bytes())) {
    const std::int64_t apart = elapsed(last->stamp.time.ns, s.stamp.time.ns);
    if (apart > -kTwice && apart < kTwice) return true;
  }
  last = s;
  last->payload = {};
  last->mac = nullptr;
  return false;
}

}  // namespace handlens
