// Captures in a format that our own readers do not know and libpcap does.
//
// libpcap 1.10 reads pcap, its modified and nanosecond kinds, and pcapng: all of them are read by PcapReader and
// PcapngReader, which are asked first. This reader is for what another libpcap may know; it is tried with every file
// that would be refused otherwise. libpcap lends a packet only until the next one, so each batch is copied into one
// slab that is used again for the next. Bytes come from the BlockBuffer, decompressed. Threads: one.
#pragma once

#include <memory>
#include <vector>

#include "src/capture/capture_reader.h"

struct pcap;

namespace handlens {

class LibpcapReader final : public CaptureReader {
 public:
  // Null if libpcap does not know the format either, or finds its file header wrong; the buffer is gone then.
  [[nodiscard]] static std::unique_ptr<CaptureReader> open(std::unique_ptr<BlockBuffer> buffer);
  ~LibpcapReader() override;

  std::size_t next(std::span<RawPacket> out) override;
  [[nodiscard]] std::string_view format() const override { return "libpcap"; }

 private:
  explicit LibpcapReader(std::unique_ptr<BlockBuffer> buffer) : CaptureReader(std::move(buffer)) {}
  [[nodiscard]] bool attach();
  void stop_with(int result);

  pcap* handle_ = nullptr;
  std::uint16_t link_ = 0;
  std::vector<std::uint8_t> slab_;
  std::vector<std::size_t> sizes_;  // of the batch's packets in the slab
};

}  // namespace handlens
