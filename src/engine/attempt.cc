#include "src/engine/attempt.h"

#include <array>
#include <cstring>
#include <optional>

#include "src/tcp/elapsed.h"

namespace handlens {

namespace {

// How long it was silent afterwards is told in tenths of a second, rounded, and compared with whole seconds: within a
// step nothing changes but at its very beginning, where rounding goes either way.
constexpr std::int64_t kQuietStep = 50'000'000;  // ns

// What a shape begins with. None of these has padding.
struct Story {
  std::uint32_t quiet_steps = 0;
  std::uint8_t on_step = 0, count = 0, cut_short = 0,
               bits = 0;  // bits: 1 IPv6, 2 the first port is the lower one, 4 to 16 refusal_bits
};
// What of a note's numbers the story depends on.
struct NoteNumbers {
  std::uint32_t ack = 0;  // relative to what it answers; 0 where nothing depends on it
  std::uint16_t window = 0, shape = 0;
};
struct Layout {
  Story story;
  std::array<NoteNumbers, 2> notes;
};
// Where a note's shape has no number, the shapes follow.
struct WideLayout {
  Layout layout;
  std::array<HeaderShape, 2> shapes;
};
static_assert(sizeof(Layout) == 24 && sizeof(WideLayout) == sizeof(AttemptShape::words));

struct Noted {
  const DeferredPacket& note;
  const HeaderShape& shape;
};

bool is_syn(const Noted& n) {
  return (n.shape.flags & (tcp_flag::syn | tcp_flag::rst | tcp_flag::ack)) == tcp_flag::syn;
}
bool is_syn_ack(const Noted& n) {
  constexpr std::uint16_t kBoth = tcp_flag::syn | tcp_flag::ack;
  return (n.shape.flags & (kBoth | tcp_flag::rst)) == kBoth;
}
bool is_reset(const Noted& n) { return (n.shape.flags & (tcp_flag::syn | tcp_flag::rst)) == tcp_flag::rst; }

// A refusal that came later than this, or before what it refuses, is judged by its time as well.
constexpr std::int64_t kPromptRefusal = 20'000'000'000;  // ns

// Whether the two are an attempt and its answer.
bool is_answer(const Noted& first, const Noted& second) {
  const DeferredPacket &a = first.note, &b = second.note;
  if (b.from() == a.from() || b.number() == a.number() || !is_syn(first)) return false;
  if (!is_reset(second)) return is_syn_ack(second);
  const std::int64_t after = elapsed(a.time_ns, b.time_ns);
  return after >= 0 && after < kPromptRefusal;
}

// What of a refusal's numbers is judged: whether it has a sequence number, and whether it bears the SYN's IP-ID.
std::uint8_t refusal_bits(const DeferredPacket& first, const DeferredPacket& second) {
  return static_cast<std::uint8_t>((second.seq != 0 ? 4 : 0) |
                                   (second.ip_id != 0 && second.ip_id == first.ip_id ? 8 : 0) |
                                   (second.ip_id != 0 ? 16 : 0));
}

NoteNumbers numbers_of(const DeferredPacket& note, std::uint32_t ack) {
  return {.ack = ack, .window = note.window, .shape = note.shape_number()};
}

void write_shape(const Layout& layout, const Noted& first, const Noted* second, AttemptShape& out) {
  const bool is_wide = first.note.shape_number() == HeaderShapes::kNone ||
                       (second != nullptr && second->note.shape_number() == HeaderShapes::kNone);
  if (!is_wide) {
    out.size = sizeof(layout) / sizeof(std::uint64_t);
    std::memcpy(out.words.data(), &layout, sizeof(layout));
    return;
  }
  const WideLayout wide{layout, {first.shape, second != nullptr ? second->shape : HeaderShape{}}};
  out.size = AttemptShape::kWords;
  std::memcpy(out.words.data(), &wide, sizeof(wide));
}

AttemptPacket packet_of(const DeferredPacket& note) {
  return {.frame = note.number(), .time = {note.time_ns}, .seq = note.seq, .ip_id = note.ip_id};
}

Endpoint end_of(const FlowRecord& record, std::size_t which) {
  return {.ip = {record.key.address[which], (record.key.domain & kDomainV6) != 0}, .port = record.key.port[which]};
}

}  // namespace

bool describe_attempt(const FlowRecord& record, const DeferredPool& notes, const AttemptEnd& end, FlowAttempt& out) {
  if (record.deferred_count == 0 || record.deferred_count > 2) return false;
  const DeferredPacket& note = notes.at(record.payload);
  const Noted first{note, notes.shape(note)};
  std::optional<Noted> second;
  if (record.deferred_count == 2) second.emplace(Noted{notes.at(note.next), notes.shape(notes.at(note.next))});
  if (is_reset(first) || (second && !is_answer(first, *second))) return false;
  const std::int64_t steps = end.quiet_ns / kQuietStep;
  if (note.from() != Direction::forward || steps > UINT32_MAX) return false;
  if (notes.has_own_origin(note) || (second && notes.has_own_origin(second->note))) return false;

  Layout layout;
  Story& story = layout.story;
  story.quiet_steps = static_cast<std::uint32_t>(steps);
  story.on_step = end.quiet_ns % kQuietStep == 0 ? 1 : 0;
  story.count = record.deferred_count;
  story.cut_short = static_cast<std::uint8_t>(end.cut_short);
  out.id = record.number;
  out.ends = {end_of(record, record.first_sender), end_of(record, 1u - record.first_sender)};
  out.count = record.deferred_count;
  out.is_refused = false;
  // Only of a flow without any SYN the ports say who is the client.
  const bool by_port = !is_syn(first) && !is_syn_ack(first);
  story.bits =
      static_cast<std::uint8_t>((out.ends[0].ip.v6 ? 1 : 0) | (by_port && out.ends[1].port > out.ends[0].port ? 2 : 0));
  // The first packet acknowledges nothing that is in the capture.
  layout.notes[0] = numbers_of(note, first.shape.has(tcp_flag::ack) ? 0 : note.ack);
  out.packets[0] = packet_of(note);
  if (second) {
    const DeferredPacket& answer = second->note;
    layout.notes[1] = numbers_of(answer, second->shape.has(tcp_flag::ack) ? answer.ack - note.seq : 0);
    out.packets[1] = packet_of(answer);
    out.is_refused = is_reset(*second);
    if (out.is_refused) story.bits |= refusal_bits(note, answer);
  }
  write_shape(layout, first, second ? &*second : nullptr, out.shape);
  return true;
}

}  // namespace handlens
