// Builds capture files byte by byte, in either byte order, and reads them back.
#pragma once

#include <lz4.h>
#include <lz4frame.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "src/capture/capture_reader.h"
#include "tests/support/temporary.h"

namespace handlens::testing {

// Appends integers in one byte order; a std::string is the simplest growing byte buffer.
class Bytes {
 public:
  explicit Bytes(bool big_endian = false) : big_endian_(big_endian) {}

  Bytes& u8(std::uint64_t v) { return integer(v, 1); }
  Bytes& u16(std::uint64_t v) { return integer(v, 2); }
  Bytes& u32(std::uint64_t v) { return integer(v, 4); }
  Bytes& u64(std::uint64_t v) { return integer(v, 8); }
  Bytes& text(std::string_view v) {
    out_ += v;
    return *this;
  }
  Bytes& pad() {
    while (out_.size() % 4 != 0) out_ += '\0';
    return *this;
  }
  [[nodiscard]] const std::string& str() const { return out_; }
  [[nodiscard]] bool big_endian() const { return big_endian_; }

 private:
  Bytes& integer(std::uint64_t v, unsigned size) {
    for (unsigned i = 0; i < size; ++i) {
      const unsigned shift = 8 * (big_endian_ ? size - 1 - i : i);
      out_ += static_cast<char>((v >> shift) & 0xff);
    }
    return *this;
  }
  std::string out_;
  bool big_endian_;
};

inline constexpr std::uint32_t kMicro = 0xa1b2c3d4, kNano = 0xa1b23c4d, kModified = 0xa1b2cd34, kNavtel = 0xa12b3c4d;

struct PcapFile {
  bool big_endian = false;
  std::uint32_t magic = kMicro;
  std::uint32_t network = 1;
  std::uint16_t minor = 4;
  std::uint32_t snap_length = 65535;

  [[nodiscard]] std::string header() const {
    return Bytes(big_endian).u32(magic).u16(2).u16(minor).u32(0).u32(0).u32(snap_length).u32(network).str();
  }
  [[nodiscard]] std::string packet(std::uint32_t seconds, std::uint32_t fraction, std::string_view data,
                                   std::uint32_t wire = 0) const {
    Bytes out(big_endian);
    out.u32(seconds).u32(fraction).u32(data.size()).u32(wire == 0 ? data.size() : wire);
    if (magic == kModified) out.u32(1).u16(0x0800).u8(0).u8(0);
    return out.text(data).str();
  }
};

struct PcapngFile {
  bool big_endian = false;

  [[nodiscard]] std::string block(std::uint32_t type, std::string_view body) const {
    const std::string padded = Bytes(big_endian).text(body).pad().str();
    return Bytes(big_endian).u32(type).u32(padded.size() + 12).text(padded).u32(padded.size() + 12).str();
  }
  [[nodiscard]] std::string section() const {
    return block(0x0a0d0d0a, Bytes(big_endian).u32(0x1a2b3c4d).u16(1).u16(0).u64(~std::uint64_t{0}).str());
  }
  [[nodiscard]] std::string option(std::uint16_t code, std::string_view value) const {
    return Bytes(big_endian).u16(code).u16(value.size()).text(value).pad().str();
  }
  [[nodiscard]] std::string end_of_options() const { return Bytes(big_endian).u32(0).str(); }
  [[nodiscard]] std::string interface(std::uint16_t link, std::string_view options = "",
                                      std::uint32_t snap_length = 0) const {
    return block(1, Bytes(big_endian).u16(link).u16(0).u32(snap_length).text(options).str());
  }
  [[nodiscard]] std::string packet(std::uint32_t id, std::uint64_t ticks, std::string_view data,
                                   std::uint32_t wire = 0) const {
    return block(6, Bytes(big_endian)
                        .u32(id)
                        .u32(ticks >> 32)
                        .u32(ticks & 0xffffffff)
                        .u32(data.size())
                        .u32(wire == 0 ? data.size() : wire)
                        .text(data)
                        .str());
  }
  [[nodiscard]] std::string simple_packet(std::string_view data, std::uint32_t wire) const {
    return block(3, Bytes(big_endian).u32(wire).text(data).str());
  }
  [[nodiscard]] std::string old_packet(std::uint16_t id, std::uint64_t ticks, std::string_view data) const {
    return block(2, Bytes(big_endian)
                        .u16(id)
                        .u16(0)
                        .u32(ticks >> 32)
                        .u32(ticks & 0xffffffff)
                        .u32(data.size())
                        .u32(data.size())
                        .text(data)
                        .str());
  }
};

inline ByteView view_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string text_of(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

inline std::string gzip(std::string_view plain) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, plain.size()) + 64, '\0');
  stream.next_in = const_cast<Bytef*>(view_of(plain).data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string zstd(std::string_view plain) {
  std::string out(ZSTD_compressBound(plain.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 1));
  return out;
}

inline std::string lz4(std::string_view plain, const LZ4F_preferences_t& preferences = {}) {
  std::string out(LZ4F_compressFrameBound(plain.size(), &preferences), '\0');
  out.resize(LZ4F_compressFrame(out.data(), out.size(), plain.data(), plain.size(), &preferences));
  return out;
}
inline std::string lz4_block(std::string_view plain) {
  std::string out(static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(plain.size()))), '\0');
  out.resize(static_cast<std::size_t>(
      LZ4_compress_default(plain.data(), out.data(), static_cast<int>(plain.size()), static_cast<int>(out.size()))));
  return out;
}
// The format of `lz4 -l`: blocks of 8 MiB, each behind its size.
inline std::string lz4_legacy(std::string_view plain) {
  constexpr std::size_t kBlock = 8 * 1024 * 1024;
  Bytes out;
  out.u32(0x184c2102);
  for (std::size_t at = 0; at < plain.size(); at += kBlock) {
    const std::string block = lz4_block(plain.substr(at, kBlock));
    out.u32(block.size()).text(block);
  }
  return out.str();
}
inline std::string skippable_frame(std::string_view content, unsigned kind = 3) {
  return Bytes().u32(0x184d2a50 + kind).u32(content.size()).text(content).str();
}

// A packet that owns its bytes.
struct KeptPacket {
  std::string bytes;
  std::uint32_t wire_length = 0;
  std::uint16_t link = 0;
  std::uint32_t interface_id = 0;
  std::uint64_t number = 0;
  std::int64_t ns = 0;
};

inline KeptPacket keep(const RawPacket& packet) {
  return {text_of(packet.bytes), packet.wire_length,  packet.link,
          packet.interface_id,   packet.stamp.number, packet.stamp.time.ns};
}

struct ReadFile {
  std::vector<KeptPacket> packets;
  std::unique_ptr<CaptureReader> reader;  // null if it could not be opened
  OpenFailure failure;
};

inline ReadFile read_capture(std::string_view file, std::size_t piece = kReadPiece, std::size_t batch = 8) {
  ReadFile result;
  result.reader = open_capture(read_memory(view_of(file)), result.failure, piece);
  if (!result.reader) return result;
  std::vector<RawPacket> out(batch);
  while (const std::size_t n = result.reader->next(out)) {
    for (std::size_t i = 0; i < n; ++i) result.packets.push_back(keep(out[i]));
  }
  return result;
}

}  // namespace handlens::testing
