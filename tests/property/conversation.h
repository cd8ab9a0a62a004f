// Conversations of the recorded captures, taken apart into what each side said in which order, and said again in other
// segments; and what of a record must not depend on how the same bytes arrived.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "src/output/record.h"
#include "tests/support/engine_run.h"

namespace handlens::property {

using builder::Bytes;
using testing::Analysis;
using testing::OwnedPacket;
using testing::Packets;

// One thing a side did: it sent bytes, or it ended its direction.
struct Turn {
  enum class Kind { data, fin, rst };
  Kind kind = Kind::data;
  std::size_t from = 0;  // 0: the client
  Bytes bytes;
};
struct Script {
  std::string name;
  std::uint16_t client_port = 40000, server_port = 443;
  std::vector<Turn> turns;
};

// What the sides of a capture with one connection and nothing lost said. The first packet is the client's SYN.
inline Script script_of(const std::string& name) {
  const Packets packets = testing::read_packets(testing::capture_path(name));
  Script script{.name = name, .turns = {}};
  std::optional<std::uint32_t> next[2];
  bool ended[2] = {false, false};
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const DissectedPacket d = dissect_packet(packets[i].link, packets[i].bytes, packets[i].wire_length);
    if (d.kind != PacketKind::tcp) continue;
    const TcpHeader& tcp = d.packet.tcp;
    if (i == 0) {
      script.client_port = tcp.source_port;
      script.server_port = tcp.destination_port;
    }
    const std::size_t from = tcp.source_port == script.client_port ? 0 : 1;
    if (tcp.has(tcp_flag::syn)) next[from] = tcp.seq + 1;
    if (!next[from]) continue;
    if (tcp.has(tcp_flag::rst)) {
      script.turns.push_back({Turn::Kind::rst, from, {}});
      continue;
    }
    if (!d.packet.payload.empty() && tcp.seq == *next[from]) {
      const Bytes bytes(d.packet.payload.begin(), d.packet.payload.end());
      const bool goes_on =
          !script.turns.empty() && script.turns.back().kind == Turn::Kind::data && script.turns.back().from == from;
      if (!goes_on) script.turns.push_back({Turn::Kind::data, from, {}});
      builder::append(script.turns.back().bytes, bytes);
      next[from] = tcp.seq + static_cast<std::uint32_t>(bytes.size());
    }
    if (tcp.has(tcp_flag::fin) && !ended[from]) {
      ended[from] = true;
      script.turns.push_back({Turn::Kind::fin, from, {}});
    }
  }
  return script;
}

// How one turn's bytes are cut: the sizes of its segments, in order; what is left over becomes the last one.
using Cutter = std::function<std::vector<std::size_t>(std::size_t turn, std::size_t size)>;
inline std::vector<std::size_t> usual_cut(std::size_t, std::size_t size) {
  return std::vector<std::size_t>(size / 1400, 1400);
}

// Which packets carry which turn, so that a test can shuffle them without changing who answered whom.
struct Played {
  Packets packets;
  struct Range {
    std::size_t begin = 0, end = 0;
  };
  std::vector<Range> data_turns;
};

struct PlayOptions {
  std::uint32_t client_isn = 1000, server_isn = 5000;
  std::string client_ip = "192.0.2.10", server_ip = "198.51.100.7";
  Cutter cut = usual_cut;
  // After each segment of data: another one of the same side, from this offset before its end to this one behind it.
  std::function<std::optional<std::pair<std::size_t, std::size_t>>(std::size_t turn)> overlap = {};
};

inline Played play(const Script& script, const PlayOptions& options = {}) {
  builder::Capture capture;
  builder::Conversation talk(
      capture, {.ip = options.client_ip, .port = script.client_port, .isn = options.client_isn, .window = 65535},
      {.ip = options.server_ip, .port = script.server_port, .isn = options.server_isn, .window = 65535});
  talk.open(builder::milliseconds(1));
  Played out;
  std::int64_t next[2] = {1, 1};  // relative to the ISN
  const auto send = [&](std::size_t from, const builder::Segment& segment) {
    talk.wait(builder::microseconds(10));
    from == 0 ? talk.from_client(segment) : talk.from_server(segment);
  };
  for (std::size_t t = 0; t < script.turns.size(); ++t) {
    const Turn& turn = script.turns[t];
    talk.wait(builder::microseconds(200));
    if (turn.kind != Turn::Kind::data) {
      const bool fin = turn.kind == Turn::Kind::fin;
      send(turn.from, {.flags = static_cast<std::uint8_t>(builder::kAck | (fin ? builder::kFin : builder::kRst))});
      continue;
    }
    const std::size_t begin = capture.frames().size();
    std::vector<std::size_t> sizes = options.cut(t, turn.bytes.size());
    sizes.push_back(turn.bytes.size());
    std::size_t at = 0;
    for (const std::size_t wanted : sizes) {
      const std::size_t size = std::min(wanted, turn.bytes.size() - at);
      if (size == 0) continue;
      const std::int64_t seq = next[turn.from] + static_cast<std::int64_t>(at);
      send(turn.from,
           {.flags = builder::kAck | builder::kPsh, .payload = builder::slice(turn.bytes, at, size), .seq = seq});
      at += size;
      const auto again = options.overlap ? options.overlap(t) : std::nullopt;
      if (!again) continue;
      const std::size_t back = std::min(again->first, at);
      send(turn.from, {.flags = builder::kAck,
                       .payload = builder::slice(turn.bytes, at - back, back + again->second),
                       .seq = next[turn.from] + static_cast<std::int64_t>(at - back)});
    }
    next[turn.from] += static_cast<std::int64_t>(turn.bytes.size());
    out.data_turns.push_back({begin, capture.frames().size()});
    send(1 - turn.from, {.flags = builder::kAck});
  }
  out.packets = testing::packets_of(capture);
  return out;
}

