// Where packets come from: a file, a set of files, standard input or an interface.
//
// Pull model: the reader owns the pace. A source hands out batches of borrowed packets; they stay valid until the
// next call of next_batch. Errors of the environment (no such file, not a capture, no permission) throw
// CaptureError from open functions only; what goes wrong later (a truncated tail) ends the source and is told by
// `problem()`. Threads: a source belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "dissectors/byte_reader.h"
#include "dissectors/packet.h"
#include "src/capture/input_file.h"

namespace handlens {

struct RawPacket {
  ByteView bytes;                                          // captured
  std::uint32_t wire_length = 0;                           // on the wire, >= bytes.size()
  std::uint16_t link = 0;                                  // LINKTYPE_ value
  std::uint32_t file = 0;                                  // of the input: 0, 1, 2 ... as they are read
  std::uint32_t interface_id = kNoInterface;               // pcapng that has told of several: index over all sections
  CaptureDirection direction = CaptureDirection::unknown;  // pcapng: epb_flags
  PacketStamp stamp;                                       // number: 1-based over the whole input
};

// A line that names the file, the offset where it matters, and what to do; several when several inputs are bad. Names
// are raw: a line break inside a line is part of a name. `exit_code`: 3 missing, not a capture or unsupported; 5 no
// permission; 2 a filter that libpcap does not understand.
class CaptureError : public std::runtime_error {
 public:
  CaptureError(int exit_code, const std::string& line) : std::runtime_error(line), exit_code_(exit_code) {}
  // REQUIRES: there is a line.
  CaptureError(int exit_code, std::vector<std::string> lines)
      : std::runtime_error(lines.front()), exit_code_(exit_code), lines_(std::move(lines)) {}
  [[nodiscard]] int exit_code() const { return exit_code_; }
  [[nodiscard]] std::vector<std::string> lines() const {
    return lines_.empty() ? std::vector{std::string(what())} : lines_;
  }

 private:
  int exit_code_;
  std::vector<std::string> lines_;
};

class PacketSource {
 public:
  virtual ~PacketSource() = default;
  // Fills up to `out.size()` packets, returns how many; 0 when the input has ended (or, live: nothing arrived in time,
  // see `ended`).
  virtual std::size_t next_batch(std::span<RawPacket> out) = 0;
  [[nodiscard]] virtual bool ended() const = 0;
  // Per file: name, format, packets, link types, truncation. Complete when the source has ended.
  [[nodiscard]] virtual const std::vector<InputFile>& files() const = 0;
  // Sentences for standard error about what could not be read, and the exit code they ask for (0, 3, 4 or 5).
  struct Problem {
    int exit_code = 0;
    std::string text;
  };
  [[nodiscard]] virtual const std::vector<Problem>& problems() const = 0;
  // For progress: bytes read of the input as stored, and their total (0: unknown).
  struct Progress {
    std::uint64_t done = 0, total = 0;
  };
  [[nodiscard]] virtual Progress progress() const { return {}; }
  // Whether another source may read the same input at the same time: files, neither piped nor compressed.
  // (Decompressing twice costs what a second thread would bring.)
  [[nodiscard]] virtual bool can_be_read_again() const { return false; }
  // Key log text of the decryption secrets blocks of the files read to their end (pcapng).
  [[nodiscard]] virtual std::string_view secrets() const { return {}; }
};

struct FileInputs {
  std::vector<std::string> paths{};  // files, directories (recursed), "-"; in the order given
  std::string filter{};              // BPF, "" for none
  bool separate = false;             // do not order rotated files by first timestamp
};
// Opens all inputs as ONE stream of packets: files are ordered by the time of their first packet (unless `separate`),
// packet numbers run on. Files that cannot be opened become problems(); CaptureError only if none can, or the filter is
// wrong.
[[nodiscard]] std::unique_ptr<PacketSource> open_files(const FileInputs& inputs);

struct LiveOptions {
  std::string interface {};
  std::string filter{};
  int snaplen = 262144;
  int buffer_bytes = 64 * 1024 * 1024;
  bool promiscuous = true;
  std::uint64_t packet_limit = 0;  // 0: none
};
struct LiveCounters {
  std::uint64_t received = 0, dropped_kernel = 0, dropped_interface = 0;
};
class LiveSource : public PacketSource {
 public:
  virtual void stop() = 0;  // async-signal-safe: makes next_batch return soon and ended() true
  [[nodiscard]] virtual LiveCounters counters() const = 0;
};
[[nodiscard]] std::unique_ptr<LiveSource> open_live(const LiveOptions& options);

struct InterfaceInfo {
  std::string name, description;
  bool up = false, loopback = false;
  std::vector<std::string> addresses;
};
[[nodiscard]] std::vector<InterfaceInfo> list_interfaces();
[[nodiscard]] std::string libpcap_version();  // "1.10.3"

}  // namespace handlens
