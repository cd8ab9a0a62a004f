// What the packet's IP-ID says: whether it continues that side's numbering, or is the number of somebody else's packet.
#include <fmt/format.h>

#include <algorithm>

#include "src/findings/clues.h"
#include "src/tcp/elapsed.h"

namespace handlens {
namespace {

constexpr std::size_t kCounterSamples = 4;
constexpr std::uint32_t kLargestStep = 64, kJumpAhead = 1024;

struct Numbered {
  std::uint32_t id = 0;
  std::int64_t time_ns = 0;
  std::int64_t longest_gap = 0;  // ns between two of them
};

// The newest IP-ID of a side that counts its packets; nothing of one that does not, or too few samples.
std::optional<Numbered> counter_of(const ResetCase& c) {
  std::vector<std::uint32_t> steps;
  std::optional<Numbered> last;
  std::int64_t longest = 0;
  for (std::size_t i = 0; i < c.own_before; ++i) {
    const PacketNote& n = *c.own[i];
    if (!n.has_ip_id || n.ip_id == 0 || n.ip_id > 0xffff) continue;
    if (last) steps.push_back((n.ip_id - last->id) & 0xffff);
    if (last) longest = std::max(longest, elapsed(last->time_ns, n.time_ns));
    last = Numbered{n.ip_id, n.time_ns, longest};
  }
  if (steps.size() + 1 < kCounterSamples) return std::nullopt;
  std::sort(steps.begin(), steps.end());
  const bool counts = steps[steps.size() / 2] <= kLargestStep && steps.front() > 0 && steps.back() <= kJumpAhead;
  return counts ? last : std::nullopt;
}

// F2
void numbering(const ResetCase& c, const Guards& g, Signs& out) {
  if (g.local_nat || g.synthetic || !c.rst.ip_id || *c.rst.ip_id == 0) return;
  const std::optional<Numbered> last = counter_of(c);
  if (!last) return;
  // A host that counts all of its packets may have sent many to others meanwhile. How many it sends, only gaps between
  // its own packets show that are about as long; up to a thousand a second are allowed for in any case.
  constexpr std::int64_t kMillisecond = 1'000'000, kShort = 100'000'000, kMost = 0xffff;  // ns, ns, ms
  const std::int64_t gap = elapsed(last->time_ns, c.rst.time.ns);
  const bool is_measured = !g.runs_backwards() && (gap <= kShort || gap / 2 <= last->longest_gap);
  const std::int64_t passed = std::clamp<std::int64_t>(gap / kMillisecond, 0, kMost);
  const std::uint32_t jump = kJumpAhead + static_cast<std::uint32_t>(passed);
  const std::uint32_t ahead = (*c.rst.ip_id - last->id) & 0xffff;
  if (ahead <= kLargestStep && ahead > 0) {
    if (c.is_fin) return;  // whoever forges one of those has watched the connection, and can count on
    out.push_back({"rst-ip-id-continues", ClueGroup::header, Weight::medium, Toward::endpoint, c.rst.frame,
                   fmt::format("its IP-ID {} continues that side's numbering ({} before)", *c.rst.ip_id, last->id)});
  } else if (is_measured && ahead > jump && ahead < 0x10000 - kLargestStep) {
    out.push_back(
        {"rst-ip-id-break", ClueGroup::header, Weight::medium, Toward::middlebox, c.rst.frame,
         fmt::format("its IP-ID {} does not continue that side's numbering ({} before)", *c.rst.ip_id, last->id)});
  }
}

// That window, as its packets said it; of its SYN, which is not scaled (RFC 7323 §2.2), also as the next ones would,
// rounded either way.
bool has_window(const ResetCase& c, std::uint16_t window) {
  const unsigned scale = std::min<unsigned>(c.own_facts().window_scale.value_or(0), 14);
  return std::any_of(c.own.begin(), c.own.end(), [window, scale](const PacketNote* n) {
    const unsigned scaled = n->has(tcp_flag::syn) ? unsigned{n->window} >> scale : n->window;
    return n->window == window || scaled == window || (n->has(tcp_flag::syn) && scaled + 1 == window);
  });
}

// F4: the packet that it answers, turned round.
void mirror(const ResetCase& c, const Guards& g, Signs& out) {
  if (c.trigger == nullptr || g.synthetic) return;
  const RstFact& rst = c.rst;
  // Any of the newest packets may have been the one; a copied number stands out.
  const PacketNote* twin = nullptr;
  for (std::size_t i = c.others_before; i > 0 && i + 4 > c.others_before; --i) {
    const PacketNote* n = c.others[i - 1];
    if (n->has_ip_id && rst.ip_id && n->ip_id != 0 && n->ip_id == *rst.ip_id) {
      twin = n;
      break;
    }
  }
  // Or it is the side's own, where both sides happen to have come to the same numbers.
  const auto is_own = [&](const PacketNote* n) {
    return n->has_ip_id && n->ip_id != 0 && ((*rst.ip_id - n->ip_id) & 0xffff) <= kLargestStep;
  };
  if (twin != nullptr && std::any_of(c.own.begin(), c.own.end(), is_own)) twin = nullptr;
  const PacketNote& like = twin != nullptr ? *twin : *c.trigger;
  const bool window = rst.window != 0 && rst.window == like.window && !has_window(c, rst.window);
  const bool length = rst.payload > 0 && rst.payload == like.length;
  if (twin == nullptr) {
    // An equal window may be chance where both sides use the same stack: only with the numbers of a refusal.
    if (!window || c.own.empty() || c.is_fin) return;
    out.push_back(
        {"rst-mirrors-trigger", ClueGroup::header, Weight::medium, Toward::middlebox, rst.frame,
         fmt::format("its window {} is that of the {}'s packet #{}, and of no packet of the side whose address "
                     "it carries",
                     rst.window, to_text(c.peer), like.frame)});
    return;
  }
  std::string text = fmt::format("its IP-ID {}", *rst.ip_id);
  if (window) text += fmt::format(" and its window {}", rst.window);
  if (length) text += fmt::format(" and its length {}", rst.payload);
  text += fmt::format(" {} of packet #{}, which went the other way, as if that packet had been turned round",
                      window || length ? "are those" : "is that", like.frame);
  // A FIN or an alert is one of many packets of its side: an equal number alone may be chance.
  const bool is_two = window || length;
  if (c.is_fin && !is_two) return;
  const Weight weight = is_two && !c.is_fin ? Weight::decisive : Weight::strong;
  out.push_back({"rst-mirrors-trigger", ClueGroup::header, weight, Toward::middlebox, rst.frame, text});
}

}  // namespace

void add_id_signs(const ResetCase& c, const Guards& g, Signs& out) {
  numbering(c, g, out);
  mirror(c, g, out);
}

}  // namespace handlens
