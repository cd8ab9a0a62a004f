// A BPF filter expression over packets of any link type, compiled by libpcap once for each link type met.
// Threads: belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/capture/packet_source.h"

namespace handlens {

class PacketFilter {
 public:
  // Throws CaptureError (exit code 2) if the expression compiles for no common link type. "" passes everything.
  explicit PacketFilter(const std::string& expression);
  ~PacketFilter();
  PacketFilter(const PacketFilter&) = delete;
  PacketFilter& operator=(const PacketFilter&) = delete;

  [[nodiscard]] bool is_set() const { return !expression_.empty(); }
  // A packet of a link type the expression makes no sense for does not pass; see `unusable`.
  [[nodiscard]] bool passes(const RawPacket& packet);
  // One sentence for each such link type.
  [[nodiscard]] const std::vector<std::string>& unusable() const { return unusable_; }

 private:
  struct Program;
  Program& program_for(std::uint16_t link);

  std::string expression_;
  std::vector<std::unique_ptr<Program>> programs_;
  Program* last_ = nullptr;
  std::vector<std::string> unusable_;
};

}  // namespace handlens
