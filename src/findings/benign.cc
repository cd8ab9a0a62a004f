#include "src/findings/benign.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "src/findings/clues.h"
#include "src/findings/path_trace.h"
#include "src/findings/unused_connection.h"
#include "src/tcp/elapsed.h"
#include "src/tcp/seq.h"

namespace handlens {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000, kSecond = 1'000'000'000;
constexpr std::int64_t kScanWindow = 60 * kSecond;
constexpr std::size_t kScanTargets = 5, kConnectTargets = 3, kChecks = 3;
constexpr std::int64_t kRace = 2 * kSecond;

bool answers_a_segment(const ResetCase& c) {
  return std::any_of(c.others.begin(), c.others.begin() + static_cast<std::ptrdiff_t>(c.others_before),
                     [&](const PacketNote* n) { return n->has(tcp_flag::ack) && n->ack == c.rst.raw_seq; });
}

bool has_fin_before(const ResetCase& c, Side side) {
  return std::any_of(c.flow.tcp.fin.begin(), c.flow.tcp.fin.end(),
                     [&](const FinFact& f) { return f.from == side && f.frame < c.rst.frame; });
}

bool has_reset_before(const ResetCase& c, Side side) {
  return std::any_of(c.flow.tcp.rst.begin(), c.flow.tcp.rst.end(),
                     [&](const RstFact& r) { return r.from == side && r.frame < c.rst.frame && !r.outlived_by; });
}

// The packet with which that side first ended the connection.
std::uint64_t first_end(const ResetCase& c) {
  std::uint64_t first = UINT64_MAX;
  for (const FinFact& f : c.flow.tcp.fin) first = f.from == c.claimed ? std::min(first, f.frame) : first;
  for (const RstFact& r : c.flow.tcp.rst) first = r.from == c.claimed ? std::min(first, r.frame) : first;
  return first;
}

// A later reset with ACK has something to answer: a packet came after the first one, or it acknowledges a segment that
// no earlier one did.
bool answers_another(const ResetCase& c) {
  if (c.trigger != nullptr && c.trigger->frame > first_end(c)) return true;
  for (const RstFact& r : c.flow.tcp.rst) {
    if (r.from == c.claimed && r.frame < c.rst.frame && r.raw_ack == c.rst.raw_ack) return false;
  }
  return std::any_of(c.others.begin(), c.others.end(),
                     [&](const PacketNote* n) { return n->length > 0 && n->end() == c.rst.raw_ack; });
}

// B2, B11, B1: clean-up after the end.
std::optional<Benign> clean_up(const ResetCase& c) {
  const bool own_reset = has_reset_before(c, c.claimed);
  const bool own_end = own_reset || has_fin_before(c, c.claimed);
  const Cause cause = c.claimed == Side::client ? Cause::client : Cause::server;
  const bool answers_late = !c.rst.ack_flag || (own_reset && answers_another(c));
  if (own_end && answers_late && c.trigger != nullptr && answers_a_segment(c)) {
    const SideFacts& own = c.own_facts();
    const bool other_stack = own.ttl && c.rst.ttl != *own.ttl && std::abs(hops(c.rst.ttl) - hops(*own.ttl)) <= 1;
    if (own_reset && other_stack) {
      return Benign{
          "nat-in-front",
          cause,
          Confidence::likely,
          c.rst.frame,
          fmt::format(
              "an end with the {}'s address had come before; this fits a translator or firewall in front of it that "
              "answers a late packet (TTL {} instead of {})",
              to_text(c.claimed), c.rst.ttl, *own.ttl),
          "late-data-to-closed-socket"};
    }
    return Benign{"late-data-to-closed-socket",
                  cause,
                  Confidence::likely,
                  c.rst.frame,
                  fmt::format("an end with the {}'s address had come before; this reset answers a packet with the {}'s "
                              "that was still under way",
                              to_text(c.claimed), to_text(c.peer)),
                  c.after_fin ? "teardown-rst" : ""};
  }
  if (own_reset && c.trigger != nullptr && c.rst.ack_flag && answers_another(c)) {
    const SideFacts& own = c.own_facts();
    const bool device = own.ttl && c.rst.ttl != *own.ttl && initial_ttl(c.rst.ttl) == 255;
    if (device) {
      return Benign{"nat-in-front",
                    cause,
                    Confidence::likely,
                    c.rst.frame,
                    fmt::format("an end with the {}'s address had come before; this fits something in front of it that "
                                "answers a late packet",
                                to_text(c.claimed)),
                    "late-data-to-closed-socket"};
    }
  }
  if (!c.after_fin) return std::nullopt;
  return Benign{"teardown-rst", Cause::none, Confidence::likely, c.rst.frame,
                "a FIN had closed the connection before: resets are usual as clean-up"};
}

// S14, P14: an answer that belongs to an older connection is reset, then the client tries again.
std::optional<Benign> recovery(const ResetCase& c) {
  const TcpFacts& tcp = c.flow.tcp;
  if (c.claimed != Side::client || c.rst.ack_flag || !tcp.syn || c.trigger == nullptr) return std::nullopt;
  if (tcp.syn_ack && tcp.syn_ack->number < c.rst.frame) return std::nullopt;
  const PacketNote& t = *c.trigger;
  if (t.has(tcp_flag::syn) || !t.has(tcp_flag::ack) || t.ack != c.rst.raw_seq) return std::nullopt;
  return Benign{
      "challenge-ack-then-rst", Cause::none, Confidence::likely, c.rst.frame,
      fmt::format("the SYN was answered by an ACK of an older connection (#{}); this reset has its number, as a "
                  "client's would that then tries again (RFC 9293 §3.5.1)",
                  t.frame)};
}

const FlowBrief* self_of(const ResetCase& c) { return c.context.brief(c.flow.id); }

// When this client's connections to that port began which look the same, this one among them.
std::vector<std::int64_t> starts_of_alike(const ResetCase& c, const FlowBrief& self) {
  std::vector<std::int64_t> starts;
  for (const std::uint32_t i : c.context.of_client(self.client, self.id)) {
    const FlowBrief& b = c.context.briefs()[i];
    if (b.server == self.server && b.server_port == self.server_port && b.shape == self.shape) {
      starts.push_back(b.start_ns);
    }
  }
  return starts;
}

// B5: the same again and again, in a rhythm.
std::optional<Benign> health_check(const ResetCase& c, const FlowBrief& self) {
  // Who waits longer than that waits for something.
  constexpr std::int64_t kSoon = 3 * kSecond;
  if (elapsed(c.flow.first.time.ns, c.rst.time.ns) >= kSoon) return std::nullopt;
  std::vector<std::int64_t> starts = starts_of_alike(c, self);
  if (starts.size() < kChecks) return std::nullopt;
  std::sort(starts.begin(), starts.end());
  double mean = 0, square = 0;
  const auto n = static_cast<double>(starts.size() - 1);
  for (std::size_t i = 1; i < starts.size(); ++i) {
    const auto gap = static_cast<double>(elapsed(starts[i - 1], starts[i]));
    mean += gap / n;
    square += gap * gap / n;
  }
  const double spread = std::sqrt(std::max(0.0, square - mean * mean));
  if (mean < static_cast<double>(100 * kMillisecond) || spread >= 0.2 * mean) return std::nullopt;
  // Who begins anew as soon as the last one is over keeps the path's time, not its own.
  const auto lasted = static_cast<double>(elapsed(c.flow.first.time.ns, c.rst.time.ns));
  if (mean < 2 * lasted) return std::nullopt;
  return Benign{
      "health-check",
      Cause::client,
      Confidence::likely,
      c.rst.frame,
      fmt::format("{} connections from this client to this server, every {:.1f} s, in which it sent no data: a check "
                  "that the port answers, as load balancers make",
                  starts.size(), mean / 1e9),
      "",
      true};
}

// B4, of one connection that was closed in order: by its number the FIN stands right behind the SYN, so no data was
// sent that the path may have swallowed. A reset in that place may be a device's.
std::optional<Benign> port_test(const ResetCase& c) {
  constexpr std::int64_t kAtOnce = 50 * kMillisecond;
  constexpr std::int64_t kLongestOpening = 3 * kSecond;  // longer: the ACK is not the one that completed it
  const std::optional<std::uint32_t> isn = c.own_facts().isn, others = c.flow.facts(c.peer).isn;
  const TcpFacts& tcp = c.flow.tcp;
  if (!c.opened || c.flow.one_sided || !tcp.ack || !tcp.syn_ack || !isn || !others) return std::nullopt;
  // It stands behind nothing of its own, and answers nothing, a FIN of the server least of all.
  if (c.rst.raw_seq != *isn + 1 || c.rst.raw_ack != *others + 1) return std::nullopt;
  const std::int64_t open_for = elapsed(tcp.ack->time.ns, c.rst.time.ns);
  if (open_for < 0 || open_for >= kAtOnce || elapsed(tcp.syn_ack->time.ns, tcp.ack->time.ns) > kLongestOpening) {
    return std::nullopt;
  }
  // Again and again, and not in a rhythm: a program that cannot go on.
  const FlowBrief* self = self_of(c);
  if (self != nullptr && starts_of_alike(c, *self).size() >= kChecks) return std::nullopt;
  return Benign{
      "port-test",
      Cause::client,
      Confidence::possible,
      c.rst.frame,
      fmt::format("the client closed it {} after it was open and by its numbers had sent no data: as programs "
                  "do that only test whether a port answers",
                  milliseconds_text(open_for)),
      "",
      true};
}

// B3, B4: many targets in a short time.
std::optional<Benign> scan(const ResetCase& c, const FlowBrief& self) {
  std::set<std::pair<IpAddress, std::uint16_t>> half_open, connected;
  for (const std::uint32_t i : c.context.of_client(self.client, self.id)) {
    const FlowBrief& b = c.context.briefs()[i];
    const std::int64_t apart = elapsed(self.start_ns, b.start_ns);
    if (apart > kScanWindow || apart < -kScanWindow) continue;
    const std::pair target{b.server, b.server_port};
    if (b.shape == FlowShape::half_open || b.shape == FlowShape::refused) half_open.insert(target);
    if (b.shape == FlowShape::connect || b.shape == FlowShape::refused) connected.insert(target);
  }
  // A kernel answers a SYN-ACK that it did not ask for with a bare reset.
  const SideFacts& own = c.own_facts();
  const bool is_kernels = !c.rst.ack_flag || (own.ttl && c.rst.ttl == *own.ttl);
  if (self.shape == FlowShape::half_open && is_kernels && (self.odd_syn || half_open.size() >= kScanTargets)) {
    return Benign{
        "half-open-scan",
        Cause::client,
        Confidence::likely,
        c.rst.frame,
        self.odd_syn
            ? std::string("a SYN as scanners make them (no options, or a scanner's IP-ID), reset as soon as "
                          "it was answered: a port probe")
            : fmt::format(
                  "the same was done with the client's address to {} ports within a minute: as a port scan does",
                  half_open.size()),
        c.flow.facts(Side::client).ip_id == 54321u ? "rst-ipid-zmap" : "",
        true};
  }
  if (self.shape == FlowShape::connect && connected.size() >= kConnectTargets && c.rst.ack_flag &&
      elapsed(c.flow.tcp.ack->time.ns, c.rst.time.ns) <= 5 * kMillisecond) {
    return Benign{
        "connect-scan",
        Cause::client,
        Confidence::likely,
        c.rst.frame,
        fmt::format(
            "{} ports were opened and at once reset with the client's address within a minute: as a connect scan or "
            "port check does",
            connected.size()),
        "",
        true};
  }
  return std::nullopt;
}

// B6: another attempt of the same client was faster.
std::optional<Benign> raced(const ResetCase& c, const FlowBrief& self) {
  if (self.shape != FlowShape::half_open && self.shape != FlowShape::connect) return std::nullopt;
  for (const FlowBrief& b : c.context.neighbours(self.id)) {
    const std::int64_t apart = elapsed(b.start_ns, self.start_ns);
    if (b.id == self.id || b.server_port != self.server_port || apart > kRace || apart < -kRace ||
        b.server == self.server)
      continue;
    if (!b.established && !b.answered_hello) continue;
    const bool same_client = b.client == self.client;
    const bool other_family =
        b.client.v6 != self.client.v6 && b.has_mac[0] && self.has_mac[0] && b.mac[0] == self.mac[0];
    if (!same_client && !other_family) continue;
    return Benign{
        "happy-eyeballs-loser",
        Cause::none,
        Confidence::likely,
        c.rst.frame,
        fmt::format(
            "flow #{} to another address began {} {} this one and was used: as when a client races two paths and "
            "drops the slower (RFC 8305)",
            b.id, milliseconds_text(apart >= 0 ? apart : -apart), apart >= 0 ? "before" : "after"),
        "",
        true};
  }
  return std::nullopt;
}

// T6: the SYN-ACK came when the client waited no more.
std::optional<Benign> late_answer(const ResetCase& c) {
  constexpr std::int64_t kGivenUp = 3 * kSecond, kUsualAnswer = kSecond;
  if (c.claimed != Side::client || c.rst.ack_flag || c.opened || c.trigger == nullptr) return std::nullopt;
  const PacketNote& answer = *c.trigger;
  if (!answer.has(tcp_flag::syn) || !answer.has(tcp_flag::ack) || answer.ack != c.rst.raw_seq) return std::nullopt;
  const PacketNote *first = nullptr, *last = nullptr;
  for (const PacketNote* n : c.own) {
    if (!n->has(tcp_flag::syn) || n->frame > answer.frame) continue;
    if (first == nullptr) first = n;
    last = n;
  }
  if (first == nullptr || elapsed(last->time_ns, answer.time_ns) < kUsualAnswer) return std::nullopt;
  const std::int64_t waited = elapsed(first->time_ns, answer.time_ns);
  if (waited < kGivenUp) return std::nullopt;
  return Benign{"late-answer-to-closed-socket", Cause::client, Confidence::likely, c.rst.frame,
                fmt::format("it answers a SYN-ACK (#{}) that came {:.1f} s after the first SYN and {:.1f} s after the "
                            "last: as when the program had given up waiting",
                            answer.frame, static_cast<double>(waited) / 1e9,
                            static_cast<double>(elapsed(last->time_ns, answer.time_ns)) / 1e9)};
}

// B10: the client answers a packet of a connection that it does not have with that address.
std::optional<Benign> wrong_address(const ResetCase& c) {
  const FlowReport& flow = c.flow;
  if (c.claimed != Side::client || c.trigger == nullptr || !answers_a_segment(c) || c.rst.ack_flag) return std::nullopt;
  const bool client_spoke = !c.own.empty();
  if (client_spoke) return std::nullopt;
  for (const std::uint32_t i : c.context.of_client(flow.client.ip, flow.id)) {
    const FlowBrief& b = c.context.briefs()[i];
    if (b.id == flow.id || b.client_port != flow.client.port || b.server == flow.server.ip) continue;
    if (b.start_ns > flow.last.time.ns || elapsed(b.end_ns, flow.first.time.ns) > 60 * kSecond) continue;
    return Benign{
        "conntrack-invalid", Cause::path, Confidence::likely, c.rst.frame,
        fmt::format("the client has a connection from this port to another address (flow #{}); packets of it came "
                    "with this one: as when an address translation has lost track",
                    b.id)};
  }
  return std::nullopt;
}

// B8: it came from where that host's other packets come.
std::optional<Benign> refused(const ResetCase& c) {
  if (!c.answers_syn || !is_conforming(c) || !c.rst.ack_flag || c.flow.tcp.syn_ack) return std::nullopt;
  const HostFacts* host = c.context.host(c.flow.server.ip);
  if (host == nullptr || host->ttl_max == 0) return std::nullopt;
  const bool same = c.rst.ttl >= host->ttl_min && c.rst.ttl <= host->ttl_max;
  if (!same || hops(c.rst.ttl) != hops(host->ttl_min)) return std::nullopt;
  // A host's stack refuses as quickly as it accepts.
  constexpr std::int64_t kAway = 2'000'000;  // ns
  const std::int64_t since = c.since(*c.others.front());
  if (c.rtt && *c.rtt >= kAway && since >= 0 && since < *c.rtt / 2) return std::nullopt;
  return Benign{
      "refused-by-host", Cause::server, Confidence::likely, c.rst.frame,
      fmt::format("its TTL {} is that of the host's other packets, and its numbers are those of a refusal: as when "
                  "nothing listens there, or the host's own firewall says so",
                  c.rst.ttl)};
}

// B9: a connection that the server does not know any more.
std::optional<Benign> forgotten(const ResetCase& c) {
  if (c.claimed != Side::server || c.rst.ack_flag || c.trigger == nullptr || !c.own.empty()) return std::nullopt;
  if (!c.flow.midstream || c.trigger->ack != c.rst.raw_seq || c.burst.size() != 1) return std::nullopt;
  // Where the capture begins with this connection, packets of it that came before are not in it.
  constexpr std::int64_t kForgotten = 30 * kSecond;
  const std::vector<FlowBrief>& briefs = c.context.briefs();
  if (briefs.empty() || elapsed(briefs.front().start_ns, c.flow.first.time.ns) < kForgotten) return std::nullopt;
  return Benign{
      "restart-stale-state", Cause::server, Confidence::possible, c.rst.frame,
      "a packet of a connection whose beginning is not in the capture was answered as by a host that does not know "
      "it: it was restarted, or another one took its place"};
}

// B7: the client's program gave up after the connection had been used.
std::optional<Benign> cancelled(const ResetCase& c) {
  // A program that aborts sends RST, ACK (RFC 9293 §3.10.5); without ACK the host had lost the connection before.
  if (c.claimed != Side::client || !c.rst.ack_flag || !c.after_data_both || !is_conforming(c)) return std::nullopt;
  const SideFacts& own = c.own_facts();
  if (!own.ttl || c.rst.ttl < own.ttl_min || c.rst.ttl > own.ttl_max) return std::nullopt;
  const bool unread = c.rst.ack_flag && c.rst.receiver_next && seq_before(c.rst.raw_ack, *c.rst.receiver_next);
  return Benign{
      "client-cancel", Cause::client, Confidence::likely, c.rst.frame,
      fmt::format("data had gone both ways and the reset fits the client's own numbers and TTL {}{}: as when its "
                  "program aborts, times out or closes with unread data",
                  c.rst.ttl, unread ? "; it leaves data of the server unread" : "")};
}

// A TCP traceroute has arrived. Its tool made the SYN, and who sent the reset made the rest.
std::optional<Benign> traced(const ResetCase& c) {
  std::optional<std::string> trace = find_path_trace(c.flow, c.context);
  if (!trace) return std::nullopt;
  const Cause cause = c.claimed == Side::client ? Cause::client : Cause::none;
  return Benign{"path-trace", cause, Confidence::likely, c.rst.frame, std::move(*trace), "", true};
}

}  // namespace

