#include "src/findings/client_reset_before_hello.h"

#include <fmt/format.h>

namespace handlens {

namespace {

// The reset stands where the client's own packets would be, or it does not: said with the literal values.
void add_sender_evidence(const FlowReport& flow, const RstFact& rst, Finding& finding) {
  const SideFacts& client = flow.facts(Side::client);
  if (client.ttl) {
    const bool same = rst.ttl >= client.ttl_min && rst.ttl <= client.ttl_max;
    const std::string others = client.ttl_min == client.ttl_max
                                   ? fmt::format("{}", client.ttl_min)
                                   : fmt::format("{} to {}", client.ttl_min, client.ttl_max);
    finding.evidence.push_back(
        {finding.id, Weight::weak, same ? "client" : "middlebox", rst.frame,
         fmt::format("TTL {} of the reset {} that of the other packets with the client's address "
                     "({})",
                     rst.ttl, same ? "is" : "is not", others)});
  }
  if (rst.seq > 1) {
    finding.evidence.push_back(
        {finding.id, Weight::medium, "unknown", rst.frame,
         fmt::format("the reset's sequence number lies {} bytes past the start: so many bytes were sent, or assumed to "
                     "have been sent, and are not in this capture",
                     rst.seq - 1)});
  }
}

}  // namespace

void evaluate_client_reset_before_hello(const FlowReport& flow, const Outcome& outcome, std::vector<Finding>& out) {
  const TcpFacts& tcp = flow.tcp;
  if (outcome.ended_by != EndedBy::rst || outcome.apparent_sender != Side::client) return;
  if (!tcp.syn || !tcp.syn_ack || !tcp.ack || tcp.rst.empty()) return;
  if (flow.facts(Side::client).bytes + flow.facts(Side::server).bytes > 0) return;
  const RstFact& rst = tcp.rst.front();
  if (rst.from != Side::client) return;

  Finding finding;
  finding.id = std::string(kClientResetBeforeHello.id);
  finding.severity = kClientResetBeforeHello.severity;
  finding.confidence = Confidence::possible;
  finding.frames = {tcp.syn->number, tcp.syn_ack->number, tcp.ack->number, rst.frame};
  const double after_ms = static_cast<double>(rst.time.ns - tcp.ack->time.ns) / 1e6;
  finding.sentence = fmt::format(
      "TCP opened normally; {:.1f} ms later a reset carrying the client's address ended the connection before any "
      "request was captured. No data carrying the server's address was seen.",
      after_ms);
  finding.evidence.push_back(
      {finding.id, Weight::medium, "not-server", rst.frame,
       fmt::format("{} with the client's address {:.1f} ms after the handshake's ACK; 0 bytes of "
                   "payload in either direction",
                   rst.ack_flag ? "RST, ACK" : "RST", after_ms)});
  add_sender_evidence(flow, rst, finding);
  finding.against = {
      "The client's own program may have closed the connection before it sent anything: a scanner, a health check, a "
      "cancelled request.",
      "Security software, a proxy or a URL filter on the client's host or in front of it can send the same packets "
      "with the client's address.",
  };
  finding.next_steps = {
      "Do not escalate to the server yet: nothing with its address refused anything, and no request was captured on "
      "the "
      "way to it.",
      fmt::format("On the client: check endpoint security, proxy and URL policy for the server's address and port {}.",
                  flow.server.port),
      "To see where the reset starts: capture on the client's host and behind its first firewall at the same time.",
  };
  finding.seen_as = {"client: WSAECONNABORTED (10053) or ECONNRESET",
                     "server: connection reset by peer (ECONNRESET, 10054)"};
  out.push_back(std::move(finding));
}

}  // namespace handlens
