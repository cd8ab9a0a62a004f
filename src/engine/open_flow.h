// All that one open connection owns: TCP, TLS and the timeline. It stamps what they report with the packet at hand.
//
// Pooled: start() makes it ready for another flow without giving memory back. Threads: belongs to one shard.
#pragma once
#include <cstdint>

#include "dissectors/tls_stream.h"
#include "src/engine/held_syn.h"
#include "src/engine/limits.h"
#include "src/flow/flow_table.h"
#include "src/tcp/connection.h"
#include "src/timeline/flow_report.h"
#include "src/timeline/packet_log.h"
#include "src/timeline/timeline.h"

namespace handlens {

class OpenFlow final : private TcpObserver, private TlsSink {
 public:
  OpenFlow(const Limits& limits, const ConnectionLimits& connection_limits);

  void start(const LinkFacts& link, std::uint32_t interface_id);
  void on_segment(const Segment& segment);
  // As Connection::take_in_bulk.
  [[nodiscard]] bool take_in_bulk(Direction from, const PacketView& packet, const PacketStamp& stamp) {
    if (held_syn_.waits() || !connection_.take_in_bulk(from, packet, stamp)) return false;
    last_ = stamp;
    log_.add_passing(from, packet, stamp);
    return true;
  }
  // `outer`: of the packet that carries the error.
  void on_icmp_error(const IcmpErrorView& icmp, Direction quoted_from, const PacketStamp& stamp, const IpFacts& outer);
  [[nodiscard]] bool starts_new_connection(const Segment& s) const { return connection_.starts_new_connection(s); }
  [[nodiscard]] bool may_be_foreign(const Segment& s) const { return connection_.may_be_foreign(s); }
  // Its notes belong to the engine's pool.
  [[nodiscard]] HeldSyn& held_syn() { return held_syn_; }
  [[nodiscard]] bool may_have_sent(Direction from, std::uint32_t seq) const {
    return connection_.may_have_sent(from, seq);
  }
  [[nodiscard]] std::uint64_t last_packet() const { return last_.number; }
  void prefetch_last_packet() const { __builtin_prefetch(&last_); }
  [[nodiscard]] const PathProfile& profile(Direction d) const { return connection_.profile(d); }
  // This side has sent more than a SYN or a SYN-ACK: it knows that the other one has heard it.
  [[nodiscard]] bool has_answered(Direction d) const { return connection_.has_answered(d); }
  // Something came after this packet: another one, or an ICMP error that quotes one.
  [[nodiscard]] bool went_on_after(std::uint64_t frame) const { return last_.number != frame || !icmp_.empty(); }
  [[nodiscard]] std::span<const PacketNote> first_packets() const { return log_.first_packets(); }
  [[nodiscard]] bool is_closed() const { return connection_.is_closed(); }
  [[nodiscard]] bool is_reset() const { return connection_.is_reset(); }
  [[nodiscard]] bool is_under_way() const { return connection_.is_under_way(); }

  // What the flow takes in memory: bytes and events that are kept, and an estimate of what TLS told.
  [[nodiscard]] std::size_t held_bytes() const;

  // Ends the flow and moves its facts out. `record` gives the endpoints; `now_ns` is the capture's clock.
  [[nodiscard]] FlowReport finish(const FlowRecord& record, std::int64_t now_ns, CutShort cut_short);

 private:
  void on_tcp_fact(TcpFactKind kind, Direction from, std::uint64_t size, TcpFactNote note) override;
  std::uint64_t on_stream_window(Direction from, ByteView window, std::size_t fresh,
                                 std::uint64_t first_frame) override;
  void on_stream_gap(Direction from, std::uint64_t bytes) override;
  void on_stream_end(Direction from, ByteView unconsumed) override;
  void on_tls_event(Direction from, const TlsEvent& event) override;
  void update_bulk();

  // First, and together, what every packet needs: between two of them the flow has left the cache.
  PacketStamp now_, last_;
  HeldSyn held_syn_;
  bool any_packet_ = false;
  bool bulk_ = false;
  PacketLog log_;
  Connection connection_;
  TlsStream tls_;
  Timeline timeline_;
  const Limits* limits_;
  PacketStamp first_;
  std::vector<IcmpFact> icmp_;
  LinkFacts link_;
  std::uint32_t interface_id_ = kNoInterface;
};

}  // namespace handlens