std::optional<Benign> find_benign(const ResetCase& c) {
  if (auto found = traced(c)) return found;
  if (auto found = recovery(c)) return found;
  if (auto found = clean_up(c)) return found;
  if (auto found = late_answer(c)) return found;
  const FlowBrief* self = self_of(c);
  if (self != nullptr && c.claimed == Side::client && self->shape != FlowShape::other) {
    if (auto found = health_check(c, *self)) return found;
    if (auto found = scan(c, *self)) return found;
    if (auto found = raced(c, *self)) return found;
  }
  if (auto found = find_unused_connection(c)) return found;
  if (self != nullptr) {
    if (auto found = wrong_address(c)) return found;
    if (auto found = refused(c)) return found;
  }
  if (auto found = forgotten(c)) return found;
  return cancelled(c);
}

std::optional<Benign> find_benign_fin(const ResetCase& c) {
  if (auto found = traced(c)) return found;
  const FlowBrief* self = self_of(c);
  if (self != nullptr && c.claimed == Side::client && self->shape == FlowShape::closed) {
    if (auto found = health_check(c, *self)) return found;
  }
  if (c.claimed == Side::client && is_closed_unused(c.flow, c.outcome)) {
    if (auto found = port_test(c)) return found;
  }
  return find_unused_connection(c);
}

}  // namespace handlens
