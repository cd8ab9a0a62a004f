#include "src/tcp/half_stream.h"

#include <algorithm>
#include <cstring>

#include "src/tcp/seq.h"

namespace handlens {

namespace {

// Farther from the expected position than any receive window allows (RFC 7323 §2.2 ends at 1 GiB; what is seen in
// captures ends far below): not of this stream.
constexpr std::int64_t kPlausibleDistance = 64 * 1024 * 1024;

constexpr std::size_t kMostSpares = 8;  // emptied buffers that are kept

void count_overlap(bool equal, std::uint64_t bytes, HalfStream::Accepted& out) {
  (equal ? out.same_bytes : out.conflicting_bytes) += static_cast<std::uint32_t>(bytes);
}

}  // namespace

void HalfStream::reset() {
  has_start_ = stopped_ = history_dropped_ = false;
  start_ = 0;
  next_ = skip_until_ = window_frame_ = lost_ = 0;
  stored_bytes_ = 0;
  holes_ = {};
  next_hole_ = 0;
  window_.clear();
  history_.clear();
  for (Piece& piece : pieces_) release(piece);
  pieces_.clear();
}

void HalfStream::set_start(std::uint32_t seq) {
  if (next_ != 0 || !pieces_.empty()) return;
  has_start_ = true;
  start_ = seq;
}

ByteView HalfStream::window() const { return window_; }

void HalfStream::stop() {
  stopped_ = true;
  window_.clear();
  drop_history();
  for (Piece& piece : pieces_) {
    if (piece.offset > next_) open_hole(next_, piece.offset);
    next_ = std::max(next_, piece.end());
    release(piece);
  }
  pieces_.clear();
  stored_bytes_ = 0;
}

void HalfStream::drop_history() {
  history_dropped_ = true;
  history_.clear();
}

HalfStream::Accepted HalfStream::accept(std::uint32_t seq, ByteView payload, std::uint32_t length, std::uint64_t frame,
                                        const StreamLimits& limits, StreamConsumer& consumer) {
  Accepted out;
  if (length == 0) return out;
  if (!has_start_) set_start(seq);
  const std::int64_t distance = seq_distance(next_seq(), seq);
  if (distance > kPlausibleDistance || distance < -kPlausibleDistance) {
    out.out_of_window = true;
    return out;
  }
  std::int64_t offset = static_cast<std::int64_t>(next_) + distance;
  const std::int64_t end = offset + length;
  if (stopped_) {
    follow(offset, end, out);
    return out;
  }
  if (offset < static_cast<std::int64_t>(next_)) {
    compare_old(offset, payload, out);
    out.old_bytes = static_cast<std::uint32_t>(std::min<std::int64_t>(end, static_cast<std::int64_t>(next_)) - offset);
    if (end <= static_cast<std::int64_t>(next_)) return out;
    const std::size_t cut = out.old_bytes;
    payload = payload.subspan(std::min(cut, payload.size()));
    length -= out.old_bytes;
    offset = static_cast<std::int64_t>(next_);
  }
  const auto at = static_cast<std::uint64_t>(offset);
  if (at == next_ && pieces_.empty()) {
    out.new_bytes = length;
    deliver(payload, length, frame, limits, consumer);
    return out;
  }
  out.out_of_order = at > next_;
  store(at, payload, length, frame, out);
  drain(limits, consumer);
  while (pieces_.size() > limits.reorder_segments || stored_bytes_ > limits.reorder_bytes) {
    give_up_hole(limits, consumer);
  }
  return out;
}

// Positions only: a hole is not waited for, and closed again by what comes late.
void HalfStream::follow(std::int64_t offset, std::int64_t end, Accepted& out) {
  const auto next = static_cast<std::int64_t>(next_);
  if (offset < next) {
    const std::int64_t from = std::max<std::int64_t>(offset, 0), to = std::min(end, next);
    const std::uint64_t filled =
        to > from ? fill_holes(static_cast<std::uint64_t>(from), static_cast<std::uint64_t>(to)) : 0;
    out.new_bytes = static_cast<std::uint32_t>(filled);
    out.old_bytes = static_cast<std::uint32_t>(std::min(end, next) - offset) - out.new_bytes;
  } else if (offset > next) {
    out.out_of_order = true;
    open_hole(next_, static_cast<std::uint64_t>(offset));
  }
  if (end <= next) return;
  out.new_bytes += static_cast<std::uint32_t>(end - std::max(offset, next));
  next_ = static_cast<std::uint64_t>(end);
}

void HalfStream::open_hole(std::uint64_t from, std::uint64_t to) {
  lost_ += to - from;
  holes_[next_hole_] = {from, to};
  next_hole_ = (next_hole_ + 1) % holes_.size();
}

// How many of these bytes were missing so far. Of a hole filled in its middle the first part stays known.
std::uint64_t HalfStream::fill_holes(std::uint64_t from, std::uint64_t to) {
  std::uint64_t filled = 0;
  for (Hole& hole : holes_) {
    const std::uint64_t begin = std::max(from, hole.from), end = std::min(to, hole.to);
    if (begin >= end) continue;
    filled += end - begin;
    (begin == hole.from ? hole.from : hole.to) = begin == hole.from ? end : begin;
  }
  lost_ -= filled;
  return filled;
}

// Compares what came again with what was delivered, as far as it is still known.
void HalfStream::compare_old(std::int64_t offset, ByteView payload, Accepted& out) const {
  const std::int64_t from = std::max<std::int64_t>(offset, 0);
  const std::int64_t to =
      std::min(offset + static_cast<std::int64_t>(payload.size()), static_cast<std::int64_t>(history_.size()));
  if (from >= to) return;
  const auto bytes = static_cast<std::size_t>(to - from);
  const auto begin = static_cast<std::size_t>(from - offset);
  const bool equal = history_.holds(static_cast<std::size_t>(from), payload.subspan(begin, bytes));
  count_overlap(equal, bytes, out);
}

// Puts the parts that no stored piece covers between the pieces; the covered parts are compared (first arrival wins).
void HalfStream::store(std::uint64_t offset, ByteView payload, std::uint64_t length, std::uint64_t frame,
                       Accepted& out) {
  const std::uint64_t end = offset + length;
  std::uint64_t at = offset;
  std::size_t i = 0;
  while (i < pieces_.size() && pieces_[i].end() <= at) ++i;
  while (at < end) {
    if (i == pieces_.size() || pieces_[i].offset >= end) {
      insert_piece(i, at, end, offset, payload, frame);
      out.new_bytes += static_cast<std::uint32_t>(end - at);
      return;
    }
    if (pieces_[i].offset > at) {
      const std::uint64_t to = pieces_[i].offset;
      insert_piece(i, at, to, offset, payload, frame);
      out.new_bytes += static_cast<std::uint32_t>(to - at);
      at = to;
      ++i;
    }
    const Piece& piece = pieces_[i];
    const std::uint64_t to = std::min(end, piece.end());
    const std::uint64_t known = std::min({to, piece.offset + piece.bytes.size(), offset + payload.size()});
    if (known > at) {
      const bool equal =
          std::memcmp(piece.bytes.data() + (at - piece.offset), payload.data() + (at - offset), known - at) == 0;
      count_overlap(equal, known - at, out);
    }
    at = to;
    ++i;
  }
}

void HalfStream::insert_piece(std::size_t at, std::uint64_t from, std::uint64_t to, std::uint64_t offset,
                              ByteView payload, std::uint64_t frame) {
  Piece piece;
  piece.offset = from;
  piece.length = to - from;
  piece.frame = frame;
  piece.unneeded = to <= skip_until_;
  const std::uint64_t captured_end = offset + payload.size();
  if (!piece.unneeded && captured_end > from) {
    if (!spare_.empty()) {
      piece.bytes = std::move(spare_.back());
      spare_.pop_back();
      spare_bytes_ -= piece.bytes.capacity();
    }
    const ByteView part = payload.subspan(from - offset, std::min(to, captured_end) - from);
    piece.bytes.assign(part.begin(), part.end());
    stored_bytes_ += part.size();
  }
  pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(at), std::move(piece));
}

