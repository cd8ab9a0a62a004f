// One connection in two files, captured at both ends: what one end received and the other never sent (L5, L6).
//
// A file taken beside a host shows all that this host sends. A reset alone takes no sequence number, so one that the
// file lost leaves no gap: that it is missing is strong, and decisive only where both ends miss the other's. One that
// is there has left that host, or what stands between it and the capture.
#include <fmt/format.h>

#include <algorithm>

#include "src/findings/clues.h"
#include "src/tcp/elapsed.h"

namespace handlens {
namespace {

constexpr std::int64_t kBeside = 300'000;    // ns: a round trip on one host or one switch
constexpr std::int64_t kMargin = 1'000'000;  // ns: at least; and a thousandth of the time for clocks that drift

// The file of `b` was taken next to that side: all its packets are as they left it.
bool is_beside(const FlowBrief& b, Side side) {
  const auto s = static_cast<std::size_t>(side);
  const std::int64_t rtt = side == Side::client ? b.rtt_client : b.rtt_server;
  return b.ttl_min[s] != 0 && hops(b.ttl_min[s]) == 0 && b.ttl_min[s] == b.ttl_max[s] && rtt >= 0 && rtt < kBeside;
}

// Everything of that side that `here` has is in `there`, whose file goes on past the time when what came here at `at`
// left that side. Times are counted from the SYN, so that the clocks need not agree: by that of `there` a packet leaves
// a round trip before the time at which it comes here, as the SYN went one way of it and the packet the other. Half of
// what was measured is believed: one slow SYN-ACK makes the way look longer than it is.
bool holds_all(const FlowBrief& there, const FlowBrief& here, Side side, std::int64_t at, const CapturePlaces& places) {
  const auto s = static_cast<std::size_t>(side);
  if (!there.is_complete || !here.is_complete || there.has_loss || there.sent[s] < here.sent[s]) return false;
  const std::int64_t rtt = std::max<std::int64_t>(0, side == Side::client ? here.rtt_client : here.rtt_server);
  const std::int64_t after = elapsed(here.start_ns, at);
  const std::int64_t covered = elapsed(there.start_ns, places.file_end(there));
  return after >= 0 && covered >= after - rtt / 2 + kMargin + after / 1000;
}

// As that side's other packets in the file of `b`, which was taken next to it.
bool has_its_ttl(const FlowBrief& b, Side side) {
  return b.has_reset && b.reset_from == side && b.reset_ttl == b.ttl_min[static_cast<std::size_t>(side)];
}

// The first reset in the name of `sender` stands in the file `near` it, and in the file `far` from it after as long as
// from there it takes: the times are counted from the SYN, which went the same way or the other.
bool has_come_over(const FlowBrief& near, const FlowBrief& far, Side sender) {
  constexpr std::int64_t kUneven = 2'000'000;  // ns: at least
  const auto s = static_cast<std::size_t>(sender);
  if (near.resets[s] == 0 || far.resets[s] == 0) return false;
  const std::int64_t rtt = std::max<std::int64_t>(0, sender == Side::client ? far.rtt_client : far.rtt_server);
  const std::int64_t left = elapsed(near.start_ns, near.reset_ns[s]), came = elapsed(far.start_ns, far.reset_ns[s]);
  const std::int64_t way = sender == Side::server ? rtt : 0;
  return left >= 0 && is_within(left + way, came, std::max(kUneven, rtt / 4));
}

// L5 answered: it did leave, and it came. Whatever made it stands no farther from that host than the capture does.
void sent_from_there(const ResetCase& c, const FlowBrief& here, const CapturePlaces& places, Signs& out) {
  const bool is_near = is_beside(here, c.claimed);
  for (const FlowBrief* there : places.twins_of(here)) {
    const FlowBrief &near = is_near ? here : *there, &far = is_near ? *there : here;
    if (!is_beside(near, c.claimed) || is_beside(far, c.claimed)) continue;
    if (!has_its_ttl(near, c.claimed) || !has_come_over(near, far, c.claimed)) continue;
    const std::string_view side = to_text(c.claimed);
    out.push_back({"two-vantage-rst-sent", ClueGroup::link, Weight::strong, Toward::endpoint, c.rst.frame,
                   is_near ? fmt::format("this capture was taken next to the {} and shows it leaving, and the other "
                                         "capture shows it arriving (flow #{})",
                                         side, there->id)
                           : fmt::format("the capture next to the {} holds the same connection (flow #{}) and shows "
                                         "the reset leaving, with the TTL of that side's other packets",
                                         side, there->id)});
    return;
  }
}

}  // namespace

void add_vantage_signs(const ResetCase& c, const Guards& g, Signs& out) {
  const FlowBrief* here = c.context.brief(c.flow.id);
  const CapturePlaces* places = c.context.places();
  if (here == nullptr || places == nullptr || c.is_fin || c.after_fin || c.own_reset_before || g.drops) return;
  sent_from_there(c, *here, *places, out);
  if (is_beside(*here, c.claimed)) return;
  const auto own = static_cast<std::size_t>(c.claimed), other = static_cast<std::size_t>(c.peer);
  const FlowBrief *holder = nullptr, *receiver = nullptr;
  for (const FlowBrief* there : places->twins_of(*here)) {
    if (!is_beside(*there, c.claimed)) continue;
    if (there->resets[own] > 0) return;  // it did leave
    if (!holds_all(*there, *here, c.claimed, c.rst.time.ns, *places)) continue;
    if (holder == nullptr) holder = there;
    const bool both = there->resets[other] > 0 && here->resets[other] == 0 && is_beside(*here, c.peer) &&
                      holds_all(*here, *there, c.peer, there->reset_ns[other], *places);
    if (both && receiver == nullptr) receiver = there;
  }
  if (holder == nullptr) return;
  out.push_back({"two-vantage-rst-unsent", ClueGroup::link, Weight::strong, Toward::middlebox, c.rst.frame,
                 fmt::format("the capture next to {} holds the same connection (flow #{}), goes on past the time at "
                             "which it must have left there, and shows no reset that did",
                             c.claimed == Side::client ? "the client" : "the server", holder->id)});
  if (receiver == nullptr) return;
  out.push_back({"two-vantage-both-reset", ClueGroup::link, Weight::decisive, Toward::middlebox, c.rst.frame,
                 fmt::format("each end received a reset with the other's address (here, and in flow #{}), and neither "
                             "capture shows one that left",
                             receiver->id)});
}

}  // namespace handlens
