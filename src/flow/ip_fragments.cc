#include "src/flow/ip_fragments.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "dissectors/ipv4.h"
#include "dissectors/ipv6.h"
#include "src/flow/keyed_hash.h"

namespace handlens {
namespace {

// Pieces of one datagram. Honest fragments arrive nearly in order and merge; only a forger needs more.
constexpr std::size_t kMaxPieces = 1024;

// RFC 8200 §4.5 and RFC 791 §3.2: all but the last fragment hold a multiple of 8 bytes, and none is empty.
bool is_well_formed(const FragmentView& fragment) {
  if (fragment.length == 0 || fragment.offset + fragment.length > kLongestDatagram) return false;
  return !fragment.more || fragment.length % 8 == 0;
}

void write_u16(std::uint8_t* p, std::size_t value) {
  p[0] = static_cast<std::uint8_t>(value >> 8);
  p[1] = static_cast<std::uint8_t>(value);
}

}  // namespace

// Each word is folded with what came before it.
std::size_t FragmentTable::KeyHash::operator()(const Key& key) const {
  std::uint64_t hash = seed;
  const auto mix = [&hash, this](std::uint64_t value) {
    hash = fold(hash ^ value ^ secret_of(seed, 0), seed | 1u) + 0xd6e8'feb8'6659'fd93ull;
  };
  const auto mix_bytes = [&mix](const std::uint8_t* bytes, std::size_t size) {
    for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes + at, std::min(sizeof(word), size - at));
      mix(word);
    }
  };
  mix_bytes(key.source.bytes.data(), key.source.bytes.size());
  mix_bytes(key.destination.bytes.data(), key.destination.bytes.size());
  mix(key.id | static_cast<std::uint64_t>(key.protocol) << 32);
  for (const std::uint16_t vlan : key.vlans) mix(vlan);
  mix_bytes(key.identity.data(), key.identity_length);
  return static_cast<std::size_t>(hash ^ (hash >> 32));
}

FragmentTable::Key FragmentTable::key_of(const DissectedPacket& packet) {
  const IpFacts& ip = packet.packet.ip;
  const LinkFacts& link = packet.packet.link;
  Key key;
  key.source = ip.source;
  key.destination = ip.destination;
  key.id = ip.id;
  key.protocol = ip.source.v6 ? std::uint8_t{0} : ip.protocol;
  key.vlan_count = link.vlan_count;
  std::copy_n(link.vlans.begin(), link.vlan_count, key.vlans.begin());
  key.identity_length = link.identity_length;
  std::copy_n(link.identity.begin(), link.identity_length, key.identity.begin());
  return key;
}

FragmentResult FragmentTable::add(const DissectedPacket& packet, const PacketStamp& stamp,
                                  ReassembledDatagram& datagram, Undecodable& reason) {
  ++counters_.fragments;
  expire(stamp.time);
  const FragmentView& fragment = packet.fragment;
  if (!is_well_formed(fragment)) {
    reason = Undecodable::bad_ip_length;
    return FragmentResult::dropped;
  }
  const Key key = key_of(packet);
  const auto found = by_key_.find(key);
  const std::uint32_t slot = found != by_key_.end() ? found->second : open(key, stamp.time);
  if (slot == kNone) return refuse(kNone, Undecodable::fragment_limit, reason);
  if (!fits(slots_[slot], fragment)) return refuse(slot, Undecodable::bad_ip_length, reason);
  if (slots_[slot].pieces.size() >= kMaxPieces) return refuse(slot, Undecodable::fragment_limit, reason);

  Datagram& held = slots_[slot];
  const std::size_t cost_before = held.cost();
  const std::uint32_t covered_before = held.covered;
  const Overlap overlap = compare(held, fragment);
  insert(held, fragment);
  held_bytes_ += held.cost() - cost_before;
  if (overlap == Overlap::conflicting) ++counters_.overlaps_conflicting;
  if (overlap == Overlap::same) ++(held.covered == covered_before ? counters_.duplicates : counters_.overlaps_same);

  if (held.total_known && held.covered == held.total) {
    const bool good = rebuild(held, datagram);
    close(slot);
    if (!good) return refuse(kNone, Undecodable::bad_ip_length, reason);
    ++counters_.completed;
    return FragmentResult::complete;
  }
  if (!make_room(slot)) {
    close(slot);  // alone too large: counted by its caller, not as evicted
    return refuse(kNone, Undecodable::fragment_limit, reason);
  }
  return FragmentResult::stored;
}

