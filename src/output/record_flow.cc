// The `flow` and `tcp` objects of the record, and the whole record's frame.
#include <array>

#include "src/findings/signatures.h"
#include "src/output/community_id.h"
#include "src/output/flow_timing.h"
#include "src/output/record.h"
#include "src/output/record_shared.h"
#include "src/output/time_text.h"

namespace handlens {
namespace {

// What stands in `room` up to `end`.
template <std::size_t size>
std::string_view written(const std::array<char, size>& room, const char* end) {
  return {room.data(), static_cast<std::size_t>(end - room.data())};
}

template <class Number, class Out>
void number_if(Out& out, RecordVisitor::Key key, const std::optional<Number>& value) {
  if (value) out.number(key, *value);
}

template <class Out>
void seconds_if(Out& out, RecordVisitor::Key key, const std::optional<std::int64_t>& value) {
  if (value) out.seconds(key, *value);
}

template <class Out>
void frame_if(Out& out, RecordVisitor::Key key, const std::optional<PacketStamp>& stamp) {
  if (stamp) out.number(key, stamp->number);
}

template <class Out>
void visit_endpoint(RecordVisitor::Key key, const Endpoint& endpoint, const SideFacts& facts, Out& out) {
  out.begin_object(key);
  std::array<char, kIpTextRoom> text;  // not cleared
  out.word("ip", written(text, put_text(endpoint.ip, text.data())));
  out.number("port", endpoint.port);
  if (facts.mac) out.word("mac", written(text, put_text(*facts.mac, text.data())));
  out.end_object();
}

template <class Out>
void visit_link(const FlowReport& report, Out& out) {
  if (report.interface_id != kNoInterface) out.number("interface", report.interface_id);
  const LinkFacts& link = report.link;
  out.begin_array("encapsulation");
  for (std::size_t i = 0; i < link.encapsulation_count; ++i) out.word("", to_text(link.encapsulations[i]));
  out.end_array();
  if (link.vlan_count == 0) return;
  out.number("vlan", link.vlans[link.vlan_count - 1U]);  // the innermost: the network the hosts are in
  if (link.vlan_count < 2) return;
  out.begin_array("vlans");
  for (std::size_t i = 0; i < link.vlan_count; ++i) out.number("", link.vlans[i]);
  out.end_array();
}

template <class Out>
void visit_both(RecordVisitor::Key key, std::uint64_t client, std::uint64_t server, Out& out) {
  out.begin_object(key);
  out.number("client", client);
  out.number("server", server);
  out.end_object();
}

template <class Out>
void visit_flow_object(const FlowReport& report, Out& out) {
  const SideFacts& client = report.facts(Side::client);
  const SideFacts& server = report.facts(Side::server);
  std::array<char, kConnectionKeyRoom> text;
  const std::string_view community = written(text, put_community_id(report.client, report.server, text.data()));
  out.begin_object("flow");
  out.number("id", report.id);
  out.word("community_id", community);
  const std::string_view key =
      written(text, put_connection_key(client.isn, server.isn, text.data() + community.size()));
  if (key.size() > community.size()) out.word("conn_key", key);
  visit_endpoint("client", report.client, client, out);
  visit_endpoint("server", report.server, server, out);
  out.word("client_by", to_text(report.client_by));
  visit_link(report, out);
  out.word("start", written(text, put_rfc3339(report.first.time, text.data())));
  out.word("end", written(text, put_rfc3339(report.last.time, text.data())));
  const FlowTiming timing = flow_timing(report);
  if (timing.duration) out.seconds("duration", *timing.duration);
  if (timing.clock_went_back) out.boolean("clock_went_back", true);
  out.number("first_frame", report.first.number);
  out.number("last_frame", report.last.number);
  out.boolean("midstream", report.midstream);
  if (report.one_sided) out.word("one_sided", to_text(*report.one_sided));
  visit_both("packets", client.packets, server.packets, out);
  visit_both("bytes", client.bytes, server.bytes, out);
  if (report.cut_short != CutShort::none) out.word("cut_short", to_text(report.cut_short));
  out.end_object();
}

// Systems start at 64, 128 or 255 (RFC 1700 recommends 64; Windows uses 128, many routers 255): the next one above
// what arrived.
unsigned hops_from(std::uint8_t ttl) {
  const unsigned initial = ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
  return initial - ttl;
}

template <class Out>
void visit_counters(const SideFacts& side, Out& out) {
  out.number("retransmissions", side.retransmissions);
  out.number("out_of_order", side.out_of_order);
  out.number("duplicate_acks", side.duplicate_acks);
  out.number("keep_alives", side.keep_alives);
  out.number("challenge_acks", side.challenge_acks);
  out.number("urgent", side.urgent);
  out.number("zero_windows", side.zero_windows);
  out.number("overlaps_same", side.overlaps_same);
  out.number("overlaps_conflicting", side.overlaps_conflicting);
  out.number("lost_bytes", side.lost_bytes);
  out.boolean("fast_open", side.fast_open);
}

// All that visit_counters() tells is 0 or false.
bool is_undisturbed(const SideFacts& side) {
  const std::uint32_t any = side.retransmissions | side.out_of_order | side.duplicate_acks | side.keep_alives |
                            side.challenge_acks | side.urgent | side.zero_windows | side.overlaps_same |
                            side.overlaps_conflicting;
  return any == 0 && side.lost_bytes == 0 && !side.fast_open;
}

template <class Out>
void visit_side(RecordVisitor::Key key, const SideFacts& side, RecordMemo& memo, Out& out) {
  out.begin_object(key);
  number_if(out, "isn", side.isn);
  number_if(out, "window", side.window);
  number_if(out, "mss", side.mss);
  number_if(out, "window_scale", side.window_scale);
  if (side.isn) {  // options are those of the SYN or SYN-ACK: without it nothing is known of them
    out.boolean("sack_permitted", side.sack_permitted);
    out.boolean("timestamps", side.timestamps);
    out.begin_array("options");
    for (const std::uint8_t kind : side.options) out.number("", kind);
    out.end_array();
  }
  if (side.ttl) {
    out.number("ttl", *side.ttl);
    out.number("hops_away", hops_from(*side.ttl));
    if (side.ttl_min != side.ttl_max) {
      out.number("ttl_min", side.ttl_min);
      out.number("ttl_max", side.ttl_max);
    }
  }
  number_if(out, "ip_id", side.ip_id);
  if (side.ip_id_pattern != IpIdPattern::unknown) out.word("ip_id_pattern", to_text(side.ip_id_pattern));
  if (is_undisturbed(side)) {
    visit_shared(memo.undisturbed, memo, out, [&side](auto& to) { visit_counters(side, to); });
  } else {
    visit_counters(side, out);
  }
  if (side.snaplen_cut) out.boolean("snaplen_cut", true);
  if (side.captured_twice > 0) out.number("captured_twice", side.captured_twice);
  if (side.out_of_window > 0) out.number("out_of_window", side.out_of_window);
  out.end_object();
}

template <class Out>
void visit_verdict(const RstVerdict& verdict, Out& out) {
  out.begin_object("verdict");
  out.word("role", to_text(verdict.role));
  out.word("cause", to_text(verdict.cause));
  if (verdict.location) out.word("location", to_text(*verdict.location));
  out.word("confidence", to_text(verdict.confidence));
  out.begin_array("rules");
  for (const std::string& rule : verdict.rules) out.text("", rule);
  out.end_array();
  out.end_object();
}

template <class Out>
void visit_resets(const AnalyzedFlow& flow, Out& out) {
  const FlowReport& report = flow.report;
  out.begin_array("rst");
  for (std::size_t i = 0; i < report.tcp.rst.size(); ++i) {
    const RstFact& rst = report.tcp.rst[i];
    out.begin_object("");
    out.number("frame", rst.frame);
    out.seconds("t", rst.time.ns - report.first.time.ns);
    out.word("from", to_text(rst.from));
    out.boolean("ack_flag", rst.ack_flag);
    out.signed_number("seq", rst.seq);
    if (rst.ack) out.signed_number("ack", *rst.ack);
    out.number("window", rst.window);
    out.number("ttl", rst.ttl);
    number_if(out, "ip_id", rst.ip_id);
    if (rst.payload > 0) out.number("payload", rst.payload);
    number_if(out, "outlived_by", rst.outlived_by);
    if (i < flow.rst_verdicts.size()) visit_verdict(flow.rst_verdicts[i], out);
    out.end_object();
  }
  out.end_array();
}

template <class Out>
void visit_ends(const FlowReport& report, Out& out) {
  out.begin_array("fin");
  for (const FinFact& fin : report.tcp.fin) {
    out.begin_object("");
    out.number("frame", fin.frame);
    out.seconds("t", fin.time.ns - report.first.time.ns);
    out.word("from", to_text(fin.from));
    out.end_object();
  }
  out.end_array();
  if (report.tcp.rst_total > report.tcp.rst.size()) out.number("rst_total", report.tcp.rst_total);
  if (report.tcp.fin_total > report.tcp.fin.size()) out.number("fin_total", report.tcp.fin_total);
}

template <class Out>
void visit_signatures(const FlowReport& report, Out& out) {
  const std::string_view c2s = tampering_signature(report, Side::client);
  const std::string_view s2c = tampering_signature(report, Side::server);
  if (c2s.empty() && s2c.empty()) return;
  out.begin_object("signatures");
  if (!c2s.empty()) out.word("c2s", c2s);
  if (!s2c.empty()) out.word("s2c", s2c);
  out.end_object();
}

template <class Out>
void visit_tcp(const AnalyzedFlow& flow, RecordMemo& memo, Out& out) {
  const FlowReport& report = flow.report;
  const TcpFacts& tcp = report.tcp;
  const FlowTiming timing = flow_timing(report);
  out.begin_object("tcp");
  out.word("state", to_text(tcp.state));
  frame_if(out, "syn_frame", tcp.syn);
  frame_if(out, "syn_ack_frame", tcp.syn_ack);
  frame_if(out, "ack_frame", tcp.ack);
  out.number("syn_retransmissions", tcp.syn_retransmissions);
  seconds_if(out, "syn_to_syn_ack", timing.syn_to_syn_ack);
  seconds_if(out, "syn_ack_to_ack", timing.syn_ack_to_ack);
  if (tcp.simultaneous_open) out.boolean("simultaneous_open", true);
  if (tcp.split_handshake) out.boolean("split_handshake", true);
  visit_signatures(report, out);
  visit_side("client", report.facts(Side::client), memo, out);
  visit_side("server", report.facts(Side::server), memo, out);
  visit_resets(flow, out);
  visit_ends(report, out);
  out.end_object();
}

}  // namespace

template <class Out>
void walk_flow_and_tcp(const AnalyzedFlow& flow, RecordMemo& memo, Out& out) {
  visit_flow_object(flow.report, out);
  visit_tcp(flow, memo, out);
}

template <class Out>
void walk_flow(const AnalyzedFlow& flow, const RecordOptions& options, RecordMemo& memo, RecordVisitor::Key key,
               Out& out) {
  out.begin_object(key);
  out.word("schema", kFlowSchema);
  visit_flow_and_tcp(flow, memo, out);
  if (flow.report.is_tls) visit_tls(flow.report, options, memo, out);
  visit_plaintext(flow.report, out);
  visit_events(flow.report, out);
  visit_judgement(flow, out);
  out.end_object();
}

void visit_flow_and_tcp(const AnalyzedFlow& flow, RecordMemo& memo, RecordVisitor& out) {
  walk_flow_and_tcp(flow, memo, out);
}
void visit_flow_and_tcp(const AnalyzedFlow& flow, RecordMemo& memo, JsonWriter& out) {
  walk_flow_and_tcp(flow, memo, out);
}
void visit_flow(const AnalyzedFlow& flow, const RecordOptions& options, RecordMemo& memo, RecordVisitor::Key key,
                RecordVisitor& out) {
  walk_flow(flow, options, memo, key, out);
}
void visit_flow(const AnalyzedFlow& flow, const RecordOptions& options, RecordMemo& memo, RecordVisitor::Key key,
                JsonWriter& out) {
  walk_flow(flow, options, memo, key, out);
}

}  // namespace handlens
