#include "src/timeline/packet_log.h"

#include <algorithm>
#include <optional>

#include "dissectors/tcp.h"

namespace handlens {

void write_options(const Segment& s, PacketNote& n) {
  if (n.is_rst()) {
    const TcpOptions options = dissect_tcp_options(s.option_bytes());
    n.has_setup_options = options.mss || options.window_scale || options.sack_permitted;
  }
  const std::optional<TcpTimestamps> timestamps = find_tcp_timestamps(s.option_bytes());
  if (!timestamps) return;
  n.has_timestamps = true;
  n.tsval = timestamps->value;
  n.tsecr = timestamps->echo;
}

void write_note(Direction from, const PacketView& packet, const PacketStamp& stamp, PacketNote& n) {
  n.seq = packet.tcp.seq;
  n.ack = packet.tcp.ack;
  n.ip_id = packet.ip.id;
  n.tsval = n.tsecr = 0;
  n.flags = packet.tcp.flags;
  n.window = packet.tcp.window;
  n.from = from;
  n.ttl = packet.ip.ttl;
  n.tos = packet.ip.tos;
  n.encapsulation = PacketNote::kUnknownEncapsulation;
  n.seen_as = packet.link.seen_as;
  n.has_ip_id = packet.ip.has_id;
  n.dont_fragment = packet.ip.dont_fragment;
  n.has_tos = true;
  n.has_timestamps = false;
  n.length = packet.payload_length;
  n.frame = stamp.number;
  n.time_ns = stamp.time.ns;
  n.mac = packet.link.source_mac;
  n.has_mac = packet.link.has_macs;
  n.has_setup_options = false;
}

void PacketLog::keep_ring() {
  const std::size_t count = std::min(ring_at_, kRing);
  if (around_.empty()) around_.reserve(kRing + 1 + kFollowing);
  for (std::size_t i = ring_at_ - count; i < ring_at_; ++i) around_.push_back(ring_[i % kRing]);
  ring_at_ = 0;
}

void PacketLog::add_behind_head(const Segment& segment) {
  constexpr std::uint16_t kTelling = tcp_flag::rst | tcp_flag::fin | tcp_flag::syn;
  if (segment.has(kTelling) && around_.size() + kRing + 1 <= kAround) {
    keep_ring();
    write_note(segment, around_.emplace_back());
    following_ = segment.has(tcp_flag::rst) ? kFollowing : following_;
  } else if (following_ > 0 && around_.size() < kAround && ring_at_ == 0) {
    --following_;
    write_note(segment, around_.emplace_back());
  } else {
    write_note(segment, next_of_ring());
  }
}

std::vector<PacketNote> PacketLog::to_vector() const {
  std::vector<PacketNote> out;
  const std::size_t count = std::min(ring_at_, kRing);
  const std::span<const PacketNote> head = first_packets();
  out.reserve(head.size() + around_.size() + count);
  out.insert(out.end(), head.begin(), head.end());
  out.insert(out.end(), around_.begin(), around_.end());
  for (std::size_t i = ring_at_ - count; i < ring_at_; ++i) out.push_back(ring_[i % kRing]);
  return out;
}

}  // namespace handlens
