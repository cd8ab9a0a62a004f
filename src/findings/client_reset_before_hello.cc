#include "src/findings/client_reset_before_hello.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/tcp/elapsed.h"

namespace handlens {

namespace {

// Nothing of the client's was sent that is not in the capture, as far as the server's acknowledgements tell.
bool is_whole(const FlowReport& flow) {
  const SideFacts& client = flow.facts(Side::client);
  const SideFacts& server = flow.facts(Side::server);
  constexpr std::int64_t kSynOnly = 1;
  return client.bytes + server.bytes + client.lost_bytes + server.lost_bytes == 0 &&
         server.acknowledged.value_or(kSynOnly) <= kSynOnly;
}

std::string duration(std::int64_t ns) {
  const auto value = static_cast<double>(ns);
  return ns < 10'000'000'000 ? fmt::format("{:.1f} ms", value / 1e6) : fmt::format("{:.1f} s", value / 1e9);
}

}  // namespace

void evaluate_client_reset_before_hello(const FlowReport& flow, const Outcome& outcome, std::vector<Finding>& out) {
  const TcpFacts& tcp = flow.tcp;
  if (outcome.ended_by != EndedBy::rst || outcome.apparent_sender != Side::client) return;
  if (!tcp.syn || !tcp.syn_ack || !tcp.ack || !is_whole(flow)) return;
  const auto ending = std::find_if(tcp.rst.begin(), tcp.rst.end(),
                                   [&outcome](const RstFact& r) { return r.frame == outcome.ending_frame; });
  if (ending == tcp.rst.end() || ending->frame <= tcp.ack->number) return;
  const RstFact& rst = *ending;

  Finding finding;
  finding.id = std::string(kClientResetBeforeHello.id);
  finding.severity = kClientResetBeforeHello.severity;
  finding.confidence = Confidence::possible;
  finding.frames = {tcp.syn->number, tcp.syn_ack->number, tcp.ack->number, rst.frame};
  const std::int64_t waited = elapsed(tcp.ack->time.ns, rst.time.ns);
  const bool known = waited >= 0;  // or the capture's clock went back
  finding.sentence = fmt::format(
      "TCP opened normally; {} a reset carrying the client's address ended the connection before any "
      "request was captured. No data carrying the server's address was seen.",
      known ? duration(waited) + " later" : "then");
  finding.evidence.push_back({finding.id, Weight::medium, "not-server", rst.frame,
                              fmt::format("{} with the client's address {}after the handshake's ACK; 0 bytes of "
                                          "payload in either direction",
                                          rst.ack_flag ? "RST, ACK" : "RST", known ? duration(waited) + " " : "")});
  finding.against = {
      "The client's own program may have closed the connection before it sent anything: a scanner, a health check, a "
      "cancelled request.",
      "Security software, a proxy or a URL filter on the client's host or in front of it can send the same packets "
      "with the client's address.",
  };
  finding.next_steps = {
      "Do not escalate to the server yet: nothing with its address refused anything, and no request was captured on "
      "the way to it.",
      fmt::format("On the client: check endpoint security, proxy and URL policy for the server's address and port {}.",
                  flow.server.port),
      "To see where the reset starts: capture on the client's host and behind its first firewall at the same time.",
  };
  finding.seen_as = {"client: WSAECONNABORTED (10053) or ECONNRESET",
                     "server: connection reset by peer (ECONNRESET, 10054)"};
  out.push_back(std::move(finding));
}

}  // namespace handlens
