#include "src/engine/deferred.h"

#include <algorithm>

namespace handlens {

DeferredPool::Handle DeferredPool::add(const Segment& s, std::uint16_t link_origin) {
  Handle handle = notes_.size();
  if (!free_.empty()) {
    handle = free_.back();
    free_.pop_back();
  } else {
    notes_.add();
  }
  DeferredPacket& note = at(handle);
  note.time_ns = s.stamp.time.ns;
  note.number = s.stamp.number;
  note.seq = s.seq;
  note.ack = s.ack;
  note.next = kNone;
  note.link_origin = link_origin;
  note.window = s.window;
  note.ip_id = static_cast<std::uint16_t>(s.ip_id);
  note.flags = s.flags;
  note.ttl = s.ttl;
  note.from = static_cast<std::uint8_t>(s.from);
  note.ip_bits = static_cast<std::uint8_t>((s.has_ip_id ? 1 : 0) | (s.dont_fragment ? 2 : 0) |
                                           (static_cast<unsigned>(s.seen_as) << 2));

  note.options_length = s.options_length;
  std::copy_n(s.options.begin(), s.options_length, note.options.begin());
  return handle;
}

void DeferredPool::release_chain(Handle first) {
  while (first != kNone) {
    free_.push_back(first);
    first = at(first).next;
  }
}

Segment DeferredPool::to_segment(const DeferredPacket& note) {
  Segment s;
  s.stamp = {note.number, {note.time_ns}};
  s.seq = note.seq;
  s.ack = note.ack;
  s.window = note.window;
  s.ip_id = note.ip_id;
  s.flags = note.flags;
  s.ttl = note.ttl;
  s.from = static_cast<Direction>(note.from);
  s.has_ip_id = (note.ip_bits & 1) != 0;
  s.dont_fragment = (note.ip_bits & 2) != 0;
  s.seen_as = static_cast<CaptureDirection>((note.ip_bits >> 2) & 3);
  s.options_length = note.options_length;
  std::copy_n(note.options.begin(), note.options_length, s.options.begin());
  return s;
}

}  // namespace handlens
