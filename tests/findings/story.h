// A flow told in a few lines, to be judged by the rules.
#pragma once

#include <memory>

#include "src/findings/analyze.h"

namespace handlens::testing {

inline constexpr Direction kC = Direction::forward, kS = Direction::reverse;

// A flow told in a few lines; each event is one packet, a millisecond apart.
class Story {
 public:
  Story() {
    flow.id = 1;
    flow.client_direction = kC;
    flow.server.port = 443;
  }
  Story& event(EventKind kind, Direction from, std::uint8_t a = 0, std::uint8_t b = 0) {
    Event e;
    e.kind = kind;
    e.from = from;
    e.frame = ++frame;
    e.time.ns = static_cast<std::int64_t>(frame) * 1'000'000;
    e.code_a = a;
    e.code_b = b;
    flow.events.push_back(e);
    ++flow.tcp.sides[static_cast<std::size_t>(flow.side(from))].packets;
    flow.last = {frame, e.time};
    if (kind == EventKind::fin) flow.tcp.fin.push_back({frame, e.time, flow.side(from)});
    return *this;
  }
  Story& syn() {
    event(EventKind::syn, kC);
    flow.tcp.syn = flow.last;
    return *this;
  }
  Story& open() {
    syn().event(EventKind::syn_ack, kS);
    flow.tcp.syn_ack = flow.last;
    event(EventKind::ack, kC);
    flow.tcp.ack = flow.last;
    return *this;
  }
  Story& hello() {
    event(EventKind::client_hello, kC);
    flow.is_tls = true;
    flow.tls.client_hello = std::make_unique<SeenHello<tls::ClientHello>>();
    flow.tcp.sides[0].bytes = 517;
    return *this;
  }
  Story& server_hello() {
    event(EventKind::server_hello, kS);
    flow.tls.server_hello = std::make_unique<SeenHello<tls::ServerHello>>();
    flow.tls.server_hello->hello.version = 0x0303;
    flow.tls.server_hello->hello.cipher_suite = 0xc02f;
    flow.tcp.sides[1].bytes = 3000;
    return *this;
  }
  Story& established() {
    flow.tls.established = true;
    flow.tls.established_at = flow.last;
    return *this;
  }
  Story& rst(Direction from) {
    event(EventKind::rst, from);
    RstFact r;
    r.frame = frame;
    r.time = flow.last.time;
    r.from = flow.side(from);
    r.seq = 1;
    r.ttl = 64;
    flow.tcp.rst.push_back(r);
    ++flow.tcp.rst_total;
    return *this;
  }
  Story& quiet(std::int64_t seconds) {
    flow.quiet_ns = seconds * 1'000'000'000;
    return *this;
  }
  AnalyzedFlow tell() { return analyze(std::move(flow)); }

  FlowReport flow;
  std::uint64_t frame = 0;
};

}  // namespace handlens::testing
