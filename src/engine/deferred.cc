#include "src/engine/deferred.h"

#include <algorithm>

#include "dissectors/byte_reader.h"

namespace handlens {

namespace {

void put_u32(std::uint32_t value, std::uint8_t* out) {
  for (int shift = 24; shift >= 0; shift -= 8) *out++ = static_cast<std::uint8_t>(value >> shift);
}

}  // namespace

DeferredPool::Handle DeferredPool::add(const Segment& s, std::uint16_t link_origin, ByteView own_origin) {
  Handle handle = notes_.size();
  if (!free_.empty()) {
    handle = free_.back();
    free_.pop_back();
  } else {
    notes_.add();
  }
  const HeaderShape shape = shape_of(s, link_origin);
  const std::uint16_t number = own_origin.empty() ? shapes_.number_of(shape) : HeaderShapes::kNone;
  DeferredPacket& note = at(handle);
  note.time_ns = s.stamp.time.ns;
  note.packed_ = s.stamp.number << 17 | static_cast<std::uint64_t>(s.from) << 16 | number;
  note.seq = s.seq;
  note.ack = s.ack;
  note.next = kNone;
  note.window = s.window;
  note.ip_id = static_cast<std::uint16_t>(s.ip_id);
  note.tsval_ = note.tsecr_ = 0;
  if (shape.timestamps_at != 0) {
    note.tsval_ = read_u32(s.options.data() + shape.timestamps_at);
    note.tsecr_ = read_u32(s.options.data() + shape.timestamps_at + 4);
  }
  if (number == HeaderShapes::kNone) [[unlikely]]
    keep_own(shape, own_origin, note);
  return handle;
}

void DeferredPool::keep_own(const HeaderShape& shape, ByteView origin, DeferredPacket& note) {
  std::uint32_t place = own_shapes_.size();
  if (!free_own_.empty()) {
    place = free_own_.back();
    free_own_.pop_back();
  } else {
    own_shapes_.add();
  }
  own_shapes_.at(place) = {shape, note.tsval_, note.tsecr_,
                           origin.empty() ? BytePieces::kNone : own_origins_.add(origin)};
  note.tsval_ = place;
}

void DeferredPool::release_chain(Handle first) {
  while (first != kNone) {
    const DeferredPacket& note = at(first);
    free_.push_back(first);
    if (note.shape_number() == HeaderShapes::kNone) {
      own_origins_.release(own_shapes_.at(note.tsval_).origin);
      free_own_.push_back(note.tsval_);
    }
    first = note.next;
  }
}

Segment DeferredPool::to_segment(const DeferredPacket& note) const {
  const HeaderShape& shape = this->shape(note);
  Segment s;
  s.stamp = {note.number(), {note.time_ns}};
  s.seq = note.seq;
  s.ack = note.ack;
  s.window = note.window;
  s.ip_id = note.ip_id;
  s.flags = shape.flags;
  s.ttl = shape.ttl;
  s.from = note.from();
  s.has_ip_id = (shape.ip_bits & 1) != 0;
  s.dont_fragment = (shape.ip_bits & 2) != 0;
  s.seen_as = static_cast<CaptureDirection>((shape.ip_bits >> 2) & 3);
  s.options_length = shape.options_length;
  std::copy_n(shape.options.begin(), shape.options_length, s.options.begin());
  if (shape.timestamps_at != 0) {
    const bool is_own = note.shape_number() == HeaderShapes::kNone;
    put_u32(is_own ? own_shapes_.at(note.tsval_).tsval : note.tsval_, s.options.data() + shape.timestamps_at);
    put_u32(is_own ? own_shapes_.at(note.tsval_).tsecr : note.tsecr_, s.options.data() + shape.timestamps_at + 4);
  }
  return s;
}

}  // namespace handlens