void HalfStream::release(Piece& piece) {
  stored_bytes_ -= std::min(stored_bytes_, piece.bytes.size());
  piece.bytes.clear();
  if (piece.bytes.capacity() == 0 || spare_.size() >= kMostSpares) return;
  spare_bytes_ += piece.bytes.capacity();
  spare_.push_back(std::move(piece.bytes));
}

// `length` bytes at next_, of which `bytes` were captured; the rest was cut by the snap length and is a gap.
void HalfStream::deliver(ByteView bytes, std::uint64_t length, std::uint64_t frame, const StreamLimits& limits,
                         StreamConsumer& consumer) {
  const std::uint64_t end = next_ + length;
  if (!history_dropped_ && history_.size() == next_ && history_.size() + bytes.size() <= limits.history_bytes) {
    history_.append(bytes);
  }
  if (next_ < skip_until_) {
    const std::uint64_t skipped = std::min<std::uint64_t>(skip_until_ - next_, bytes.size());
    next_ += skipped;
    bytes = bytes.subspan(skipped);
  }
  if (!bytes.empty()) offer(bytes, frame, limits, consumer);
  if (next_ < end) advance_gap(end, true, consumer);
}

void HalfStream::offer(ByteView bytes, std::uint64_t frame, const StreamLimits& limits, StreamConsumer& consumer) {
  if (stopped_) {
    next_ += bytes.size();
    return;
  }
  const bool straight = window_.empty();
  const std::size_t fresh = window_.size();
  if (straight) {
    window_frame_ = frame;
  } else {
    if (window_.size() + bytes.size() > limits.window_bytes) {
      next_ += bytes.size();
      consumer.on_window_overflow();
      stop();
      return;
    }
    window_.insert(window_.end(), bytes.begin(), bytes.end());
  }
  next_ += bytes.size();
  const ByteView window = straight ? bytes : ByteView(window_);
  const std::uint64_t consumed = consumer.on_window(window, fresh, window_frame_);
  if (stopped_) return;  // the consumer wants no more
  if (consumed >= window.size()) {
    skip_until_ = std::max(skip_until_, next_ + (consumed - window.size()));
    window_.clear();
    return;
  }
  if (consumed >= fresh) window_frame_ = frame;
  if (straight) {
    window_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(consumed), bytes.end());
  } else if (consumed > 0) {
    window_.erase(window_.begin(), window_.begin() + static_cast<std::ptrdiff_t>(consumed));
  }
}

