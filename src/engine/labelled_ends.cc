#include "src/engine/labelled_ends.h"

#include <algorithm>
#include <cstdlib>

#include "src/tcp/seq.h"

namespace handlens {

namespace {

constexpr std::size_t kNone = SIZE_MAX;
constexpr std::int64_t kNear = 1 << 24;  // more than comes between two captured packets of a connection
constexpr std::int64_t kFar = 1 << 26;   // a known label is doubted beyond it, if another network's numbers are near

std::int64_t distance(std::uint32_t a, std::uint32_t b) { return std::abs(std::int64_t{seq_distance(a, b)}); }

// How far a packet's numbers are from the newest of its network.
template <typename Network>
std::int64_t distance_from(const Network& network, std::uint8_t sender, const TcpHeader& tcp) {
  constexpr std::int64_t kUnknown = INT64_MAX;
  const std::int64_t own = network.heard[sender] ? distance(network.newest[sender], tcp.seq) : kUnknown;
  const std::uint8_t other = 1 - sender;
  if (!network.heard[other] || !tcp.has(tcp_flag::ack)) return own;
  return std::min(own, distance(network.newest[other], tcp.ack));
}

// The network whose numbers are nearest to the packet's, if they are near.
template <typename Ends>
std::size_t nearest(const Ends& ends, std::uint8_t sender, const TcpHeader& tcp) {
  std::size_t best = kNone;
  std::int64_t least = kNear + 1;
  for (std::size_t i = 0; i < ends.networks; ++i) {
    const std::int64_t d = distance_from(ends.network[i], sender, tcp);
    if (d >= least) continue;
    least = d;
    best = i;
  }
  return best;
}

template <typename Ends>
std::size_t network_of_label(const Ends& ends, std::uint8_t sender, std::uint32_t labels) {
  if (labels == 0) return kNone;
  for (std::size_t i = 0; i < ends.labels; ++i) {
    if (ends.label[i].label == labels && ends.label[i].sender == sender) return ends.label[i].network;
  }
  return kNone;
}

template <typename Ends>
void learn_label(Ends& ends, std::uint8_t sender, std::uint32_t labels, std::size_t network) {
  if (labels == 0 || network_of_label(ends, sender, labels) != kNone) return;
  if (ends.labels == ends.label.size()) {
    std::move(ends.label.begin() + 1, ends.label.end(), ends.label.begin());
    --ends.labels;
  }
  ends.label[ends.labels++] = {.label = labels, .sender = sender, .network = static_cast<std::uint8_t>(network)};
}

// The entry of these ends, or null.
template <typename Places>
auto* find_ends(Places& places, std::size_t place, const FlowKey& key) {
  decltype(&places[0][0]) none = nullptr;
  if (places.empty()) return none;
  for (auto& ends : places[place]) {
    if (ends.networks != 0 && ends.key == key) return &ends;
  }
  return none;
}

// Two were one network with another route. Returns the number of the one that stays.
template <typename Ends>
std::size_t join(Ends& ends, std::size_t stays, std::size_t goes) {
  for (auto& label : ends.label) {
    if (label.network == goes) label.network = static_cast<std::uint8_t>(stays);
    if (label.network > goes) --label.network;
  }
  std::move(ends.network.begin() + static_cast<std::ptrdiff_t>(goes) + 1, ends.network.begin() + ends.networks,
            ends.network.begin() + static_cast<std::ptrdiff_t>(goes));
  --ends.networks;
  return stays > goes ? stays - 1 : stays;
}

}  // namespace

LabelledEnds::Ends& LabelledEnds::insert(const FlowKey& key) {
  if (places_.empty()) places_.resize(kPlaces);
  Place& place = places_[place_of(key)];
  // What keeps nothing apart goes first, and of that the oldest.
  auto room = place.end() - 1;
  for (auto it = place.begin(); it != place.end(); ++it) {
    if (!keeps_apart(*it)) room = it;
  }
  if (keeps_apart(*room)) ++forgotten_;
  std::move_backward(place.begin(), room, room + 1);
  place.front() = Ends{.key = key};
  return place.front();
}

void LabelledEnds::tell_apart(DirectedKey& key, const TcpHeader& tcp, std::uint32_t labels) {
  Ends* ends = find_ends(places_, place_of(key.key), key.key);
  const bool is_syn = tcp.has(tcp_flag::syn) && !tcp.has(tcp_flag::rst) && !tcp.has(tcp_flag::ack);
  if (ends == nullptr) {
    if (!is_syn || labels == 0) return;
    ends = &insert(key.key);
    ends->networks = 1;
    ends->network[0] = {.domain = key.key.domain, .first = tcp.seq, .client = key.sender};
  }
  const std::size_t chosen = choose(*ends, key.sender, tcp, labels);
  learn_label(*ends, key.sender, labels, chosen);
  Network& network = ends->network[chosen];
  key.key.domain = network.domain;
  if (tcp.has(tcp_flag::rst)) return;  // forged ones have any number
  network.heard[key.sender] = true;
  network.newest[key.sender] = tcp.seq;
}

std::size_t LabelledEnds::choose(Ends& ends, std::uint8_t sender, const TcpHeader& tcp, std::uint32_t labels) {
  const bool opens = tcp.has(tcp_flag::syn) && !tcp.has(tcp_flag::rst);
  if (opens && !tcp.has(tcp_flag::ack)) return network_of_syn(ends, sender, tcp.seq, labels);
  const std::size_t known = network_of_label(ends, sender, labels);
  if (opens) {
    for (std::size_t i = 0; i < ends.networks; ++i) {
      const Network& network = ends.network[i];
      if (network.client == sender || network.first + 1 != tcp.ack) continue;
      if (known == kNone || known == i) return i;
      return join(ends, i, known);
    }
  }
  if (ends.networks == 1) return 0;
  if (known != kNone && distance_from(ends.network[known], sender, tcp) <= kFar) return known;
  const std::size_t near = nearest(ends, sender, tcp);
  if (near != kNone) return near;
  return known != kNone ? known : 0;
}

std::size_t LabelledEnds::network_of_syn(Ends& ends, std::uint8_t sender, std::uint32_t seq, std::uint32_t labels) {
  std::size_t other = kNone;  // whose client this is
  for (std::size_t i = 0; i < ends.networks; ++i) {
    const Network& network = ends.network[i];
    if (network.client != sender) continue;
    if (network.first == seq) return i;
    other = i;
  }
  const std::size_t known = network_of_label(ends, sender, labels);
  // Of the other end: both may open one connection at once (RFC 9293 §3.5), or have changed parts.
  const bool is_another = known == kNone && labels != 0 && other != kNone;
  const std::size_t chosen = is_another ? add_network(ends) : known != kNone ? known : other != kNone ? other : 0;
  if (other == kNone) return chosen;
  Network& network = ends.network[chosen];
  network.first = seq;
  network.client = sender;
  network.heard = {};
  return chosen;
}

// The oldest makes room.
std::size_t LabelledEnds::add_network(Ends& ends) {
  if (ends.networks == kNetworks) {
    ++forgotten_;
    std::move(ends.network.begin() + 1, ends.network.end(), ends.network.begin());
    --ends.networks;
    const auto end = std::remove_if(ends.label.begin(), ends.label.begin() + ends.labels,
                                    [](const Label& label) { return label.network == 0; });
    ends.labels = static_cast<std::uint8_t>(end - ends.label.begin());
    for (std::size_t i = 0; i < ends.labels; ++i) --ends.label[i].network;
  }
  const std::size_t added = ends.networks++;
  const std::uint32_t number = kFirstDomain + domains_++ % kFirstDomain;
  ends.network[added] = {.domain = (ends.key.domain & kDomainV6) | number};
  split_domains_ |= bit_of(ends.key.domain);
  split_places_.set(place_of(ends.key));
  return added;
}

void LabelledEnds::look_up(DirectedKey& key, std::uint32_t seq) const {
  const Ends* ends = find_ends(places_, place_of(key.key), key.key);
  if (ends == nullptr) return;
  TcpHeader quoted;
  quoted.seq = seq;
  const std::size_t near = nearest(*ends, key.sender, quoted);
  key.key.domain = ends->network[near != kNone ? near : 0].domain;
}

}  // namespace handlens
