// The whole way from packets to finished flows, for tests: packets that own their bytes, the engine, and what came out.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "src/app/judge.h"
#include "src/capture/packet_source.h"
#include "src/engine/engine.h"
#include "tools/builder/packet_builder.h"

namespace handlens::testing {

// A packet with its own bytes: a sanitizer sees every read beyond them.
struct OwnedPacket {
  std::vector<std::uint8_t> bytes;
  std::uint32_t wire_length = 0;
  std::uint16_t link = link_type::ethernet;
  std::uint32_t file = 0;
  std::uint32_t interface_id = kNoInterface;
  CaptureDirection direction = CaptureDirection::unknown;
  std::int64_t time = 0;
  bool operator==(const OwnedPacket&) const = default;
};
using Packets = std::vector<OwnedPacket>;

// A packet taken out of its batch.
inline OwnedPacket own(const RawPacket& p) {
  return {.bytes = {p.bytes.begin(), p.bytes.end()},
          .wire_length = p.wire_length,
          .link = p.link,
          .file = p.file,
          .interface_id = p.interface_id,
          .direction = p.direction,
          .time = p.stamp.time.ns};
}

struct Analysis {
  std::vector<AnalyzedFlow> flows;  // by id
  CaptureCounters counters;
};

class CollectingSink final : public JudgedSink {
 public:
  explicit CollectingSink(std::vector<AnalyzedFlow>& flows) : flows_(flows) {}
  void on_flow(AnalyzedFlow&& flow) override { flows_.push_back(std::move(flow)); }

 private:
  std::vector<AnalyzedFlow>& flows_;
};

// Packets are numbered from 1 in the order in which they stand.
inline std::vector<RawPacket> raw_packets(const Packets& packets, std::uint64_t first_number = 1) {
  std::vector<RawPacket> raw;
  raw.reserve(packets.size());
  for (const OwnedPacket& p : packets) {
    raw.push_back({.bytes = p.bytes,
                   .wire_length = p.wire_length,
                   .link = p.link,
                   .file = p.file,
                   .interface_id = p.interface_id,
                   .direction = p.direction,
                   .stamp = {first_number++, {p.time}}});
  }
  return raw;
}

struct RunOptions {
  Limits limits{};
  std::size_t batch = 64;
  bool interrupted = false;
};
inline Analysis analyze_packets(const Packets& packets, const RunOptions& options = {}) {
  Analysis out;
  CollectingSink sink(out.flows);
  Engine engine(options.limits, sink);
  const std::vector<RawPacket> raw = raw_packets(packets);
  for (std::size_t at = 0; at < raw.size(); at += options.batch) {
    engine.on_batch(std::span(raw).subspan(at, std::min(options.batch, raw.size() - at)));
  }
  engine.finish(options.interrupted);
  std::sort(out.flows.begin(), out.flows.end(),
            [](const AnalyzedFlow& a, const AnalyzedFlow& b) { return a.report.id < b.report.id; });
  out.counters = engine.counters();
  return out;
}

// The same as the program judges it: with the whole input known.
inline Analysis judge_packets(const Packets& packets) {
  Analysis out;
  CollectingSink sink(out.flows);
  JudgingSink part(sink, false, kHeldFlows, kKeptBriefs);
  Engine engine({}, part);
  engine.on_batch(raw_packets(packets));
  engine.finish(false);
  out.counters = engine.counters();
  for (const OwnedPacket& packet : packets) {
    if (out.counters.files.size() <= packet.file) out.counters.files.resize(packet.file + 1);
    InputFile& file = out.counters.files[packet.file];
    ++file.packets;
    file.last_ns = std::max(file.last_ns, packet.time);
  }
  Judge judge(1);
  judge.finish(part, out.counters);
  std::sort(out.flows.begin(), out.flows.end(),
            [](const AnalyzedFlow& a, const AnalyzedFlow& b) { return a.report.id < b.report.id; });
  return out;
}

inline Packets packets_of(const builder::Capture& capture) {
  Packets out;
  for (const builder::Frame& frame : capture.frames()) {
    const auto captured = static_cast<std::uint32_t>(frame.bytes.size());
    out.push_back({.bytes = frame.bytes,
                   .wire_length = std::max(frame.original, captured),
                   .link = static_cast<std::uint16_t>(capture.link()),
                   .time = frame.time});
  }
  return out;
}
inline Analysis analyze_capture(const builder::Capture& capture, const RunOptions& options = {}) {
  return analyze_packets(packets_of(capture), options);
}

inline Packets read_packets(const std::string& path) {
  const auto source = open_files({.paths = {path}});
  Packets out;
  std::array<RawPacket, 16> batch;
  while (!source->ended()) {
    const std::size_t count = source->next_batch(batch);
    for (std::size_t i = 0; i < count; ++i) out.push_back(own(batch[i]));
  }
  return out;
}

inline std::string capture_path(const std::string& name) { return HANDLENS_SOURCE_DIR "/pcaps/" + name; }

}  // namespace handlens::testing
