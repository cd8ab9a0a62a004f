// The inside of one shard: what engine.cc (packets to flows), deferring.cc (flows that are notes), expiry.cc (the end
// of flows) and look_ahead.cc share. Threads: belongs to one shard.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "src/engine/attempt.h"
#include "src/engine/captured_again.h"
#include "src/engine/closed_flows.h"
#include "src/engine/deferred.h"
#include "src/engine/domain_joins.h"
#include "src/engine/elapsed.h"
#include "src/engine/engine.h"
#include "src/engine/history_pool.h"
#include "src/engine/labelled_ends.h"
#include "src/engine/link_origins.h"
#include "src/engine/open_flow.h"
#include "src/flow/flow_table.h"
#include "src/flow/ip_fragments.h"

namespace handlens {

inline constexpr std::size_t kEngineBatch = 32;         // packets whose index entries and records are fetched ahead
inline constexpr std::size_t kSweepPerPacket = 2;       // records looked at for expiry, at most
inline constexpr std::size_t kSweepRound = 512;         // batches in which all of them are looked at, if that allows it
inline constexpr std::size_t kSweepOnSilence = 16'384;  // ... when there is nothing else to do
// A reassembled datagram may hold a tunnel whose packet is a fragment again: so many datagrams inside each other.
inline constexpr std::size_t kMaxReassemblyDepth = 3;
inline constexpr std::uint64_t kAgreeEvery = 4096;  // packets between two words with the other shards

// Of the packet's own direction; the record knows which end sent the flow's first packet.
[[nodiscard]] inline Direction direction_of(const FlowRecord& record, std::uint8_t sender) {
  return sender == record.first_sender ? Direction::forward : Direction::reverse;
}

// Equal layers give equal digests; unequal ones nearly always other ones.
[[nodiscard]] std::uint8_t encapsulation_digest(const LinkFacts& link);
// Its payload and station are borrowed from the packet.
[[nodiscard]] Segment to_segment(const PacketView& packet, const PacketStamp& stamp);

struct Engine::Impl {
  Impl(const Limits& given, FlowSink& to, const Shard& part);

  [[nodiscard]] DirectedKey key_in_own_domain(const PacketView& packet);
  // In the order of packets: what joins domains is learned here.
  void look_up_ahead(std::span<const RawPacket> batch);
  void on_batch(std::span<const RawPacket> batch);
  void take(const RawPacket& raw, const DissectedPacket& packet, const DirectedKey& key, std::uint32_t hash);
  void take_rest(const RawPacket& raw, DissectedPacket& packet);
  void take_one(const RawPacket& raw, const DissectedPacket& packet);
  void take_fragment(const RawPacket& raw, const DissectedPacket& packet);
  void take_icmp_error(const DissectedPacket& packet, const PacketStamp& stamp);
  [[nodiscard]] bool may_have_sent(const FlowRecord& record, Direction from, std::uint32_t seq) const;
  void take_tcp(const PacketView& packet, const PacketStamp& stamp, std::uint32_t interface_id, const DirectedKey& key,
                std::uint32_t hash);
  [[nodiscard]] bool take_in_bulk(FlowTable::Slot slot, const PacketView& packet, const PacketStamp& stamp,
                                  std::uint8_t sender);
  [[nodiscard]] bool take_with_held_syn(FlowTable::Slot slot, const Segment& segment, const PacketView& packet,
                                        std::uint32_t interface_id, const DirectedKey& key);
  [[nodiscard]] bool hold_syn(OpenFlow& flow, const Segment& s, const PacketView& packet, std::uint32_t interface_id);
  void tell_held_syn(OpenFlow& flow);
  void drop_held_syn(OpenFlow& flow);
  void begin_with_held_syn(FlowTable::Slot slot);
  void take_up_quoted_syn(FlowTable::Slot slot, std::uint32_t quoted_seq);
  FlowTable::Slot slot_for(FlowTable::Slot slot, Segment& s, const DirectedKey& key, std::uint32_t hash);
  bool deferred_is_superseded(const FlowRecord& record, const Segment& s);
  [[nodiscard]] bool is_of_earlier_files(const FlowRecord& record) const;
  [[nodiscard]] bool goes_on(const FlowRecord& record, const Segment& s) const;
  [[nodiscard]] SeenSide side_of(const FlowRecord& record, Direction from) const;
  [[nodiscard]] bool may_be_first_of_side(const PacketNote& packet) const;
  [[nodiscard]] bool may_be_late(const FlowRecord& record, const Segment& s) const;
  void part_from_earlier_files(FlowTable::Slot slot, const PacketView& packet, const PacketStamp& stamp,
                               std::uint8_t sender);
  void begin(FlowTable::Slot slot, std::uint8_t sender);
  void feed(FlowRecord& record, Segment& s, const PacketView& packet, std::uint32_t interface_id);
  [[nodiscard]] bool is_of_lone_acks(const FlowRecord& record);
  [[nodiscard]] bool may_wait(const FlowRecord& record, const Segment& s);
  [[nodiscard]] DeferredPool::Handle note_down(const Segment& s, const LinkFacts& link, std::uint32_t interface_id);
  [[nodiscard]] const LinkOrigin& origin_of(const DeferredPacket& note, LinkOrigin& room) const;
  bool defer(FlowRecord& record, const Segment& s, const PacketView& packet, std::uint32_t interface_id);
  OpenFlow& open(FlowRecord& record, const PacketView* packet, std::uint32_t interface_id);
  void replay(FlowRecord& record, OpenFlow& flow);
  void settle(FlowTable::Slot slot, CutShort cut_short);
  [[nodiscard]] SettledFlow remember(const FlowRecord& record) const;
  void linger(FlowTable::Slot slot);
  void end_lingering();
  void settle_attempt(FlowRecord& record, const FlowAttempt& attempt, std::int64_t now, CutShort cut_short);
  [[nodiscard]] AnalyzedFlow make_whole(FlowRecord& record, std::int64_t now, CutShort cut_short);
  [[nodiscard]] std::int64_t timeout_of(const FlowRecord& record) const;
  [[nodiscard]] bool is_over(const FlowRecord& record, std::int64_t silence) const;
  [[nodiscard]] bool is_forgotten(const FlowRecord& record, std::int64_t silence) const;
  void touch(FlowTable::Slot slot, Timestamp time);
  void tick(Timestamp time);
  void mend_wild_time();
  void on_silence(std::int64_t nanoseconds);
  void prefetch_ahead(FlowTable::Slot all) const;
  void prefetch_left(FlowTable::Slot slot) const;
  [[nodiscard]] std::size_t sweep_after(std::size_t packets) const;
  void sweep(std::size_t records);
  void evict_one(CutShort why);
  [[nodiscard]] std::size_t memory_in_use() const;
  void charge(FlowTable::Slot slot);
  void make_room();
  void finish(bool interrupted);
  void finish_late();
  void tell_left();
  void agree(std::size_t needed);
  void number_now(FlowTable::Slot slot);