// A datagram whose only fragment was refused is not kept waiting.
FragmentResult FragmentTable::refuse(std::uint32_t slot, Undecodable why, Undecodable& reason) {
  if (slot != kNone && slots_[slot].pieces.empty()) close(slot);
  reason = why;
  return FragmentResult::dropped;
}

// Nothing may stand past the end the last fragment set, and there is one end.
bool FragmentTable::fits(const Datagram& datagram, const FragmentView& fragment) {
  const std::uint32_t end = fragment.offset + fragment.length;
  if (datagram.total_known) return fragment.more ? end <= datagram.total : end == datagram.total;
  if (fragment.more || datagram.pieces.empty()) return true;
  const Piece& last = datagram.pieces.back();
  return last.offset + last.length <= end;
}

FragmentTable::Overlap FragmentTable::compare(const Datagram& datagram, const FragmentView& fragment) {
  Overlap result = Overlap::none;
  const std::uint32_t end = fragment.offset + fragment.length;
  for (const Piece& piece : datagram.pieces) {
    const std::uint32_t from = std::max(piece.offset, fragment.offset);
    if (from >= std::min(piece.offset + piece.length, end)) continue;
    result = Overlap::same;
    const std::uint32_t captured_end =
        std::min(piece.offset + piece.captured, fragment.offset + static_cast<std::uint32_t>(fragment.payload.size()));
    if (captured_end <= from) continue;
    const std::uint8_t* kept = datagram.store.data() + piece.at + (from - piece.offset);
    const std::uint8_t* came = fragment.payload.data() + (from - fragment.offset);
    if (std::memcmp(kept, came, captured_end - from) != 0) return Overlap::conflicting;
  }
  return result;
}

// Stores what no earlier fragment brought: the bytes that came first stay.
void FragmentTable::insert(Datagram& datagram, const FragmentView& fragment) {
  const std::uint32_t end = fragment.offset + fragment.length;
  if (!fragment.more) {
    datagram.total = end;
    datagram.total_known = true;
  }
  if (fragment.offset == 0 && datagram.header.empty()) {
    datagram.header.assign(fragment.header.begin(), fragment.header.end());
    datagram.next_protocol = fragment.next_protocol;
  }
  std::uint32_t at = fragment.offset;
  std::size_t i = 0;
  while (at < end) {
    while (i < datagram.pieces.size() && datagram.pieces[i].offset + datagram.pieces[i].length <= at) ++i;
    const bool before_piece = i < datagram.pieces.size();
    const std::uint32_t hole_end = before_piece ? std::min(end, datagram.pieces[i].offset) : end;
    if (hole_end > at) insert_piece(datagram, i, fragment, at, hole_end);
    at = hole_end;
    if (at >= end) break;
    // The piece at `at`; its position is i, or i + 1 if a new one was put before it.
    while (datagram.pieces[i].offset + datagram.pieces[i].length <= at) ++i;
    at = datagram.pieces[i].offset + datagram.pieces[i].length;
  }
}

// Fills the hole [begin, end), right before pieces[position], from the fragment.
void FragmentTable::insert_piece(Datagram& datagram, std::size_t position, const FragmentView& fragment,
                                 std::uint32_t begin, std::uint32_t end) {
  const std::uint32_t captured_end =
      std::min(end, fragment.offset + static_cast<std::uint32_t>(fragment.payload.size()));
  const std::uint32_t captured = captured_end > begin ? captured_end - begin : 0;
  const auto store_end = static_cast<std::uint32_t>(datagram.store.size());
  const ByteView bytes = captured == 0 ? ByteView{} : fragment.payload.subspan(begin - fragment.offset, captured);
  datagram.store.insert(datagram.store.end(), bytes.begin(), bytes.end());
  datagram.covered += end - begin;
  if (position > 0) {
    Piece& left = datagram.pieces[position - 1];
    const bool adjacent = left.offset + left.length == begin && left.captured == left.length;
    if (adjacent && left.at + left.captured == store_end) {
      left.length += end - begin;
      left.captured += captured;
      return;
    }
  }
  datagram.pieces.insert(datagram.pieces.begin() + static_cast<std::ptrdiff_t>(position),
                         Piece{.offset = begin, .length = end - begin, .captured = captured, .at = store_end});
}

