#include "src/output/flow_timing.h"

#include "src/tcp/elapsed.h"

namespace handlens {
namespace {

struct Span {
  PacketStamp from, to;
};

// TLS 1.3 server flights are application-data records too, so what counts as a response must come after the handshake.
std::optional<Span> first_response(const FlowReport& report) {
  if (!report.tls.established) return std::nullopt;
  for (const Event& event : report.events) {
    if (event.kind != EventKind::application_data || report.side(event.from) != Side::server) continue;
    // Data in the packet that proves the handshake complete, or before it, measures nothing.
    if (event.frame <= report.tls.established_at.number) return std::nullopt;
    return Span{report.tls.established_at, {event.frame, event.time}};
  }
  return std::nullopt;
}

}  // namespace

FlowTiming flow_timing(const FlowReport& report) {
  FlowTiming timing;
  // Below zero is no duration. Packets captured in the other order show that by their numbers; else it was the clock.
  const auto keep = [&timing](std::optional<std::int64_t>& where, const Span& span) {
    const std::int64_t time = elapsed(span.from.time.ns, span.to.time.ns);
    if (time >= 0) {
      where = time;
    } else if (span.from.number <= span.to.number) {
      timing.clock_went_back = true;
    }
  };
  keep(timing.duration, {report.first, report.last});
  const TcpFacts& tcp = report.tcp;
  if (tcp.syn && tcp.syn_ack) keep(timing.syn_to_syn_ack, {*tcp.syn, *tcp.syn_ack});
  if (tcp.syn_ack && tcp.ack) keep(timing.syn_ack_to_ack, {*tcp.syn_ack, *tcp.ack});
  if (tcp.syn && tcp.ack) keep(timing.syn_to_ack, {*tcp.syn, *tcp.ack});
  const TlsFacts& tls = report.tls;
  if (tls.client_hello && tls.server_hello) {
    keep(timing.client_hello_to_server_hello, {tls.client_hello->stamp, tls.server_hello->stamp});
  }
  if (tls.client_hello && tls.established) {
    keep(timing.client_hello_to_established, {tls.client_hello->stamp, tls.established_at});
  }
  if (const auto span = first_response(report)) keep(timing.established_to_first_response, *span);
  return timing;
}

}  // namespace handlens
