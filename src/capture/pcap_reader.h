// Classic pcap files (draft-ietf-opsawg-pcap).
//
// File header, 24 bytes: magic, version major and minor (16 bits each), time zone and accuracy (unused), snap length,
// link type (its upper 16 bits tell about frame check sequences). Then packets: seconds, fraction, captured length,
// wire length, bytes. All in the byte order of the writer, told by the magic:
//   a1b2c3d4  microseconds
//   a1b23c4d  nanoseconds
//   a12b3c4d  nanoseconds (Navtel)
//   a1b2cd34  microseconds, with interface, protocol and type after each packet header (Kuznetzov's patch)
// Old writers stored the two lengths the other way round; the version tells (2.2 and before: always; 2.3: some).
#pragma once

#include <cstdint>

#include "src/capture/capture_reader.h"

namespace handlens {

class PcapReader final : public CaptureReader {
 public:
  [[nodiscard]] static bool recognises(ByteView first);
  // REQUIRES: recognises(the buffer's bytes)
  [[nodiscard]] static std::unique_ptr<CaptureReader> open(std::unique_ptr<BlockBuffer> buffer, OpenFailure& failure);

  std::size_t next(std::span<RawPacket> out) override;
  [[nodiscard]] std::string_view format() const override { return layout_.format; }

 private:
  enum class LengthOrder : std::uint8_t { normal, swapped, perhaps_swapped };
  struct Layout {
    std::string_view format;
    bool big_endian = false;
    std::uint32_t packet_header = 16;
    std::uint32_t fraction_ns = 1000;
    LengthOrder length_order = LengthOrder::normal;
    std::uint16_t link = 0;
    std::uint32_t largest_packet = 0;
  };
  PcapReader(std::unique_ptr<BlockBuffer> buffer, const Layout& layout);

  [[nodiscard]] static bool find_layout(ByteView first, Layout& layout);
  void parse_file_header(const std::uint8_t* header);
  void order_lengths(std::uint32_t& captured, std::uint32_t& wire) const;
  // Reads until the packet at the front of the buffer is whole; false and `stop()` set if that cannot be.
  bool refill();

  Layout layout_;
};

}  // namespace handlens
