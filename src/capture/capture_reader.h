// The packets of one capture file, whatever its format.
//
// A reader never fails half-way through a batch: it hands out the packets before the trouble, and the call after them
// returns 0; `stop()` then says how the file ended. Threads: a reader belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/capture/block_buffer.h"
#include "src/capture/packet_source.h"

namespace handlens {

// How reading a file ended.
struct ReadStop {
  enum class Kind : std::uint8_t { reading, clean, cut, damaged };
  Kind kind = Kind::reading;
  std::string what;  // cut, damaged: "cut short at byte 1234 in packet 17"
};

class CaptureReader {
 public:
  explicit CaptureReader(std::unique_ptr<BlockBuffer> buffer) : buffer_(std::move(buffer)) {}
  virtual ~CaptureReader() = default;
  CaptureReader(const CaptureReader&) = delete;
  CaptureReader& operator=(const CaptureReader&) = delete;

  // Fills up to `out.size()` packets that borrow from the buffer until the next call; 0 when the file has ended.
  // `stamp.number` counts from 1 within the file.
  virtual std::size_t next(std::span<RawPacket> out) = 0;
  // "pcap", "pcap-nanosecond", "pcap-modified", "pcapng"
  [[nodiscard]] virtual std::string_view format() const = 0;
  // LINKTYPE_ values in order of first use.
  [[nodiscard]] const std::vector<std::uint16_t>& links() const { return links_; }
  [[nodiscard]] const ReadStop& stop() const { return stop_; }
  [[nodiscard]] std::uint64_t packets() const { return packets_; }
  [[nodiscard]] const ByteSource& bytes() const { return buffer_->source(); }
  // pcapng only: key log text of its decryption secrets blocks so far; packets its statistics say were lost.
  [[nodiscard]] virtual std::string_view secrets() const { return {}; }
  [[nodiscard]] virtual std::uint64_t dropped() const { return 0; }

 protected:
  void stop_at_end() { stop_.kind = ReadStop::Kind::clean; }
  void stop_cut(std::string what) { stop_ = {ReadStop::Kind::cut, std::move(what)}; }
  void stop_damaged(std::string what) { stop_ = {ReadStop::Kind::damaged, std::move(what)}; }
  [[nodiscard]] bool stopped() const { return stop_.kind != ReadStop::Kind::reading; }
  void add_link(std::uint16_t link);

  std::unique_ptr<BlockBuffer> buffer_;
  std::uint64_t packets_ = 0;

 private:
  std::vector<std::uint16_t> links_;
  ReadStop stop_;
};

// Why a file gave no reader.
struct OpenFailure {
  enum class Kind : std::uint8_t { none, empty, foreign, broken };
  Kind kind = Kind::none;
  std::string what;  // "not a capture file: ..."
};

// Recognises the format by content and reads the file header; null and `failure` filled if that cannot be done.
// `piece` is the size of one read.
[[nodiscard]] std::unique_ptr<CaptureReader> open_capture(std::unique_ptr<ByteSource> stored, OpenFailure& failure,
                                                          std::size_t piece = kReadPiece);

}  // namespace handlens
