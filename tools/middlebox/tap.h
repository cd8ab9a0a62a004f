// Writes a capture of what passes a point of the path: pcap with nanoseconds, Ethernet.
// Every record is flushed, so that the file is whole whenever the program ends.
#pragma once
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "tools/middlebox/packet.h"

namespace handlens::middlebox {

class Tap {
 public:
  bool open(const std::string& path);  // false: errno says why
  void write(View frame, std::int64_t unix_nanoseconds);
  [[nodiscard]] bool is_open() const { return file_ != nullptr; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
};

[[nodiscard]] Bytes pcap_header();
[[nodiscard]] Bytes pcap_record(View frame, std::int64_t unix_nanoseconds);

}  // namespace handlens::middlebox
