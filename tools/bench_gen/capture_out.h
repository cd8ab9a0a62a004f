// Writes frames into a large capture as they come: pcap or pcapng, Ethernet, nanoseconds. Memory: one buffer.
#pragma once
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "tools/bench_gen/wire.h"

namespace handlens::bench_gen {

class CaptureOut {
 public:
  // Throws std::runtime_error if the file cannot be written; so do frame() and finish().
  CaptureOut(const std::string& path, bool pcapng);
  ~CaptureOut();
  CaptureOut(const CaptureOut&) = delete;
  CaptureOut& operator=(const CaptureOut&) = delete;

  // `time_ns` is since the beginning of the capture. Times never run backwards: a frame that would be earlier than the
  // one before it is as late as that one.
  void frame(const Bytes& bytes, std::int64_t time_ns);
  void finish();
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t packets() const { return packets_; }

 private:
  void write(const void* data, std::size_t size);
  void words(const std::vector<std::uint32_t>& words);  // little-endian

  std::string path_;
  bool pcapng_;
  std::FILE* file_;
  std::vector<char> buffer_;
  std::int64_t clock_ = 0;
  std::uint64_t bytes_ = 0, packets_ = 0;
};

}  // namespace handlens::bench_gen
