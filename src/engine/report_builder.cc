#include "src/engine/report_builder.h"

#include <algorithm>

#include "dissectors/tcp.h"
#include "src/tcp/seq.h"

namespace handlens {

namespace {

struct Decision {
  Direction client;
  ClientBy by;
};

// The order of the record contract: SYN, SYN-ACK, ClientHello, higher port.
Decision decide_client(const Connection& connection, const FlowReport& report, const FlowRecord& record) {
  const HandshakeFacts& handshake = connection.handshake();
  if (handshake.syn) return {handshake.syn_from, ClientBy::syn};
  if (handshake.syn_ack) return {opposite(handshake.syn_ack_from), ClientBy::syn_ack};
  if (report.tls.client) return {*report.tls.client, ClientBy::client_hello};
  const std::uint16_t first_port = record.key.port[record.first_sender];
  const std::uint16_t other_port = record.key.port[1 - record.first_sender];
  return {other_port > first_port ? Direction::reverse : Direction::forward, ClientBy::port};
}

Endpoint endpoint_of(const FlowRecord& record, std::size_t which) {
  Endpoint e;
  e.ip.bytes = record.key.address[which];
  e.ip.v6 = (record.key.domain & kDomainV6) != 0;
  e.port = record.key.port[which];
  return e;
}

IpIdPattern pattern_of(const IpIdTrace& trace) {
  if (trace.seen < 2) return IpIdPattern::unknown;
  if (trace.all_zero) return IpIdPattern::zero;
  if (trace.all_equal) return IpIdPattern::constant;
  if (trace.all_rising) return IpIdPattern::incrementing;
  return IpIdPattern::other;
}

void fill_options(const PathProfile& p, SideFacts& side) {
  const TcpOptions options = dissect_tcp_options(ByteView(p.options.data(), p.options_length));
  side.mss = options.mss;
  side.window_scale = options.window_scale;
  side.sack_permitted = options.sack_permitted;
  side.timestamps = options.timestamps.has_value();
  side.options = OptionKinds(options.kinds());
}

SideFacts side_facts(const Connection& connection, Direction d) {
  const PathProfile& p = connection.profile(d);
  SideFacts side;
  side.packets = p.packets;
  side.bytes = p.payload_bytes;
  side.isn = p.isn;
  side.window = p.window;
  if (p.options_length > 0) fill_options(p, side);
  if (p.packets > 0) {
    side.ttl = p.first_ttl;
    side.ttl_min = std::min(p.ttl_min, p.first_ttl);
    side.ttl_max = std::max(p.ttl_max, p.first_ttl);
  }
  side.ip_id = p.ip_id.first;
  side.ip_id_pattern = pattern_of(p.ip_id);
  side.retransmissions = p.retransmissions;
  side.out_of_order = p.out_of_order;
  side.duplicate_acks = p.duplicate_acks;
  side.keep_alives = p.keep_alives;
  side.challenge_acks = p.challenge_acks;
  side.urgent = p.urgent;
  side.zero_windows = p.zero_windows;
  side.overlaps_same = p.overlaps_same;
  side.overlaps_conflicting = p.overlaps_conflicting;
  side.lost_bytes = connection.lost_bytes(d);
  side.fast_open = p.fast_open;
  side.snaplen_cut = p.snaplen_cut;
  side.captured_twice = p.captured_twice;
  side.out_of_window = p.out_of_window;
  const PathProfile& peer = connection.profile(opposite(d));
  if (p.has_ack && peer.isn) side.acknowledged = seq_distance(*peer.isn, p.highest_ack);
  if (p.has_mac) side.mac = p.mac;
  for (const CaptureDirection way : {CaptureDirection::incoming, CaptureDirection::outgoing}) {
    std::size_t others = 0;
    for (std::size_t i = 0; i < p.seen_as.size(); ++i) others += i != static_cast<std::size_t>(way) && p.seen_as[i];
    if (p.seen_as[static_cast<std::size_t>(way)] && others == 0) side.seen_as = way;
  }
  return side;
}

TcpState state_of(const Connection& connection) {
  const HandshakeFacts& handshake = connection.handshake();
  const bool fin[2] = {connection.profile(Direction::forward).fin_seen,
                       connection.profile(Direction::reverse).fin_seen};
  if (fin[0] && fin[1]) return TcpState::closed;
  if (connection.is_reset()) return TcpState::reset;
  if (fin[0] || fin[1]) return TcpState::closing;
  if (handshake.ack) return TcpState::established;
  if (handshake.syn_ack) return TcpState::syn_received;
  if (handshake.syn) return TcpState::syn_sent;
  return TcpState::midstream;
}

// The number of a direction's offset 0: its ISN, else the first number seen.
std::uint32_t base_of(const PathProfile& p) { return p.isn ? *p.isn : p.first_seq; }

RstFact rst_fact(const SeenRst& seen, const Connection& connection, const FlowReport& report) {
  RstFact r;
  r.frame = seen.stamp.number;
  r.time = seen.stamp.time;
  r.from = report.side(seen.from);
  r.ack_flag = (seen.flags & tcp_flag::ack) != 0;
  r.raw_seq = seen.seq;
  r.raw_ack = seen.ack;
  const PathProfile& mine = connection.profile(seen.from);
  const PathProfile& peer = connection.profile(opposite(seen.from));
  const bool based = mine.isn || mine.has_first_seq;
  r.seq = based ? seq_distance(base_of(mine), seen.seq) : static_cast<std::int64_t>(seen.seq);
  if (r.ack_flag) {
    const bool peer_based = peer.isn || peer.has_first_seq;
    r.ack = peer_based ? seq_distance(base_of(peer), seen.ack) : static_cast<std::int64_t>(seen.ack);
  }
  r.window = seen.window;
  r.ttl = seen.ttl;
  if (seen.has_ip_id) r.ip_id = seen.ip_id;
  r.dont_fragment = seen.dont_fragment;
  r.payload = seen.payload;
  r.sender_next = seen.sender_next;
  r.receiver_next = seen.receiver_next;
  r.sender_ack = seen.sender_ack;
  r.receiver_ack = seen.receiver_ack;
  if (seen.outlived) r.outlived_by = seen.outlived->number;
  return r;
}

}  // namespace

void fill_endpoints(const FlowRecord& record, const Connection& connection, FlowReport& report) {
  const Decision decision = decide_client(connection, report, record);
  report.client_direction = decision.client;
  report.client_by = decision.by;
  const std::size_t first = record.first_sender;
  const std::size_t client = decision.client == Direction::forward ? first : 1 - first;
  report.client = endpoint_of(record, client);
  report.server = endpoint_of(record, 1 - client);
  report.midstream = !connection.handshake().syn && !connection.handshake().syn_ack;
  if (connection.profile(decision.client).packets == 0) report.one_sided = Side::client;
  if (connection.profile(opposite(decision.client)).packets == 0) report.one_sided = Side::server;
}

void fill_tcp_facts(const Connection& connection, FlowReport& report) {
  TcpFacts& tcp = report.tcp;
  const HandshakeFacts& handshake = connection.handshake();
  tcp.state = state_of(connection);
  tcp.syn = handshake.syn;
  tcp.syn_ack = handshake.syn_ack;
  tcp.ack = handshake.ack;
  tcp.syn_retransmissions = handshake.syn_retransmissions;
  tcp.simultaneous_open = handshake.simultaneous_open;
  tcp.split_handshake = handshake.split_handshake;
  tcp.sides[0] = side_facts(connection, report.client_direction);
  tcp.sides[1] = side_facts(connection, opposite(report.client_direction));
  tcp.rst.reserve(connection.resets().size());
  tcp.fin.reserve(connection.fins().size());
  for (const SeenRst& seen : connection.resets()) tcp.rst.push_back(rst_fact(seen, connection, report));
  for (const SeenFin& seen : connection.fins())
    tcp.fin.push_back({seen.stamp.number, seen.stamp.time, report.side(seen.from)});
  tcp.rst_total = connection.rst_total();
  tcp.fin_total = connection.fin_total();
}

}  // namespace handlens