// The bytes from next_ up to `to` will never be seen. Those that nobody wanted are no gap for the consumer, and lost
// only if their packet is missing too.
void HalfStream::advance_gap(std::uint64_t to, bool cut, StreamConsumer& consumer) {
  const std::uint64_t wanted_from = std::max(next_, std::min(skip_until_, to));
  lost_ += to - (cut ? wanted_from : next_);
  next_ = to;
  if (to > wanted_from && !stopped_) {
    window_.clear();
    consumer.on_gap(to - wanted_from, cut);
  }
}

void HalfStream::drain(const StreamLimits& limits, StreamConsumer& consumer) {
  std::size_t done = 0;
  while (done < pieces_.size() && pieces_[done].offset <= next_) {
    Piece piece = std::move(pieces_[done]);
    ++done;
    if (piece.unneeded) {
      next_ = piece.end();
    } else {
      deliver(piece.bytes, piece.length, piece.frame, limits, consumer);
    }
    release(piece);
    if (stopped_) return;  // stop() emptied the store
  }
  pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(done));
}

bool HalfStream::hole_acknowledged(std::uint32_t peer_ack) const {
  if (pieces_.empty()) return false;
  const std::int64_t distance = seq_distance(next_seq(), peer_ack);
  return distance > 0 && next_ + static_cast<std::uint64_t>(distance) >= pieces_.front().offset;
}

void HalfStream::give_up_hole(const StreamLimits& limits, StreamConsumer& consumer) {
  if (pieces_.empty()) return;
  advance_gap(pieces_.front().offset, false, consumer);
  drain(limits, consumer);
}

bool HalfStream::resume_at(std::uint32_t seq, std::uint32_t peer_ack, const StreamLimits& limits,
                           StreamConsumer& consumer) {
  const std::int64_t apart = seq_distance(peer_ack, seq);
  if (apart > kPlausibleDistance || apart < -kPlausibleDistance) return false;
  if (!seq_before(next_seq(), seq) || !seq_before(next_seq(), peer_ack)) return false;
  while (has_holes()) give_up_hole(limits, consumer);
  const std::int64_t distance = seq_distance(next_seq(), seq);
  if (distance > 0) advance_gap(next_ + static_cast<std::uint64_t>(distance), false, consumer);
  return true;
}

void HalfStream::give_up_tail(std::uint32_t end, StreamConsumer& consumer) {
  const std::int64_t distance = seq_distance(next_seq(), end);
  if (distance <= 0 || distance > kPlausibleDistance) return;
  advance_gap(next_ + static_cast<std::uint64_t>(distance), false, consumer);
}

}  // namespace handlens
