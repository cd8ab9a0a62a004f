#include "src/findings/backlog.h"

#include <fmt/format.h>

#include <algorithm>

namespace handlens {
namespace {

// The data behind the ACK bears the same number, and a reset may answer either. Where the two are answered one by one,
// or nothing came behind the ACK, it answers the ACK.
bool is_answered_apart(const ResetCase& c) {
  const auto data = static_cast<std::size_t>(
      std::count_if(c.others.begin(), c.others.begin() + static_cast<std::ptrdiff_t>(c.others_before),
                    [](const PacketNote* n) { return n->length > 0 && !n->has(tcp_flag::syn); }));
  const auto alike = static_cast<std::size_t>(std::count_if(
      c.burst.begin(), c.burst.end(), [&c](const RstFact* r) { return !r->ack_flag && r->raw_seq == c.rst.raw_seq; }));
  return alike == data + 1;
}

}  // namespace

std::optional<Sign> find_full_backlog(const FlowReport& flow, std::uint64_t frame) {
  if (!flow.tcp.ack || flow.facts(Side::server).bytes > 0) return std::nullopt;
  const bool is_repeated = std::any_of(flow.events.begin(), flow.events.end(), [&flow](const Event& e) {
    return e.kind == EventKind::syn_retransmission && flow.side(e.from) == Side::server &&
           e.frame > flow.tcp.ack->number;
  });
  if (!is_repeated) return std::nullopt;
  return Sign{"listen-overflow",
              ClueGroup::protocol,
              Weight::medium,
              Toward::neither,
              frame,
              "the SYN-ACK was repeated although it had been answered: the server's queue of connections is full, "
              "or the client's ACK does not reach it"};
}

std::optional<Sign> find_full_backlog(const ResetCase& c) {
  if (c.claimed != Side::server || c.flow.facts(Side::server).bytes > 0 || !c.flow.tcp.ack) return std::nullopt;
  if (auto found = find_full_backlog(c.flow, c.rst.frame)) return found;
  const std::optional<std::uint32_t> isn = c.flow.facts(Side::server).isn;
  const Elicitor e = find_elicitor(c);
  const bool answers_ack = e.packet != nullptr && e.packet->frame == c.flow.tcp.ack->number && e.packet->length == 0;
  if (c.rst.ack_flag || !answers_ack || !isn || c.rst.raw_seq != *isn + 1) return std::nullopt;
  const bool is_too_soon = c.rtt && e.delay < *c.rtt - *c.rtt / 16;  // the ACK was not there yet
  if (is_too_soon || !is_answered_apart(c)) return std::nullopt;
  return Sign{"listen-overflow",
              ClueGroup::protocol,
              Weight::medium,
              Toward::neither,
              c.rst.frame,
              fmt::format("it answers the ACK that completed the opening (#{}): as a server does whose queue of new "
                          "connections is full and which is set to reset what it cannot queue",
                          c.flow.tcp.ack->number)};
}

}  // namespace handlens
