#include "src/output/flow_timing.h"

namespace handlens {
namespace {

std::int64_t between(const PacketStamp& from, const PacketStamp& to) { return to.time.ns - from.time.ns; }

// TLS 1.3 server flights are application-data records too, so what counts as a response must come after the handshake.
std::optional<std::int64_t> first_response(const FlowReport& report) {
  if (!report.tls.established) return std::nullopt;
  for (const Event& event : report.events) {
    if (event.kind != EventKind::application_data || report.side(event.from) != Side::server) continue;
    // Data in the packet that proves the handshake complete, or before it, measures nothing.
    if (event.frame <= report.tls.established_at.number) return std::nullopt;
    return event.time.ns - report.tls.established_at.time.ns;
  }
  return std::nullopt;
}

}  // namespace

FlowTiming flow_timing(const FlowReport& report) {
  FlowTiming timing;
  const TcpFacts& tcp = report.tcp;
  if (tcp.syn && tcp.syn_ack) timing.syn_to_syn_ack = between(*tcp.syn, *tcp.syn_ack);
  if (tcp.syn_ack && tcp.ack) timing.syn_ack_to_ack = between(*tcp.syn_ack, *tcp.ack);
  if (tcp.syn && tcp.ack) timing.syn_to_ack = between(*tcp.syn, *tcp.ack);
  const TlsFacts& tls = report.tls;
  if (tls.client_hello && tls.server_hello) {
    timing.client_hello_to_server_hello = between(tls.client_hello->stamp, tls.server_hello->stamp);
  }
  if (tls.client_hello && tls.established) {
    timing.client_hello_to_established = between(tls.client_hello->stamp, tls.established_at);
  }
  timing.established_to_first_response = first_response(report);
  return timing;
}

}  // namespace handlens
