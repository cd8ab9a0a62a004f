// Packets of a network interface, by libpcap.
//
// The kernel's ring is large and read with a 100 ms timeout, not in immediate mode: that would give up the faster
// TPACKET_V3. libpcap lends a packet only during its callback, so each batch is copied into one slab that is used again
// for the next. Threads: belongs to one thread, except stop(), which may be called from a signal handler or any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/capture/packet_source.h"

struct pcap;

namespace handlens {

class PcapLiveSource final : public LiveSource {
 public:
  // Throws CaptureError: no such interface (3), no permission (5), wrong filter (2).
  explicit PcapLiveSource(const LiveOptions& options);
  ~PcapLiveSource() override;
  PcapLiveSource(const PcapLiveSource&) = delete;
  PcapLiveSource& operator=(const PcapLiveSource&) = delete;

  // Waits at most 100 ms for a first packet.
  std::size_t next_batch(std::span<RawPacket> out) override;
  [[nodiscard]] bool ended() const override { return ended_; }
  [[nodiscard]] const std::vector<InputFile>& files() const override { return files_; }
  [[nodiscard]] const std::vector<Problem>& problems() const override { return problems_; }
  void stop() override;
  [[nodiscard]] LiveCounters counters() const override;

 private:
  struct Collector;  // what the callback fills
  void activate(const LiveOptions& options);
  void set_filter(const std::string& expression);
  std::size_t dispatch(std::span<RawPacket> out);
  void wait_for_packets() const;
  [[nodiscard]] bool limit_reached() const { return packet_limit_ != 0 && files_[0].packets >= packet_limit_; }

  pcap* handle_ = nullptr;
  std::uint16_t link_ = 0;
  std::int64_t fraction_ns_ = 1000;
  std::uint64_t packet_limit_ = 0;
  std::atomic<bool> stop_{false};
  bool ended_ = false;
  std::vector<std::uint8_t> slab_;
  std::vector<std::size_t> offsets_;  // of the batch's packets in the slab, which may move while it grows
  std::vector<InputFile> files_;      // one: the interface
  std::vector<Problem> problems_;
};

}  // namespace handlens
