// What several resets of one side say together.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "src/findings/clues.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {
namespace {

constexpr std::int64_t kSameMoment = 50'000'000;  // ns

std::string frames_text(const std::vector<const RstFact*>& burst) {
  std::string out;
  for (std::size_t i = 0; i < burst.size() && i < 6; ++i)
    out += fmt::format("{}#{}", i == 0 ? "" : ", ", burst[i]->frame);
  return burst.size() > 6 ? out + " ..." : out;
}

// Every segment of the other side may earn one reset (RFC 9293 §3.10.7.1): so many are ordinary.
std::size_t possible_triggers(const ResetCase& c) {
  std::size_t out = 0;
  for (const PacketNote* n : c.others) {
    if (n->frame < c.burst.back()->frame && elapsed(n->time_ns, c.burst.front()->time.ns) < 2'000'000'000) ++out;
  }
  return out;
}

bool was_acknowledged(const ResetCase& c, std::uint32_t seq) {
  return std::any_of(c.others.begin(), c.others.end(),
                     [seq](const PacketNote* n) { return n->has(tcp_flag::ack) && n->ack == seq; });
}

// S3: guesses, each further ahead.
void guesses(const ResetCase& c, const Guards& g, Signs& out) {
  if (g.loss || c.after_fin || !c.rst.sender_next) return;
  std::vector<std::uint32_t> steps;
  bool rises = true, beyond = false;
  for (std::size_t i = 1; i < c.burst.size(); ++i) {
    const std::uint32_t seq = c.burst[i]->raw_seq;
    const std::int32_t step = seq_distance(c.burst[i - 1]->raw_seq, seq);
    rises = rises && step > 0;
    steps.push_back(seq - c.burst.front()->raw_seq);
    // Of an answer to another segment the number is that segment's acknowledgement.
    const bool past = seq_distance(*c.burst[i]->sender_next, seq) > 2 && !was_acknowledged(c, seq);
    beyond = beyond || (c.burst[i]->sender_next && past);
  }
  if (steps.empty() || !rises || !beyond) return;
  out.push_back(
      {"multi-rst-seq-guesses", ClueGroup::sequence, Weight::decisive, Toward::middlebox, c.rst.frame,
       fmt::format("{} resets ({}) with rising sequence numbers, up to {} bytes past all that was sent: a host "
                   "knows its number and needs no second guess",
                   c.burst.size(), frames_text(c.burst), steps.back())});
  if (std::find(steps.begin(), steps.end(), 12503u) != steps.end()) {
    out.push_back({"fingerprint-12503", ClueGroup::sequence, Weight::decisive, Toward::middlebox, c.rst.frame,
                   "the second reset's number lies 12503 past the first's, a step published for one make of traffic "
                   "management devices"});
  }
  const bool by_segments = steps.size() >= 2 && std::all_of(steps.begin(), steps.end(),
                                                            [](std::uint32_t s) { return s % 1460 == 0 && s > 0; });
  if (by_segments) {
    out.push_back(
        {"fingerprint-1460-4380", ClueGroup::sequence, Weight::decisive, Toward::middlebox, c.rst.frame,
         "the resets' numbers differ by multiples of 1460, the size of a full segment: a published pattern of "
         "resets that guess what was sent meanwhile"});
  }
}

// S4: the same reset several times, without as many causes.
void identical(const ResetCase& c, const Guards& g, Signs& out) {
  // What they answer may be what the capture lacks.
  if (g.duplicates || g.midstream || c.was_copied || c.after_fin || c.flow.packets_elided) return;
  std::size_t same = 0;
  for (const RstFact* rst : c.burst) {
    const std::int64_t apart = elapsed(c.burst.front()->time.ns, rst->time.ns);
    same += rst->raw_seq == c.burst.front()->raw_seq && apart <= kSameMoment ? 1u : 0u;
  }
  const std::size_t unanswered = c.opened ? 1u : 0u;  // the handshake's packets have had their answers
  const std::size_t triggers = possible_triggers(c);
  if (same < 3 || triggers - std::min(triggers, unanswered) >= same) return;
  out.push_back({"rst-burst-identical", ClueGroup::sequence, Weight::strong, Toward::middlebox, c.rst.frame,
                 fmt::format("{} resets ({}) with the same sequence number within {}, more than there were packets to "
                             "answer: a host sends one",
                             same, frames_text(c.burst),
                             milliseconds_text(elapsed(c.burst.front()->time.ns, c.burst.back()->time.ns)))});
}

// The first of three windows that follow each other; the end if there are none. The host's own reset may be among the
// others.
std::set<std::uint16_t>::const_iterator find_counting(const std::set<std::uint16_t>& windows) {
  return std::find_if(windows.begin(), windows.end(), [&windows](std::uint32_t first) {
    return first + 2 <= 0xffff && windows.contains(static_cast<std::uint16_t>(first + 1)) &&
           windows.contains(static_cast<std::uint16_t>(first + 2));
  });
}

// F3a: windows that count.
void counting_windows(const ResetCase& c, Signs& out) {
  if (c.burst.size() < 3) return;
  std::set<std::uint16_t> windows;
  for (const RstFact* rst : c.burst) windows.insert(rst->window);
  const auto first = find_counting(windows);
  if (first == windows.end()) return;
  out.push_back(
      {"rst-window-sequence", ClueGroup::header, Weight::decisive, Toward::middlebox, c.rst.frame,
       fmt::format(
           "the windows of the resets are consecutive numbers ({0}, {1}, {2}): no TCP stack numbers its resets there",
           *first, *first + 1, *first + 2)});
}

}  // namespace

void add_burst_signs(const ResetCase& c, const Guards& g, Signs& out) {
  if (c.burst.size() < 2) return;
  guesses(c, g, out);
  identical(c, g, out);
  counting_windows(c, out);
}

}  // namespace handlens
