// Connections whose two directions come through different networks.
//
// What numbers a network may be chosen by each direction's receiver (a VNI, a GRE key, a tag that a tap adds), and a
// tunnel may be used one way only (requests through a load balancer's tunnel, answers straight home). Then a SYN and
// its answer stand in two domains. The answer names its SYN all the same: it acknowledges that SYN's number plus one
// (RFC 9293 §3.5), 32 bits that hardly fit by chance. If they fit no SYN of the answer's own domain, and one of another
// domain between the same ends, the answer's sender counts to that domain from there on. Nothing else joins domains:
// two networks with the same addresses stay apart.
//
// Not joined: connections whose SYN or answer is not in the capture, and a SYN with data that was acknowledged.
// Bounded: kSyns SYNs and kJoins joined directions are remembered, then the oldest of the same place in the table is
// forgotten; a joined direction that is forgotten is counted, and is a flow of its own again.
// Places do not depend on a seed: every shard, and every run, joins the same.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "dissectors/packet.h"
#include "src/flow/flow_key.h"

namespace handlens {

class DomainJoins {
 public:
  static constexpr std::size_t kSyns = 8192, kJoins = 32'768;

  DomainJoins();
  // Where a SYN, or what it is answered with, is remembered; 0 for other packets.
  [[nodiscard]] static std::uint64_t ends_of(const DirectedKey& key, const TcpHeader& tcp) {
    const bool opens = tcp.has(tcp_flag::syn) && !tcp.has(tcp_flag::rst);
    return opens ? hash_ends(key.key, tcp.has(tcp_flag::ack) ? 1u - key.sender : key.sender) : 0;
  }
  void prefetch(std::uint64_t ends) const { __builtin_prefetch(&syns_[place_of(ends)]); }
  // Puts the packet's direction into the domain it was joined to. Learns from SYNs and their answers. `ends`: as
  // ends_of() says.
  void take(DirectedKey& key, const TcpHeader& tcp, std::uint64_t ends) {
    if (ends != 0) learn(key, tcp, ends);
    find(key);
  }
  void take(DirectedKey& key, const TcpHeader& tcp) { take(key, tcp, ends_of(key, tcp)); }
  // As take, for a packet of which only the ends are known (one that an ICMP error quotes).
  void find(DirectedKey& key) const {
    if ((joined_domains_ & bit_of(key.key.domain)) != 0) [[unlikely]]
      look_up(key);
  }
  // Directions that were forgotten for others.
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

 private:
  static constexpr std::size_t kWays = 4, kSynPlaces = kSyns / kWays, kJoinPlaces = kJoins / kWays;
  // 16 bytes; four of them are a cache line. Newest first; ends == 0: none.
  struct Syn {
    std::uint64_t ends = 0;  // a hash of both ends, and of who sent it
    std::uint32_t domain = 0;
    std::uint32_t answer = 0;  // what acknowledges it
  };
  struct Join {
    DirectedKey from;
    std::uint32_t to = 0;
    bool used = false;
  };
  struct alignas(64) SynPlace : std::array<Syn, kWays> {};
  using JoinPlace = std::array<Join, kWays>;

  static std::uint64_t bit_of(std::uint32_t domain) { return std::uint64_t{1} << (domain & 63); }
  // Of both ends without their domain, and of which of them opens.
  static std::uint64_t hash_ends(FlowKey key, std::size_t client) {
    key.domain &= kDomainV6;
    return hash_key_wide(key, 0x517c'c1b7'2722'0a95ull + client) | 1;  // 0 is no entry
  }
  static std::size_t place_of(std::uint64_t ends) { return (ends >> 1) % kSynPlaces; }
  void learn(const DirectedKey& key, const TcpHeader& tcp, std::uint64_t ends);
  void remember(const DirectedKey& key, std::uint32_t seq, std::uint64_t ends);
  void join(const DirectedKey& key, std::uint32_t domain);
  void separate(const DirectedKey& key);
  void look_up(DirectedKey& key) const;
  [[nodiscard]] JoinPlace& place_of(const DirectedKey& key);

  std::vector<SynPlace> syns_;
  std::vector<JoinPlace> joins_;  // empty until there is one
  std::uint64_t joined_domains_ = 0;
  std::uint64_t forgotten_ = 0;
};

}  // namespace handlens
