// Attempts of one shape are worked out once: whatever they are, each is told as if it had been worked out by itself.
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "src/app/selecting_sink.h"
#include "src/output/attempt_template.h"
#include "src/output/json_sink.h"
#include "src/output/output_buffer.h"
#include "src/output/text_sink.h"
#include "tests/support/engine_run.h"

namespace handlens::property {
namespace {

using builder::Bytes;
using testing::Packets;

constexpr std::uint8_t kSyn = 2, kRst = 4, kAck = 16, kUrg = 32;

// A packet with its network: what one of a few kinds of hosts sends.
struct Kind {
  std::string from = "192.0.2.1", to = "198.51.100.7";
  std::uint8_t ttl = 64;
  std::uint16_t window = 64240;
  Bytes options = {};
  bool vlan = false;
  std::vector<std::uint8_t> flags;  // of the packets, in turn from either side
  bool is_repeated = false;         // the first packet comes again
  bool is_local = false;            // both ends have one address, until the flood varies
  bool is_fixed = false;            // the addresses are as they stand here, until then
};

class Flood {
 public:
  explicit Flood(std::uint32_t seed) : random_(seed) {}

  // One attempt; every number that may differ between alike ones is random.
  void attempt(const Kind& kind) {
    const auto port = static_cast<std::uint16_t>(1024 + below(60'000));
    const std::uint32_t seq = number(), other = number();
    const bool v6 = kind.from.find(':') != std::string::npos;
    Bytes client = builder::ip_address(kind.from), server = builder::ip_address(kind.to);
    if (varies_ || !kind.is_fixed) {
      client[client.size() - 1] = static_cast<std::uint8_t>(below(256));
      client[client.size() - 2] = static_cast<std::uint8_t>(below(256));
      server[server.size() - 1] = static_cast<std::uint8_t>(below(4));
    }
    if (kind.is_local && !varies_) server = client;
    const auto service = static_cast<std::uint16_t>(varies_ ? 443 + below(3) : 443);
    for (std::size_t i = 0; i < kind.flags.size(); ++i) {
      const bool forward = i % 2 == 0;
      builder::TcpFields tcp;
      tcp.source_port = forward ? port : service;
      tcp.destination_port = forward ? service : port;
      tcp.flags = kind.flags[i];
      tcp.window = kind.window;
      // A reset that answers a SYN has number 0; one that answers a SYN-ACK has the number that was acknowledged.
      const bool is_reset = (tcp.flags & kRst) != 0;
      tcp.seq = forward ? seq : is_reset && (kind.flags[0] & kAck) == 0 ? 0 : other;
      if ((tcp.flags & kAck) != 0) tcp.ack = forward ? other : seq + 1;
      if ((tcp.flags & kSyn) != 0) tcp.options = stamped(kind.options);
      const Bytes& from = forward ? client : server;
      const Bytes& to = forward ? server : client;
      const Bytes segment = builder::tcp_segment(tcp, from, to);
      builder::IpFields ip;
      ip.source = from;
      ip.destination = to;
      ip.ttl = kind.ttl;
      if (!v6) ip.id = static_cast<std::uint16_t>(number());
      builder::LinkFields link;
      if (kind.vlan) link.vlans.push_back({.id = 7});
      add(builder::link_frame(builder::LinkType::ethernet, link, builder::ip_packet(ip, segment)));
      if (kind.is_repeated && i == 0) add(packets_.back().bytes);
    }
  }
  // What was the same in all attempts so far, and may have been taken for something that stays, is so no longer.
  void vary() { varies_ = true; }
  // Time passes.
  void pause(std::int64_t ns) { now_ += ns; }
  [[nodiscard]] const Packets& packets() const { return packets_; }
  [[nodiscard]] std::uint32_t below(std::uint32_t limit) { return number() % limit; }

 private:
  std::uint32_t number() { return static_cast<std::uint32_t>(random_()); }
  // With another value of the timestamp option.
  Bytes stamped(Bytes options) {
    for (std::size_t i = 0; i + 10 <= options.size(); ++i) {
      if (options[i] == 8 && options[i + 1] == 10) options[i + 3] = static_cast<std::uint8_t>(below(256));
    }
    return options;
  }
  void add(const Bytes& frame) {
    now_ += 1 + below(3'000'000);
    packets_.push_back({.bytes = frame, .wire_length = static_cast<std::uint32_t>(frame.size()), .time = now_});
  }
  std::mt19937 random_;
  bool varies_ = false;
  std::int64_t now_ = builder::kStart;
  Packets packets_;
};

std::vector<Kind> kinds() {
  const Bytes plain = builder::from_hex("020405b4"), linux_like = builder::from_hex(
                                                         "020405b40402080a0000000100000000"
                                                         "01030307");
  const Bytes broken = builder::from_hex("020405b40800");
  std::vector<Kind> out;
  for (const std::vector<std::uint8_t>& flags : std::vector<std::vector<std::uint8_t>>{{kSyn},
                                                                                       {kSyn, kRst | kAck},
                                                                                       {kSyn, kRst},
                                                                                       {kSyn, kSyn | kAck},
                                                                                       {kSyn | kAck},
                                                                                       {kSyn | kAck, kRst},
                                                                                       {kAck},
                                                                                       {kRst},
                                                                                       {kRst | kAck},
                                                                                       {kSyn | kUrg},
                                                                                       {kSyn | kRst},
                                                                                       {kSyn, kSyn},
                                                                                       {kSyn | kAck, kSyn}}) {
    out.push_back({.options = linux_like, .flags = flags});
    out.push_back({.ttl = 57, .window = 0, .options = plain, .flags = flags});
    out.push_back({.from = "2001:db8::1", .to = "2001:db8::2", .options = linux_like, .flags = flags});
    out.push_back({.options = broken, .vlan = true, .flags = flags});
    out.push_back({.flags = flags, .is_repeated = true});
    out.push_back({.from = "10.9.9.1", .to = "10.9.9.9", .flags = flags});
    out.push_back({.flags = flags, .is_local = true});
    // One address text begins like the other.
    out.push_back({.from = "2001:db8::1", .to = "2001:db8::1:2", .flags = flags, .is_fixed = true});
    out.push_back({.from = "10.1.1.1", .to = "10.1.1.12", .flags = flags, .is_fixed = true});
  }
  return out;
}

// A sink, and what it writes.
struct Output {
  std::unique_ptr<Sink> sink;
  OutputBuffer& out;
};

// Everything that a sink shows, one flow a line, in order of the ids. A record may only be a template or name texts
// that the sink has; a block of text, which need not be shown, is all there is.
class Lines final : public RenderedSink {
 public:
  explicit Lines(Output& output) : output_(output) {}
  void put(const RenderedFlow& flow) override {
    output_.sink->take(flow);
    TextBuffer& written = output_.out.pending();
    const std::string_view block = flow.pattern != nullptr || flow.text.starts_with('{') ? "" : flow.text;
    lines[flow.id] = std::to_string(flow.level) + "|" + std::string(flow.kind) + "|" + std::string(flow.finding) + "|" +
                     std::string(block) + "|" + std::string(written.view());
    written.clear();
  }
  std::map<std::uint64_t, std::string> lines;

 private:
  Output& output_;
};

// Never takes an attempt for one.
class EachByItself final : public FlowSink {
 public:
  explicit EachByItself(FlowSink& next) : next_(next) {}
  void on_flow(AnalyzedFlow&& flow) override { next_.on_flow(std::move(flow)); }

 private:
  FlowSink& next_;
};

std::map<std::uint64_t, std::string> lines_of(const Packets& packets, Output& output, bool each_by_itself,
                                              bool interrupted) {
  const Selection everything;
  const FailOn nothing;
  const std::unique_ptr<FlowRenderer> renderer = output.sink->make_renderer();
  Lines lines(output);
  SelectingSink selecting(everything, nothing, renderer.get(), lines);
  EachByItself whole(selecting);
  Engine engine({}, each_by_itself ? static_cast<FlowSink&>(whole) : selecting);
  const std::vector<RawPacket> raw = testing::raw_packets(packets);
  for (std::size_t at = 0; at < raw.size(); at += 64) {
    engine.on_batch(std::span(raw).subspan(at, std::min<std::size_t>(64, raw.size() - at)));
  }
  engine.finish(interrupted);
  return std::move(lines.lines);
}

void expect_same(const Packets& packets, Output output, bool interrupted) {
  const auto expected = lines_of(packets, output, true, interrupted);
  const auto seen = lines_of(packets, output, false, interrupted);
  ASSERT_EQ(seen.size(), expected.size());
  for (const auto& [id, line] : expected) ASSERT_EQ(seen.at(id), line);
}

void expect_same_everywhere(const Packets& packets) {
  OutputBuffer nowhere(-1);
  TextOptions verbose;
  verbose.verbose = true;
  for (const bool interrupted : {false, true}) {
    expect_same(packets, {make_ndjson_sink({}, nowhere), nowhere}, interrupted);
    expect_same(packets, {make_text_sink({}, nowhere), nowhere}, interrupted);
    expect_same(packets, {make_text_sink(verbose, nowhere), nowhere}, interrupted);
  }
}

// All kinds at once, again and again, so that every shape is worked out, learned and used.
TEST(AlikeAttempts, AreToldAsEachByItself) {
  Flood flood(1);
  for (int round = 0; round < 12; ++round) {
    for (const Kind& kind : kinds()) flood.attempt(kind);
  }
  expect_same_everywhere(flood.packets());
}

// How long it was silent afterwards is told in tenths of a second.
TEST(AlikeAttempts, SilenceOfEveryLength) {
  Flood flood(2);
  const std::vector<Kind> some = kinds();
  for (int i = 0; i < 6000; ++i) {
    flood.attempt(some[flood.below(4) == 0 ? 5 : 0]);
    if (i % 7 == 0) flood.pause(flood.below(20'000'000));
    if (i % 2000 == 1999) flood.pause(80'000'000'000);
  }
  expect_same_everywhere(flood.packets());
}

// ... and exactly at the borders of rounding.
TEST(AlikeAttempts, SilenceOfRoundLengths) {
  Flood flood(3);
  for (int i = 0; i < 400; ++i) {
    flood.attempt(kinds()[0]);
  }
  Packets packets = flood.packets();
  for (std::size_t i = 0; i < packets.size(); ++i) {
    packets[i].time =
        builder::kStart + static_cast<std::int64_t>(i / 4) * 25'000'000 + static_cast<std::int64_t>(i % 3);
  }
  expect_same_everywhere(packets);
}

// One shape for all, because all of them were watched to the end of their time: learned where both ends or the service
// are always the same, then used where they are not.
TEST(AlikeAttempts, WhatWasTheSameInAllSoFarMayChange) {
  for (const Kind& kind : kinds()) {
    Flood flood(4);
    for (int i = 0; i < 12; ++i) flood.attempt(kind);
    flood.vary();
    for (int i = 0; i < 12; ++i) flood.attempt(kind);
    flood.pause(200'000'000'000);
    for (int i = 0; i < 3; ++i) flood.attempt(kind);
    expect_same_everywhere(flood.packets());
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace handlens::property
