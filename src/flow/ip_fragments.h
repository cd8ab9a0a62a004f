// Bounded reassembly of IPv4 and IPv6 fragments (RFC 791 §3.2, RFC 8200 §4.5).
//
// A datagram is done when its fragments cover it on the wire. What the snap length removed from them stays missing: the
// bytes handed out are the captured ones up to the first hole, with the datagram's true length beside them, just as a
// snapped frame looks. Overlaps: the bytes that came first stay, and the counters say whether later ones differed.
//
// Bounds: datagrams, bytes and age in packet time; the oldest datagram goes first. Same packets, same result.
// Owns copies of everything it keeps; nothing must outlive it. Belongs to one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "dissectors/packet.h"

namespace handlens {

struct FragmentLimits {
  std::size_t datagrams = 4096;
  std::size_t bytes = 16 * 1024 * 1024;
  std::int64_t timeout_ns = 30'000'000'000;
};

struct FragmentCounters {
  std::uint64_t fragments = 0;             // taken in, whatever became of them
  std::uint64_t completed = 0;             // datagrams
  std::uint64_t duplicates = 0;            // fragments that brought nothing new, all bytes equal
  std::uint64_t overlaps_same = 0;         // fragments that overlapped others in part, all common bytes equal
  std::uint64_t overlaps_conflicting = 0;  // fragments that contradicted bytes already there
  std::uint64_t incomplete = 0;            // datagrams given up by age or at the end: Undecodable::fragment_incomplete
  std::uint64_t evicted = 0;               // datagrams given up for want of room: Undecodable::fragment_limit
};

// A reassembled datagram. Reuse one object: its buffer keeps its size.
struct ReassembledDatagram {
  std::vector<std::uint8_t> bytes;  // IP header without fragment fields, then the payload as far as captured
  std::uint32_t wire_length = 0;    // >= bytes.size(); pass both to dissect_ip_into
};

enum class FragmentResult : std::uint8_t { stored, complete, dropped };

class FragmentTable {
 public:
  // `seed`: of the hash, so that nobody can choose datagrams that collide; it never shows in any output.
  explicit FragmentTable(const FragmentLimits& limits, std::uint64_t seed = 0)
      : limits_(limits), by_key_(0, KeyHash{seed}) {}

  // Takes a packet of kind fragment. `complete`: `datagram` holds the whole; `dropped`: `reason` says why this fragment
  // was refused. The fragment must not lie inside `datagram`.
  [[nodiscard]] FragmentResult add(const DissectedPacket& packet, const PacketStamp& stamp,
                                   ReassembledDatagram& datagram, Undecodable& reason);
  // Gives up what is left. Returns how many datagrams in all never became complete by age or at the end
  // (`counters().incomplete`); those evicted for want of room are `counters().evicted`.
  std::size_t finish();
  [[nodiscard]] const FragmentCounters& counters() const { return counters_; }
  // What is held now.
  [[nodiscard]] std::size_t open_datagrams() const { return by_key_.size(); }
  [[nodiscard]] std::size_t held_bytes() const { return held_bytes_; }

 private:
  // The addresses, the identification and, in IPv4, the protocol name a datagram (RFC 791 §3.2, RFC 8200 §4.5); the
  // VLANs and the tunnels around them keep apart networks that share addresses.
  struct Key {
    IpAddress source;
    IpAddress destination;
    std::uint32_t id = 0;
    std::uint8_t protocol = 0;  // IPv6: 0, its fragments may differ in it
    std::uint8_t vlan_count = 0;
    std::array<std::uint16_t, kMaxVlanTags> vlans{};
    std::uint8_t identity_length = 0;
    std::array<std::uint8_t, kMaxIdentityBytes> identity{};
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::uint64_t seed = 0;
    std::size_t operator()(const Key& key) const;
  };
  // A run of the datagram's payload. Pieces are disjoint and sorted by offset.
  struct Piece {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;    // on the wire
    std::uint32_t captured = 0;  // <= length, kept at store[at]
    std::uint32_t at = 0;
  };
  struct Datagram {
    Key key;
    Timestamp started;
    std::uint32_t older = kNone, newer = kNone;  // by arrival of the first fragment
    std::uint32_t covered = 0;                   // sum of the pieces' lengths
    std::uint32_t total = 0;                     // payload length, known once the last fragment was seen
    bool total_known = false;
    std::uint8_t next_protocol = 0;    // of the first fragment
    std::vector<std::uint8_t> header;  // of the first fragment
    std::vector<std::uint8_t> store;
    std::vector<Piece> pieces;
    [[nodiscard]] std::size_t cost() const { return header.size() + store.size() + pieces.size() * sizeof(Piece); }
  };
  enum class Overlap : std::uint8_t { none, same, conflicting };

  static constexpr std::uint32_t kNone = 0xffffffff;

  [[nodiscard]] static Key key_of(const DissectedPacket& packet);
  [[nodiscard]] static bool fits(const Datagram& datagram, const FragmentView& fragment);
  [[nodiscard]] static Overlap compare(const Datagram& datagram, const FragmentView& fragment);
  static void insert(Datagram& datagram, const FragmentView& fragment);
  static void insert_piece(Datagram& datagram, std::size_t position, const FragmentView& fragment, std::uint32_t begin,
                           std::uint32_t end);
  [[nodiscard]] static bool rebuild(const Datagram& datagram, ReassembledDatagram& out);

  std::uint32_t open(const Key& key, Timestamp now);
  void close(std::uint32_t slot);
  void expire(Timestamp now);
  [[nodiscard]] bool make_room(std::uint32_t keep);
  [[nodiscard]] FragmentResult refuse(std::uint32_t slot, Undecodable why, Undecodable& reason);

  FragmentLimits limits_;
  FragmentCounters counters_;
  std::unordered_map<Key, std::uint32_t, KeyHash> by_key_;  // only looked up, never iterated
  std::vector<Datagram> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::uint32_t oldest_ = kNone, newest_ = kNone;
  std::size_t held_bytes_ = 0;
};

}  // namespace handlens