// The datagram as it was before it was fragmented, as far as captured. False: its header leaves no room for its
// payload.
bool FragmentTable::rebuild(const Datagram& datagram, ReassembledDatagram& out) {
  const bool v6 = datagram.key.source.v6;
  const std::size_t header_length = datagram.header.size();
  const std::size_t fixed_length = v6 ? kIpv6HeaderLength : kIpv4HeaderLength;
  if (header_length < fixed_length) return false;
  const std::size_t stated_length = header_length + datagram.total - (v6 ? kIpv6HeaderLength : 0);
  if (stated_length > kLongestDatagram) return false;
  out.wire_length = static_cast<std::uint32_t>(header_length + datagram.total);
  out.bytes.assign(datagram.header.begin(), datagram.header.end());
  std::uint8_t* p = out.bytes.data();
  if (v6) {
    write_u16(p + 4, stated_length);
    int budget = static_cast<int>(kMaxExtensionHeaders);
    const ByteView header(out.bytes);
    Ipv6Chain chain = ipv6_chain_start(header);
    // The header ends where the fragment header stood; whole-datagram fragment headers (RFC 6946) may stand before it.
    for (;;) {
      chain = follow_ipv6_chain(header, out.wire_length, chain, budget);
      if (chain.problem != Undecodable::none || chain.next != ip_protocol::fragment) return false;
      if (chain.end == header_length) break;
      if (--budget < 0 || header_length - chain.end < Ipv6Fragment::kLength) return false;
      chain = {.next = p[chain.end], .next_at = chain.end, .end = chain.end + Ipv6Fragment::kLength};
    }
    p[chain.next_at] = datagram.next_protocol;
  } else {
    write_u16(p + 2, stated_length);
    p[6] &= 0xc0;  // reserved bit and don't-fragment stay
    p[7] = 0;
  }
  for (const Piece& piece : datagram.pieces) {
    const auto begin = datagram.store.begin() + static_cast<std::ptrdiff_t>(piece.at);
    out.bytes.insert(out.bytes.end(), begin, begin + static_cast<std::ptrdiff_t>(piece.captured));
    if (piece.captured < piece.length) break;
  }
  return true;
}

std::uint32_t FragmentTable::open(const Key& key, Timestamp now) {
  if (limits_.datagrams == 0) return kNone;
  if (by_key_.size() >= limits_.datagrams) {
    close(oldest_);
    ++counters_.evicted;
  }
  std::uint32_t slot = 0;
  if (free_slots_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  Datagram& datagram = slots_[slot];
  datagram.key = key;
  datagram.started = now;
  datagram.older = newest_;
  (newest_ == kNone ? oldest_ : slots_[newest_].newer) = slot;
  newest_ = slot;
  by_key_.emplace(key, slot);
  return slot;
}

void FragmentTable::close(std::uint32_t slot) {
  Datagram& datagram = slots_[slot];
  held_bytes_ -= datagram.cost();
  by_key_.erase(datagram.key);
  (datagram.older == kNone ? oldest_ : slots_[datagram.older].newer) = datagram.newer;
  (datagram.newer == kNone ? newest_ : slots_[datagram.newer].older) = datagram.older;
  datagram = Datagram{};  // gives its memory back: a burst of fragments must not stay for the whole run
  free_slots_.push_back(slot);
}

void FragmentTable::expire(Timestamp now) {
  while (oldest_ != kNone) {
    const Timestamp started = slots_[oldest_].started;
    // Unsigned: a capture may claim times that lie further apart than a signed difference can say.
    const std::uint64_t age = static_cast<std::uint64_t>(now.ns) - static_cast<std::uint64_t>(started.ns);
    if (now <= started || age <= static_cast<std::uint64_t>(limits_.timeout_ns)) return;
    close(oldest_);
    ++counters_.incomplete;
  }
}

// Back under the byte limit, oldest first, without touching `keep`.
bool FragmentTable::make_room(std::uint32_t keep) {
  while (held_bytes_ > limits_.bytes) {
    const std::uint32_t victim = oldest_ != keep ? oldest_ : slots_[keep].newer;
    if (victim == kNone) return false;
    close(victim);
    ++counters_.evicted;
  }
  return true;
}

std::size_t FragmentTable::finish() {
  while (oldest_ != kNone) {
    close(oldest_);
    ++counters_.incomplete;
  }
  return static_cast<std::size_t>(counters_.incomplete);
}

}  // namespace handlens
