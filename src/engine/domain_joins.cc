#include "src/engine/domain_joins.h"

#include <algorithm>

namespace handlens {

namespace {

std::size_t hash_directed(const DirectedKey& key) { return hash_key(key.key, key.sender); }

bool same_direction(const DirectedKey& a, const DirectedKey& b) { return a.sender == b.sender && a.key == b.key; }

// Puts an entry before the others of its place, in the room of `gone`.
template <typename Place>
void put_first(Place& place, typename Place::iterator gone, const typename Place::value_type& entry) {
  std::move_backward(place.begin(), gone, gone + 1);
  place.front() = entry;
}

}  // namespace

DomainJoins::DomainJoins() : syns_(kSynPlaces) {}

void DomainJoins::learn(const DirectedKey& key, const TcpHeader& tcp, std::uint64_t ends) {
  if (!tcp.has(tcp_flag::ack)) {
    remember(key, tcp.seq, ends);
    return;
  }
  const Syn* answered = nullptr;
  for (const Syn& syn : syns_[place_of(ends)]) {
    if (syn.ends != ends || syn.answer != tcp.ack) continue;
    answered = &syn;  // the oldest: where a packet was seen first is nearest to its sender
    if (syn.domain == key.key.domain) break;
  }
  if (answered == nullptr) return;
  if (answered->domain == key.key.domain) {
    separate(key);
  } else {
    join(key, answered->domain);
  }
}

void DomainJoins::remember(const DirectedKey& key, std::uint32_t seq, std::uint64_t ends) {
  const Syn syn{.ends = ends, .domain = key.key.domain, .answer = seq + 1};
  SynPlace& place = syns_[place_of(ends)];
  const auto same = std::find_if(place.begin(), place.end() - 1, [&syn](const Syn& other) {
    return other.ends == syn.ends && other.domain == syn.domain;
  });
  put_first(place, same, syn);  // if there is none: in the room of the last
}

DomainJoins::JoinPlace& DomainJoins::place_of(const DirectedKey& key) {
  return joins_[hash_directed(key) % kJoinPlaces];
}

void DomainJoins::join(const DirectedKey& key, std::uint32_t domain) {
  if (joins_.empty()) joins_.resize(kJoinPlaces);
  JoinPlace& place = place_of(key);
  const auto room = std::find_if(place.begin(), place.end() - 1,
                                 [&key](const Join& j) { return !j.used || same_direction(j.from, key); });
  if (room->used && !same_direction(room->from, key)) ++forgotten_;
  put_first(place, room, Join{.from = key, .to = domain, .used = true});
  joined_domains_ |= bit_of(key.key.domain);
}

// The direction has opened a connection of its own domain.
void DomainJoins::separate(const DirectedKey& key) {
  if ((joined_domains_ & bit_of(key.key.domain)) == 0) return;
  for (Join& j : place_of(key)) {
    if (j.used && same_direction(j.from, key)) j.used = false;
  }
}

void DomainJoins::look_up(DirectedKey& key) const {
  for (const Join& j : joins_[hash_directed(key) % kJoinPlaces]) {
    if (!j.used || !same_direction(j.from, key)) continue;
    key.key.domain = j.to;
    return;
  }
}

}  // namespace handlens
