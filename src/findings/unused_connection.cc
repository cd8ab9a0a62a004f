#include "src/findings/unused_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/findings/clues.h"
#include "src/tcp/elapsed.h"

namespace handlens {
namespace {

constexpr std::int64_t kHeld = 1'000'000'000;      // ns: what is cut off at once was not kept for later
constexpr std::int64_t kPatience = 3'000'000'000;  // ns: a server that waits so long refuses nobody

// Its numbers stand where they stood at the opening: also what a path may have lost counts in them.
bool has_sent_nothing(const FlowReport& flow, std::uint64_t end) {
  const std::optional<std::uint32_t> isn = flow.facts(Side::client).isn;
  const auto is_proof = [&](const PacketNote& n) {
    return n.frame >= end && flow.side(n.from) == Side::client && n.seq == *isn + 1;
  };
  return isn && std::any_of(flow.packets.begin(), flow.packets.end(), is_proof);
}

// Another connection of this client to the same port that was used while this one was open.
const FlowBrief* used_meanwhile(const ResetCase& c) {
  const FlowBrief* self = c.context.brief(c.flow.id);
  if (self == nullptr) return nullptr;
  for (const std::uint32_t i : c.context.of_client(self->client, self->id)) {
    const FlowBrief& b = c.context.briefs()[i];
    const bool is_same_port = b.id != self->id && b.server == self->server && b.server_port == self->server_port;
    const bool was_open = b.start_ns <= self->end_ns && b.end_ns >= self->start_ns;
    if (is_same_port && was_open && (b.established || b.answered_hello)) return &b;
  }
  return nullptr;
}

}  // namespace

bool may_be_unused_connection(const FlowReport& flow, const Outcome& o) {
  const bool is_end = o.ended_by == EndedBy::fin || (o.ended_by == EndedBy::rst && o.apparent_sender == Side::client);
  return is_end && o.ending_frame && flow.tcp.syn && flow.tcp.syn_ack && flow.tcp.ack && !flow.one_sided &&
         !flow.midstream && flow.facts(Side::client).bytes + flow.facts(Side::server).bytes == 0;
}

std::optional<Benign> find_unused_connection(const ResetCase& c) {
  if (!may_be_unused_connection(c.flow, c.outcome) || c.outcome.ending_frame != c.rst.frame || !c.opened) return {};
  if (!c.is_fin && !c.rst.ack_flag) return {};  // a program that closes resets with ACK
  const std::int64_t held = elapsed(c.flow.tcp.ack->time.ns, c.rst.time.ns);
  if (held < kHeld || !has_sent_nothing(c.flow, c.rst.frame)) return {};
  const FlowBrief* other = used_meanwhile(c);
  // Beside the client all that it sent is in the capture, and no proxy on its way can have taken it.
  const bool is_timeout = c.claimed == Side::server && held >= kPatience && stands_beside(c.flow, Side::client);
  if (other == nullptr && !is_timeout) return {};
  std::string text =
      fmt::format("it was open for {} and by its numbers the client sent no data", milliseconds_text(held));
  if (other != nullptr) text += fmt::format(", while it used another one to the same port (flow #{})", other->id);
  text += ": as when a program opens a connection in advance and then does not need it";
  return Benign{"unused-connection",
                Cause::none,
                other != nullptr ? Confidence::likely : Confidence::possible,
                c.rst.frame,
                std::move(text),
                "",
                true};
}

}  // namespace handlens