  Limits limits;
  Shard shard;
  HistoryPool history;
  ConnectionLimits connection_limits;
  FlowSink* sink;
  bool judges_with_others = false;  // the sink
  FlowTable table;
  DeferredPool deferred;
  ClosedFlows closed_by_fin, closed_by_rst;  // those that are open flows still
  std::uint64_t next_due = UINT64_MAX;       // no later than the packet with which the first of them is over
  LinkOrigins origins;
  DomainJoins joins;
  LabelledEnds labelled;
  FragmentTable fragments;
  std::array<ReassembledDatagram, kMaxReassemblyDepth> datagrams;
  DissectedPacket inner;  // of the innermost of them
  CaptureCounters counters;
  std::vector<std::unique_ptr<OpenFlow>> flows;
  std::vector<std::uint32_t> free_flows;
  std::vector<std::size_t> charged;  // with a limit on memory: what each open flow was last seen to take
  std::size_t open_bytes = 0;        // their sum
  std::uint32_t next_number = 1;
  std::int64_t clock_ns = 0;  // newest time that two packets in a row have reached; decides all timeouts
  std::int64_t previous_ns = 0;
  std::optional<std::int64_t> silent_since;  // live: what the clock showed when the last packet had come
  std::uint64_t packet_number = 0;           // of the frame at hand
  std::uint32_t file = 0;                    // of the input, with the frame at hand
  std::uint64_t file_start = 0;              // its first frame
  std::int64_t earlier_files_end = 0;        // what the clock showed then
  DirectionsSeen first_file;
  std::uint64_t position = 0;               // of the packet at hand: a frame may hold several
  std::uint64_t taken = 0;                  // position of the last one that is done with
  FlowTable::Slot hand = 0;                 // where the sweep goes on
  FlowTable::Slot newest = 0;               // where the newest flow stands
  bool is_table_in_order = true;            // by ids: no flow stands before an older one
  bool is_finishing = false;                // nothing will be used again
  bool is_interrupted = false;              // then
  bool is_late = false;                     // what may come late comes now
  bool has_late = false;                    // some attempts wait for that
  bool are_attempts_alike = false;          // those of one shape
  FlowAttempt attempt;                      // the one being told; kept for its place
  FlowTable::Slot wild = FlowTable::kNone;  // the flow of the packet before, if its time was far ahead of the clock
  // Several shards: flows that have no id yet, in order of their first packets, and the positions of those.
  std::vector<FlowTable::Slot> unnumbered;
  std::vector<std::uint64_t> begun;
  std::vector<std::uint32_t> ids;
  std::uint64_t agreed = 0;  // the position up to which the other shards know of us
  std::array<DissectedPacket, kEngineBatch> dissected;
  std::array<DirectedKey, kEngineBatch> keys;
  std::array<std::uint64_t, kEngineBatch> ends{};  // for DomainJoins
  std::array<std::uint32_t, kEngineBatch> hashes{};
};

}  // namespace handlens
