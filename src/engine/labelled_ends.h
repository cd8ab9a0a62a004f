// Networks with the same addresses that only labels tell apart.
//
// MPLS labels, TEIDs, call and session ids are chosen by the receiver: each direction of a connection has its own, and
// a new route, or a phone that moved on, changes them in the middle of it. So they are no part of a flow's identity,
// and packets between the same ends are one flow whatever their labels, until there is proof of two networks: a SYN
// with another number under another label than the one before it of the same sender. (The same number: sent or captured
// again. The same label: the same network's next attempt.) From there on the new SYN's flow has a domain of its own.
// Its answer is what acknowledges exactly its number (RFC 9293 §3.5); other packets of these ends go by their label, if
// that is known and their numbers do not speak against it, else by their numbers: those of one connection are near each
// other, those of two hardly ever. So a label that changes on the way splits nothing. If the answer comes under a label
// under which another of these networks answers, it was one network with a new route: its older connection is over, and
// all that follows belongs to the new one.
//
// Not told apart: connections of which one has no SYN in the capture, or the same number as the other.
// Bounded: kEnds pairs of ends whose SYN had a label, for each kNetworks networks and kLabels labels; then the oldest
// is forgotten (counted, if something was kept apart), and its packets go where they went without all this. Nothing
// depends on a seed or on flows: every shard, and every run, tells apart the same.
#pragma once
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dissectors/packet.h"
#include "src/flow/flow_key.h"

namespace handlens {

class LabelledEnds {
 public:
  static constexpr std::size_t kEnds = 4096, kNetworks = 4, kLabels = 16;
  static constexpr std::uint32_t kFirstDomain = 0x4000'0000;  // beyond what LinkOrigins and one VLAN tag give

  // Puts the packet into the domain of its network. `labels`: a digest of them (LinkFacts::labels), 0 for none.
  void take(DirectedKey& key, const TcpHeader& tcp, std::uint32_t labels) {
    const bool opens = labels != 0 && (tcp.flags & (tcp_flag::syn | tcp_flag::rst)) == tcp_flag::syn;
    if (opens || may_be_split(key)) [[unlikely]]
      tell_apart(key, tcp, labels);
  }
  // As take, for a packet of which only ends and number are known (one that an ICMP error quotes).
  void find(DirectedKey& key, std::uint32_t seq) const {
    if (may_be_split(key)) [[unlikely]]
      look_up(key, seq);
  }
  // Networks that were forgotten for others.
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

 private:
  static constexpr std::size_t kWays = 4, kPlaces = kEnds / kWays;
  // `newest`: the last number that each end was seen to send.
  struct Network {
    std::uint32_t domain = 0;
    std::uint32_t first = 0;  // number of its newest SYN
    std::uint8_t client = 0;  // who sent that, as DirectedKey::sender
    std::array<bool, 2> heard{};
    std::array<std::uint32_t, 2> newest{};
  };
  struct Label {
    std::uint32_t label = 0;
    std::uint8_t sender = 0, network = 0;
  };
  struct Ends {
    FlowKey key;                            // in the domain without labels
    std::uint8_t networks = 0, labels = 0;  // 0 networks: not used
    std::array<Network, kNetworks> network{};
    std::array<Label, kLabels> label{};  // the oldest first
  };
  using Place = std::array<Ends, kWays>;  // the newest first

  [[nodiscard]] bool may_be_split(const DirectedKey& key) const {
    return (split_domains_ & bit_of(key.key.domain)) != 0 && split_places_.test(place_of(key.key));
  }
  static std::size_t place_of(const FlowKey& key) { return hash_key(key, 0) % kPlaces; }
  static std::uint64_t bit_of(std::uint32_t domain) { return std::uint64_t{1} << (domain & 63); }
  // Whether packets that were put into a domain of their own would go elsewhere without the entry.
  static bool keeps_apart(const Ends& ends) {
    return ends.networks > 1 || (ends.networks == 1 && ends.network[0].domain != ends.key.domain);
  }
  Ends& insert(const FlowKey& key);
  void tell_apart(DirectedKey& key, const TcpHeader& tcp, std::uint32_t labels);
  void look_up(DirectedKey& key, std::uint32_t seq) const;
  [[nodiscard]] std::size_t choose(Ends& ends, std::uint8_t sender, const TcpHeader& tcp, std::uint32_t labels);
  [[nodiscard]] std::size_t network_of_syn(Ends& ends, std::uint8_t sender, std::uint32_t seq, std::uint32_t labels);
  [[nodiscard]] std::size_t add_network(Ends& ends);

  std::vector<Place> places_;  // empty until there is a SYN with a label
  // Of these, packets may be in one of several networks; most files have none.
  std::uint64_t split_domains_ = 0;
  std::bitset<kPlaces> split_places_;
  std::uint32_t domains_ = 0;  // given so far
  std::uint64_t forgotten_ = 0;
};

}  // namespace handlens
