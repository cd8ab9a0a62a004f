#include "src/timeline/packet_log.h"

#include <algorithm>

#include "dissectors/tcp.h"

namespace handlens {

PacketNote note_of(const Segment& s) {
  PacketNote n;
  n.frame = s.stamp.number;
  n.time_ns = s.stamp.time.ns;
  n.seq = s.seq;
  n.ack = s.ack;
  n.length = s.payload_length;
  n.ip_id = s.ip_id;
  n.flags = s.flags;
  n.window = s.window;
  n.ttl = s.ttl;
  n.tos = s.tos;
  n.from = s.from;
  n.seen_as = s.seen_as;
  n.encapsulation = s.encapsulation;
  n.has_ip_id = s.has_ip_id;
  n.dont_fragment = s.dont_fragment;
  n.has_tos = s.has_tos;
  n.has_timestamps = s.has_timestamps;
  n.tsval = s.tsval;
  n.tsecr = s.tsecr;
  if (s.mac != nullptr) {
    n.mac = *s.mac;
    n.has_mac = true;
  }
  if (s.options_length > 0) {  // of SYN and RST only
    const TcpOptions options = dissect_tcp_options(s.option_bytes());
    n.has_setup_options = options.mss || options.window_scale || options.sack_permitted;
    if (options.timestamps) {
      n.has_timestamps = true;
      n.tsval = options.timestamps->value;
      n.tsecr = options.timestamps->echo;
    }
  }
  return n;
}

PacketNote note_of(Direction from, const PacketView& packet, const PacketStamp& stamp) {
  PacketNote n;
  n.frame = stamp.number;
  n.time_ns = stamp.time.ns;
  n.seq = packet.tcp.seq;
  n.ack = packet.tcp.ack;
  n.length = packet.payload_length;
  n.ip_id = packet.ip.id;
  n.flags = packet.tcp.flags;
  n.window = packet.tcp.window;
  n.ttl = packet.ip.ttl;
  n.tos = packet.ip.tos;
  n.has_tos = true;
  n.from = from;
  n.seen_as = packet.link.seen_as;
  n.has_ip_id = packet.ip.has_id;
  n.dont_fragment = packet.ip.dont_fragment;
  n.has_mac = packet.link.has_macs;
  n.mac = packet.link.source_mac;
  n.encapsulation = PacketNote::kUnknownEncapsulation;
  return n;
}

void PacketLog::keep_ring() {
  const std::size_t count = std::min(ring_at_, kRing);
  if (around_.empty()) around_.reserve(kRing + 1 + kFollowing);
  for (std::size_t i = ring_at_ - count; i < ring_at_; ++i) around_.push_back(ring_[i % kRing]);
  ring_at_ = 0;
}

void PacketLog::add(const PacketNote& note) {
  if (head_.size() < kHead) {
    put_head(note);
    return;
  }
  constexpr std::uint16_t kTelling = tcp_flag::rst | tcp_flag::fin | tcp_flag::syn;
  const bool telling = (note.flags & kTelling) != 0;
  if (telling && around_.size() + kRing + 1 <= kAround) {
    keep_ring();
    around_.push_back(note);
    following_ = note.is_rst() ? kFollowing : following_;
    return;
  }
  if (following_ > 0 && around_.size() < kAround && ring_at_ == 0) {
    --following_;
    around_.push_back(note);
    return;
  }
  put(note);
}

std::vector<PacketNote> PacketLog::to_vector() const {
  std::vector<PacketNote> out;
  const std::size_t count = std::min(ring_at_, kRing);
  out.reserve(head_.size() + around_.size() + count);
  out.insert(out.end(), head_.begin(), head_.end());
  out.insert(out.end(), around_.begin(), around_.end());
  for (std::size_t i = ring_at_ - count; i < ring_at_; ++i) out.push_back(ring_[i % kRing]);
  return out;
}

}  // namespace handlens
