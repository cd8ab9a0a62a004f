#include "src/engine/attempt.h"

#include <algorithm>
#include <cstring>

#include "src/tcp/elapsed.h"

namespace handlens {

namespace {

// How long it was silent afterwards is told in tenths of a second, rounded, and compared with whole seconds: within a
// step nothing changes but at its very beginning, where rounding goes either way.
constexpr std::int64_t kQuietStep = 50'000'000;  // ns

// Fixed places in the shape, so that it can be compared as it is. No padding.
struct NoteShape {
  std::uint32_t ack = 0;  // relative to what it answers; 0 where nothing depends on it
  std::uint16_t link_origin = 0, window = 0;
  std::uint16_t flags = 0;
  std::uint8_t ttl = 0, bits = 0;
  std::uint8_t options_length = 0;
  std::array<std::uint8_t, kDeferredOptionBytes + 3> options{};
};
struct Layout {
  std::uint32_t quiet_steps = 0;
  std::uint8_t on_step = 0, count = 0, cut_short = 0,
               bits = 0;  // bits: 1 IPv6, 2 the first port is the lower one, 4 to 16 refusal_bits
  std::array<NoteShape, 2> notes;
};
static_assert(sizeof(NoteShape) == 40 && sizeof(Layout) == sizeof(AttemptShape));

bool is_syn(const DeferredPacket& note) {
  return (note.flags & (tcp_flag::syn | tcp_flag::rst | tcp_flag::ack)) == tcp_flag::syn;
}
bool is_syn_ack(const DeferredPacket& note) {
  constexpr std::uint16_t kBoth = tcp_flag::syn | tcp_flag::ack;
  return (note.flags & (kBoth | tcp_flag::rst)) == kBoth;
}
bool is_reset(const DeferredPacket& note) { return (note.flags & (tcp_flag::syn | tcp_flag::rst)) == tcp_flag::rst; }

// A refusal that came later than this, or before what it refuses, is judged by its time as well.
constexpr std::int64_t kPromptRefusal = 20'000'000'000;  // ns

// Whether the two are an attempt and its answer.
bool is_answer(const DeferredPacket& first, const DeferredPacket& second) {
  if (second.from == first.from || second.number == first.number || !is_syn(first)) return false;
  if (!is_reset(second)) return is_syn_ack(second);
  const std::int64_t after = elapsed(first.time_ns, second.time_ns);
  return after >= 0 && after < kPromptRefusal;
}

// What of a refusal's numbers is judged: whether it has a sequence number, and whether it bears the SYN's IP-ID.
std::uint8_t refusal_bits(const DeferredPacket& first, const DeferredPacket& second) {
  return static_cast<std::uint8_t>((second.seq != 0 ? 4 : 0) |
                                   (second.ip_id != 0 && second.ip_id == first.ip_id ? 8 : 0) |
                                   (second.ip_id != 0 ? 16 : 0));
}

// The options without the values of timestamps (RFC 7323 §3.2), of which only the presence is told.
void copy_options(const DeferredPacket& note, NoteShape& out) {
  constexpr std::uint8_t kEnd = 0, kNoOperation = 1, kTimestamps = 8, kTimestampsLength = 10;
  out.options_length = note.options_length;
  std::copy_n(note.options.begin(), note.options_length, out.options.begin());
  for (std::size_t at = 0; at < note.options_length;) {
    const std::uint8_t kind = note.options[at];
    if (kind == kEnd) return;
    if (kind == kNoOperation) {
      ++at;
      continue;
    }
    const std::size_t length = at + 1 < note.options_length ? note.options[at + 1] : 0;
    if (length < 2 || at + length > note.options_length) return;
    if (kind == kTimestamps && length == kTimestampsLength) std::fill_n(out.options.begin() + at + 2, length - 2, 0);
    at += length;
  }
}

void shape_note(const DeferredPacket& note, std::uint32_t ack, NoteShape& out) {
  out.ack = ack;
  out.link_origin = note.link_origin;
  out.window = note.window;
  out.flags = note.flags;
  out.ttl = note.ttl;
  out.bits = note.ip_bits;
  copy_options(note, out);
}

AttemptPacket packet_of(const DeferredPacket& note) {
  return {.frame = note.number, .time = {note.time_ns}, .seq = note.seq, .ip_id = note.ip_id};
}

Endpoint end_of(const FlowRecord& record, std::size_t which) {
  return {.ip = {record.key.address[which], (record.key.domain & kDomainV6) != 0}, .port = record.key.port[which]};
}

}  // namespace

bool describe_attempt(const FlowRecord& record, const DeferredPool& notes, const AttemptEnd& end, FlowAttempt& out) {
  if (record.deferred_count == 0 || record.deferred_count > 2) return false;
  const DeferredPacket& first = notes.at(record.payload);
  const DeferredPacket* second = record.deferred_count == 2 ? &notes.at(first.next) : nullptr;
  if (is_reset(first) || (second != nullptr && !is_answer(first, *second))) return false;
  const std::int64_t steps = end.quiet_ns / kQuietStep;
  if (first.from != 0 || steps > UINT32_MAX) return false;

  Layout shape;
  shape.quiet_steps = static_cast<std::uint32_t>(steps);
  shape.on_step = end.quiet_ns % kQuietStep == 0 ? 1 : 0;
  shape.count = record.deferred_count;
  shape.cut_short = static_cast<std::uint8_t>(end.cut_short);
  out.id = record.number;
  out.ends = {end_of(record, record.first_sender), end_of(record, 1u - record.first_sender)};
  out.count = record.deferred_count;
  out.is_refused = false;
  // Only of a flow without any SYN the ports say who is the client.
  const bool by_port = !is_syn(first) && !is_syn_ack(first);
  shape.bits =
      static_cast<std::uint8_t>((out.ends[0].ip.v6 ? 1 : 0) | (by_port && out.ends[1].port > out.ends[0].port ? 2 : 0));
  // The first packet acknowledges nothing that is in the capture.
  shape_note(first, (first.flags & tcp_flag::ack) != 0 ? 0 : first.ack, shape.notes[0]);
  out.packets[0] = packet_of(first);
  if (second != nullptr) {
    const bool acknowledges = (second->flags & tcp_flag::ack) != 0;
    shape_note(*second, acknowledges ? second->ack - first.seq : 0, shape.notes[1]);
    out.packets[1] = packet_of(*second);
    out.is_refused = is_reset(*second);
    if (out.is_refused) shape.bits |= refusal_bits(first, *second);
  }
  std::memcpy(out.shape.words.data(), &shape, sizeof(shape));
  return true;
}

}  // namespace handlens