// Times go on in order whatever was done to the packets.
inline void restamp(Packets& packets) {
  std::int64_t now = builder::kStart;
  for (OwnedPacket& p : packets) p.time = (now += builder::microseconds(10));
}

// A record's text without everything that says when and in which packet something was.
class PlacelessText final : public RecordVisitor {
 public:
  void begin_object(Key key) override { open(key); }
  void end_object() override { close(); }
  void begin_array(Key key) override { open(key); }
  void end_array() override { close(); }
  void text(Key key, std::string_view raw) override { line(key, raw); }
  void word(Key key, std::string_view clean) override { line(key, clean); }
  void number(Key key, std::uint64_t value) override { line(key, std::to_string(value)); }
  void signed_number(Key key, std::int64_t value) override { line(key, std::to_string(value)); }
  void boolean(Key key, bool value) override { line(key, value ? "true" : "false"); }
  void seconds(Key key, std::int64_t nanoseconds) override { line(key, std::to_string(nanoseconds)); }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  static bool is_place(Key key) {
    if (key.ends_with("_frame")) return true;
    for (const std::string_view place : {"frame", "frames", "t", "segments", "timing", "start", "end"}) {
      if (key == place) return true;
    }
    return false;
  }
  void open(Key key) {
    if (hidden_ == 0) line(key, "{");
    if (hidden_ > 0 || is_place(key)) ++hidden_;
  }
  void close() {
    if (hidden_ > 0)
      --hidden_;
    else
      text_ += "}\n";
  }
  void line(Key key, std::string_view value) {
    if (hidden_ == 0 && !is_place(key)) text_.append(key).append(" ").append(value).append("\n");
  }
  std::string text_;
  int hidden_ = 0;  // how many open containers are inside a hidden one, itself included
};

inline bool is_of_tcp(EventKind kind) { return kind < EventKind::client_hello; }

// The messages of one direction, in order. Plaintext before TLS has no messages, so its sizes depend on segments.
inline std::vector<std::string> messages(const FlowReport& report, Direction from) {
  std::vector<std::string> out;
  for (const Event& event : report.events) {
    if (event.from != from || is_of_tcp(event.kind)) continue;
    std::string line(to_text(event.kind));
    if (event.kind != EventKind::plaintext) line += ' ' + std::to_string(event.size);
    line += ' ' + std::string(to_text(event.likely));
    out.push_back(line);
  }
  return out;
}

// What of a flow must stay the same however its bytes were cut into segments.
inline std::string essence(const AnalyzedFlow& flow) {
  static RecordMemo memo;  // large; a fresh one for each record would cost more than all the rest
  PlacelessText text;
  visit_tls(flow.report, {}, memo, text);
  visit_plaintext(flow.report, text);
  std::string out = text.take();
  out.append(to_text(flow.outcome.status)).append(" at ").append(to_text(flow.outcome.stage)).append("\n");
  for (const Direction from : {flow.report.client_direction, opposite(flow.report.client_direction)}) {
    out += from == flow.report.client_direction ? "client:\n" : "server:\n";
    for (const std::string& message : messages(flow.report, from)) out += message + '\n';
  }
  return out;
}
inline std::string essence(const Packets& packets, const testing::RunOptions& options = {}) {
  const Analysis analysis = testing::analyze_packets(packets, options);
  if (analysis.flows.size() != 1) return "flows: " + std::to_string(analysis.flows.size());
  return essence(analysis.flows.front());
}

inline const std::vector<std::string>& conversations() {
  static const std::vector<std::string> kNames = {"tls12_full.pcap",    "tls13_full.pcap",
                                                  "tls13_hrr.pcap",     "mtls12_full.pcap",
                                                  "mtls13_full.pcap",   "tls12_dhe_cbc.pcap",
                                                  "tls13_gnutls.pcap",  "smtp_starttls.pcap",
                                                  "socks5.pcap",        "http_connect.pcap",
                                                  "sslv2_hello.pcap",   "large_client_hello.pcap",
                                                  "tls13_curl.pcap",    "tls12_alert_expired.pcap",
                                                  "alpn_mismatch.pcap", "tls12_rsa_key_exchange.pcap",
                                                  "ssh_banner.pcap",    "plain_http_on_tls_port.pcap"};
  return kNames;
}

}  // namespace handlens::property
